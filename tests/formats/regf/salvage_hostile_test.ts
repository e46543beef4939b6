import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import {
  buildHive,
  countHive,
  examineHive,
  type KeySpec,
  openHive,
  salvageHive,
} from "../../../src/formats/regf/mod.ts";
import { corpusPresent } from "../../corpus.ts";
import { without } from "../../needs.ts";
import { readCorpus } from "./corpus_hives.ts";
import { binary, key, smallHive, u32At, withChecksum, withU16, withU32 } from "./hive_samples.ts";
import { assertKernelTakes } from "./kernel_rules.ts";
import { cellNamedAt, recordAt } from "./rich_hive.ts";

const AT = new Date("2024-05-06T07:08:09Z");

/** A small generator of numbers, so that a failure can be repeated. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

const NASTY = [0, 1, 8, 0x20, 0xffff, 0x1000, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff];

/** Where fields of structures lie: header, bins, and 4 bytes steps into every cell. */
function structures(bytes: Uint8Array): number[] {
  const data = new DataView(bytes.buffer, bytes.byteOffset);
  const places = Array.from({ length: 16 }, (_, i) => 4 * i);
  for (let bin = 4096; bin + 32 < bytes.length && data.getUint32(bin, true) === 0x6e696268;) {
    const end = Math.min(bin + data.getUint32(bin + 8, true), bytes.length);
    places.push(bin, bin + 4, bin + 8);
    for (let cell = bin + 32; cell < end; cell += Math.abs(data.getInt32(cell, true)) || end) {
      for (let at = cell; at < Math.min(cell + 88, end); at += 4) places.push(at);
    }
    bin = end;
  }
  return places;
}

/** Flips bits, replaces numbers in structures, wipes blocks, cuts the end off. */
function mutate(
  original: Uint8Array,
  places: readonly number[],
  random: (below: number) => number,
): Uint8Array {
  const bytes = original.slice(0, random(25) === 0 ? random(original.length) : undefined);
  const data = new DataView(bytes.buffer);
  for (let change = random(6); change >= 0 && bytes.length >= 8; change--) {
    const at = random(bytes.length);
    const field = places[random(places.length)]!;
    const kind = random(8);
    if (kind < 2) bytes[at]! ^= 1 << random(8);
    else if (kind === 2) bytes.fill(random(2) * 0xff, at & ~511, (at & ~511) + (512 << random(4)));
    else if (field + 4 > bytes.length) continue;
    else if (kind < 5) data.setUint32(field, NASTY[random(NASTY.length)]!, true);
    else if (kind < 7) data.setUint32(field, places[random(places.length)]! - 4096, true);
    else data.setUint16(field, random(0x10000), true);
  }
  return bytes.length >= 512 && random(4) > 0 ? withChecksum(bytes) : bytes;
}

/** Examines and salvages; returns what became of it. Throws for everything that must not be. */
function exercise(bytes: Uint8Array): "refused" | "whole" | "damaged" {
  const examined = examineHive(bytes, { name: "TEST", limit: 20 });
  assert.ok(examined.faults.length <= 20);
  try {
    const { keys, values } = countHive(openHive(bytes, { badBins: "skip" }));
    assert.deepEqual([examined.keys, examined.values], [keys, values]);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    assert.deepEqual([examined.keys, examined.values], [0, 0]);
    assert.ok(examined.faults.length > 0);
  }
  try {
    const { bytes: saved, keys, values, lost } = salvageHive(bytes, { name: "TEST", at: AT });
    const again = examineHive(saved, { name: "TEST" });
    assert.deepEqual(again.faults, []);
    assertKernelTakes(saved);
    assert.deepEqual([again.keys, again.values], [keys, values]);
    assert.ok(saved.length < 4 * bytes.length + 32768, `${bytes.length} become ${saved.length}`);
    return lost.length === 0 ? "whole" : "damaged";
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    assert.match(error.message, /^Cannot salvage hive "TEST": /);
    return "refused";
  }
}

function fuzz(original: Uint8Array, options: { seed: number; rounds: number }): void {
  const random = randomNumbers(options.seed);
  const places = structures(original);
  const outcomes = { refused: 0, whole: 0, damaged: 0 };
  for (let round = 0; round < options.rounds; round++) {
    const bytes = mutate(original, places, random);
    const start = performance.now();
    try {
      outcomes[exercise(bytes)]++;
    } catch (error) {
      throw new Error(`Round ${round} of seed ${options.seed}`, { cause: error });
    }
    const milliseconds = performance.now() - start;
    assert.ok(milliseconds < 3000, `round ${round}: ${milliseconds} ms`);
  }
  assert.ok(outcomes.whole > 0 && outcomes.damaged > 0, JSON.stringify(outcomes));
}

const MIXED: KeySpec = key("ROOT", {
  values: [binary("big", 40_000), binary("one", 1)],
  subkeys: Array.from({ length: 60 }, (_, i) =>
    key(`k${i}`, {
      className: i % 3 === 0 ? "class" : "",
      values: [binary("v", 3 * i)],
      subkeys: i % 5 === 0 ? [key("x"), key("y", { values: [binary("w", 9)] })] : [],
    })),
});

Deno.test("examineHive() and salvageHive() answer any damage of a small hive", () => {
  fuzz(smallHive(), { seed: 11, rounds: 2500 });
  fuzz(buildHive(MIXED, { minor: 3 }), { seed: 12, rounds: 500 });
  fuzz(buildHive(MIXED), { seed: 13, rounds: 500 });
});

for (
  const file of ["bcd/BCD-regipy", "hives-clean/SECURITY-regipy", "hives-clean/100_sub_keys.hiv"]
) {
  Deno.test({
    name: `examineHive() and salvageHive() answer any damage of ${file} (needs the corpus)`,
    ignore: without(corpusPresent),
    fn: () => fuzz(readCorpus(file), { seed: 14, rounds: 250 }),
  });
}

Deno.test("salvageHive() writes nothing twice that keys and values share", () => {
  // Every value says that its data is that of the first one.
  const values = Array.from({ length: 500 }, (_, i) => binary(`v${i}`, i === 0 ? 15_000 : 8));
  const bytes = buildHive(key("ROOT", { values })).slice();
  const list = cellNamedAt(bytes, recordAt(bytes, "") + 0x28);
  const data = new DataView(bytes.buffer);
  const record = (i: number) => cellNamedAt(bytes, list + 4 * i);
  for (let i = 1; i < 500; i++) {
    data.setUint32(record(i) + 4, 15_000, true);
    data.setUint32(record(i) + 8, u32At(bytes, record(0) + 8), true);
  }
  const saved = salvageHive(bytes, { name: "TEST", at: AT });
  assert.equal(saved.values, 1);
  assert.equal(saved.lost.length, 499);
  assert.ok(saved.bytes.length <= bytes.length);
});

Deno.test("salvageHive() takes no overlapping cells for different ones", () => {
  // Inside one large cell of data lie many cells, each of which reaches to its end.
  const values = [
    binary("large", 16_000),
    ...Array.from({ length: 300 }, (_, i) => binary(`v${i}`, 8)),
  ];
  const bytes = buildHive(key("ROOT", { values })).slice();
  const list = cellNamedAt(bytes, recordAt(bytes, "") + 0x28);
  const data = new DataView(bytes.buffer);
  const large = cellNamedAt(bytes, cellNamedAt(bytes, list) + 8);
  for (let i = 1; i <= 300; i++) {
    const record = cellNamedAt(bytes, list + 4 * i);
    const cell = large + 4 + 8 * i;
    const size = 16_000 - 8 * i - 8;
    data.setInt32(cell, -size, true);
    data.setUint32(record + 4, size - 8, true);
    data.setUint32(record + 8, cell - 4096, true);
  }
  assert.match(examineHive(bytes, { name: "TEST" }).faults[0]!.message, /something else too/);
  const saved = salvageHive(bytes, { name: "TEST", at: AT });
  assert.equal(saved.values, 1);
  assert.ok(saved.bytes.length <= bytes.length);
});

Deno.test("salvageHive() ends on keys that are below themselves", () => {
  const bytes = smallHive();
  const list = cellNamedAt(bytes, recordAt(bytes, "Alpha") + 0x1c);
  const circle = withU32(bytes, list + 4, recordAt(bytes, "") - 4096 - 4);
  const saved = salvageHive(circle, { name: "TEST", at: AT });
  assert.equal(saved.keys, 5);
  assert.equal(saved.reattached, 1);
});

Deno.test("salvageHive() goes no deeper than 512 levels", () => {
  let spec = key("leaf");
  for (let level = 1; level < 512; level++) spec = key("k", { subkeys: [spec] });
  const bytes = buildHive(spec);
  let path = "";
  for (let level = 2; level < 512; level++) path += path === "" ? "k" : "\\k";
  const above = recordAt(bytes, path);
  const leaf = recordAt(bytes, `${path}\\leaf`);
  // The deepest key gets the list in which it stands itself, and names no list of its own.
  const list = u32At(bytes, above + 0x1c);
  const deeper = withU32(withU32(bytes, leaf + 0x1c, list), leaf + 0x14, 1);
  const saved = salvageHive(deeper, { name: "TEST", at: AT });
  assert.equal(saved.keys, 512);
});

Deno.test("examineHive() and salvageHive() list no more than they should of endless damage", () => {
  const bytes = buildHive(key("ROOT", { values: [binary("large", 80_000)] }), { minor: 3 });
  const root = recordAt(bytes, "");
  const cell = u32At(bytes, cellNamedAt(bytes, cellNamedAt(bytes, root + 0x28)) + 8);
  const many = withU32(withU32(bytes, root + 0x28, cell), root + 0x24, 20_000);
  const { faults, more } = examineHive(many, { name: "TEST" });
  assert.equal(faults.length, 1000);
  assert.ok(more > 19_000);
  const { lost } = salvageHive(many, { name: "TEST", at: AT });
  assert.equal(lost.length, 10_001);
  assert.match(lost.at(-1)!.message, /^10000 more things could not be saved$/);
});

Deno.test("salvageHive() finds a root among many false ones", () => {
  const bytes = withU32(smallHive(), 0x24, 0xffffffff);
  const two = withU16(bytes, recordAt(smallHive(), "gamma") + 2, 0x24);
  const saved = salvageHive(two, { name: "TEST", at: AT });
  assert.equal(openHive(saved.bytes).root.name, "ROOT");
});
