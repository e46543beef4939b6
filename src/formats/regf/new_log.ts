/**
 * Logs of Windows 8.1 and later: a base block and a chain of entries, each with its number, two
 * hashes and whole pages of the bins.
 */
import { BASE_BLOCK_CORE_SIZE, BIN_ALIGNMENT } from "./layout.ts";
import { LOG_SECTOR, LogEntryField, LogMagic, PageReference } from "./log_layout.ts";
import type { LogPage, LogStep, StepOrFault } from "./log_step.ts";
import { marvin32 } from "./marvin32.ts";
import { nextNumber } from "./sequence_number.ts";

/** The entries of a log that follow each other without a gap. */
export interface LogChain {
  readonly steps: readonly LogStep[];
  /** Why it ends where it ends. */
  readonly end: string;
  /** True if the next entry is there but damaged; false if the log just has no more. */
  readonly endsInDamage: boolean;
}

/** Reads the entries from the number `first` on, up to the first that is missing or damaged. */
export function readLogChain(bytes: Uint8Array, first: number): LogChain {
  const steps: LogStep[] = [];
  let expected = first;
  let at = BASE_BLOCK_CORE_SIZE;
  for (;;) {
    const entry = entryAt(bytes, at);
    if (entry === undefined) {
      return { steps, end: `it holds no entry ${expected}`, endsInDamage: false };
    }
    const sequence = entry.getUint32(LogEntryField.sequence, true);
    if (sequence !== expected) {
      const end = `entry ${sequence} stands where entry ${expected} belongs`;
      return { steps, end, endsInDamage: false };
    }
    const read = readEntry(entry);
    if ("fault" in read) {
      return { steps, end: `its entry ${sequence} ${read.fault}`, endsInDamage: true };
    }
    steps.push(read.step);
    at += entry.getUint32(LogEntryField.size, true);
    expected = nextNumber(expected);
  }
}

/**
 * The numbers of all entries whose heads are sound, also of those that no chain reaches: what was
 * left over of earlier writes, and what follows a damaged entry.
 */
export function* entryNumbers(bytes: Uint8Array): Generator<number> {
  for (let at = BASE_BLOCK_CORE_SIZE; at < bytes.length; at += LOG_SECTOR) {
    const entry = entryAt(bytes, at);
    if (entry !== undefined && headIsSound(entry)) {
      yield entry.getUint32(LogEntryField.sequence, true);
    }
  }
}

/** The rest of the log from `at` on, if an entry begins there. */
function entryAt(bytes: Uint8Array, at: number): DataView | undefined {
  if (at + LogEntryField.references > bytes.length) return undefined;
  const rest = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
  return rest.getUint32(LogEntryField.signature, true) === LogMagic.hvle ? rest : undefined;
}

function headIsSound(entry: DataView): boolean {
  return hashMatches(entry, LogEntryField.headHash, [0, LogEntryField.headHash]);
}

/** Hashes are compared before anything is believed, so that a torn entry does no harm. */
function readEntry(entry: DataView): StepOrFault {
  if (!headIsSound(entry)) return { fault: "has a wrong hash of its head" };
  const size = entry.getUint32(LogEntryField.size, true);
  if (size % LOG_SECTOR !== 0 || size < LOG_SECTOR || size > entry.byteLength) {
    return { fault: `has a size of ${size} bytes, and ${entry.byteLength} are there` };
  }
  if (!hashMatches(entry, LogEntryField.dataHash, [LogEntryField.references, size])) {
    return { fault: "has a wrong hash of its pages" };
  }
  const binsSize = entry.getUint32(LogEntryField.binsSize, true);
  if (binsSize === 0 || binsSize % BIN_ALIGNMENT !== 0) {
    return { fault: `says that the bins have ${binsSize} bytes` };
  }
  const pages = readPages(entry, { size, binsSize });
  if (typeof pages === "string") return { fault: pages };
  const sequence = entry.getUint32(LogEntryField.sequence, true);
  const flags = entry.getUint32(LogEntryField.flags, true);
  return { step: { sequence, flags, binsSize, pages, pageCount: pages.length } };
}

function hashMatches(entry: DataView, hashAt: number, [from, to]: [number, number]): boolean {
  const { low, high } = marvin32(bytesOf(entry, from, to - from));
  return low === entry.getUint32(hashAt, true) && high === entry.getUint32(hashAt + 4, true);
}

/** The pages of an entry, or what is wrong with them. */
function readPages(
  entry: DataView,
  { size, binsSize }: { readonly size: number; readonly binsSize: number },
): LogPage[] | string {
  const count = entry.getUint32(LogEntryField.pageCount, true);
  if (count === 0) return "holds no page";
  let at = LogEntryField.references + count * PageReference.size;
  if (at > size) return `says that it holds ${count} pages, more than fit into it`;
  const pages: LogPage[] = [];
  for (let page = 0; page < count; page++) {
    const reference = LogEntryField.references + page * PageReference.size;
    const offset = entry.getUint32(reference + PageReference.offset, true);
    const length = entry.getUint32(reference + PageReference.length, true);
    if (length === 0 || length % LOG_SECTOR !== 0 || offset % LOG_SECTOR !== 0) {
      return `has a page of ${length} bytes at ${offset}`;
    }
    if (offset + length > binsSize) return `has a page at ${offset}, behind the end of the bins`;
    if (at + length > size) return "is too short for its pages";
    pages.push({ offset, bytes: bytesOf(entry, at, length) });
    at += length;
  }
  return pages;
}

function bytesOf(entry: DataView, offset: number, length: number): Uint8Array {
  return new Uint8Array(entry.buffer, entry.byteOffset + offset, length);
}
