/** A hive in five states, what was logged between them, and the replay of it. */
import assert from "node:assert/strict";
import {
  type HiveLog,
  type HiveReplay,
  openHive,
  replayLogs,
} from "../../../src/formats/regf/mod.ts";
import {
  binsOf,
  entryBetween,
  type EntrySpec,
  hiveState,
  newLog,
  SECTOR,
  withHeader,
} from "./hive_logs.ts";
import { listing, u32At } from "./hive_samples.ts";
import { assertKernelTakes } from "./kernel_rules.ts";

/** The hive after 0, 1, 2 … writes. */
export const STATES = [1, 2, 3, 4, 5].map(hiveState);

/** What the writes logged: entry 11 leads from the first state to the second, and so on. */
export const ENTRIES = STATES.slice(1).map((after, i) =>
  entryBetween(STATES[i]!, after, { sequence: 11 + i })
);

/** The hive as the power cut left it: at its first state, while entry 11 was to be written. */
export const DIRTY = withHeader(STATES[0]!, { sequences: [11, 10] });

/** A log file. */
export function log(name: string, bytes: Uint8Array): HiveLog {
  return { name, bytes };
}

/** A new log with these entries. */
export function entriesLog(name: string, entries: readonly EntrySpec[]): HiveLog {
  return log(name, newLog(STATES[0]!, entries));
}

/** Replays the logs of a hive named SOFTWARE. */
export function replay(primary: Uint8Array, ...logs: readonly HiveLog[]): HiveReplay {
  return replayLogs(primary, logs, { name: "SOFTWARE" });
}

/** Proves that a replay made the given state, byte by byte and key by key. */
export function assertState(result: HiveReplay, state: number): void {
  assert.equal(result.state, "replayed");
  assert.deepEqual(binsOf(result.bytes), binsOf(STATES[state]!));
  assert.deepEqual(listing(openHive(result.bytes)), listing(openHive(STATES[state]!)));
  assertKernelTakes(result.bytes);
}

/** Both sequence numbers. */
export function sequencesOf(hive: Uint8Array): [number, number] {
  return [u32At(hive, 4), u32At(hive, 8)];
}

/** A copy whose checksum is wrong and whose header makes no sense. */
export function withBrokenHeader(hive: Uint8Array): Uint8Array {
  const copy = hive.slice();
  copy.fill(0xee, 4, SECTOR);
  return copy;
}
