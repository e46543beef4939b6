/** Hives whose base block is damaged, and what is no hive. */
import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import { openHive } from "../../../src/formats/regf/mod.ts";
import { BASE_BLOCK, binsOf, changedPages, newLog, refusals, SECTOR } from "./hive_logs.ts";
import {
  assertState,
  DIRTY,
  ENTRIES,
  entriesLog,
  log,
  replay,
  sequencesOf,
  STATES,
  withBrokenHeader,
} from "./replay_samples.ts";

Deno.test("replayLogs() heals a damaged header from the log", () => {
  const primary = withBrokenHeader(DIRTY);
  const flagged = ENTRIES.map((entry) => ({ ...entry, flags: 1 }));
  const result = replay(primary, entriesLog("SOFTWARE.LOG2", flagged));
  assertState(result, 4);
  assert.equal(result.headerFrom, "SOFTWARE.LOG2");
  assert.equal(result.dirtyReason, "The checksum of its header is wrong");
  assert.deepEqual(sequencesOf(result.bytes), [15, 15]);
  assert.equal(result.nextSequence, 15);
  const { header } = openHive(result.bytes);
  assert.equal(header.fileType, 0);
  assert.equal(header.flags, 1);
  assert.equal(header.checksumValid, true);
  assert.deepEqual(header.lastWritten, openHive(STATES[0]!).header.lastWritten);
});

Deno.test("replayLogs() heals a header from the log with the latest entries only", () => {
  const older = entriesLog("LOG1", ENTRIES.slice(0, 2));
  // The later log rewrites the whole hive: alone it must make sense.
  const later = entriesLog("LOG2", [
    { sequence: 13, binsSize: binsOf(STATES[3]!).length, pages: changedPages(DIRTY, STATES[3]!) },
  ]);
  for (const logs of [[older, later], [later, older]]) {
    const result = replay(withBrokenHeader(DIRTY), ...logs);
    assertState(result, 3);
    assert.deepEqual(result.used.map(({ name }) => name), ["LOG2"]);
    assert.match(refusals(result)["LOG1"]!, /^LOG2 is newer, and a header is healed from one log$/);
  }
});

Deno.test("replayLogs() does not heal a header from the older log if the later is damaged", () => {
  // The hive may have been written since: the older entries would undo a part of it.
  const torn = newLog(STATES[0]!, ENTRIES.slice(2));
  torn[SECTOR + 100]! ^= 1;
  const primary = withBrokenHeader(DIRTY);
  const result = replay(primary, entriesLog("LOG1", ENTRIES.slice(0, 2)), log("LOG2", torn));
  assert.equal(result.state, "unrecovered");
  assert.equal(result.bytes, primary);
  assert.deepEqual(refusals(result), {
    LOG1: "LOG2 is newer, and a header is healed from one log",
    LOG2: "its entry 13 has a wrong hash of its pages",
  });
  assert.equal(result.nextSequence, 15);
});

Deno.test("replayLogs() heals a header without signature if the first bin is there", () => {
  const primary = DIRTY.slice();
  primary.fill(0, 0, BASE_BLOCK);
  const result = replay(primary, entriesLog("LOG1", ENTRIES));
  assertState(result, 4);
  assert.equal(result.headerFrom, "LOG1");
  assert.equal(result.dirtyReason, 'Its header does not begin with "regf"');
  assert.throws(() => replay(primary), { name: "FormatError", message: /"SOFTWARE".*"regf"/ });
  primary.fill(0, BASE_BLOCK, BASE_BLOCK + 4);
  assert.throws(() => replay(primary, entriesLog("LOG1", ENTRIES)), FormatError);
});

Deno.test("replayLogs() keeps a hive with a damaged header that no log heals", () => {
  const primary = withBrokenHeader(DIRTY);
  const result = replay(primary, log("LOG1", new Uint8Array()));
  assert.equal(result.state, "unrecovered");
  assert.equal(result.bytes, primary);
  assert.equal(result.headerFrom, undefined);
});

Deno.test("replayLogs() throws for what is no hive", () => {
  for (const bytes of [new Uint8Array(), new Uint8Array(8192), DIRTY.subarray(0, 300)]) {
    assert.throws(() => replay(bytes, entriesLog("LOG1", ENTRIES)), FormatError);
  }
});
