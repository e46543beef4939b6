import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import {
  buildHive,
  countHive,
  type KeySpec,
  lhHash,
  openHive,
} from "../../../src/formats/regf/mod.ts";
import { assertSoundHive } from "./hive_invariants.ts";
import { binary, contentOf, key, SMALL_TREE, smallHive, text, u32At } from "./hive_samples.ts";

Deno.test("buildHive() makes a sound hive of every version", () => {
  for (const minor of [3, 5, 6] as const) {
    const bytes = smallHive({ minor });
    assertSoundHive(bytes);
    assert.equal(openHive(bytes).header.minorVersion, minor);
  }
});

Deno.test("buildHive() is clean, or dirty if asked for", () => {
  const { header: clean } = openHive(smallHive());
  assert.equal(clean.primarySequence, clean.secondarySequence);
  const { header: dirty } = openHive(smallHive({ dirty: true }));
  assert.equal(dirty.primarySequence, dirty.secondarySequence + 1);
  assert.equal(dirty.checksumValid, true);
});

Deno.test("buildHive() gives the same bytes for the same tree", () => {
  assert.deepEqual(smallHive(), smallHive());
});

Deno.test("buildHive() calls a root without a name ROOT", () => {
  assert.equal(openHive(buildHive(key(""))).root.name, "ROOT");
  assert.equal(openHive(buildHive(key("CMI-CreateHive"))).root.name, "CMI-CreateHive");
});

Deno.test("buildHive() sorts subkeys by Windows' upper case", () => {
  const names = ["b", "_", "A", "C", "ÿ", "Я", "а", "\ud800", "\ue000", "aa", "Ÿz"];
  const hive = openHive(buildHive(key("ROOT", { subkeys: names.map((name) => key(name)) })));
  assert.deepEqual(
    hive.root.subkeys().map(({ name }) => name),
    ["A", "aa", "b", "C", "_", "ÿ", "Ÿz", "а", "Я", "\ud800", "\ue000"],
  );
});

Deno.test("buildHive() keeps values in the given order", () => {
  const values = ["z", "", "a"].map((name) => text(name, name));
  const hive = openHive(buildHive(key("ROOT", { values })));
  assert.deepEqual(hive.root.values().map(({ name }) => name), ["z", "", "a"]);
});

function leafEntry(bytes: Uint8Array): { kind: string; extra: number } {
  const list = u32At(bytes, contentOf(openHive(bytes).root) + 0x1c) + 4096 + 4;
  return { kind: String.fromCharCode(bytes[list]!, bytes[list + 1]!), extra: list + 8 };
}

Deno.test("buildHive() writes lf lists with the first characters into version 1.3", () => {
  const bytes = buildHive(key("ROOT", { subkeys: [key("Ab"), key("Яx")] }), { minor: 3 });
  const { kind, extra } = leafEntry(bytes);
  assert.equal(kind, "lf");
  assert.deepEqual([...bytes.subarray(extra, extra + 4)], [0x41, 0x62, 0, 0]);
  assert.equal(u32At(bytes, extra + 8), 0); // no hint for names beyond Latin-1
});

Deno.test("buildHive() writes lh lists with hashes into version 1.5", () => {
  const bytes = buildHive(key("ROOT", { subkeys: [key("Ab"), key("Яx")] }), { minor: 5 });
  const { kind, extra } = leafEntry(bytes);
  assert.equal(kind, "lh");
  assert.equal(u32At(bytes, extra), lhHash("ab"));
  assert.equal(u32At(bytes, extra + 8), lhHash("яX"));
});

Deno.test("buildHive() splits long lists of subkeys", () => {
  const subkeys = Array.from({ length: 3000 }, (_, i) => key(`sub ${i}`, { values: [] }));
  const bytes = buildHive(key("ROOT", { subkeys }));
  assertSoundHive(bytes);
  const hive = openHive(bytes);
  assert.deepEqual(countHive(hive), { keys: 3001, values: 0, valueBytes: 0, problems: [] });
  for (const name of ["SUB 0", "sub 2999", "sub 1500"]) assert.ok(hive.key(name), name);
  assert.equal(hive.key("sub 3000"), undefined);
});

Deno.test("buildHive() makes a leaf of 507 subkeys, and a list of lists for 508", () => {
  const kinds = [507, 508].map((length) => {
    const subkeys = Array.from({ length }, (_, i) => key(`k${i}`));
    const bytes = buildHive(key("ROOT", { subkeys }));
    assertSoundHive(bytes);
    return leafEntry(bytes).kind;
  });
  assert.deepEqual(kinds, ["lh", "ri"]);
});

function chain(depth: number): KeySpec {
  let spec = key("leaf");
  for (let level = 1; level < depth; level++) spec = key(`level${level}`, { subkeys: [spec] });
  return spec;
}

Deno.test("buildHive() makes 512 levels and refuses 513", () => {
  const bytes = buildHive(chain(512));
  assertSoundHive(bytes);
  assert.deepEqual(countHive(openHive(bytes)).problems, []);
  assert.equal(countHive(openHive(bytes)).keys, 512);
  assert.throws(() => buildHive(chain(513)), /Cannot build key "leaf": it lies below 512 levels/);
});

Deno.test("buildHive() refuses what no registry can hold", () => {
  const cases: [KeySpec, RegExp][] = [
    [key("R", { subkeys: [key("")] }), /a subkey needs a name/],
    [key("R", { subkeys: [key("a\\b")] }), /holds a "\\"/],
    [key("R", { subkeys: [key("x".repeat(257))] }), /its name is too long/],
    [key("R", { subkeys: [key("one"), key("ONE")] }), /two of that name/],
    [key("R", { values: [text("ä", "1"), text("Ä", "2")] }), /two of its values have one name/],
    [key("R", { values: [text("v".repeat(16384), "")] }), /a value's name is too long/],
    [key("R", { className: "c".repeat(0x8000) }), /its class name is too long/],
  ];
  for (const [spec, expected] of cases) {
    assert.throws(() => buildHive(spec), (error) => {
      return error instanceof FormatError && expected.test(error.message);
    });
  }
});

Deno.test("buildHive() takes names up to their limits", () => {
  const subkey = key("x".repeat(256), { values: [text("v".repeat(16383), "data")] });
  const bytes = buildHive(key("R", { className: "c".repeat(0x7fff), subkeys: [subkey] }));
  assertSoundHive(bytes);
  const hive = openHive(bytes);
  assert.equal(hive.root.className?.length, 0x7fff);
  assert.equal(hive.root.subkeys()[0]?.values()[0]?.name.length, 16383);
});

Deno.test("buildHive() writes a descriptor with owner, group and three entries", () => {
  const bytes = buildHive(SMALL_TREE);
  const sk = u32At(bytes, contentOf(openHive(bytes).root) + 0x2c) + 4096 + 4;
  const descriptor = bytes.subarray(sk + 20, sk + 20 + u32At(bytes, sk + 16));
  const view = new DataView(descriptor.buffer, descriptor.byteOffset, descriptor.length);
  assert.equal(view.getUint16(2, true), 0x8004); // self-relative, with an access list
  const sidAt = (offset: number) => [...descriptor.subarray(offset, offset + 8)];
  assert.deepEqual(sidAt(view.getUint32(4, true)), [1, 2, 0, 0, 0, 0, 0, 5]);
  assert.deepEqual(sidAt(view.getUint32(8, true)), [1, 1, 0, 0, 0, 0, 0, 5]);
  const acl = view.getUint32(16, true);
  assert.equal(view.getUint16(acl + 4, true), 3);
  let entry = acl + 8;
  for (let i = 0; i < 3; i++) entry += view.getUint16(entry + 2, true);
  assert.equal(entry, acl + view.getUint16(acl + 2, true));
});

Deno.test("buildHive() copes with a large tree in time that grows with its size", () => {
  const large = (count: number) =>
    key("ROOT", {
      subkeys: Array.from({ length: count }, (_, i) =>
        key(`branch ${i}`, {
          subkeys: Array.from(
            { length: 100 },
            (_, j) =>
              key(`leaf ${j}`, { values: [binary("data", 300), text("text", "some words")] }),
          ),
        })),
    });
  const start = performance.now();
  const bytes = buildHive(large(200));
  const milliseconds = performance.now() - start;
  assert.ok(bytes.length > 8e6, `${bytes.length} bytes`);
  assert.ok(milliseconds < 5000, `${milliseconds} ms`);
  assert.deepEqual(countHive(openHive(bytes)), {
    keys: 20_201,
    values: 40_000,
    valueBytes: 20_000 * (300 + 22),
    problems: [],
  });
});
