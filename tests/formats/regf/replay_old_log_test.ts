/** Replays of logs in the format before Windows 8.1. */
import assert from "node:assert/strict";
import {
  type HiveLog,
  type HiveReplay,
  openHive,
  replayLogs,
} from "../../../src/formats/regf/mod.ts";
import {
  BASE_BLOCK,
  binsOf,
  entryBetween,
  hiveState,
  newLog,
  oldLog,
  refusals,
  SECTOR,
  withHeader,
} from "./hive_logs.ts";
import { listing, u32At, withChecksum } from "./hive_samples.ts";

const TIME = 0x01d2_9627_f1c8_a860n;
const BEFORE = withTimes(hiveState(2), TIME, TIME);
const AFTER = hiveState(4);
const DIRTY = withHeader(BEFORE, { sequences: [5, 4] });

/** The last-written time of the base block, and its copy in the first bin. */
function withTimes(hive: Uint8Array, header: bigint, bin: bigint): Uint8Array {
  const copy = withHeader(hive, { lastWritten: header });
  new DataView(copy.buffer).setBigUint64(BASE_BLOCK + 0x14, bin, true);
  return copy;
}

function replay(primary: Uint8Array, ...logs: readonly HiveLog[]): HiveReplay {
  return replayLogs(primary, logs, { name: "SYSTEM" });
}

function log(name: string, bytes: Uint8Array): HiveLog {
  return { name, bytes };
}

function assertReplayed(result: HiveReplay, after = AFTER): void {
  assert.equal(result.state, "replayed");
  assert.deepEqual(listing(openHive(result.bytes)), listing(openHive(after)));
  assert.deepEqual(binsOf(result.bytes), binsOf(after));
}

for (const fileType of [1, 2] as const) {
  Deno.test(`replayLogs() takes an old log of file type ${fileType}`, () => {
    const result = replay(
      DIRTY,
      log("SYSTEM.LOG", oldLog(DIRTY, AFTER, { fileType, sequence: 5 })),
    );
    assertReplayed(result);
    const { entries, pages } = result.used[0]!;
    let sectors = 0;
    for (let at = BASE_BLOCK; at < AFTER.length; at += SECTOR) {
      const changed = AFTER.subarray(at, at + SECTOR).some((byte, i) => byte !== DIRTY[at + i]);
      if (changed || at >= DIRTY.length) sectors++;
    }
    assert.deepEqual([entries, pages, result.pages], [1, sectors, sectors]);
  });
}

Deno.test("replayLogs() ends the write that the old log is of", () => {
  const primary = withHeader(DIRTY, { flags: 3 });
  const { bytes, nextSequence } = replay(
    primary,
    log("LOG1", oldLog(DIRTY, AFTER, { sequence: 5 })),
  );
  assert.deepEqual([u32At(bytes, 4), u32At(bytes, 8)], [5, 5]);
  assert.equal(nextSequence, 6);
  const { header, dirty } = openHive(bytes);
  assert.equal(dirty, false);
  assert.equal(header.fileType, 0);
  assert.equal(header.flags, 3);
  assert.equal(header.binsSize, AFTER.length - BASE_BLOCK);
  assert.equal(bytes.length, AFTER.length);
});

Deno.test("replayLogs() takes an old log that makes the hive smaller", () => {
  const large = withHeader(withTimes(AFTER, TIME, TIME), { sequences: [5, 4] });
  const small = hiveState(1);
  assertReplayed(replay(large, log("LOG1", oldLog(large, small))), small);
});

Deno.test("replayLogs() refuses an old log of another time", () => {
  for (const time of [TIME - 1n, TIME + 1n, 0n]) {
    const result = replay(DIRTY, log("LOG1", oldLog(DIRTY, AFTER, { time })));
    assert.equal(result.state, "unrecovered");
    assert.match(refusals(result)["LOG1"]!, /its time is not that of the hive's last write/);
    assert.equal(result.bytes, DIRTY);
  }
});

Deno.test("replayLogs() prefers the first of two old logs, and takes the second if it fits alone", () => {
  const good = oldLog(DIRTY, AFTER);
  const late = oldLog(DIRTY, hiveState(5), { time: TIME + 1n });
  const both = replay(DIRTY, log("LOG1", good), log("LOG2", good));
  assert.deepEqual(both.used.map(({ name }) => name), ["LOG1"]);
  assert.deepEqual(refusals(both), { LOG2: "LOG1 comes first" });
  const second = replay(DIRTY, log("LOG1", late), log("LOG2", good));
  assertReplayed(second);
  assert.deepEqual(second.used.map(({ name }) => name), ["LOG2"]);
  assert.match(refusals(second)["LOG1"]!, /its time is not/);
});

Deno.test("replayLogs() never uses an old log beside a new one", () => {
  const newer = newLog(DIRTY, [entryBetween(DIRTY, hiveState(3), { sequence: 5 })]);
  const result = replay(DIRTY, log("LOG1", oldLog(DIRTY, AFTER)), log("LOG2", newer));
  assertReplayed(result, hiveState(3));
  assert.match(refusals(result)["LOG1"]!, /^it is a leftover/);
  newer[SECTOR] = 0; // now it holds nothing, but shows that this Windows writes new logs
  const none = replay(DIRTY, log("LOG1", oldLog(DIRTY, AFTER)), log("LOG2", newer));
  assert.equal(none.state, "unrecovered");
});

/** A header whose checksum is wrong. */
function damaged(hive: Uint8Array): Uint8Array {
  const copy = hive.slice();
  copy.fill(0xee, 4, SECTOR);
  return copy;
}

Deno.test("replayLogs() heals a header from the old log of the first bin's time", () => {
  const exact = oldLog(DIRTY, AFTER, { time: TIME, sequence: 7 });
  const late = oldLog(DIRTY, hiveState(5), { time: TIME + 9n });
  const result = replay(damaged(DIRTY), log("LOG1", late), log("LOG2", exact));
  assertReplayed(result);
  assert.equal(result.headerFrom, "LOG2");
  assert.deepEqual(refusals(result), { LOG1: "LOG2 comes first" });
  assert.deepEqual([u32At(result.bytes, 4), u32At(result.bytes, 8)], [7, 7]);
  assert.equal(result.nextSequence, 8);
  assert.equal(openHive(result.bytes).header.fileType, 0);
});

Deno.test("replayLogs() heals a header from the latest old log if no bin was written yet", () => {
  const logs = [TIME + 1n, TIME + 2n, TIME - 1n].map((time, i) =>
    log(`LOG${i + 1}`, oldLog(DIRTY, AFTER, { time }))
  );
  const result = replay(damaged(DIRTY), ...logs);
  assertReplayed(result);
  assert.equal(result.headerFrom, "LOG2");
  const tie = replay(damaged(DIRTY), { ...logs[1]!, name: "first" }, logs[1]!);
  assert.equal(tie.headerFrom, "first");
  const early = replay(damaged(DIRTY), logs[2]!);
  assert.equal(early.state, "unrecovered");
  assert.match(refusals(early)["LOG3"]!, /its time is not/);
});

for (const [what, at] of [["signature", 0], ["offset", 4]] as const) {
  Deno.test(`replayLogs() does not heal from an old log if the first bin lost its ${what}`, () => {
    const primary = damaged(DIRTY);
    primary[BASE_BLOCK + at]! ^= 0x10;
    const result = replay(primary, log("LOG1", oldLog(primary, AFTER)));
    assert.equal(result.state, "unrecovered");
    assert.match(refusals(result)["LOG1"]!, /the time of the hive's last write cannot be read/);
  });
}

/** Each is an old log that cannot be used, and what is said about it. */
const UNUSABLE: readonly [string, (bytes: Uint8Array) => Uint8Array, RegExp][] = [
  [
    "no bitmap",
    (bytes) => bytes.slice(0, SECTOR),
    /ends after 512 bytes, before the end of its bi/,
  ],
  ["cut off", (bytes) => bytes.slice(0, -1), /ends after \d+ bytes, before its last sector/],
  ["signature", (bytes) => {
    bytes.set(new TextEncoder().encode("INVL"), SECTOR);
    return bytes;
  }, /its bitmap does not begin with "DIRT"/],
  ["no sectors", (bytes) => {
    bytes.fill(0, SECTOR + 4, 2 * SECTOR);
    return bytes;
  }, /marks no sector as changed/],
  ["no bins", (bytes) => withHeader(bytes, { binsSize: 0 }), /bins are said to have 0 bytes/],
  [
    "odd bins",
    (bytes) => withHeader(bytes, { binsSize: 4097 }),
    /bins are said to have 4097 bytes/,
  ],
  [
    "huge bins",
    (bytes) => withHeader(bytes, { binsSize: 0xfffff000 }),
    /before the end of its bit/,
  ],
  ["checksum", (bytes) => {
    bytes[508]! ^= 1;
    return bytes;
  }, /the checksum of its header is wrong/],
  ["unfinished", (bytes) => withHeader(bytes, { sequences: [5, 4] }), /sequence numbers differ/],
];

for (const [name, change, reason] of UNUSABLE) {
  Deno.test(`replayLogs() says why an old log cannot be used (${name})`, () => {
    const good = oldLog(DIRTY, AFTER);
    assertReplayed(replay(DIRTY, log("LOG1", good)));
    const result = replay(DIRTY, log("LOG1", change(good.slice())));
    assert.equal(result.state, "unrecovered");
    assert.match(refusals(result)["LOG1"]!, reason);
  });
}

Deno.test("replayLogs() refuses an old log whose bitmap asks for more than it brings", () => {
  const bytes = new Uint8Array(3_000_000);
  bytes.set(oldLog(DIRTY, AFTER).subarray(0, SECTOR));
  const view = new DataView(bytes.buffer);
  view.setUint32(40, 0x8000_0000, true);
  withChecksum(bytes);
  bytes.set(new TextEncoder().encode("DIRT"), SECTOR);
  bytes[SECTOR + 4] = 0xff;
  const start = performance.now();
  const result = replay(DIRTY, log("LOG1", bytes));
  assert.ok(performance.now() - start < 500);
  assert.equal(result.state, "unrecovered");
  assert.match(refusals(result)["LOG1"]!, /asks for 2147483648 bytes of bins/);
});

Deno.test("replayLogs() drops the replay of an old log that breaks a bin", () => {
  const broken = AFTER.slice();
  broken.fill(0, BASE_BLOCK + 4096, BASE_BLOCK + 4096 + SECTOR);
  const third = broken.slice();
  third.fill(0x11, BASE_BLOCK, BASE_BLOCK + SECTOR);
  const result = replay(DIRTY, log("LOG1", oldLog(DIRTY, third)));
  assert.equal(result.state, "unrecovered");
  assert.match(refusals(result)["LOG1"]!, /^after its replay: Cannot read a bin/);
  assert.equal(result.bytes, DIRTY);
});
