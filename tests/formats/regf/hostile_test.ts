import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import { buildHive, countHive, openHive, walkHive } from "../../../src/formats/regf/mod.ts";
import { corpusPresent } from "../../corpus.ts";
import { readCorpus } from "./corpus_hives.ts";
import {
  binary,
  contentOf,
  key,
  keyAt,
  problemsOf,
  smallHive,
  u32At,
  withChecksum,
  withU32,
} from "./hive_samples.ts";
import { without } from "../../needs.ts";

/** A small generator of numbers, so that a failure can be repeated. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

const NASTY = [0, 1, 4, 8, 0x20, 0x7f, 0xff, 0x1000, 0x7fffffff, 0x80000000, 0xffffffff];

/** Changes one to eight places: bytes, and numbers that are offsets, sizes or counts. */
function mutate(original: Uint8Array, random: (below: number) => number): Uint8Array {
  const bytes = original.slice(0, random(20) === 0 ? random(original.length) : undefined);
  const view = new DataView(bytes.buffer);
  for (let change = random(8); change >= 0 && bytes.length >= 8; change--) {
    const at = random(10) === 0 ? random(512) : random(bytes.length);
    if (at + 4 > bytes.length) continue;
    const kind = random(4);
    if (kind === 0) bytes[at] = random(256);
    else if (kind === 1) view.setUint16(at & ~1, random(0x10000), true);
    else if (kind === 2) view.setUint32(at & ~3, NASTY[random(NASTY.length)]!, true);
    else view.setUint32(at & ~3, 8 * random(bytes.length / 8), true);
  }
  return bytes.length >= 512 && random(4) > 0 ? withChecksum(bytes) : bytes;
}

/** Touches everything. Returns false if the hive is refused. */
function exercise(bytes: Uint8Array): boolean {
  try {
    const hive = openHive(bytes, { badBins: "skip" });
    walkHive(hive, {
      key(item) {
        assert.ok(item.lastWritten === null || item.lastWritten instanceof Date);
        try {
          item.className?.toString();
        } catch (error) {
          assert.ok(error instanceof FormatError);
        }
      },
      value: (value) => void [value.name, value.data, value.string(), value.strings()],
      problem: ({ message, offset }) => assert.ok(message !== "" && offset >= 0),
    });
    hive.key("Alpha\\Inner");
    hive.root.subkeys();
    hive.root.values().map((value) => value.data);
    return true;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    assert.notEqual(error.offset, undefined);
    return false;
  }
}

function fuzz(original: Uint8Array, options: { seed: number; rounds: number }): void {
  const random = randomNumbers(options.seed);
  let refused = 0;
  for (let round = 0; round < options.rounds; round++) {
    const bytes = mutate(original, random);
    const start = performance.now();
    if (!exercise(bytes)) refused++;
    const milliseconds = performance.now() - start;
    assert.ok(milliseconds < 2000, `round ${round}: ${milliseconds} ms`);
  }
  assert.ok(refused > 0 && refused < options.rounds, `${refused} of ${options.rounds} refused`);
}

Deno.test("openHive() and walkHive() throw nothing but FormatError on damaged hives", () => {
  fuzz(smallHive(), { seed: 1, rounds: 3000 });
  const rich = buildHive(key("ROOT", {
    values: [binary("big", 40_000)],
    subkeys: Array.from({ length: 600 }, (_, i) => key(`k${i}`, { values: [binary("b", i)] })),
  }));
  fuzz(rich, { seed: 2, rounds: 150 });
});

for (const file of ["bcd/BCD-regipy", "hives-clean/BigDataHive", "hives-clean/SAM-regipy"]) {
  Deno.test({
    name: `openHive() and walkHive() throw nothing but FormatError on a damaged ${file} ` +
      "(needs the corpus)",
    ignore: without(corpusPresent),
    fn: () => fuzz(readCorpus(file), { seed: 3, rounds: 300 }),
  });
}

Deno.test("walkHive() ends on a key that is its own subkey", () => {
  const bytes = smallHive();
  const { root } = openHive(bytes);
  const list = u32At(bytes, contentOf(root) + 0x1c) + 4096 + 4;
  const problems = problemsOf(withU32(bytes, list + 4, root.offset));
  assert.match(problems.map(({ message }) => message).join("\n"), /listed twice, or above itself/);
});

Deno.test("walkHive() reads a list that two keys share only once", () => {
  const bytes = smallHive();
  const hive = openHive(bytes);
  const alpha = contentOf(keyAt(hive, "Alpha"));
  const beta = contentOf(keyAt(hive, "Beta"));
  const shared = withU32(
    withU32(bytes, beta + 0x14, 1),
    beta + 0x1c,
    u32At(bytes, alpha + 0x1c),
  );
  const { keys, problems } = countHive(openHive(shared));
  assert.equal(keys, 5);
  assert.match(problems[0]!.message, /it belongs to another key too/);
  assert.equal(problems[0]!.path, "Beta");
});

Deno.test("walkHive() reads values, lists of values and data that are shared only once", () => {
  const bytes = buildHive(key("ROOT", {
    values: [binary("one", 100), binary("two", 100), binary("three", 40_000), binary("four", 1)],
    subkeys: [key("sub", { values: [binary("x", 1)] })],
  }));
  const hive = openHive(bytes);
  const [one, two, three] = hive.root.values().map(contentOf) as [number, number, number];
  const list = u32At(bytes, contentOf(hive.root) + 0x28);
  const sub = contentOf(keyAt(hive, "sub"));
  const cases = [
    withU32(bytes, two + 8, u32At(bytes, one + 8)), // one cell of data
    withU32(bytes, 4096 + 4 + list + 4, u32At(bytes, 4096 + 4 + list + 12)), // one record
    withU32(bytes, sub + 0x28, list), // one list
    withU32(bytes, segmentList(bytes, three) + 4, u32At(bytes, segmentList(bytes, three))),
  ];
  for (const damaged of cases) {
    const found = countHive(openHive(damaged));
    assert.equal(found.values, 4);
    assert.match(found.problems[0]!.message, /belongs to (something else|another key) too/);
  }
});

function segmentList(bytes: Uint8Array, value: number): number {
  const record = u32At(bytes, value + 8) + 4096 + 4;
  return u32At(bytes, record + 4) + 4096 + 4;
}

Deno.test("walkHive() does not go below 512 levels", () => {
  let spec = key("leaf");
  for (let level = 1; level < 512; level++) spec = key("k", { subkeys: [spec] });
  const bytes = buildHive(spec);
  let deepest = openHive(bytes).root;
  for (let next = deepest.subkeys()[0]; next !== undefined; next = next.subkeys()[0]) {
    deepest = next;
  }
  // The deepest key now claims a subkey.
  const damaged = withU32(bytes, contentOf(deepest) + 0x14, 1);
  const { keys, problems } = countHive(openHive(damaged));
  assert.equal(keys, 512);
  assert.match(problems[0]!.message, /subkeys below 512 levels/);
});

Deno.test("walkHive() stays fast if many keys share a long list", () => {
  const subkeys = Array.from({ length: 4000 }, (_, i) => key(`key ${i}`));
  let bytes = buildHive(key("ROOT", { subkeys }));
  const { root } = openHive(bytes);
  const list = u32At(bytes, contentOf(root) + 0x1c);
  bytes = bytes.slice();
  const view = new DataView(bytes.buffer);
  for (const subkey of root.subkeys()) {
    view.setUint32(contentOf(subkey) + 0x14, 4000, true);
    view.setUint32(contentOf(subkey) + 0x1c, list, true);
  }
  const start = performance.now();
  const { keys, problems } = countHive(openHive(bytes));
  assert.ok(performance.now() - start < 2000);
  assert.equal(keys, 4001);
  assert.equal(problems.length, 8000); // for each: the shared list, and the count without it
});
