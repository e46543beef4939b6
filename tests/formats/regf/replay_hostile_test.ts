/** Damaged hives with damaged logs: a result or a FormatError, soon, and never an invented hive. */
import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import {
  baseBlockChecksum,
  type HiveLog,
  type HiveReplay,
  openHive,
  replayLogs,
} from "../../../src/formats/regf/mod.ts";
import { corpusPresent } from "../../corpus.ts";
import { without } from "../../needs.ts";
import { readCorpus } from "./corpus_hives.ts";
import {
  BASE_BLOCK,
  entryBetween,
  hiveState,
  newLog,
  oldLog,
  rehashed,
  withHeader,
} from "./hive_logs.ts";

/** A small generator of numbers, so that a failure can be repeated. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

const NASTY = [
  ...[0, 1, 2, 6, 8, 40, 0x200, 0x1000, 0x1001, 0x5000, 0x77000, 0x10000000],
  ...[0x7fffffff, 0x7ffff000, 0x80000000, 0xfffff000, 0xfffffffe, 0xffffffff],
];

/** Sequence numbers, times, version, type, root, size of the bins, flags, checksum. */
const HEADER_FIELDS = [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 144, 508];

/** Size, flags, number, size of the bins, pages, hashes, the first references. */
const ENTRY_FIELDS = [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52];

interface HiveSet {
  readonly primary: Uint8Array;
  readonly logs: readonly HiveLog[];
}

/** Changes bytes in place, and takes the changes back. */
class Damage {
  readonly #kept: { readonly bytes: Uint8Array; readonly at: number; readonly old: Uint8Array }[] =
    [];

  keep(bytes: Uint8Array, at: number, length: number): void {
    this.#kept.push({ bytes, at, old: bytes.slice(at, at + length) });
  }

  setU32(bytes: Uint8Array, at: number, value: number): void {
    if (at + 4 > bytes.length) return;
    this.keep(bytes, at, 4);
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, value, true);
  }

  undo(): void {
    for (let kept = this.#kept.pop(); kept !== undefined; kept = this.#kept.pop()) {
      kept.bytes.set(kept.old, kept.at);
    }
  }
}

/** Where the entries of a log begin; none in a hive. */
function entryStarts(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const starts: number[] = [];
  for (let at = 512; at + 40 < bytes.length; at += 512) {
    if (view.getUint32(at, true) === 0x454c7648) starts.push(at);
  }
  return starts;
}

/** Something to damage: a file, and where its entries begin. */
interface Target {
  readonly bytes: Uint8Array;
  readonly entries: readonly number[];
}

function damageOnce(damage: Damage, target: Target, random: (below: number) => number): void {
  const { bytes, entries } = target;
  if (bytes.length < 516) return;
  const value = random(3) === 0 ? random(0x100000) : NASTY[random(NASTY.length)]!;
  const kind = random(4);
  if (kind === 0) {
    damage.setU32(bytes, random(bytes.length - 4) & ~3, value);
  } else if (kind === 1) {
    damage.setU32(bytes, HEADER_FIELDS[random(HEADER_FIELDS.length)]!, value);
  } else if (entries.length === 0) {
    damage.setU32(bytes, 512 + random(80), value); // an old log's bitmap
  } else {
    const start = entries[random(entries.length)]!;
    damage.setU32(bytes, start + ENTRY_FIELDS[random(ENTRY_FIELDS.length)]!, value);
    if (random(4) > 0) { // with right hashes, so that more than the hash is tried
      damage.keep(bytes, start, 40);
      rehashed(bytes.subarray(start));
    }
  }
  if (random(4) > 0) damage.setU32(bytes, 508, baseBlockChecksum(bytes));
}

function assertSound(result: HiveReplay, { primary, logs }: HiveSet): void {
  const given = logs.reduce((sum, { bytes }) => sum + bytes.length, primary.length);
  assert.ok(result.nextSequence >= 0 && result.nextSequence <= 0xffffffff);
  assert.ok(result.refused.every(({ reason }) => reason !== "" && !reason.endsWith(".")));
  if (result.state !== "replayed") {
    assert.equal(result.bytes, primary);
    assert.deepEqual([result.used, result.pages, result.headerFrom], [[], 0, undefined]);
    assert.equal(result.dirtyReason === undefined, result.state === "clean");
    if (result.state === "unrecovered") assert.equal(result.refused.length, logs.length);
    return;
  }
  assert.ok(result.bytes.buffer.byteLength <= given + BASE_BLOCK, "grown out of nothing");
  const hive = openHive(result.bytes);
  assert.equal(hive.dirty || hive.truncated, false);
  assert.equal(result.bytes.length, BASE_BLOCK + hive.header.binsSize);
  assert.ok(result.used.every(({ entries, pages }) => entries > 0 && pages > 0));
  assert.equal(result.used.length + result.refused.length, logs.length);
}

/** Returns the state, or `refused` for a FormatError. */
function outcome(set: HiveSet): HiveReplay["state"] | "refused" {
  const start = performance.now();
  try {
    const result = replayLogs(set.primary, set.logs, { name: "hive" });
    assertSound(result, set);
    return result.state;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return "refused";
  } finally {
    const milliseconds = performance.now() - start;
    assert.ok(milliseconds < 2000, `${milliseconds} ms`);
  }
}

function fuzz(set: HiveSet, options: { seed: number; rounds: number }): Record<string, number> {
  const random = randomNumbers(options.seed);
  const before = [set.primary, ...set.logs.map(({ bytes }) => bytes)].map((bytes) => bytes.slice());
  const targets = [set.primary, ...set.logs.map(({ bytes }) => bytes)].map((bytes) => ({
    bytes,
    entries: entryStarts(bytes),
  }));
  const counts = { clean: 0, replayed: 0, unrecovered: 0, refused: 0 };
  const damage = new Damage();
  for (let round = 0; round < options.rounds; round++) {
    for (let change = random(4); change >= 0; change--) {
      damageOnce(damage, targets[random(targets.length)]!, random);
    }
    const cut = (bytes: Uint8Array) =>
      random(12) === 0 ? bytes.subarray(0, random(bytes.length + 1)) : bytes;
    const logs = set.logs.map(({ name, bytes }) => ({ name, bytes: cut(bytes) }));
    counts[outcome({ primary: cut(set.primary), logs })]++;
    damage.undo();
  }
  // Nothing was written into the files that were given.
  assert.deepEqual(targets.map(({ bytes }) => bytes), before);
  return counts;
}

/** Every outcome but perhaps `clean` must occur, or the damage is too weak or too strong. */
function assertMixed(counts: Record<string, number>): void {
  const { replayed = 0, unrecovered = 0 } = counts;
  assert.ok(replayed > 0 && unrecovered > 0, JSON.stringify(counts));
}

const STATES = [1, 2, 3, 4].map(hiveState);

function madeSet(logs: readonly Uint8Array[]): HiveSet {
  return {
    primary: withHeader(STATES[0]!, { sequences: [11, 10] }),
    logs: logs.map((bytes, i) => ({ name: `LOG${i + 1}`, bytes })),
  };
}

Deno.test("replayLogs() gives a result or a FormatError for 4000 damaged sets with new logs", () => {
  const entries = STATES.slice(1).map((after, i) =>
    entryBetween(STATES[i]!, after, { sequence: 11 + i })
  );
  const logs = [newLog(STATES[0]!, entries.slice(0, 2)), newLog(STATES[0]!, entries.slice(2))];
  assertMixed(fuzz(madeSet(logs), { seed: 1, rounds: 4000 }));
});

Deno.test("replayLogs() gives a result or a FormatError for 3000 damaged sets with old logs", () => {
  const logs = [oldLog(STATES[0]!, STATES[2]!), oldLog(STATES[0]!, STATES[3]!)];
  assertMixed(fuzz(madeSet(logs), { seed: 2, rounds: 3000 }));
});

/** Sets of the corpus, and how often each is damaged. */
const SETS: readonly [string, readonly string[], number][] = [
  ["NewDirtyHive1/NewDirtyHive", ["LOG1", "LOG2"], 4000],
  ["OldDirtyHive/OldDirtyHive", ["LOG1", "LOG2"], 1500],
  ["BadBaseBlockHive/BadBaseBlockHive", ["LOG1", "LOG2"], 1000],
  ["UsrClass/UsrClass.dat", ["LOG1", "LOG2"], 300],
];

for (const [index, [set, ends, rounds]] of SETS.entries()) {
  Deno.test({
    name: `replayLogs() gives a result or a FormatError for ${rounds} damaged copies of ${set} ` +
      "(needs the corpus)",
    ignore: without(corpusPresent),
    fn: () => {
      const path = `hives-dirty/${set}`;
      const logs = ends.map((name) => ({ name, bytes: readCorpus(`${path}.${name}`) }));
      assertMixed(fuzz({ primary: readCorpus(path), logs }, { seed: 10 + index, rounds }));
    },
  });
}

Deno.test("replayLogs() stays fast with logs made of nothing but heads of entries", () => {
  const bytes = new Uint8Array(16 << 20);
  bytes.set(newLog(STATES[0]!, []).subarray(0, 512));
  const view = new DataView(bytes.buffer);
  for (let at = 512; at < bytes.length; at += 512) {
    view.setUint32(at, 0x454c7648, true);
    view.setUint32(at + 4, bytes.length - at, true); // each claims all of the rest
    view.setUint32(at + 12, 1 + at / 512, true);
    view.setUint32(at + 20, 1, true);
  }
  const primary = withHeader(STATES[0]!, { sequences: [2, 1] });
  const start = performance.now();
  const result = replayLogs(primary, [{ name: "LOG1", bytes }], { name: "hive" });
  assert.ok(performance.now() - start < 1000);
  assert.equal(result.state, "unrecovered");
});

Deno.test("replayLogs() stays fast with entries of many small pages at one place", () => {
  const page = new Uint8Array(512).fill(1);
  const pages = Array.from({ length: 20_000 }, () => ({ offset: 8192 + 512, bytes: page }));
  const primary = withHeader(hiveState(3), { sequences: [2, 1] });
  const binsSize = primary.length - BASE_BLOCK;
  const bytes = newLog(primary, [2, 3].map((sequence) => ({ sequence, binsSize, pages })));
  const start = performance.now();
  const result = replayLogs(primary, [{ name: "LOG1", bytes }], { name: "hive" });
  assert.ok(performance.now() - start < 1000);
  assert.equal(result.pages, 40_000);
});
