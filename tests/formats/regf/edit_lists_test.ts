import assert from "node:assert/strict";
import {
  buildHive,
  countHive,
  type HiveEdit,
  openHive,
  RegistryType,
} from "../../../src/formats/regf/mod.ts";
import { assertSoundEdit } from "./edited_invariants.ts";
import { edited } from "./edit_model.ts";
import { contentOf, key, keyAt, u32At, withU16 } from "./hive_samples.ts";

/** A hive with so many subkeys under one key. */
function wideHive(count: number, minor: 3 | 5 = 5): Uint8Array {
  const subkeys = Array.from({ length: count }, (_, i) => key(`sub ${i}`));
  return buildHive(key("ROOT", { subkeys: [key("wide", { subkeys }), key("other")] }), { minor });
}

function create(path: string): HiveEdit {
  return { kind: "create-key", key: path };
}

/** Signature of the list of subkeys of `wide`. */
function listKind(bytes: Uint8Array): string {
  const list = u32At(bytes, contentOf(keyAt(openHive(bytes), "wide")) + 0x1c) + 4096 + 4;
  return String.fromCharCode(bytes[list]!, bytes[list + 1]!);
}

Deno.test("editHive() makes 20,000 subkeys under one key, in one script", () => {
  const edits = Array.from({ length: 20_000 }, (_, i) => create(`wide\\new ${i * 7919 % 20_000}`));
  const start = performance.now();
  const after = edited(wideHive(0), edits);
  const milliseconds = performance.now() - start;
  assertSoundEdit(after);
  assert.equal(keyAt(openHive(after), "wide").subkeyCount, 20_000);
  assert.ok(keyAt(openHive(after), "wide\\NEW 19999"));
  assert.ok(milliseconds < 10_000, `${milliseconds} ms`);
});

Deno.test("editHive() adds to 20,000 subkeys and takes from them", () => {
  const before = wideHive(20_000);
  const edits: HiveEdit[] = [];
  for (let i = 0; i < 500; i++) {
    edits.push(create(`wide\\sub ${i} b`), { kind: "delete-key", key: `wide\\SUB ${i * 40}` });
  }
  const after = edited(before, edits);
  assertSoundEdit(after);
  assert.equal(keyAt(openHive(after), "wide").subkeyCount, 20_000);
});

Deno.test("editHive() deletes a key with thousands of subkeys", () => {
  const before = wideHive(5000);
  const after = edited(before, [{ kind: "delete-key", key: "wide" }]);
  assertSoundEdit(after);
  assert.deepEqual(countHive(openHive(after)), { keys: 2, values: 0, valueBytes: 0, problems: [] });
  assert.equal(after.length, before.length + 4096);
});

Deno.test("editHive() deletes thousands of subkeys one by one", () => {
  const edits = Array.from(
    { length: 5000 },
    (_, i): HiveEdit => ({ kind: "delete-key", key: `wide\\sub ${i}` }),
  );
  const after = edited(wideHive(5000), edits);
  assertSoundEdit(after);
  assert.equal(keyAt(openHive(after), "wide").subkeyCount, 0);
});

Deno.test("editHive() goes over to a list of lists and back", () => {
  const before = wideHive(507);
  assert.equal(listKind(before), "lh");
  const more = edited(before, [create("wide\\one more")]);
  assertSoundEdit(more);
  assert.equal(listKind(more), "ri");
  const less = edited(more, [{ kind: "delete-key", key: "wide\\sub 77" }]);
  assertSoundEdit(less);
  assert.equal(listKind(less), "lh");
});

Deno.test("editHive() goes over from lf to li to a list of li lists before version 1.5, and back", () => {
  for (const [count, kind, next] of [[507, "lf", "li"], [1013, "li", "ri"]] as const) {
    const before = wideHive(count, 3);
    assert.equal(listKind(before), kind);
    const more = edited(before, [create("wide\\one more")]);
    assertSoundEdit(more);
    assert.equal(listKind(more), next);
    const less = edited(more, [{ kind: "delete-key", key: "wide\\sub 77" }]);
    assertSoundEdit(less);
    assert.equal(listKind(less), kind);
  }
});

Deno.test("editHive() writes li lists anew as the version wants them", () => {
  for (const [minor, leaf] of [[3, "lf"], [5, "lh"]] as const) {
    const built = wideHive(1, minor);
    const list = u32At(built, contentOf(keyAt(openHive(built), "wide")) + 0x1c) + 4096 + 4;
    const before = withU16(built, list, 0x696c); // one entry is the same in all kinds
    assert.equal(listKind(before), "li");
    const after = edited(before, [create("wide\\second")]);
    assertSoundEdit(after);
    assert.equal(listKind(after), leaf);
    const elsewhere = edited(before, [create("other\\second")]);
    assert.equal(listKind(elsewhere), "li");
  }
});

Deno.test("editHive() sets 20,000 values of one key", () => {
  const edits = Array.from({ length: 20_000 }, (_, i): HiveEdit => ({
    kind: "set-value",
    key: "other",
    name: `v ${i % 10_000}`,
    type: RegistryType.REG_BINARY,
    data: new Uint8Array(i % 9),
  }));
  const after = edited(wideHive(1), edits);
  assertSoundEdit(after);
  assert.equal(keyAt(openHive(after), "other").valueCount, 10_000);
});

Deno.test("editHive() sorts by Windows' upper case, where JavaScript's would differ", () => {
  const names = ["ß", "ẞ", "ı", "i", "I2", "ǅ", "ǆx", "ŉ", "\ud801\udc28", "\uffff", "_", "a"];
  const after = edited(wideHive(3), names.map((name) => create(`wide\\${name}`)));
  assertSoundEdit(after);
  for (const name of names) assert.equal(openHive(after).key(`wide\\${name}`)?.name, name);
});
