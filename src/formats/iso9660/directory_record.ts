/** Directory records: one per file section. Source: ECMA-119 9.1. */
import { ByteView, decodeLatin1 } from "../../base/mod.ts";
import { readRecordTime } from "./record_time.ts";
import { decodeUcs2 } from "./ucs2.ts";

/** Which tree the names come from: Joliet's long ones or the short ones of ISO9660. */
export type NameKind = "joliet" | "iso9660";

/** The fixed part of a record. */
export const RECORD_BYTES = 33;
/** Bits of the file flags. */
const HIDDEN = 1;
const DIRECTORY = 2;
const ASSOCIATED = 4;
const MORE_SECTIONS = 0x80;

/** Something about one file that people must know. */
export interface IsoProblem {
  /** `data`: a part of the file is missing. `type`: not stored as a plain file. */
  readonly kind: "data" | "type";
  readonly message: string;
  readonly offset: number;
}

/** A run of bytes of a file. */
export interface IsoExtent {
  readonly offset: number;
  readonly length: number;
}

/** One file or directory: its first record, and the runs of all its records. */
export interface IsoNode {
  readonly name: string;
  /** Byte offset of its record in the image. */
  readonly offset: number;
  readonly directory: boolean;
  readonly hidden: boolean;
  /** Bytes: the sum of all sections. */
  readonly size: number;
  readonly modified: Date | undefined;
  readonly problems: readonly IsoProblem[];
  extents(): readonly IsoExtent[];
}

/** One record as it is recorded. */
export interface DirectoryRecord {
  readonly nameBytes: Uint8Array;
  readonly offset: number;
  readonly directory: boolean;
  readonly hidden: boolean;
  readonly associated: boolean;
  readonly moreSections: boolean;
  readonly interleaved: boolean;
  readonly extent: IsoExtent;
  readonly modified: Date | undefined;
}

/**
 * Parses the record that fills `bytes`. Numbers are recorded in both byte orders; the
 * little-endian one counts, as it does for Windows.
 *
 * @throws {FormatError} if the record is shorter than its name.
 */
export function parseRecord(
  bytes: Uint8Array,
  { offset, blockSize }: { readonly offset: number; readonly blockSize: number },
): DirectoryRecord {
  const view = new ByteView(bytes, "directory record");
  const flags = view.u8(25);
  const start = (view.u32(2) + view.u8(1)) * blockSize;
  return {
    nameBytes: view.bytes(RECORD_BYTES, view.u8(32)),
    offset,
    directory: (flags & DIRECTORY) !== 0,
    hidden: (flags & HIDDEN) !== 0,
    associated: (flags & ASSOCIATED) !== 0,
    moreSections: (flags & MORE_SECTIONS) !== 0,
    interleaved: view.u8(26) !== 0 || view.u8(27) !== 0,
    extent: { offset: start, length: view.u32(10) },
    modified: readRecordTime(view.bytes(18, 7)),
  };
}

/** Says whether the record is "." or "..": a name of one byte, 0 or 1. */
export function isSelfOrParent({ nameBytes }: DirectoryRecord): boolean {
  return nameBytes.length === 1 && nameBytes[0]! <= 1;
}

/** The name as Windows shows it: without the version, and without a dot that ends it. */
export function recordName(record: DirectoryRecord, kind: NameKind): string {
  const text = kind === "joliet" ? decodeUcs2(record.nameBytes) : decodeLatin1(record.nameBytes);
  if (record.directory) return text;
  const plain = text.replace(/;[0-9]+$/, "");
  return kind === "iso9660" && plain.length > 1 ? plain.replace(/\.$/, "") : plain;
}
