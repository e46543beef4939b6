import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import { buildHive, editHive, type HiveEdit, openHive } from "../../../src/formats/regf/mod.ts";
import { assertSoundEdit } from "./edited_invariants.ts";
import { edited, EDITED_AT } from "./edit_model.ts";
import { contentOf, key, keyAt, u32At, withU32 } from "./hive_samples.ts";
import { descriptorFor } from "./rich_hive.ts";

/** Keys with three descriptors: that of the root, and two of their own. */
function securedHive(): Uint8Array {
  return buildHive(key("ROOT", {
    subkeys: [
      key("plain"),
      key("one", { security: descriptorFor(1), subkeys: [key("a"), key("b")] }),
      key("two", { security: descriptorFor(2) }),
    ],
  }));
}

function record(bytes: Uint8Array, path: string): number {
  return u32At(bytes, contentOf(keyAt(openHive(bytes), path)) + 0x2c);
}

function references(bytes: Uint8Array, offset: number): number {
  return u32At(bytes, offset + 4096 + 4 + 12);
}

function create(path: string, security?: Uint8Array): HiveEdit {
  const spec = { values: [], subkeys: [], ...(security === undefined ? {} : { security }) };
  return { kind: "create-key", key: path, spec };
}

Deno.test("editHive() gives a new key the security of the key above", () => {
  const before = securedHive();
  const one = record(before, "one");
  const after = edited(before, [create("one\\new"), create("one\\new\\below")]);
  assertSoundEdit(after);
  assert.equal(record(after, "one\\new\\below"), one);
  assert.equal(references(before, one), 3);
  assert.equal(references(after, one), 5);
});

Deno.test("editHive() shares a record whose descriptor is the same", () => {
  const before = securedHive();
  const after = edited(before, [
    create("plain\\new", descriptorFor(2)),
    create("plain\\new\\below"),
  ]);
  assertSoundEdit(after);
  assert.equal(record(after, "plain\\new"), record(before, "two"));
  assert.equal(references(after, record(before, "two")), 3);
});

Deno.test("editHive() links one new record for a descriptor that is new", () => {
  const before = securedHive();
  const after = edited(before, [create("x", descriptorFor(9)), create("y", descriptorFor(9))]);
  assertSoundEdit(after);
  assert.equal(record(after, "x"), record(after, "y"));
  assert.ok(record(after, "x") >= before.length - 4096);
  assert.deepEqual(keyAt(openHive(after), "x").securityDescriptor, descriptorFor(9));
});

Deno.test("editHive() drops a record with the last key that names it, and not before", () => {
  const before = securedHive();
  const one = record(before, "one");
  const some = edited(before, [{ kind: "delete-key", key: "one\\a" }]);
  assertSoundEdit(some);
  assert.equal(references(some, one), 2);
  const none = edited(before, [{ kind: "delete-key", key: "one" }]);
  assertSoundEdit(none);
  assert.ok((u32At(none, one + 4096) | 0) > 0, "the record is still in use");
});

Deno.test("editHive() keeps a record whose key is deleted and created again", () => {
  const before = securedHive();
  const edits = [{ kind: "delete-key", key: "two" } as const, create("two", descriptorFor(2))];
  const after = edited(before, edits);
  assertSoundEdit(after);
  assert.equal(record(after, "two"), record(before, "two"));
});

Deno.test("editHive() takes a hive whose counts are wrong, and rights those that change", () => {
  const before = securedHive();
  const one = record(before, "one");
  const two = record(before, "two");
  const wrong = withU32(withU32(before, one + 4096 + 16, 1), two + 4096 + 16, 77);
  const after = edited(wrong, [{ kind: "delete-key", key: "one\\a" }]);
  assert.equal(references(after, one), 2);
  assert.equal(references(after, two), 77);
});

Deno.test("editHive() refuses a broken ring where it needs it, and nowhere else", () => {
  const before = securedHive();
  const two = record(before, "two") + 4096 + 4;
  for (const field of [4, 8]) {
    for (const offset of [0, 0x20, 0xffffff00]) {
      const broken = withU32(before, two + field, offset);
      const refused = (edit: HiveEdit) => () => {
        editHive(broken, [edit], { name: "S", at: EDITED_AT });
      };
      assert.throws(refused({ kind: "delete-key", key: "two" }), FormatError);
      if (field === 4) assert.throws(refused(create("x", descriptorFor(9))), FormatError);
      edited(broken, [create("two\\x")]);
    }
  }
  const turning = withU32(before, two + 4, record(before, "two"));
  const turn = () =>
    editHive(turning, [create("x", descriptorFor(9))], { name: "S", at: EDITED_AT });
  assert.throws(turn, /the ring of its security records is broken/);
});

Deno.test("editHive() edits a hive without any security, and starts a ring if it must", () => {
  const before = buildHive(key("ROOT"));
  const root = contentOf(openHive(before).root) + 0x2c;
  const bare = withU32(before, root, 0xffffffff);
  const plain = edited(bare, [create("x")]);
  assert.equal(keyAt(openHive(plain), "x").securityDescriptor, undefined);
  const own = edited(bare, [create("x", descriptorFor(3)), create("x\\y", descriptorFor(4))]);
  assert.deepEqual(keyAt(openHive(own), "x\\y").securityDescriptor, descriptorFor(4));
});
