/** The rules themselves: what Windows wrote keeps them, and each of them is broken by something. */
import assert from "node:assert/strict";
import { buildHive, openHive, RegistryType } from "../../../src/formats/regf/mod.ts";
import { corpusPresent } from "../../corpus.ts";
import { without } from "../../needs.ts";
import { corpusFiles, readCorpus } from "./corpus_hives.ts";
import { binary, contentOf, key, smallHive, u32At, withU16, withU32 } from "./hive_samples.ts";
import {
  assertKernelTakes,
  assertNoNewKernelFault,
  KERNEL_RULES,
  type KernelFault,
  kernelFaults,
} from "./kernel_rules.ts";
import { cellNamedAt, recordAt, richHive } from "./rich_hive.ts";

type Rule = KernelFault["rule"];

const RICH = richHive();
const ALPHA = recordAt(RICH, "Alpha");
const ROOT = recordAt(RICH, "");
const MANY = recordAt(RICH, "many");
const LIST = cellNamedAt(RICH, ROOT + 0x1c);
const RECORD = cellNamedAt(RICH, ROOT + 0x2c);

/** The second value of the root, which has big data. */
const BIG = cellNamedAt(RICH, cellNamedAt(RICH, ROOT + 0x28) + 4);

function wide(count: number, minor: 3 | 5): Uint8Array {
  const subkeys = Array.from({ length: count }, (_, i) => key(`k${i}`));
  return buildHive(key("ROOT", { subkeys }), { minor });
}

function chain(levels: number): Uint8Array {
  let spec = key("leaf");
  for (let level = 1; level < levels; level++) spec = key("k", { subkeys: [spec] });
  return buildHive(spec);
}

/** The deepest key of 512 levels gets another one below it, which lies in no bin. */
function tooDeep(): Uint8Array {
  const bytes = chain(512);
  let deepest = openHive(bytes).root;
  for (let next = deepest.subkeys()[0]; next !== undefined; next = next.subkeys()[0]) {
    deepest = next;
  }
  // The root takes the name of the deepest key's list, so that the tree begins anew below it.
  const above = contentOf(deepest);
  const spare = buildHive(key("x", { subkeys: [key("y")] }));
  const bins = spare.slice(4096);
  const joined = new Uint8Array(bytes.length + bins.length);
  joined.set(bytes);
  joined.set(bins, bytes.length);
  const base = bytes.length - 4096;
  const view = new DataView(joined.buffer);
  view.setUint32(bytes.length + 4, base, true);
  const root = u32At(spare, 0x24) + 4;
  const list = u32At(spare, 4096 + root + 0x1c);
  view.setUint32(above + 0x14, 1, true);
  view.setUint32(above + 0x1c, base + list, true);
  const entry = bytes.length + list + 8;
  view.setUint32(entry, base + view.getUint32(entry, true), true);
  return withU32(joined, 0x28, joined.length - 4096);
}

function linkHive(): Uint8Array {
  const target = {
    name: "SymbolicLinkValue",
    type: RegistryType.REG_LINK,
    data: new Uint8Array(8),
  };
  return buildHive(key("ROOT", {
    subkeys: [key("Link", { symbolicLink: true, values: [target] })],
  }));
}

const BREAKS: readonly (readonly [what: string, bytes: Uint8Array, ...rules: Rule[]])[] = [
  ["unequal sequence numbers", withU32(RICH, 4, 9), "base-block"],
  ["another clustering factor", withU32(RICH, 0x2c, 8), "base-block"],
  ["bins that are not in the file", withU32(RICH, 0x28, RICH.length), "size"],
  ["a bin that says it is elsewhere", withU32(RICH, 4096 + 4, 4096), "bins"],
  ["a cell of no size", withU32(RICH, 4096 + 32, 0), "cells"],
  ["a cell of 12 bytes", withU32(RICH, 4096 + 32, -12 >>> 0), "cells"],
  ["a class in the cell of its key", withU32(RICH, ALPHA + 0x30, ALPHA - 4100), "owner"],
  ["a key without its sign", withU16(RICH, ALPHA, 0), "key-cell"],
  ["a key without a name", withU16(RICH, ALPHA + 0x48, 0), "key-name"],
  ["another parent", withU32(RICH, ALPHA + 0x10, 0x28), "key-parent"],
  ["a volatile key", withU16(RICH, ALPHA + 2, 0x21), "key-flags"],
  ["a second root", withU16(RICH, ALPHA + 2, 0x24), "key-flags"],
  ["a class that is nowhere", withU32(RICH, ALPHA + 0x30, 0xffffffff), "key-class"],
  ["a level too many", tooDeep(), "depth"],
  ["another count", withU32(RICH, MANY + 0x14, 1199), "list"],
  ["an empty leaf", withU16(RICH, LIST + 2, 0), "list"],
  ["lf in 1.5", withU16(RICH, LIST, 0x666c), "list-kind"],
  ["lh in 1.3", withU32(RICH, 0x18, 3), "list-kind"],
  ["lf below ri in 1.3", withLeavesOfLf(), "list-kind"],
  ["a leaf that is too long", withU16(wide(1013, 3), listOf(wide(1013, 3)) + 2, 1014), "list-size"],
  ["a wrong order", swapped(RICH, LIST + 4, LIST + 12), "list-order"],
  ["a wrong hash", withU32(RICH, LIST + 8, 1), "list-hint"],
  [
    "a wrong hint",
    withU32(smallHive({ minor: 3 }), listOf(smallHive({ minor: 3 })) + 8, 0x42),
    "list-hint",
  ],
  ["a maximum that is too small", withU16(RICH, ROOT + 0x34, 2), "maxima"],
  ["a list of values that is nowhere", withU32(RICH, ALPHA + 0x28, 0xffffffff), "values"],
  ["two values of one name", twins(), "value-names"],
  ["5 bytes in a record", withU32(RICH, firstValueOf(ALPHA) + 4, 0x80000005), "data"],
  ["a cell for 0 bytes", withU32(RICH, firstValueOf(ALPHA) + 4, 0), "data"],
  ["a segment less", withU16(RICH, cellNamedAt(RICH, BIG + 8) + 2, 2), "big-data"],
  ["another value of a link", withU16(RICH, ALPHA + 2, 0x30), "link"],
  ["a key without security", withU32(RICH, ALPHA + 0x2c, 0xffffffff), "security"],
  ["a wrong count of keys", withU32(RICH, RECORD + 12, 1), "security"],
  ["a ring with another link", withU32(RICH, RECORD + 8, ALPHA - 4100), "security"],
];

function listOf(bytes: Uint8Array): number {
  return cellNamedAt(bytes, recordAt(bytes, "") + 0x1c);
}

/** A hive of version 1.3 with the lists of 1.5, but with `lf` for `lh`. */
function withLeavesOfLf(): Uint8Array {
  const bytes = withU32(wide(1014, 5), 0x18, 3);
  const lists = listOf(bytes);
  return [4, 8].reduce(
    (hive, entry) => withU16(hive, cellNamedAt(hive, lists + entry), 0x666c),
    bytes,
  );
}

function swapped(bytes: Uint8Array, a: number, b: number): Uint8Array {
  return withU32(withU32(bytes, a, u32At(bytes, b)), b, u32At(bytes, a));
}

function firstValueOf(record: number): number {
  return cellNamedAt(RICH, cellNamedAt(RICH, record + 0x28));
}

function twins(): Uint8Array {
  const bytes = buildHive(key("ROOT", { values: [binary("a", 9), binary("b", 9)] }));
  const first = cellNamedAt(bytes, cellNamedAt(bytes, recordAt(bytes, "") + 0x28));
  return withU16(bytes, first + 0x14, 0x42); // "B"
}

for (const [what, bytes, ...rules] of BREAKS) {
  Deno.test(`the rules of the kernel are broken by ${what}`, () => {
    const broken = new Set(kernelFaults(bytes).map(({ rule }) => rule));
    assert.ok(rules.every((rule) => broken.has(rule)), `${[...broken]}`);
    assert.throws(() => assertKernelTakes(bytes), assert.AssertionError);
  });
}

Deno.test("every rule of the kernel is broken by something here", () => {
  const tried = new Set(BREAKS.flatMap(([, , ...rules]) => rules));
  const untried = Object.keys(KERNEL_RULES).filter((rule) => !tried.has(rule as Rule));
  assert.deepEqual(untried, []);
});

Deno.test("the rules of the kernel are kept by what buildHive() makes", () => {
  for (const minor of [3, 4, 5, 6] as const) {
    assertKernelTakes(richHive({ minor }), `1.${minor}`);
    assertKernelTakes(smallHive({ minor }), `1.${minor}`);
  }
  for (const count of [507, 508, 1013, 1014, 2026, 2027]) {
    assertKernelTakes(wide(count, 3), `${count}`);
    assertKernelTakes(wide(count, 5), `${count}`);
  }
  assertKernelTakes(linkHive());
  assertKernelTakes(chain(512));
});

Deno.test("assertNoNewKernelFault() forgives what was broken before, and nothing else", () => {
  const broken = withU32(RICH, ALPHA + 0x10, 0x28);
  assertNoNewKernelFault(broken, broken, "the same");
  assertNoNewKernelFault(broken, RICH, "mended");
  assert.throws(() => assertNoNewKernelFault(RICH, broken, "new"), /1 rules newly broken/);
});

/** What Windows or its offreg.dll left odd in hives that are clean otherwise. */
const ODD: Readonly<Record<string, readonly Rule[]>> = {
  "CompHive": ["list-hint"], // Windows wrote other bytes there
  "DuplicateSubkeysHive": ["list-order"], // made so by hand
  "EffectiveSizeHive": ["base-block"], // its header is damaged by hand
};

Deno.test({
  name: "the rules of the kernel are kept by every clean hive of the corpus (needs the corpus)",
  ignore: without(corpusPresent),
  fn() {
    let checked = 0;
    for (const file of [...corpusFiles("hives-clean"), ...corpusFiles("bcd")]) {
      if (file.includes("SOFTWARE")) continue; // salvaged elsewhere, which takes long enough
      const bytes = readCorpus(file);
      const dirty = u32At(bytes, 4) !== u32At(bytes, 8);
      const rules = new Set(kernelFaults(bytes).map(({ rule }) => rule));
      const expected = dirty ? ["base-block"] : ODD[file.slice(file.indexOf("/") + 1)] ?? [];
      assert.deepEqual([...rules], expected, file);
      checked++;
    }
    assert.ok(checked > 30, `${checked} hives`);
  },
});
