/**
 * Directories: a run of file identifier descriptors without padding to blocks, so that one may
 * lie in two of them. Source: ECMA-167 4/14.4; OSTA UDF 2.3.4.
 */
import { type ByteSource, ByteView, FormatError } from "../../base/mod.ts";
import { type BlockExtent, type Geometry, readLongAddress } from "./address.ts";
import { decodeCs0 } from "./cs0.ts";
import { ExtentStream } from "./extent_stream.ts";
import { readFileEntry, type UdfNode, type UdfProblem } from "./file_entry.ts";
import { readTag, Tag, tagFault } from "./tag.ts";
import type { UdfSpend, UdfWarn } from "./warn.ts";

const HEADER_BYTES = 38;
/** Bits of the file characteristics. */
const HIDDEN = 1;
const DIRECTORY = 2;
const DELETED = 4;
const PARENT = 8;
/** So many deleted or parent entries in a row are no real directory. */
const MAX_PASSED_OVER = 10_000;

/** One name in a directory. */
export interface UdfChild {
  /** As recorded: nothing is checked, nothing replaced. */
  readonly name: string;
  readonly directory: boolean;
  readonly hidden: boolean;
  /** Byte offset of its descriptor in the image. */
  readonly offset: number;
  readonly problems: readonly UdfProblem[];
  /**
   * Reads its file entry; undefined if that block was never written.
   *
   * @throws {FormatError} if there is no entry that can be read.
   */
  load(): Promise<UdfNode | undefined>;
}

/** What a directory is read from. */
export interface DirectoryContext {
  readonly source: ByteSource;
  readonly geometry: Geometry;
  readonly warn: UdfWarn;
  readonly spend: UdfSpend;
}

/**
 * The names of a directory, without deleted ones and the parent.
 *
 * @throws {FormatError} where the directory cannot be read any further.
 */
export async function* readDirectory(
  context: DirectoryContext,
  node: UdfNode,
): AsyncGenerator<UdfChild> {
  const stream = new ExtentStream(context.source, node);
  let passedOver = 0;
  while (stream.left >= HEADER_BYTES) {
    const descriptor = await takeDescriptor(stream);
    const child = childOf(context, descriptor);
    if (child !== undefined) {
      passedOver = 0;
      yield child;
      continue;
    }
    context.spend(1, descriptor.offset);
    if (++passedOver > MAX_PASSED_OVER) {
      throw new FormatError("Cannot read a directory: it holds nothing but deleted names", {
        offset: descriptor.offset,
      });
    }
  }
}

interface FoundName {
  readonly bytes: Uint8Array;
  readonly offset: number;
}

async function takeDescriptor(stream: ExtentStream): Promise<FoundName> {
  if (stream.buffered < HEADER_BYTES) await stream.fill(HEADER_BYTES);
  const offset = stream.imageOffset;
  const view = new ByteView(stream.peek(HEADER_BYTES), "file identifier");
  if (view.u16(0) !== Tag.fileIdentifier) {
    throw new FormatError(
      `Cannot read a directory any further: a name was expected, the tag is ${view.u16(0)}`,
      { offset },
    );
  }
  const length = HEADER_BYTES + view.u16(36) + view.u8(19);
  if (length > stream.left) {
    throw new FormatError("Cannot read a directory any further: its last name is cut off", {
      offset,
    });
  }
  // The padding behind the last name is sometimes left out.
  const padded = Math.min(paddedTo4(length), stream.left);
  if (stream.buffered < padded) await stream.fill(padded);
  return { bytes: stream.take(padded), offset };
}

function paddedTo4(length: number): number {
  return (length + 3) & ~3;
}

function childOf(
  { source, geometry, warn, spend }: DirectoryContext,
  { bytes, offset }: FoundName,
): UdfChild | undefined {
  const view = new ByteView(bytes, "file identifier");
  const characteristics = view.u8(18);
  if ((characteristics & (DELETED | PARENT)) !== 0) return undefined;
  const name = decodeCs0(view.bytes(HEADER_BYTES + view.u16(36), view.u8(19)));
  if (name.deleted) {
    warn("A name that is marked as deleted in its text only was left out", offset);
    return undefined;
  }
  const icb: BlockExtent = readLongAddress(view, 20);
  const faults = [tagFault(readTag(bytes)), name.fault].filter((fault) => fault !== undefined);
  return {
    name: name.text,
    directory: (characteristics & DIRECTORY) !== 0,
    hidden: (characteristics & HIDDEN) !== 0,
    offset,
    problems: faults.map((fault) => ({
      kind: "damage",
      message: `Its directory record is damaged: ${fault}`,
      offset,
    })),
    load: () => readFileEntry(source, { geometry, icb, spend }),
  };
}
