/** Chains of entries that end early: in damage, in a gap, in remnants. */
import assert from "node:assert/strict";
import { entryBytes, joined, newLog, rehashed, SECTOR } from "./hive_logs.ts";
import { u32At } from "./hive_samples.ts";
import { assertState, DIRTY, ENTRIES, log, replay, sequencesOf, STATES } from "./replay_samples.ts";

Deno.test("replayLogs() stops at what an earlier use of the log left behind", () => {
  const remnant = entryBytes({ ...ENTRIES[3]!, sequence: 4 });
  const bytes = joined([newLog(STATES[0]!, ENTRIES.slice(0, 2)), remnant]);
  const result = replay(DIRTY, log("LOG1", bytes));
  assertState(result, 2);
  assert.equal(result.used[0]!.stopped, undefined);
  assert.equal(result.nextSequence, 13);
  const padded = replay(DIRTY, log("LOG1", joined([bytes, new Uint8Array(5000)])));
  assertState(padded, 2);
});

/** Damages the third entry, 13, of a log with the entries 11 to 14. */
function withThirdEntry(change: (entry: Uint8Array) => void): Uint8Array {
  const parts = ENTRIES.map(entryBytes);
  change(parts[2]!);
  return joined([newLog(STATES[0]!, ENTRIES).subarray(0, SECTOR), ...parts]);
}

function setU32(bytes: Uint8Array, offset: number, value: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(offset, value, true);
}

/** Each is a damage of an entry and what is said about it. */
const DAMAGES: readonly [string, (entry: Uint8Array) => void, RegExp][] = [
  ["page", (entry) => entry[entry.length - 600]! ^= 1, /13 has a wrong hash of its pages/],
  ["reference", (entry) => entry[41]! ^= 1, /13 has a wrong hash of its pages/],
  ["hash of its pages", (entry) => entry[24]! ^= 1, /13 has a wrong hash of its head/],
  ["hash of its head", (entry) => entry[39]! ^= 1, /13 has a wrong hash of its head/],
  ["flags", (entry) => setU32(entry, 8, 1), /13 has a wrong hash of its head/],
  ["bins size, hashed", (entry) => {
    setU32(entry, 16, u32At(entry, 16) + 512);
    rehashed(entry);
  }, /13 says that the bins have \d+ bytes/],
  ["no bins, hashed", (entry) => {
    setU32(entry, 16, 0);
    rehashed(entry);
  }, /13 says that the bins have 0 bytes/],
  ["size, hashed", (entry) => {
    setU32(entry, 4, 0x7ffffe00);
    rehashed(entry);
  }, /13 has a size of 2147483136 bytes/],
  ["size of nothing, hashed", (entry) => {
    setU32(entry, 4, 0);
    rehashed(entry);
  }, /13 has a size of 0 bytes/],
  ["odd size, hashed", (entry) => {
    setU32(entry, 4, entry.length - 8);
    rehashed(entry);
  }, /13 has a size of \d+ bytes/],
  ["no pages, hashed", (entry) => {
    setU32(entry, 20, 0);
    rehashed(entry);
  }, /13 holds no page/],
  ["number of pages, hashed", (entry) => {
    setU32(entry, 20, 0xffffffff);
    rehashed(entry);
  }, /13 says that it holds 4294967295 pages/],
  ["one page more than fits, hashed", (entry) => {
    setU32(entry, 20, u32At(entry, 20) + 1);
    rehashed(entry);
  }, /13 (is too short for its pages|has a page)/],
  ["page behind the bins, hashed", (entry) => {
    setU32(entry, 40, u32At(entry, 16));
    rehashed(entry);
  }, /13 has a page at \d+, behind the end of the bins/],
  ["page at an odd place, hashed", (entry) => {
    setU32(entry, 40, 4);
    rehashed(entry);
  }, /13 has a page of 4096 bytes at 4$/],
  ["page without bytes, hashed", (entry) => {
    setU32(entry, 44, 0);
    rehashed(entry);
  }, /13 has a page of 0 bytes/],
  ["page of many bytes, hashed", (entry) => {
    setU32(entry, 44, 0xfffffe00);
    rehashed(entry);
  }, /13 has a page at \d+, behind the end of the bins/],
];

for (const [name, change, reason] of DAMAGES) {
  Deno.test(`replayLogs() stops before an entry that is damaged (${name})`, () => {
    const result = replay(DIRTY, log("LOG1", withThirdEntry(change)));
    assertState(result, 2);
    assert.equal(result.used[0]!.entries, 2);
    assert.match(result.used[0]!.stopped ?? "", reason);
    assert.deepEqual(sequencesOf(result.bytes), [13, 13]);
    // Entry 14 was not used, but stays in the log: the next write must be above it.
    assert.equal(result.nextSequence, 15);
  });
}

Deno.test("replayLogs() loses no more than what is behind the cut of a log that was cut off", () => {
  const whole = newLog(STATES[0]!, ENTRIES);
  const starts = [SECTOR];
  for (const entry of ENTRIES) starts.push(starts.at(-1)! + entryBytes(entry).length);
  for (let length = 0; length <= whole.length; length += 333) {
    const result = replay(DIRTY, log("LOG1", whole.slice(0, length)));
    const complete = starts.filter((start) => start <= length).length - 1;
    if (complete > 0) assertState(result, complete);
    else assert.equal(result.state, "unrecovered");
  }
});
