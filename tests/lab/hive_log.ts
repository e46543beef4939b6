/**
 * Writes the log of a dirty hive in the format of Windows 8.1 and later (`HvLE`), from its
 * public specification (msuhanov/regf). Written apart from the reader, so that each checks the
 * other.
 */
import { baseBlockChecksum } from "../../src/formats/regf/mod.ts";

const BASE_BLOCK = 4096;
const PAGE = 4096;
const SECTOR = 512;
const LOG_TYPE_NEW = 6;

/**
 * The bytes of `.LOG1` that turn the bins of `hive` into those of `after`, which must have the
 * same length.
 */
export function hiveLogEntry(
  hive: Uint8Array,
  change: { readonly after: Uint8Array; readonly sequence: number },
): Uint8Array {
  const pages = changedPages(hive, change.after);
  const entry = logEntry(pages, { ...change, binsSize: hive.length - BASE_BLOCK });
  const log = new Uint8Array(SECTOR + entry.length);
  log.set(hive.subarray(0, SECTOR));
  const view = new DataView(log.buffer);
  view.setUint32(4, change.sequence, true);
  view.setUint32(8, change.sequence, true);
  view.setUint32(28, LOG_TYPE_NEW, true);
  view.setUint32(508, baseBlockChecksum(log), true);
  log.set(entry, SECTOR);
  return log;
}

/** Offsets, counted from the end of the base block, of the pages that differ. */
function changedPages(before: Uint8Array, after: Uint8Array): number[] {
  const pages: number[] = [];
  for (let at = BASE_BLOCK; at < before.length; at += PAGE) {
    const differs = before.subarray(at, at + PAGE).some((byte, i) => byte !== after[at + i]);
    if (differs) pages.push(at - BASE_BLOCK);
  }
  return pages;
}

function logEntry(
  pages: readonly number[],
  options: { readonly after: Uint8Array; readonly sequence: number; readonly binsSize: number },
): Uint8Array {
  const used = 40 + pages.length * (8 + PAGE);
  const entry = new Uint8Array(Math.ceil(used / SECTOR) * SECTOR);
  const view = new DataView(entry.buffer);
  entry.set(new TextEncoder().encode("HvLE"));
  view.setUint32(4, entry.length, true);
  view.setUint32(12, options.sequence, true);
  view.setUint32(16, options.binsSize, true);
  view.setUint32(20, pages.length, true);
  for (const [i, page] of pages.entries()) {
    view.setUint32(40 + 8 * i, page, true);
    view.setUint32(44 + 8 * i, PAGE, true);
    const bytes = options.after.subarray(BASE_BLOCK + page, BASE_BLOCK + page + PAGE);
    entry.set(bytes, 40 + 8 * pages.length + PAGE * i);
  }
  view.setBigUint64(24, marvin32(entry.subarray(40)), true);
  view.setBigUint64(32, marvin32(entry.subarray(0, 32)), true);
  return entry;
}

/** Marvin32 with the seed of the registry. Known answers: "" b39efca403966e08, "abc" b9cf3dfca41914f7. */
export function marvin32(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const state = { lo: 0x7a4e55c5, hi: 0x82ef4d88 };
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) mix(state, view.getUint32(at, true));
  let tail = 0x80;
  for (let i = bytes.length - 1; i >= at; i--) tail = (tail << 8) | bytes[i]!;
  mix(state, tail >>> 0);
  mix(state, 0);
  return (BigInt(state.hi) << 32n) | BigInt(state.lo);
}

function mix(state: { lo: number; hi: number }, word: number): void {
  let { lo, hi } = state;
  lo = (lo + word) >>> 0;
  hi = (hi ^ lo) >>> 0;
  lo = (rotate(lo, 20) + hi) >>> 0;
  hi = (rotate(hi, 9) ^ lo) >>> 0;
  lo = (rotate(lo, 27) + hi) >>> 0;
  hi = rotate(hi, 19);
  state.lo = lo;
  state.hi = hi;
}

function rotate(value: number, bits: number): number {
  return ((value << bits) | (value >>> (32 - bits))) >>> 0;
}
