/** Which logs are replayed in which order, what stops a replay, and the numbers after it. */
import assert from "node:assert/strict";
import { newLog, refusals, SECTOR, withHeader } from "./hive_logs.ts";
import {
  assertState,
  DIRTY,
  ENTRIES,
  entriesLog,
  log,
  replay,
  sequencesOf,
  STATES,
} from "./replay_samples.ts";

Deno.test("replayLogs() starts with the log of the lower number, whichever it is", () => {
  const [early, late] = [ENTRIES.slice(0, 2), ENTRIES.slice(2)];
  for (
    const [log1, log2, order] of [
      [early, late, ["LOG1", "LOG2"]],
      [late, early, ["LOG2", "LOG1"]],
    ] as const
  ) {
    const logs = [entriesLog("LOG1", log1), entriesLog("LOG2", log2)];
    for (const given of [logs, logs.toReversed()]) {
      const result = replay(DIRTY, ...given);
      assertState(result, 4);
      assert.deepEqual(result.used.map(({ name }) => name), order);
      assert.deepEqual(result.used.map(({ entries }) => entries), [2, 2]);
      assert.deepEqual(result.refused, []);
    }
  }
});

Deno.test("replayLogs() stops where the second log does not continue the first", () => {
  const result = replay(
    DIRTY,
    entriesLog("LOG1", ENTRIES.slice(0, 1)),
    entriesLog("LOG2", ENTRIES.slice(2)),
  );
  assertState(result, 1);
  assert.deepEqual(sequencesOf(result.bytes), [12, 12]);
  assert.deepEqual(refusals(result), { LOG2: "it begins with entry 13, and entry 12 comes next" });
  assert.equal(result.nextSequence, 15);
});

Deno.test("replayLogs() skips a log that begins before the hive's secondary number", () => {
  const current = withHeader(STATES[2]!, { sequences: [14, 13] });
  const old = entriesLog("LOG1", ENTRIES.slice(0, 2)); // entries 11 and 12
  const skipped = replay(current, old, entriesLog("LOG2", ENTRIES.slice(2)));
  assertState(skipped, 4);
  assert.deepEqual(skipped.used.map(({ name }) => name), ["LOG2"]);
  const reason = "it begins with entry 11, which is older than the hive (13)";
  assert.deepEqual(refusals(skipped), { LOG1: reason });
  const alone = replay(current, old);
  assert.equal(alone.state, "unrecovered");
  assert.deepEqual(refusals(alone), { LOG1: reason });
  assert.equal(alone.bytes, current);
});

Deno.test("replayLogs() accepts a log that begins far above the hive's numbers", () => {
  // UsrClass of the corpus: 256 and 255, and the logs begin with 287.
  const result = replay(DIRTY, entriesLog("LOG1", [{ ...ENTRIES[0]!, sequence: 500 }]));
  assertState(result, 1);
  assert.deepEqual(sequencesOf(result.bytes), [501, 501]);
});

Deno.test("replayLogs() does not leap over a log whose entries are all damaged", () => {
  const torn = newLog(STATES[0]!, ENTRIES.slice(0, 2));
  torn[SECTOR + 100]! ^= 1;
  const result = replay(DIRTY, log("LOG1", torn), entriesLog("LOG2", ENTRIES.slice(2)));
  assert.equal(result.state, "unrecovered");
  assert.deepEqual(refusals(result), {
    LOG1: "its entry 11 has a wrong hash of its pages",
    LOG2: "it begins with entry 13, and entry 11 comes next",
  });
  assert.equal(result.bytes, DIRTY);
});

Deno.test("replayLogs() follows sequence numbers that wrap around", () => {
  const wrapped = ENTRIES.map((entry, i) => ({ ...entry, sequence: (0xfffffffe + i) >>> 0 }));
  const dirty = withHeader(STATES[0]!, { sequences: [0xfffffffe, 0xfffffffd] });
  const one = replay(dirty, entriesLog("LOG1", wrapped)); // …fe, …ff, 0, 1
  assertState(one, 4);
  assert.deepEqual(sequencesOf(one.bytes), [2, 2]);
  assert.equal(one.nextSequence, 2);
  const logs = [entriesLog("LOG1", wrapped.slice(2)), entriesLog("LOG2", wrapped.slice(0, 2))];
  const two = replay(dirty, ...logs);
  assertState(two, 4);
  assert.deepEqual(two.used.map(({ name }) => name), ["LOG2", "LOG1"]);
  const late = withHeader(STATES[2]!, { sequences: [1, 0] });
  const behind = replay(late, ...logs);
  assertState(behind, 4);
  assert.match(refusals(behind)["LOG2"]!, /entry 4294967294, which is older than the hive \(0\)/);
  const end = replay(dirty, entriesLog("LOG1", wrapped.slice(0, 2)));
  assert.deepEqual(sequencesOf(end.bytes), [0, 0]);
  assert.equal(end.nextSequence, 0);
});

Deno.test("replayLogs() counts on above the hive's own numbers if the logs are behind", () => {
  const clean = withHeader(STATES[0]!, { sequences: [90, 90] });
  assert.equal(replay(clean, entriesLog("LOG1", ENTRIES)).nextSequence, 91);
  assert.equal(replay(clean).nextSequence, 91);
  const last = withHeader(STATES[0]!, { sequences: [0xffffffff, 0xffffffff] });
  assert.equal(replay(last).nextSequence, 0);
  const dirty = withHeader(STATES[0]!, { sequences: [90, 89] });
  assert.equal(replay(dirty).nextSequence, 91);
});

Deno.test("replayLogs() counts on above a secondary number that is the higher one", () => {
  const odd = withHeader(STATES[0]!, { sequences: [5, 9] });
  assert.equal(replay(odd).state, "unrecovered");
  assert.equal(replay(odd).nextSequence, 10);
});

/** Each is a log that cannot be used, and what is said about it. */
const UNUSABLE: readonly [string, () => Uint8Array, string][] = [
  ["empty", () => new Uint8Array(), "it is empty"],
  ["short", () => newLog(DIRTY, ENTRIES).slice(0, 511), "it ends after 511 bytes"],
  ["no signature", () => new Uint8Array(2000), `it does not begin with "regf"`],
  ["checksum", () => {
    const bytes = newLog(DIRTY, ENTRIES);
    bytes[60]! ^= 1;
    return bytes;
  }, "the checksum of its header is wrong"],
  [
    "sequence numbers",
    () => withHeader(newLog(DIRTY, ENTRIES), { sequences: [11, 10] }),
    "its sequence numbers differ (11 and 10): it was not written to its end",
  ],
  ["a hive", () => withHeader(STATES[1]!, { sequences: [11, 11] }), "it is a hive, not a log"],
  [
    "unknown type",
    () => withHeader(newLog(DIRTY, ENTRIES), { fileType: 5 }),
    "its file type 5 is no log's",
  ],
  ["no entries", () => newLog(DIRTY, []), "it holds no entry 1"],
  [
    "wrong signature of the entry",
    () => {
      const bytes = newLog(DIRTY, ENTRIES);
      bytes[SECTOR] = 0;
      return bytes;
    },
    "it holds no entry 11",
  ],
  [
    "another first entry",
    () => withHeader(newLog(DIRTY, ENTRIES), { sequences: [12, 12] }),
    "entry 11 stands where entry 12 belongs",
  ],
];

for (const [name, make, reason] of UNUSABLE) {
  Deno.test(`replayLogs() says why a log cannot be used (${name})`, () => {
    const dirty = withHeader(DIRTY, { sequences: [2, 1] });
    const result = replay(dirty, log("SOFTWARE.LOG1", make()));
    assert.equal(result.state, "unrecovered");
    assert.deepEqual(result.refused, [{ name: "SOFTWARE.LOG1", reason }]);
    assert.deepEqual([result.used, result.pages], [[], 0]);
    assert.equal(result.bytes, dirty);
    // Another log that can be used is used all the same.
    const second = replay(DIRTY, log("SOFTWARE.LOG1", make()), entriesLog("LOG2", ENTRIES));
    assertState(second, 4);
  });
}

Deno.test("replayLogs() without any log leaves a dirty hive as it lies", () => {
  const result = replay(DIRTY);
  assert.equal(result.state, "unrecovered");
  assert.deepEqual(result.refused, []);
  assert.equal(result.bytes, DIRTY);
});
