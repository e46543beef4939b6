import assert from "node:assert/strict";
import { baseBlockChecksum, openHive } from "../../../src/formats/regf/mod.ts";
import { hiveLogEntry } from "../../lab/hive_log.ts";
import {
  BASE_BLOCK,
  binsOf,
  changedPages,
  entryBetween,
  type EntrySpec,
  hiveState,
  joined,
  refusals,
  withHeader,
} from "./hive_logs.ts";
import { u32At } from "./hive_samples.ts";
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

Deno.test("replayLogs() leaves a clean hive alone, even if its logs are newer", () => {
  const clean = withHeader(STATES[0]!, { sequences: [10, 10] });
  const result = replay(clean, entriesLog("LOG1", ENTRIES), log("LOG2", new Uint8Array(9)));
  assert.deepEqual(result, {
    state: "clean",
    bytes: clean,
    used: [],
    refused: [],
    pages: 0,
    nextSequence: 15, // above those of the entries, which Windows would otherwise believe later
  });
  assert.equal(result.bytes, clean);
});

Deno.test("replayLogs() puts all entries of a log into a dirty hive", () => {
  const result = replay(DIRTY, entriesLog("SOFTWARE.LOG1", ENTRIES));
  assertState(result, 4);
  const pages = ENTRIES.reduce((sum, entry) => sum + entry.pages.length, 0);
  assert.deepEqual(result.used, [{ name: "SOFTWARE.LOG1", entries: 4, pages }]);
  assert.deepEqual(result.refused, []);
  assert.equal(result.pages, pages);
  assert.equal(result.headerFrom, undefined);
  assert.match(result.dirtyReason ?? "", /sequence numbers differ \(11 and 10\)/);
  assert.equal(result.nextSequence, 15);
});

Deno.test("replayLogs() leaves the header that Windows would leave", () => {
  const { bytes } = replay(DIRTY, entriesLog("LOG1", ENTRIES));
  const { header, dirty, truncated } = openHive(bytes);
  assert.equal(dirty, false);
  assert.equal(truncated, false);
  assert.deepEqual(sequencesOf(bytes), [15, 15]);
  assert.equal(header.binsSize, STATES[4]!.length - BASE_BLOCK);
  assert.equal(bytes.length, STATES[4]!.length);
  assert.equal(u32At(bytes, 508), baseBlockChecksum(bytes));
  const changed = new Set<number>(); // numbers of 32 bits: sequences, size of the bins, checksum
  for (let at = 0; at < BASE_BLOCK; at++) if (bytes[at] !== DIRTY[at]) changed.add(at & ~3);
  assert.deepEqual([...changed], [4, 8, 40, 508]);
});

Deno.test("replayLogs() keeps the memory of the primary file and of the logs as it is", () => {
  const primary = DIRTY.slice();
  const entries = entriesLog("LOG1", ENTRIES);
  const before = entries.bytes.slice();
  replay(primary, entries);
  assert.deepEqual(primary, DIRTY);
  assert.deepEqual(entries.bytes, before);
});

Deno.test("replayLogs() reads the log that the lab writes", () => {
  const after = STATES[1]!.slice();
  after[BASE_BLOCK + 6000]! ^= 0xff;
  const dirty = withHeader(STATES[1]!, { sequences: [8, 7] });
  const result = replay(dirty, log("LOG1", hiveLogEntry(dirty, { after, sequence: 8 })));
  assert.equal(result.state, "replayed");
  assert.deepEqual(binsOf(result.bytes), binsOf(after));
  assert.equal(result.pages, 1);
});

Deno.test("replayLogs() keeps the pages that no entry holds, and writes later ones last", () => {
  let state = 42;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
  const primary = withHeader(hiveState(30), { sequences: [2, 1] });
  const binsSize = primary.length - BASE_BLOCK;
  // Pages inside long data: whatever is written there, the hive can still be opened.
  const free = Array.from({ length: binsSize / 4096 }, (_, i) => 4096 * i)
    .filter((at) => u32At(primary, BASE_BLOCK + at) !== 0x6e696268);
  assert.ok(free.length > 20);
  for (let round = 0; round < 60; round++) {
    const expected = binsOf(primary).slice();
    const entries: EntrySpec[] = [];
    for (let sequence = 1; sequence <= 1 + random(5); sequence++) {
      const pages = Array.from({ length: 1 + random(4) }, () => {
        const bytes = new Uint8Array(4096).fill(random(256));
        return { offset: free[random(free.length)]!, bytes };
      });
      for (const { offset, bytes } of pages) expected.set(bytes, offset);
      entries.push({ sequence, binsSize, pages });
    }
    const result = replay(primary, entriesLog("LOG1", entries));
    assert.equal(result.state, "replayed");
    assert.deepEqual(binsOf(result.bytes), expected, `round ${round}`);
  }
});

Deno.test("replayLogs() takes bit 0 of the flags from the last entry, and nothing else", () => {
  for (const [before, entry, after] of [[0, 1, 1], [1, 0, 0], [3, 0, 2], [2, 1, 3]] as const) {
    const dirty = withHeader(DIRTY, { flags: before });
    const entries = [{ ...ENTRIES[0]!, flags: 1 - entry }, { ...ENTRIES[1]!, flags: entry }];
    const { bytes } = replay(dirty, entriesLog("LOG1", entries));
    assert.equal(u32At(bytes, 144), after);
  }
});

Deno.test("replayLogs() keeps the last-written time of the hive, not that of the log", () => {
  const primary = withHeader(DIRTY, { lastWritten: 0x01d2_0000_0000_0001n });
  const { bytes } = replay(primary, entriesLog("LOG1", ENTRIES));
  assert.equal(new DataView(bytes.buffer).getBigUint64(12, true), 0x01d2_0000_0000_0001n);
});

Deno.test("replayLogs() lets a hive grow by what the entry brings, and shrink", () => {
  const shrinking = entryBetween(STATES[4]!, STATES[1]!, { sequence: 15 });
  const result = replay(DIRTY, entriesLog("LOG1", [...ENTRIES, shrinking]));
  assertState(result, 1);
  assert.equal(result.bytes.length, STATES[1]!.length);
});

Deno.test("replayLogs() refuses growth without data", () => {
  const last = ENTRIES[1]!;
  const hollow = { ...last, pages: last.pages.slice(0, -1) };
  const result = replay(DIRTY, entriesLog("LOG1", [ENTRIES[0]!, hollow]));
  assertState(result, 1);
  assert.match(result.used[0]!.stopped ?? "", /asks for \d+ bytes of bins, and the data for them/);
  const alone = replay(DIRTY, entriesLog("LOG1", [{ ...ENTRIES[0]!, binsSize: 0xfffff000 }]));
  assert.equal(alone.state, "unrecovered");
  assert.match(refusals(alone)["LOG1"]!, /asks for 4294963200 bytes of bins/);
});

Deno.test("replayLogs() grows into what the file has behind its bins", () => {
  const roomy = joined([DIRTY, STATES[1]!.subarray(DIRTY.length)]);
  const pages = changedPages(DIRTY, STATES[1]!).filter(({ offset }) =>
    offset + BASE_BLOCK < DIRTY.length
  );
  const result = replay(roomy, entriesLog("LOG1", [{ ...ENTRIES[0]!, pages }]));
  assertState(result, 1);
});

Deno.test("replayLogs() grows back to a size that the hive had before", () => {
  const shrinking = entryBetween(STATES[2]!, STATES[0]!, { sequence: 13 });
  const large = STATES[2]!;
  const kept = STATES[0]!.length;
  const pages = changedPages(STATES[0]!, large).filter(({ offset }) => offset + BASE_BLOCK < kept);
  const growing = { sequence: 14, binsSize: large.length - BASE_BLOCK, pages };
  // As in the file of Windows: what was cut off lies there still, and is in use again.
  assertState(replay(DIRTY, entriesLog("LOG1", [...ENTRIES.slice(0, 2), shrinking, growing])), 2);
});

Deno.test("replayLogs() leaves out what the file has behind its bins", () => {
  const roomy = joined([DIRTY, new Uint8Array(70_000).fill(7)]);
  const result = replay(roomy, entriesLog("LOG1", ENTRIES.slice(0, 1)));
  assertState(result, 1);
  assert.equal(result.bytes.length, STATES[1]!.length);
});

Deno.test("replayLogs() completes a truncated file only if the entry holds the rest", () => {
  const cut = DIRTY.slice(0, BASE_BLOCK + 4096);
  const whole = entryBetween(cut, STATES[1]!, { sequence: 11 });
  assertState(replay(cut, entriesLog("LOG1", [whole])), 1);
  const missing = { ...whole, pages: whole.pages.filter((_, i) => i !== whole.pages.length - 2) };
  assert.equal(replay(cut, entriesLog("LOG1", [missing])).state, "unrecovered");
});

Deno.test("replayLogs() drops a replay after which the hive cannot be read", () => {
  const broken = (offset: number) => {
    const bytes = new Uint8Array(4096).fill(0x55);
    return entriesLog("LOG1", [{
      sequence: 11,
      binsSize: DIRTY.length - BASE_BLOCK,
      pages: [{ offset, bytes }],
    }]);
  };
  const primary = DIRTY.slice();
  const result = replay(primary, broken(0));
  assert.equal(result.state, "unrecovered");
  assert.match(
    refusals(result)["LOG1"]!,
    /^after its replay: Cannot read a bin of hive "SOFTWARE"/,
  );
  assert.deepEqual([result.used, result.pages], [[], 0]);
  assert.equal(result.bytes, primary);
  assert.deepEqual(primary, DIRTY);
  assert.equal(openHive(result.bytes).dirty, true);
});

Deno.test("replayLogs() drops a replay that loses the root key", () => {
  const page = DIRTY.slice(BASE_BLOCK, BASE_BLOCK + 4096);
  page.fill(0, 32 + 4, 32 + 6); // the signature of the first cell, the root key
  const pages = [{ offset: 0, bytes: page }];
  const entry = { sequence: 11, binsSize: DIRTY.length - BASE_BLOCK, pages };
  const result = replay(DIRTY, entriesLog("LOG1", [entry]));
  assert.equal(result.state, "unrecovered");
  assert.match(refusals(result)["LOG1"]!, /^after its replay: Cannot read a key/);
});
