/** The header of a WIM file. */
import { type ByteSource, ByteView, FormatError, formatGuid } from "../../base/mod.ts";
import {
  HEADER_SIZE,
  HeaderFlag,
  MAGIC,
  MAX_IMAGES,
  PIPABLE_MAGIC,
  SOLID_VERSION,
  VERSION,
} from "./layout.ts";
import { readResourceEntry, type ResourceEntry } from "./resource_entry.ts";

/** How the resources of a WIM are compressed. */
export type WimCompression = "none" | "xpress" | "lzx" | "lzms";

/** What the header says. */
export interface WimHeader {
  /** Written by wimlib for pipes; Microsoft's tools cannot read such a file. */
  readonly pipable: boolean;
  /** 0x10D00, or 0xE00 for a file that may have solid resources (ESD). */
  readonly version: number;
  /** Bits of {@linkcode HeaderFlag}. */
  readonly flags: number;
  readonly compression: WimCompression;
  /** Bytes that are compressed at a time; 0 in an uncompressed file. */
  readonly chunkSize: number;
  /** The same for all parts of a set, in lower case without braces. */
  readonly guid: string;
  /** Number of this part, counted from 1. */
  readonly part: number;
  readonly parts: number;
  readonly imageCount: number;
  /** Number of the image that boots, 0 if none does. */
  readonly bootIndex: number;
  /** A program is writing the file, or was when it died. */
  readonly writeInProgress: boolean;
  readonly blobTable: ResourceEntry;
  readonly xml: ResourceEntry;
  readonly bootMetadata: ResourceEntry;
  readonly integrity: ResourceEntry;
}

/**
 * Reads the header. A pipable file has a second one at its end, which is the complete one.
 *
 * @throws {FormatError} if the file is no WIM or has an impossible header.
 */
export async function readHeader(source: ByteSource, name: string): Promise<WimHeader> {
  if (source.size < HEADER_SIZE) {
    throw new FormatError(
      `Cannot read "${name}" as WIM: it has only ${source.size} bytes`,
      { offset: 0 },
    );
  }
  const first = new ByteView(await source.read(0, HEADER_SIZE), `header of "${name}"`);
  const magic = first.ascii(0, 8);
  if (magic === MAGIC) return parse(first, { name, pipable: false });
  if (magic !== PIPABLE_MAGIC) {
    throw new FormatError(`Cannot read "${name}" as WIM: it does not begin with "MSWIM"`, {
      offset: 0,
    });
  }
  const end = source.size - HEADER_SIZE;
  const last = new ByteView(await source.read(end, HEADER_SIZE), `last header of "${name}"`);
  if (last.ascii(0, 8) !== PIPABLE_MAGIC) {
    throw new FormatError(`Cannot read "${name}": the header at its end is missing`, {
      offset: end,
    });
  }
  return parse(last, { name, pipable: true });
}

function parse(
  view: ByteView,
  { name, pipable }: { readonly name: string; readonly pipable: boolean },
): WimHeader {
  const refuse = (reason: string, offset: number): never => {
    throw new FormatError(`Cannot read "${name}" as WIM: ${reason}`, { offset });
  };
  const entry = (at: number, what: string) =>
    readResourceEntry(view, { at, what: `the ${what} of "${name}"` });
  const headerSize = view.u32(8);
  if (headerSize !== HEADER_SIZE) refuse(`its header has ${headerSize} bytes, not 208`, 8);
  const version = view.u32(0xc);
  if (version !== VERSION && version !== SOLID_VERSION) {
    refuse(`version 0x${version.toString(16)} is unknown`, 0xc);
  }
  const [part, parts] = [view.u16(0x28), view.u16(0x2a)];
  if (part === 0 || part > parts) refuse(`part ${part} of ${parts} is impossible`, 0x28);
  const imageCount = view.u32(0x2c);
  if (imageCount > MAX_IMAGES) refuse(`it claims ${imageCount} images`, 0x2c);
  const flags = view.u32(0x10);
  const compression = compressionOf(flags) ?? refuse("its compression is unknown", 0x10);
  return {
    pipable,
    version,
    flags,
    compression,
    chunkSize: view.u32(0x14),
    guid: formatGuid(view.bytes(0x18, 16)),
    part,
    parts,
    imageCount,
    bootIndex: view.u32(0x78),
    writeInProgress: (flags & HeaderFlag.writeInProgress) !== 0,
    blobTable: entry(0x30, "blob table"),
    xml: entry(0x48, "image XML"),
    bootMetadata: entry(0x60, "boot metadata"),
    integrity: entry(0x7c, "integrity table"),
  };
}

/** XPRESS has two flags; with the newer one only small chunks are used. */
function compressionOf(flags: number): WimCompression | undefined {
  if ((flags & HeaderFlag.compressed) === 0) return "none";
  const kinds: WimCompression[] = [];
  if ((flags & (HeaderFlag.xpress | HeaderFlag.xpress2)) !== 0) kinds.push("xpress");
  if ((flags & HeaderFlag.lzx) !== 0) kinds.push("lzx");
  if ((flags & HeaderFlag.lzms) !== 0) kinds.push("lzms");
  return kinds.length === 1 ? kinds[0] : undefined;
}
