/**
 * Directories: records one after the other, none over the end of a sector, zeros behind the last
 * one of each. A file of 4 GB and more has several records. Source: ECMA-119 6.8.1 and 9.1.6.
 */
import { type ByteSource, FormatError } from "../../base/mod.ts";
import {
  type DirectoryRecord,
  type IsoExtent,
  type IsoNode,
  type IsoProblem,
  isSelfOrParent,
  type NameKind,
  parseRecord,
  RECORD_BYTES,
  recordName,
} from "./directory_record.ts";
import { SECTOR } from "./volume_descriptors.ts";
import type { IsoSpend, IsoWarn } from "./warn.ts";

const PIECE_SECTORS = 16;
/** A section is at most 4 GB: so many are more than any file system holds. */
const MAX_SECTIONS = 65_536;
/** Real directories have none; a hostile length must not make us read the whole image. */
const MAX_BLANK_SECTORS = 64;
/** So many records in a row that are no file are no real directory. */
const MAX_PASSED_OVER = 10_000;

/** What a directory is read from. */
export interface DirectoryContext {
  readonly source: ByteSource;
  readonly blockSize: number;
  readonly nameKind: NameKind;
  readonly warn: IsoWarn;
  readonly spend: IsoSpend;
}

/**
 * The files and directories in a directory, sections joined.
 *
 * @throws {FormatError} where the directory cannot be read any further.
 */
export async function* readDirectory(
  context: DirectoryContext,
  directory: IsoNode,
): AsyncGenerator<IsoNode> {
  let sections: DirectoryRecord[] = [];
  let passedOver = 0;
  for await (const record of readRecords(context, directory)) {
    if (isSelfOrParent(record) || record.associated) {
      if (!isSelfOrParent(record)) {
        context.warn("An associated file (not for Windows) was left out", record.offset);
      }
      context.spend(1, record.offset);
      if (++passedOver <= MAX_PASSED_OVER) continue;
      throw new FormatError("Cannot read a directory any further: its records name no files", {
        offset: record.offset,
      });
    }
    passedOver = 0;
    const first = sections[0];
    if (first !== undefined && !sameName(first, record)) {
      yield nodeOf(sections, context.nameKind, { unfinished: true });
      sections = [];
    }
    sections.push(record);
    if (record.moreSections && sections.length < MAX_SECTIONS) continue;
    yield nodeOf(sections, context.nameKind, { unfinished: record.moreSections });
    sections = [];
  }
  if (sections.length > 0) yield nodeOf(sections, context.nameKind, { unfinished: true });
}

function sameName(a: DirectoryRecord, b: DirectoryRecord): boolean {
  return a.nameBytes.length === b.nameBytes.length &&
    a.nameBytes.every((byte, index) => byte === b.nameBytes[index]);
}

function nodeOf(
  sections: readonly DirectoryRecord[],
  nameKind: NameKind,
  { unfinished }: { readonly unfinished: boolean },
): IsoNode {
  const first = sections[0]!;
  const { offset, directory, hidden, modified } = first;
  const problems: IsoProblem[] = [];
  if (unfinished) {
    problems.push({ kind: "data", message: "The record of its next section is missing", offset });
  }
  if (sections.some((section) => section.interleaved)) {
    problems.push({ kind: "type", message: "It is stored interleaved with other files", offset });
  }
  const extents = sections.map((section): IsoExtent => section.extent);
  return {
    name: recordName(first, nameKind),
    offset,
    directory,
    hidden,
    size: extents.reduce((sum, extent) => sum + extent.length, 0),
    modified,
    problems,
    extents: () => extents,
  };
}

async function* readRecords(
  { source, blockSize, warn }: DirectoryContext,
  directory: IsoNode,
): AsyncGenerator<DirectoryRecord> {
  const extent = directory.extents()[0]!;
  const end = extent.offset + extent.length;
  let held: Held = { at: extent.offset, bytes: new Uint8Array(0) };
  let blankSectors = 0;
  for (let at = extent.offset; at < end;) {
    held = await holding(source, { held, at, length: 1, end });
    const length = held.bytes[at - held.at]!;
    if (length === 0) {
      checkBlank(++blankSectors, at);
      at = extent.offset + (Math.floor((at - extent.offset) / SECTOR) + 1) * SECTOR;
      continue;
    }
    blankSectors = 0;
    checkRecordLength(length, { at, end });
    if ((at - extent.offset) % SECTOR + length > SECTOR) {
      warn("A directory record lies over the end of a sector", at);
    }
    held = await holding(source, { held, at, length, end });
    const bytes = held.bytes.subarray(at - held.at, at - held.at + length);
    yield parseRecord(bytes, { offset: at, blockSize });
    at += length;
  }
}

function checkBlank(sectors: number, offset: number): void {
  if (sectors <= MAX_BLANK_SECTORS) return;
  throw new FormatError("Cannot read a directory any further: nothing but zeros follows", {
    offset,
  });
}

function checkRecordLength(length: number, { at, end }: { at: number; end: number }): void {
  if (length > RECORD_BYTES && at + length <= end) return;
  throw new FormatError(
    `Cannot read a directory any further: a record of ${length} bytes cannot be`,
    { offset: at },
  );
}

/** A piece of the directory in memory, and where in the image it begins. */
interface Held {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** The held piece if it has `length` bytes at `at`, else the next one, as far as the image goes. */
async function holding(
  source: ByteSource,
  { held, at, length, end }: { held: Held; at: number; length: number; end: number },
): Promise<Held> {
  if (at >= held.at && at + length <= held.at + held.bytes.length) return held;
  const wanted = Math.min(PIECE_SECTORS * SECTOR, end - at, source.size - at);
  if (wanted < length) {
    throw new FormatError("Cannot read a directory: it lies outside the image", { offset: at });
  }
  return { at, bytes: await source.read(at, wanted) };
}
