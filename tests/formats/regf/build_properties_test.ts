import assert from "node:assert/strict";
import fc from "fast-check";
import {
  buildHive,
  compareNames,
  countHive,
  type HiveKey,
  type KeySpec,
  openHive,
  upcaseText,
} from "../../../src/formats/regf/mod.ts";
import { assertSoundHive } from "./hive_invariants.ts";

/** Any code units but "\": lone surrogates, NUL, Latin-1 and beyond. */
function names(minLength: number): fc.Arbitrary<string> {
  const unit = fc.oneof(
    fc.integer({ min: 0x20, max: 0x7e }),
    fc.integer({ min: 0, max: 0xff }),
    fc.integer({ min: 0, max: 0xffff }),
    fc.integer({ min: 0xd800, max: 0xdfff }),
  );
  return fc.array(unit, { minLength, maxLength: 20 })
    .map((units) => String.fromCharCode(...units).replaceAll("\\", "/"));
}

const valueSpec = fc.record({
  name: names(0),
  type: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 0xffffffff })),
  data: fc.oneof(
    { weight: 12, arbitrary: fc.uint8Array({ maxLength: 40 }) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 16340, max: 60_000 }).map((length) =>
        Uint8Array.from({ length }, (_, i) => (i * 31) & 0xff)
      ),
    },
  ),
}, { noNullPrototype: true });

function uniqueByName<T extends { readonly name: string }>(
  item: fc.Arbitrary<T>,
  maxLength: number,
): fc.Arbitrary<T[]> {
  return fc.uniqueArray(item, { maxLength, selector: ({ name }) => upcaseText(name) });
}

const { tree } = fc.letrec<{ tree: KeySpec }>((tie) => ({
  tree: fc.record({
    name: names(1),
    className: names(1),
    symbolicLink: fc.boolean(),
    values: uniqueByName(valueSpec, 5),
    subkeys: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant<KeySpec[]>([]),
      uniqueByName(tie("tree"), 5),
    ),
  }, { noNullPrototype: true }).map(withLinkValue),
}));

/** A symbolic link has no value but one, of this name. */
function withLinkValue(spec: KeySpec): KeySpec {
  if (spec.symbolicLink !== true) return spec;
  const values = spec.values.slice(0, 1).map((value) => ({ ...value, name: "SymbolicLinkValue" }));
  return { ...spec, values };
}

function specOf(key: HiveKey): KeySpec {
  return {
    name: key.name,
    className: key.className ?? "",
    symbolicLink: key.symbolicLink,
    values: key.values().map(({ name, type, data }) => ({ name, type, data: data.slice() })),
    subkeys: key.subkeys().map(specOf),
  };
}

function sorted(spec: KeySpec): KeySpec {
  const subkeys = spec.subkeys.map(sorted).sort((a, b) => compareNames(a.name, b.name));
  return { ...spec, subkeys };
}

Deno.test("openHive() reads back what buildHive() wrote, for any tree", () => {
  fc.assert(
    fc.property(tree, fc.constantFrom(3 as const, 5 as const, 6 as const), (spec, minor) => {
      const bytes = buildHive(spec, { minor });
      assertSoundHive(bytes);
      const hive = openHive(bytes);
      assert.deepEqual(specOf(hive.root), sorted(spec));
      assert.deepEqual(countHive(hive).problems, []);
    }),
    { seed: 20260101, numRuns: 150 },
  );
});

Deno.test("HiveKey.subkey() and value() find every name in another case, for any tree", () => {
  fc.assert(
    fc.property(tree, (spec) => {
      const { root } = openHive(buildHive(spec));
      for (const { name } of spec.subkeys) {
        assert.equal(root.subkey(upcaseText(name))?.name, name);
      }
      for (const { name } of spec.values) assert.equal(root.value(upcaseText(name))?.name, name);
    }),
    { seed: 20260102, numRuns: 100 },
  );
});
