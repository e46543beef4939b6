/**
 * Hives in several states and the logs that lead from one to the next, in both formats. Written
 * from the public specification (msuhanov/regf), apart from the reader.
 */
import { buildHive, type HiveReplay } from "../../../src/formats/regf/mod.ts";
import { marvin32 } from "../../lab/hive_log.ts";
import { binary, key, withChecksum } from "./hive_samples.ts";

export const BASE_BLOCK = 4096;
export const PAGE = 4096;
export const SECTOR = 512;

/** A piece of bins, at an offset from their start. */
export interface PageSpec {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** An entry of a new log. */
export interface EntrySpec {
  readonly sequence: number;
  readonly flags?: number;
  readonly binsSize: number;
  readonly pages: readonly PageSpec[];
}

/** The hive that a tree of `step` big values makes: every state is larger than the one before. */
export function hiveState(step: number): Uint8Array {
  const values = Array.from({ length: step }, (_, i) => binary(`value ${i}`, 5000 + 100 * step));
  return buildHive(key("ROOT", { values, subkeys: [key(`state ${step}`)] }), { minor: 3 });
}

/** A copy with fields of the base block changed, and the right checksum. */
export function withHeader(
  bytes: Uint8Array,
  fields: {
    readonly sequences?: readonly [number, number];
    readonly lastWritten?: bigint;
    readonly fileType?: number;
    readonly flags?: number;
    readonly binsSize?: number;
  },
): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  if (fields.sequences !== undefined) {
    view.setUint32(4, fields.sequences[0], true);
    view.setUint32(8, fields.sequences[1], true);
  }
  if (fields.lastWritten !== undefined) view.setBigUint64(12, fields.lastWritten, true);
  if (fields.fileType !== undefined) view.setUint32(28, fields.fileType, true);
  if (fields.flags !== undefined) view.setUint32(144, fields.flags, true);
  if (fields.binsSize !== undefined) view.setUint32(40, fields.binsSize, true);
  return withChecksum(copy);
}

/** The pages of 4096 bytes by which `after` differs from `before`, or is longer. */
export function changedPages(before: Uint8Array, after: Uint8Array): PageSpec[] {
  const pages: PageSpec[] = [];
  for (let at = BASE_BLOCK; at < after.length; at += PAGE) {
    const bytes = after.slice(at, at + PAGE);
    const same = at < before.length && bytes.every((byte, i) => byte === before[at + i]);
    if (!same) pages.push({ offset: at - BASE_BLOCK, bytes });
  }
  return pages;
}

/** The entry that turns `before` into `after`. */
export function entryBetween(
  before: Uint8Array,
  after: Uint8Array,
  options: { readonly sequence: number; readonly flags?: number },
): EntrySpec {
  const pages = changedPages(before, after);
  return { ...options, binsSize: after.length - BASE_BLOCK, pages };
}

/** A log of Windows 8.1 and later with the base block of `hive`. */
export function newLog(hive: Uint8Array, entries: readonly EntrySpec[]): Uint8Array {
  const first = entries[0]?.sequence ?? 1;
  const core = withHeader(hive.subarray(0, SECTOR), { sequences: [first, first], fileType: 6 });
  return joined([core, ...entries.map(entryBytes)]);
}

/** One entry, with its hashes. */
export function entryBytes(spec: EntrySpec): Uint8Array {
  const references = new Uint8Array(spec.pages.length * 8);
  const view = new DataView(references.buffer);
  for (const [i, { offset, bytes }] of spec.pages.entries()) {
    view.setUint32(8 * i, offset, true);
    view.setUint32(8 * i + 4, bytes.length, true);
  }
  const content = joined([new Uint8Array(40), references, ...spec.pages.map(({ bytes }) => bytes)]);
  const entry = new Uint8Array(Math.ceil(content.length / SECTOR) * SECTOR);
  entry.set(content);
  entry.set(new TextEncoder().encode("HvLE"));
  const head = new DataView(entry.buffer);
  head.setUint32(4, entry.length, true);
  head.setUint32(8, spec.flags ?? 0, true);
  head.setUint32(12, spec.sequence, true);
  head.setUint32(16, spec.binsSize, true);
  head.setUint32(20, spec.pages.length, true);
  return rehashed(entry);
}

/** Makes the hashes of the entry at the start of these bytes right, in place, if its size is. */
export function rehashed(entry: Uint8Array): Uint8Array {
  const view = new DataView(entry.buffer, entry.byteOffset, entry.byteLength);
  const size = view.getUint32(4, true);
  if (size >= 40 && size <= entry.length) {
    view.setBigUint64(24, marvin32(entry.subarray(40, size)), true);
  }
  view.setBigUint64(32, marvin32(entry.subarray(0, 32)), true);
  return entry;
}

/** A log of Windows before 8.1 that turns the bins of `hive` into those of `after`. */
export function oldLog(
  hive: Uint8Array,
  after: Uint8Array,
  options: { readonly fileType?: 1 | 2; readonly sequence?: number; readonly time?: bigint } = {},
): Uint8Array {
  const binsSize = after.length - BASE_BLOCK;
  const sequence = options.sequence ?? 2;
  const core = withHeader(hive.subarray(0, SECTOR), {
    sequences: [sequence, sequence],
    fileType: options.fileType ?? 1,
    binsSize,
    ...(options.time === undefined ? {} : { lastWritten: options.time }),
  });
  const bitmap = new Uint8Array(Math.ceil((4 + binsSize / PAGE) / SECTOR) * SECTOR);
  bitmap.set(new TextEncoder().encode("DIRT"));
  const sectors: Uint8Array[] = [];
  for (let sector = 0; sector < binsSize / SECTOR; sector++) {
    const at = BASE_BLOCK + sector * SECTOR;
    const bytes = after.subarray(at, at + SECTOR);
    if (at < hive.length && bytes.every((byte, i) => byte === hive[at + i])) continue;
    bitmap[4 + (sector >>> 3)]! |= 1 << (sector & 7);
    sectors.push(bytes);
  }
  return joined([core, bitmap, ...sectors]);
}

/** All parts behind each other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The bins of a hive that has nothing behind them. */
export function binsOf(hive: Uint8Array): Uint8Array {
  return hive.subarray(BASE_BLOCK);
}

/** The reasons of a replay, by the name of the log. */
export function refusals(replay: HiveReplay): Record<string, string> {
  return Object.fromEntries(replay.refused.map(({ name, reason }) => [name, reason]));
}
