import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import {
  buildHive,
  editHive,
  type HiveEdit,
  type KeySpec,
  openHive,
  RegistryType,
} from "../../../src/formats/regf/mod.ts";
import { corpusPresent } from "../../corpus.ts";
import { without } from "../../needs.ts";
import { corpusFiles, readCorpus } from "./corpus_hives.ts";
import { assertSoundEdit } from "./edited_invariants.ts";
import { edited, EDITED_AT } from "./edit_model.ts";
import {
  binary,
  contentOf,
  key,
  keyAt,
  smallHive,
  text,
  u32At,
  withChecksum,
  withU16,
  withU32,
} from "./hive_samples.ts";
import { richHive } from "./rich_hive.ts";

const SET: HiveEdit = {
  kind: "set-value",
  key: "",
  name: "v",
  type: RegistryType.REG_BINARY,
  data: new Uint8Array(8),
};

function refuses(bytes: Uint8Array, edits: readonly HiveEdit[], expected: RegExp): void {
  const copy = bytes.slice();
  assert.throws(() => editHive(bytes, edits, { name: "SYSTEM", at: EDITED_AT }), (error) => {
    assert.ok(error instanceof FormatError, `${error}`);
    assert.match(error.message, expected);
    return true;
  });
  assert.deepEqual(bytes, copy, "the old hive was written to");
}

function refusesEdit(edit: Partial<HiveEdit> & { kind: HiveEdit["kind"] }, expected: RegExp): void {
  refuses(smallHive(), [{ ...SET, ...edit } as HiveEdit], expected);
}

Deno.test("editHive() refuses a dirty hive, and takes it when it is clean", () => {
  refuses(smallHive({ dirty: true }), [SET], /Cannot edit hive "SYSTEM": it is dirty, its seq/);
  const wrong = smallHive();
  wrong[0x1fc]! ^= 1;
  refuses(wrong, [SET], /dirty, the checksum/);
  edited(smallHive(), [SET]);
});

Deno.test("editHive() refuses a hive that is cut off", () => {
  const bytes = buildHive(key("ROOT", { values: [binary("long", 9000)] }));
  refuses(bytes.subarray(0, bytes.length - 4096), [SET], /the file ends before its bins do/);
});

Deno.test("editHive() refuses a hive with damage anywhere", () => {
  const bytes = smallHive();
  const inner = contentOf(keyAt(openHive(bytes), "Alpha\\Inner"));
  refuses(withU16(bytes, inner, 0), [SET], /it is damaged: .*does not begin with "nk".*"Alpha"/);
  refuses(withU32(bytes, inner + 0x10, 0x20), [SET], /names another key as its parent/);
  const value = contentOf(keyAt(openHive(bytes), "Alpha").value("Path")!);
  refuses(withU32(bytes, value + 8, 0x7ffffff8), [SET], /it is damaged: .*and|it is damaged/);
});

Deno.test("editHive() refuses bins that are bad or not filled by their cells", () => {
  refuses(withU32(smallHive(), 4096 + 4, 8), [SET], /belongs elsewhere/);
  const bytes = smallHive();
  let cell = 4096 + 32;
  while ((u32At(bytes, cell) | 0) < 0) cell += Math.abs(u32At(bytes, cell) | 0);
  const gap = withU32(bytes, cell, u32At(bytes, cell) + 8); // the free cell at the end
  refuses(gap, [SET], /Cannot read a cell of hive "SYSTEM": it/);
  refuses(withU32(bytes, cell, 0), [SET], /it has a size of zero/);
});

Deno.test("editHive() refuses keys and values that are not there", () => {
  refusesEdit({ kind: "set-value", key: "Nowhere" }, /key "Nowhere" is not there/);
  refusesEdit({ kind: "set-value", key: "Alpha\\Nowhere\\x" }, /key "Alpha\\Nowhere\\x" is not/);
  refusesEdit({ kind: "delete-value", key: "Alpha", name: "x" }, /value "x" of key "Alpha" is not/);
  refusesEdit({ kind: "delete-key", key: "Nowhere" }, /key "Nowhere" is not there/);
  refusesEdit({ kind: "create-key", key: "Nowhere\\x" }, /key "Nowhere" is not there/);
  const gone: HiveEdit = { kind: "delete-key", key: "Alpha" };
  refuses(smallHive(), [gone, { ...SET, key: "Alpha\\Inner" }], /"Alpha\\Inner" is not there/);
  refuses(smallHive(), [gone, gone], /key "Alpha" is not there/);
  const unset: HiveEdit = { kind: "delete-value", key: "Alpha", name: "Path" };
  refuses(smallHive(), [unset, unset], /value "Path" of key "Alpha" is not there/);
});

Deno.test("editHive() refuses to create what is there", () => {
  refusesEdit({ kind: "create-key", key: "ALPHA" }, /key "ALPHA" is there already/);
  const create: HiveEdit = { kind: "create-key", key: "new" };
  refuses(smallHive(), [create, { ...create, key: "NEW" }], /key "NEW" is there already/);
});

/** A link, and a key that Windows does not delete with another key in it. */
function markedHive(): Uint8Array {
  const target = {
    name: "SymbolicLinkValue",
    type: RegistryType.REG_LINK,
    data: new Uint8Array(8),
  };
  const details = { lastWritten: 0n, flags: 0x08, access: 0, userFlags: 0 };
  return buildHive(key("ROOT", {
    subkeys: [
      key("Link", { symbolicLink: true, values: [target] }),
      key("Bare", { symbolicLink: true }),
      key("Above", { subkeys: [key("Kept", { details })] }),
    ],
  }));
}

Deno.test("editHive() gives a symbolic link no value but its target", () => {
  const bytes = markedHive();
  const only = /is a symbolic link, which has no value but "SymbolicLinkValue"/;
  refuses(bytes, [{ ...SET, key: "Link" }], only);
  refuses(bytes, [{ ...SET, key: "Bare", name: "symboliclinkvalue" }], only);
  const spec = { values: [text("v", "w")], subkeys: [], symbolicLink: true };
  refuses(bytes, [{ kind: "create-key", key: "x", spec }], /a symbolic link has no value but/);
  const late: HiveEdit = { kind: "create-key", key: "x", spec: { ...spec, values: [] } };
  refuses(bytes, [late, { ...SET, key: "x" }], only);
  const target = { ...SET, name: "SymbolicLinkValue" };
  for (const path of ["Link", "Bare", "x"]) {
    assertSoundEdit(edited(bytes, [late, { ...target, key: path }]));
  }
  // The name that is there keeps its spelling.
  assertSoundEdit(edited(bytes, [{ ...target, key: "Link", name: "SYMBOLICLINKVALUE" }]));
  edited(bytes, [{ kind: "delete-value", key: "Link", name: "SymbolicLinkValue" }]);
});

Deno.test("editHive() does not delete a key that is marked so, nor one above it", () => {
  const bytes = markedHive();
  const marked = /key "Kept" is marked as not to be deleted/;
  refuses(bytes, [{ kind: "delete-key", key: "Above\\Kept" }], marked);
  refuses(bytes, [{ kind: "delete-key", key: "Above" }], marked);
  edited(bytes, [{ kind: "delete-key", key: "Link" }, { ...SET, key: "Above\\Kept" }]);
});

Deno.test("editHive() refuses to create or delete the root", () => {
  refusesEdit({ kind: "create-key", key: "" }, /root key can be neither created nor deleted/);
  refusesEdit({ kind: "delete-key", key: "" }, /root key can be neither created nor deleted/);
});

Deno.test("editHive() refuses paths with empty names", () => {
  refusesEdit({ kind: "create-key", key: "Alpha\\" }, /ends without the name of a key/);
  refusesEdit({ kind: "create-key", key: "\\x" }, /"\\x" begins without the name of a key/);
  refusesEdit({ kind: "set-value", key: "Alpha\\\\Inner" }, /is not there/);
});

Deno.test("editHive() keeps Windows' limits, and takes what is just inside them", () => {
  const name = "n".repeat(256);
  edited(smallHive(), [{ kind: "create-key", key: name }]);
  refusesEdit({ kind: "create-key", key: `${name}n` }, /name is too long/);
  const valueName = "v".repeat(16383);
  edited(smallHive(), [{ ...SET, name: valueName } as HiveEdit]);
  refuses(smallHive(), [{ ...SET, name: `${valueName}v` } as HiveEdit], /name of a value is too/);
  const megabyte = new Uint8Array(1024 * 1024);
  edited(smallHive({ minor: 3 }), [{ ...SET, data: megabyte } as HiveEdit]);
  const more = new Uint8Array(1024 * 1024 + 1);
  const large = [{ ...SET, data: more } as HiveEdit];
  refuses(smallHive({ minor: 3 }), large, /cannot have 1048577 bytes of data/);
  edited(smallHive({ minor: 5 }), large);
  for (const type of [-1, 0.5, 2 ** 32, NaN]) {
    refuses(smallHive(), [{ ...SET, type } as HiveEdit], /cannot have type/);
  }
});

function chain(depth: number): KeySpec {
  let spec = key("leaf");
  for (let level = 1; level < depth; level++) spec = key(`l${level}`, { subkeys: [spec] });
  return spec;
}

Deno.test("editHive() creates 512 levels and refuses 513", () => {
  const { name, ...spec } = chain(511);
  edited(smallHive(), [{ kind: "create-key", key: name, spec }]);
  refusesEdit({ kind: "create-key", key: `Beta\\${name}`, spec }, /below 512 levels/);
});

Deno.test("editHive() refuses trees that no registry can hold", () => {
  const cases: [Partial<KeySpec>, RegExp][] = [
    [{ subkeys: [key("")] }, /has no name|needs a name/],
    [{ subkeys: [key("a\\b")] }, /holds a "\\"/],
    [{ subkeys: [key("one"), key("ONE")] }, /two of that name/],
    [{ values: [text("a", ""), text("A", "")] }, /two of its values have one name/],
    [{ security: new Uint8Array(19) }, /security descriptor of key "x" is bad/],
    [{ security: new Uint8Array(40) }, /security descriptor of key "x" is bad/],
    [{ values: [{ ...text("t", ""), tombstone: true }] }, /would hold a deleted value/],
    [
      { details: { lastWritten: 0n, flags: 0x40, access: 0, userFlags: 0, predefinedHandle: 1 } },
      /would hold a handle/,
    ],
  ];
  for (const [part, expected] of cases) {
    const spec = { values: [], subkeys: [], ...part };
    refusesEdit({ kind: "create-key", key: "x", spec }, expected);
  }
});

Deno.test("editHive() refuses sequence numbers that are none, or the old one", () => {
  for (const sequence of [1, -1, 2 ** 32, 1.5, NaN]) {
    const edit = () => editHive(smallHive(), [SET], { name: "S", at: EDITED_AT, sequence });
    assert.throws(edit, /cannot be its next sequence number/);
  }
});

Deno.test("editHive() refuses the values of a key that stands for a handle", () => {
  const bytes = smallHive();
  const beta = contentOf(keyAt(openHive(bytes), "Beta"));
  const handle = withU32(withU16(bytes, beta + 2, 0x60), beta + 0x24, 0x80000002);
  refuses(handle, [{ ...SET, key: "Beta" }], /has a handle in the place of values/);
  edited(handle, [{ ...SET, key: "Alpha" }]);
  edited(handle, [{ kind: "delete-key", key: "Beta" }]);
});

Deno.test("editHive() refuses what is deleted in a layered hive, and leaves it as it is", () => {
  const deleted = { ...text("gone", ""), tombstone: true };
  const tree = key("ROOT", { subkeys: [key("L", { values: [deleted, text("v", "w")] })] });
  const bytes = buildHive(tree, { minor: 6 });
  refuses(bytes, [{ ...SET, key: "L", name: "GONE" }], /is deleted in a layered hive/);
  const unset: HiveEdit = { kind: "delete-value", key: "L", name: "gone" };
  refuses(bytes, [unset], /is deleted in a layered hive/);
  refuses(bytes, [{ kind: "delete-key", key: "L" }], /is deleted in a layered hive/);
  const after = edited(bytes, [{ ...SET, key: "L" }]);
  assert.equal(keyAt(openHive(after), "L").value("gone")?.tombstone, true);
});

Deno.test("editHive() refuses a key that covers one of another layer, in layered hives only", () => {
  for (const minor of [5, 6] as const) {
    const bytes = smallHive({ minor });
    const layer = contentOf(keyAt(openHive(bytes), "Alpha")) + 0x0d;
    bytes[layer] = 1;
    const edits: HiveEdit[] = [
      { ...SET, key: "Alpha" },
      { kind: "create-key", key: "Alpha\\x" },
      { kind: "delete-key", key: "Alpha" },
    ];
    for (const edit of edits) {
      if (minor === 6) refuses(bytes, [edit], /"Alpha" covers a key of another layer/);
      else edited(bytes, [edit]);
    }
    edited(bytes, [{ ...SET, key: "Beta" }]);
  }
});

Deno.test("editHive() refuses to free a cell that two structures share", () => {
  const bytes = buildHive(key("ROOT", {
    subkeys: [key("a", { className: "one" }), key("b", { className: "two" })],
  }));
  const hive = openHive(bytes);
  const shared = u32At(bytes, contentOf(keyAt(hive, "a")) + 0x30);
  const both = withU32(bytes, contentOf(keyAt(hive, "b")) + 0x30, shared);
  const edits = ["a", "b"].map((path): HiveEdit => ({ kind: "delete-key", key: path }));
  refuses(both, edits, /cell 0x[0-9a-f]+ belongs to two structures/);
  refuses(withU32(bytes, contentOf(keyAt(hive, "a")) + 0x30, shared + 8), edits, /belongs|cell/);
});

Deno.test({
  name: "editHive() gives a proven hive or a FormatError for every file (needs the corpus)",
  ignore: without(corpusPresent),
  fn() {
    const folders = ["hives-clean", "hives-odd", "bcd"];
    const outcomes = new Map<string, string>();
    for (const file of folders.flatMap(corpusFiles)) {
      const bytes = readCorpus(file);
      try {
        edited(bytes, [SET, { kind: "create-key", key: "made by a test" }]);
        outcomes.set(file, "edited");
      } catch (error) {
        assert.ok(error instanceof FormatError, `${file}: ${error}`);
        assert.doesNotMatch(error.message, /Cannot accept/, file);
        outcomes.set(file, error.message);
      }
    }
    const of = (file: string) => outcomes.get(file);
    assert.equal(of("hives-clean/SOFTWARE-plaso.gz"), "edited");
    assert.equal(of("bcd/BCD-regipy"), "edited");
    assert.equal(of("hives-odd/RemnantsHive"), "edited");
    assert.match(of("hives-odd/WrongOrderHive") ?? "", /wrong order/);
    assert.match(of("hives-odd/BadListHive") ?? "", /it is damaged/);
    assert.match(of("hives-odd/TruncatedHive") ?? "", /ends before|damaged/);
    assert.match(of("hives-clean/SECURITY-EZ") ?? "", /it is dirty/);
  },
});

Deno.test("editHive() edits or refuses whatever bytes of a hive are changed", () => {
  const before = richHive();
  const edits: HiveEdit[] = [
    SET,
    { kind: "create-key", key: "made" },
    ...openHive(before).root.subkeys().slice(0, 2).map(({ name }): HiveEdit => {
      return { kind: "delete-key", key: name };
    }),
  ];
  const outcomes = { edited: 0, refused: 0, unproven: 0 };
  for (let seed = 1; seed <= 1500; seed++) {
    const bytes = before.slice();
    for (let i = 0; i < 1 + seed % 3; i++) {
      const place = Math.imul(seed * 3 + i, 0x9e3779b1) >>> 0;
      bytes[4096 + place % (bytes.length - 4096)]! ^= 1 << (place >>> 29);
    }
    try {
      edited(withChecksum(bytes), edits);
      outcomes.edited++;
    } catch (error) {
      assert.ok(error instanceof FormatError, `${seed}: ${error}`);
      if (error.message.startsWith("Cannot accept")) outcomes.unproven++;
      else outcomes.refused++;
    }
  }
  assert.ok(outcomes.edited > 100 && outcomes.refused > 100, JSON.stringify(outcomes));
  assert.equal(outcomes.unproven, 0);
});
