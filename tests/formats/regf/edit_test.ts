import assert from "node:assert/strict";
import {
  buildHive,
  editHive,
  type HiveEdit,
  openHive,
  registryDword,
  registryString,
  RegistryType,
} from "../../../src/formats/regf/mod.ts";
import { assertSoundEdit } from "./edited_invariants.ts";
import { applyToModel, edited, EDITED_AT, modelOf } from "./edit_model.ts";
import {
  binary,
  contentOf,
  key,
  keyAt,
  SMALL_TREE,
  smallHive,
  u32At,
  withU32,
} from "./hive_samples.ts";

const { REG_DWORD, REG_SZ, REG_BINARY } = RegistryType;

function set(path: string, name: string, data: Uint8Array, type: number = REG_BINARY): HiveEdit {
  return { kind: "set-value", key: path, name, type, data };
}

/** Edits a small hive of both versions; the result must be sound and equal the model. */
function check(edits: readonly HiveEdit[], minors: readonly (3 | 5)[] = [3, 5]): Uint8Array {
  let last = new Uint8Array(0);
  for (const minor of minors) {
    const before = smallHive({ minor });
    const copy = before.slice();
    last = new Uint8Array(edited(before, edits));
    assert.deepEqual(before, copy, "the old hive was written to");
    assertSoundEdit(last);
    const model = modelOf(before);
    for (const edit of edits) applyToModel(model, edit);
    assert.deepEqual(modelOf(last), model);
  }
  return last;
}

Deno.test("editHive() without edits changes nothing but the header", () => {
  const before = smallHive();
  const after = editHive(before, [], { name: "TEST", at: EDITED_AT });
  assert.deepEqual(after.subarray(4096 + 32), before.subarray(4096 + 32));
});

Deno.test("editHive() sets a number in its record, so that the hive does not grow", () => {
  const after = check([set("alpha", "START", registryDword(4), REG_DWORD)]);
  assert.equal(after.length, smallHive().length);
  const value = keyAt(openHive(after), "Alpha").value("Start");
  assert.deepEqual([value?.name, value?.number()], ["Start", 4]);
});

Deno.test("editHive() sets data of every size over data of every size", () => {
  for (const old of [0, 3, 4, 5, 40, 16_344, 16_345, 50_000]) {
    const tree = key("ROOT", { subkeys: [key("K", { values: [binary("v", old)] })] });
    for (const minor of [3, 5] as const) {
      const before = buildHive(tree, { minor });
      for (const size of [0, 1, 4, 5, 16_344, 16_345, 32_688, 40_000]) {
        const after = edited(before, [set("K", "V", binary("", size).data)]);
        assertSoundEdit(after);
        const data = keyAt(openHive(after), "K").value("v")?.data;
        assert.deepEqual(data, binary("", size).data);
      }
    }
  }
});

Deno.test("editHive() writes long data into segments, in version 1.3 into one cell", () => {
  for (const [minor, signature] of [[3, undefined], [5, 0x6264]] as const) {
    const after = edited(smallHive({ minor }), [set("Beta", "long", binary("", 20_000).data)]);
    const value = keyAt(openHive(after), "Beta").value("long")!;
    const cell = u32At(after, contentOf(value) + 8) + 4096 + 4;
    assert.equal(after[cell]! + 256 * after[cell + 1]! === 0x6264, signature !== undefined);
  }
});

Deno.test("editHive() adds a value behind the others, also to a key without values", () => {
  const after = check([
    set("Alpha", "new", registryString("text"), REG_SZ),
    set("Beta", "", registryString("default"), REG_SZ),
    set("", "auf Stufe null", new Uint8Array(3)),
  ]);
  const names = keyAt(openHive(after), "Alpha").values().map(({ name }) => name);
  assert.deepEqual(names, ["Path", "Start", "new"]);
});

Deno.test("editHive() keeps the spelling of a value that is there, not of one that was deleted", () => {
  const kept = check([set("Alpha", "pAtH", new Uint8Array(9))]);
  assert.equal(keyAt(openHive(kept), "Alpha").value("path")?.name, "Path");
  const again = check([
    { kind: "delete-value", key: "Alpha", name: "PATH" },
    set("Alpha", "pAtH", new Uint8Array(9)),
  ]);
  const names = keyAt(openHive(again), "Alpha").values().map(({ name }) => name);
  assert.deepEqual(names, ["Start", "pAtH"]);
});

Deno.test("editHive() writes once what is set twice", () => {
  const long = binary("", 3000).data;
  const once = check([set("Beta", "v", long)]);
  const twice = check([set("Beta", "v", binary("", 2900).data), set("Beta", "V", long)]);
  assert.deepEqual(twice, once);
});

Deno.test("editHive() deletes values, and the list with the last one", () => {
  const one = check([{ kind: "delete-value", key: "Alpha", name: "path" }]);
  assert.equal(keyAt(openHive(one), "Alpha").valueCount, 1);
  const all = check([
    { kind: "delete-value", key: "Alpha", name: "path" },
    { kind: "delete-value", key: "Alpha", name: "Start" },
  ]);
  const position = contentOf(keyAt(openHive(all), "Alpha"));
  assert.equal(u32At(all, position + 0x28), 0xffffffff);
});

Deno.test("editHive() keeps the largest value as a bound until the last one is gone", () => {
  const largest = (bytes: Uint8Array) => {
    const position = contentOf(keyAt(openHive(bytes), "Alpha"));
    return [u32At(bytes, position + 0x3c), u32At(bytes, position + 0x40)];
  };
  assert.deepEqual(largest(smallHive()), [10, 22]);
  const deleted: HiveEdit = { kind: "delete-value", key: "Alpha", name: "Path" };
  assert.deepEqual(largest(check([deleted])), [10, 22]);
  assert.deepEqual(largest(check([set("Alpha", "longer", new Uint8Array(9))])), [12, 22]);
  assert.deepEqual(largest(check([set("Alpha", "x", new Uint8Array(99))])), [10, 99]);
});

Deno.test("editHive() creates keys in Windows' order, and keys below them", () => {
  const after = check([
    { kind: "create-key", key: "ALPHA\\ÿ" },
    { kind: "create-key", key: "alpha\\Ÿ\\below" },
    { kind: "create-key", key: "Alpha\\_" },
    { kind: "create-key", key: "alpha\\zeta" },
    set("alpha\\ÿ\\BELOW", "v", new Uint8Array(1)),
  ]);
  const names = keyAt(openHive(after), "Alpha").subkeys().map(({ name }) => name);
  assert.deepEqual(names, ["Inner", "zeta", "_", "ÿ"]);
});

Deno.test("editHive() creates a whole tree with class, link, times, values and subkeys", () => {
  const lastWritten = new Date("2001-02-03T04:05:06Z");
  const { name: _, ...spec } = SMALL_TREE;
  const after = check([
    {
      kind: "create-key",
      key: "Beta\\tree",
      spec: { ...spec, values: [], className: "a class", symbolicLink: true, lastWritten },
    },
  ]);
  const hive = openHive(after);
  const tree = keyAt(hive, "Beta\\tree");
  assert.equal(tree.className, "a class");
  assert.equal(tree.symbolicLink, true);
  assert.deepEqual(tree.lastWritten, lastWritten);
  assert.deepEqual(keyAt(hive, "Beta\\tree\\Alpha").lastWritten, EDITED_AT);
  assert.equal(u32At(after, contentOf(keyAt(hive, "Beta")) + 0x38), 14);
});

Deno.test("editHive() takes details of a key that was read elsewhere", () => {
  const details = { lastWritten: 0x1c0_0000_0000_0123n, flags: 0x1000, access: 2, userFlags: 0x21 };
  const spec = { values: [], subkeys: [key("below", { className: "c" })], details };
  const after = edited(smallHive(), [{ kind: "create-key", key: "copy", spec }]);
  assertSoundEdit(after);
  const copy = keyAt(openHive(after), "copy");
  assert.equal(copy.flags, 0x1020);
  assert.equal(u32At(after, contentOf(copy) + 0x34), 0x21_000a);
  assert.equal(u32At(after, contentOf(copy) + 0x04), 0x123);
});

Deno.test("editHive() deletes a key with everything below it", () => {
  const after = check([{ kind: "delete-key", key: "ALPHA" }]);
  assert.equal(openHive(after).key("Alpha"), undefined);
  check([{ kind: "delete-key", key: "Alpha\\Inner" }]);
  check(["Alpha", "BETA", "Gamma"].map((path) => ({ kind: "delete-key", key: path })));
});

Deno.test("editHive() creates again what it deleted, without what was in it", () => {
  const after = check([
    set("Alpha\\Inner", "gone", new Uint8Array(7)),
    { kind: "delete-key", key: "Alpha" },
    { kind: "create-key", key: "aLPHA" },
    set("alpha", "v", new Uint8Array(5)),
  ]);
  const created = keyAt(openHive(after), "Alpha");
  assert.deepEqual([created.name, created.subkeyCount], ["aLPHA", 0]);
});

Deno.test("editHive() leaves no trace of a key that is created and deleted", () => {
  const after = check([
    { kind: "create-key", key: "Beta\\x" },
    set("Beta\\x", "v", binary("", 9000).data),
    { kind: "delete-key", key: "Beta\\X" },
  ]);
  assert.equal(after.length, smallHive().length);
});

Deno.test("editHive() dates the keys that it changes and no others", () => {
  const at = (path: string, bytes: Uint8Array) => keyAt(openHive(bytes), path).lastWritten;
  const after = check([
    set("Alpha", "Start", registryDword(1), REG_DWORD),
    { kind: "create-key", key: "Beta\\new" },
    { kind: "delete-key", key: "Alpha\\Inner" },
  ]);
  for (const path of ["Alpha", "Beta", "Beta\\new"]) assert.deepEqual(at(path, after), EDITED_AT);
  for (const path of ["", "gamma"]) assert.deepEqual(at(path, after), at(path, smallHive()));
  assert.deepEqual(openHive(after).header.lastWritten, EDITED_AT);
});

Deno.test("editHive() takes names with slashes, NULs and lone surrogates", () => {
  const names = ["a/b", "nu\0l", "\ud800", "\udfff\ud800", "CR\r\nLF"];
  const after = check([
    ...names.map((name): HiveEdit => ({ kind: "create-key", key: `Beta\\${name}` })),
    ...names.map((name) => set(`Beta\\${name}`, name, new Uint8Array(6))),
  ]);
  for (const name of names) assert.ok(keyAt(openHive(after), `Beta\\${name}`).value(name), name);
});

Deno.test("editHive() joins what it frees with free neighbours", () => {
  const subkeys = Array.from(
    { length: 300 },
    (_, i) => key(`k${i}`, { values: [binary("v", 60)] }),
  );
  const before = buildHive(key("ROOT", { subkeys: [key("many", { subkeys }), key("stay")] }));
  const after = edited(before, [{ kind: "delete-key", key: "many" }]);
  assertSoundEdit(after);
  let cells = 0;
  for (let bin = 4096; bin < before.length; bin += u32At(after, bin + 8)) {
    const end = bin + u32At(after, bin + 8);
    for (let cell = bin + 32; cell < end; cell += Math.abs(u32At(after, cell) | 0)) cells++;
  }
  assert.ok(cells < 40, `${cells} cells`);
});

Deno.test("editHive() raises both sequence numbers by one, or to the one that is wanted", () => {
  const sequences = (bytes: Uint8Array) => {
    const { primarySequence, secondarySequence } = openHive(bytes).header;
    return [primarySequence, secondarySequence];
  };
  const edits = [set("Beta", "v", new Uint8Array(1))];
  const options = { name: "TEST", at: EDITED_AT };
  assert.deepEqual(sequences(editHive(smallHive(), edits, options)), [2, 2]);
  assert.deepEqual(sequences(editHive(smallHive(), edits, { ...options, sequence: 77 })), [77, 77]);
  const last = withU32(withU32(smallHive(), 4, 0xffffffff), 8, 0xffffffff);
  assert.deepEqual(sequences(editHive(last, edits, options)), [0, 0]);
});

Deno.test("editHive() leaves the fields of transactions and the name alone", () => {
  let before = smallHive({ name: "\\SystemRoot\\System32\\Config\\SYSTEM" });
  for (let at = 0x70; at < 0x1fc; at += 4) before = withU32(before, at, at * 0x01010101 >>> 0);
  for (const at of [0x200, 0xfc8, 0xff8, 0xffc]) before = withU32(before, at, 0xa5a5a5a5);
  const after = edited(before, [set("Beta", "v", binary("", 5000).data)]);
  assert.deepEqual(after.subarray(0x2c, 0x1fc), before.subarray(0x2c, 0x1fc));
  assert.deepEqual(after.subarray(0x200, 0x1000), before.subarray(0x200, 0x1000));
});

Deno.test("editHive() keeps the flags that share a number with the longest name", () => {
  const before = smallHive();
  const position = contentOf(keyAt(openHive(before), "Beta")) + 0x34;
  const flagged = withU32(before, position, 0xa5320000);
  const added = edited(flagged, [{ kind: "create-key", key: "Beta\\four" }]);
  assert.equal(u32At(added, position), 0xa5320008);
  const deleted = edited(added, [{ kind: "delete-key", key: "Beta\\four" }]);
  assert.equal(u32At(deleted, position), 0xa5320000);
});

Deno.test("editHive() drops what lies behind the bins", () => {
  const before = new Uint8Array(smallHive().length + 5000).fill(0xee);
  before.set(smallHive());
  const after = edited(before, [set("Beta", "v", binary("", 5000).data)]);
  assertSoundEdit(after);
});

Deno.test("editHive() works on bytes that are a window into a larger buffer", () => {
  const larger = new Uint8Array(smallHive().length + 20);
  larger.set(smallHive(), 10);
  const before = larger.subarray(10, 10 + smallHive().length);
  assertSoundEdit(edited(before, [set("Beta", "v", binary("", 50).data)]));
});

Deno.test("editHive() edits what it edited before", () => {
  let bytes = smallHive();
  for (let i = 0; i < 20; i++) {
    bytes = new Uint8Array(edited(bytes, [
      { kind: "create-key", key: `Beta\\k${i}` },
      set(`Beta\\k${i}`, "v", binary("", 100 * i).data),
      ...(i > 3 ? [{ kind: "delete-key", key: `Beta\\k${i - 4}` } as const] : []),
    ]));
    assertSoundEdit(bytes);
  }
  assert.equal(keyAt(openHive(bytes), "Beta").subkeyCount, 4);
});
