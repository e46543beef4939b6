import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import {
  baseBlockChecksum,
  buildHive,
  editHive,
  type HiveEdit,
  type KeySpec,
  lhHash,
  openHive,
  RegistryType,
  verifyEdit,
} from "../../../src/formats/regf/mod.ts";
import { EDITED_AT } from "./edit_model.ts";
import { binary, contentOf, key, keyAt, text, u32At, withChecksum } from "./hive_samples.ts";
import { descriptorFor } from "./rich_hive.ts";

const { REG_BINARY } = RegistryType;

const TREE: KeySpec = key("ROOT", {
  subkeys: [
    key("Old", {
      className: "class",
      values: [text("Path", "C:\\Windows"), binary("Small", 3), binary("Long", 20_000)],
      subkeys: [key("Inner", { values: [binary("Blob", 40)] }), key("Other")],
    }),
    key("Own", { security: descriptorFor(7) }),
    key("Target", { values: [text("First", "1"), text("Second", "2")], subkeys: [key("Stay")] }),
    key("Vanish", { values: [binary("v", 99)] }),
  ],
});

const EDITS: readonly HiveEdit[] = [
  { kind: "set-value", key: "Target", name: "Second", type: REG_BINARY, data: new Uint8Array(30) },
  { kind: "set-value", key: "Target", name: "Third", type: REG_BINARY, data: new Uint8Array(9) },
  { kind: "set-value", key: "Target", name: "Big", type: REG_BINARY, data: new Uint8Array(17_000) },
  {
    kind: "create-key",
    key: "Target\\New",
    spec: {
      className: "made",
      security: descriptorFor(9),
      values: [text("in", "new")],
      subkeys: [key("Below")],
    },
  },
  { kind: "create-key", key: "Target\\Plain" },
  { kind: "delete-key", key: "Vanish" },
];

const BEFORE = buildHive(TREE);
const AFTER = editHive(BEFORE, EDITS, { name: "SYSTEM", at: EDITED_AT });

type Damage = (bytes: Uint8Array, data: DataView) => void;

/** Plants a difference; the checksum is made right again, so that only the difference is wrong. */
function planted(damage: Damage): Uint8Array {
  const bytes = AFTER.slice();
  damage(bytes, new DataView(bytes.buffer));
  return withChecksum(bytes);
}

function rejects(damage: Damage, expected: RegExp): void {
  const bytes = planted(damage);
  assert.throws(() => verifyEdit(BEFORE, bytes, EDITS, { name: "SYSTEM" }), (error) => {
    assert.ok(error instanceof FormatError, `${error}`);
    assert.match(error.message, expected);
    return true;
  });
}

/** Position of the record of a key or, with a name, of a value. */
function at(path: string, value?: string): number {
  const found = keyAt(openHive(AFTER), path);
  return contentOf(value === undefined ? found : found.value(value)!);
}

/** Position of the content of the cell that a field names. */
function cellAt(position: number): number {
  return u32At(AFTER, position) + 4096 + 4;
}

Deno.test("verifyEdit() accepts what editHive() made", () => {
  verifyEdit(BEFORE, AFTER, EDITS, { name: "SYSTEM" });
  assert.deepEqual(planted(() => {}), AFTER);
});

Deno.test("verifyEdit() names hive, key and value", () => {
  const value =
    /^Cannot accept the edited hive "SYSTEM": value "Blob" changed: its data, key "Old\\Inner" at offset 0x[0-9a-f]+$/;
  rejects((bytes) => bytes[cellAt(at("Old\\Inner", "Blob") + 8)]! ^= 1, value);
});

Deno.test("verifyEdit() finds every change of a key that no edit names", () => {
  const inner = at("Old\\Inner");
  const old = at("Old");
  const fields: [number, RegExp][] = [
    [inner + 0x00, /does not begin with its signature/],
    [inner + 0x02, /changed: its flags, key "Old\\Inner"/],
    [inner + 0x04, /changed: its time of last change/],
    [inner + 0x0c, /changed: its access bits/],
    [inner + 0x10, /names another key as its parent/],
    [inner + 0x14, /changed: its list of subkeys/],
    [inner + 0x18, /changed: its list of subkeys/],
    [inner + 0x24, /changed: its list of values/],
    [inner + 0x28, /changed: its list of values/],
    [inner + 0x2c, /changed: its security/],
    [inner + 0x34, /changed: the largest name of its subkeys/],
    [inner + 0x36, /changed: the largest name of its subkeys, or its user flags/],
    [inner + 0x40, /changed: the largest name or data/],
    [inner + 0x4c, /changed: its name/],
    [old + 0x4a, /changed: the length of its names/],
  ];
  for (const [position, expected] of fields) rejects((b) => b[position]! ^= 1, expected);
  rejects((b) => b[cellAt(old + 0x30)]! ^= 1, /a class name changed .*key "Old"/);
});

Deno.test("verifyEdit() finds every change of a value that no edit names", () => {
  const path = at("Old", "Path");
  const fields: [number, RegExp][] = [
    [path + 0x02, /value "Pat." changed: the length of its name|value "P/],
    [path + 0x04, /value "Path" changed: the size of its data/],
    [path + 0x0c, /value "Path" changed: its type/],
    [path + 0x10, /value "Path" changed: its flags/],
    [path + 0x14, /value "Path" changed: its name/],
    [at("Old", "Small") + 0x08, /value "Small" changed: its data/],
    [cellAt(path + 0x08) + 3, /value "Path" changed: its data/],
    [at("Target", "First") + 0x0c, /value "First" changed: its type, key "Target"/],
  ];
  for (const [position, expected] of fields) rejects((b) => b[position]! ^= 1, expected);
  const list = cellAt(cellAt(at("Old", "Long") + 8) + 4);
  const lastSegment = cellAt(list + 4);
  rejects((b) => b[lastSegment + 5]! ^= 1, /value "Long" changed: its data/);
  rejects((b) => b[cellAt(list) + 16_000]! ^= 1, /value "Long" changed: its data/);
});

Deno.test("verifyEdit() finds every fault of an edited value", () => {
  const third = at("Target", "Third");
  const second = at("Target", "Second");
  rejects((b) => b[cellAt(third + 8)]! ^= 1, /value "Third" has other data, key "Target"/);
  rejects((b) => b[third + 0x04]! ^= 3, /value "Third" has other data/);
  rejects((b) => b[third + 0x0c]! ^= 1, /value "Third" has type 2 instead of 3/);
  rejects((b) => b[third + 0x14]! ^= 0x20, /value "Third" is named "third"/);
  rejects((b) => b[third + 0x10]! ^= 2, /value "Third" is marked as deleted/);
  rejects((b) => b[second + 0x0c]! ^= 1, /value "Second" has type/);
  rejects((b) => b[cellAt(second + 8) + 29]! ^= 1, /value "Second" has other data/);
  const segments = cellAt(cellAt(at("Target", "Big") + 8) + 4);
  rejects((b) => b[cellAt(segments + 4)]! ^= 1, /value "Big" has other data/);
});

Deno.test("verifyEdit() finds values that are missing, surplus or in another order", () => {
  const target = at("Target");
  const list = cellAt(target + 0x28);
  rejects((_, d) => d.setUint32(target + 0x24, 3, true), /it has 3 values instead of 4/);
  rejects((_, d) => {
    const first = d.getUint32(list, true);
    d.setUint32(list, d.getUint32(list + 4, true), true);
    d.setUint32(list + 4, first, true);
  }, /value "First" is not in its place of the list/);
  rejects((_, d) => {
    const third = d.getUint32(list + 8, true);
    d.setUint32(list + 8, d.getUint32(list + 12, true), true);
    d.setUint32(list + 12, third, true);
  }, /value "Third" is named "Big"/);
});

Deno.test("verifyEdit() finds maxima that are too small", () => {
  const target = at("Target");
  const cases: [number, RegExp][] = [
    [0x34, /is longer than the longest name/],
    [0x38, /is longer than the longest name/],
    [0x3c, /its longest name of a value is said to have 0 bytes/],
    [0x40, /its longest data is said to have 0 bytes/],
  ];
  for (const [field, expected] of cases) {
    rejects((_, d) => d.setUint16(target + field, 0, true), expected);
  }
});

Deno.test("verifyEdit() finds an edited key that changed in other ways", () => {
  const target = at("Target");
  rejects((b) => b[target + 0x02]! ^= 0x10, /changed: its flags, key "Target"/);
  rejects((b) => b[target + 0x36]! ^= 1, /changed: the largest name of its subkeys, or its user/);
  rejects((b) => b[target + 0x0c]! ^= 1, /changed: its access bits/);
  rejects((b) => b[target + 0x4c]! ^= 0x20, /changed: its name/);
  rejects((b) => b[target + 0x04]! ^= 1, /its time of last change is not that of the edit/);
});

Deno.test("verifyEdit() finds every fault of a new key", () => {
  const made = at("Target\\New");
  const below = at("Target\\New\\Below");
  rejects((b) => b[made + 0x02]! ^= 0x10, /it has another flags than intended, key "Target\\New"/);
  rejects((b) => b[made + 0x04]! ^= 1, /another time than intended/);
  rejects((b) => b[made + 0x0c]! ^= 1, /another access bits than intended/);
  rejects((b) => b[made + 0x10]! ^= 8, /names another key as its parent/);
  rejects((b) => b[made + 0x36]! ^= 1, /another user flags than intended/);
  rejects((b) => b[made + 0x4c]! ^= 0x20, /another name than intended/);
  rejects((b) => b[cellAt(made + 0x30)]! ^= 1, /another class name than intended/);
  rejects((b) => b[cellAt(made + 0x2c) + 30]! ^= 1, /another security descriptor than intended/);
  const own = u32At(AFTER, at("Own") + 0x2c);
  rejects((_, d) => d.setUint32(below + 0x2c, own, true), /another security descriptor/);
  rejects((_, d) => d.setUint32(at("Target\\Plain") + 0x2c, own, true), /another security desc/);
});

Deno.test("verifyEdit() finds keys that are missing, surplus or in another order", () => {
  const target = at("Target");
  const list = cellAt(target + 0x1c);
  rejects((_, d) => {
    d.setUint32(target + 0x14, 2, true);
    d.setUint16(list + 2, 2, true);
  }, /it has 2 subkeys instead of 3, key "Target"/);
  rejects((b) => {
    const first = b.slice(list + 4, list + 12);
    b.copyWithin(list + 4, list + 12, list + 20);
    b.set(first, list + 12);
  }, /its list of subkeys finds "New" by something else/);
  rejects((_, d) => {
    const first = d.getUint32(list + 4, true);
    d.setUint32(list + 4, d.getUint32(list + 12, true), true);
    d.setUint32(list + 12, first, true);
  }, /it has another name than intended/);
  const old = cellAt(at("Old") + 0x1c);
  rejects((b) => b[old + 4]! ^= 8, /a list of subkeys changed at its byte/);
});

Deno.test("verifyEdit() finds a list that Windows could not search", () => {
  const list = cellAt(at("Target") + 0x1c);
  assert.equal(u32At(AFTER, list + 8), lhHash("new"));
  rejects((b) => b[list + 8]! ^= 1, /its list of subkeys finds "New" by something else/);
  rejects((b) => b[list + 1] = 0x66, /its list of subkeys is none for version 1.5/);
});

Deno.test("verifyEdit() checks the first characters in lists of version 1.3", () => {
  const before = buildHive(TREE, { minor: 3 });
  const edits: HiveEdit[] = [{ kind: "create-key", key: "Target\\ключ" }, ...EDITS];
  const after = editHive(before, edits, { name: "S", at: EDITED_AT });
  verifyEdit(before, after, edits, { name: "S" });
  const list = u32At(after, contentOf(keyAt(openHive(after), "Target")) + 0x1c) + 4096 + 4;
  after[list + 9]! ^= 1;
  assert.throws(() => verifyEdit(before, after, edits, { name: "S" }), /finds "New" by something/);
  after[list + 9]! ^= 1;
  after[list + 8] = 0; // no hint
  verifyEdit(before, after, edits, { name: "S" });
});

Deno.test("verifyEdit() finds a deleted key that is still in use", () => {
  const vanished = contentOf(keyAt(openHive(BEFORE), "Vanish"));
  assert.ok((u32At(AFTER, vanished - 4) | 0) > 0);
  const size = u32At(BEFORE, vanished - 4) | 0;
  rejects((_, d) => {
    const left = (d.getInt32(vanished - 4, true)) + size;
    d.setInt32(vanished - 4, size, true);
    if (left > 0) d.setInt32(vanished - 4 - size, left, true);
  }, /deleted key "Vanish" is not free/);
});

Deno.test("verifyEdit() finds changed, miscounted and unlinked security", () => {
  const own = cellAt(at("Own") + 0x2c);
  const made = cellAt(at("Target\\New") + 0x2c);
  rejects((b) => b[own + 0x14 + 5]! ^= 1, /a security descriptor changed/);
  rejects((b) => b[own + 0x10]! ^= 1, /a security descriptor changed/);
  rejects((b) => b[own + 0x0c]! ^= 2, /a security record counts 3 keys, it has 1/);
  rejects((b) => b[made + 0x0c]! ^= 1, /a security record counts 3 keys, it has 2/);
  for (const record of [own, made]) {
    for (const link of [4, 8]) {
      rejects((b) => b[record + link]! ^= 8, /the ring of its security records is broken/);
    }
  }
  rejects((b) => b[own]! ^= 1, /a security record does not begin with its signature/);
});

Deno.test("verifyEdit() finds a security record that no key names any more", () => {
  const edits: HiveEdit[] = [{ kind: "delete-key", key: "Own" }];
  const after = editHive(BEFORE, edits, { name: "S", at: EDITED_AT });
  const record = u32At(BEFORE, contentOf(keyAt(openHive(BEFORE), "Own")) + 0x2c) + 4096;
  const root = u32At(BEFORE, contentOf(openHive(BEFORE).root) + 0x2c) + 4096;
  const size = Math.abs(u32At(BEFORE, record) | 0);
  const left = Math.abs(u32At(after, record) | 0) - size;
  after.set(BEFORE.subarray(record, record + size), record);
  after.set(BEFORE.subarray(root + 4, root + 16), root + 4); // linked as before
  if (left > 0) new DataView(after.buffer).setInt32(record + size, left, true);
  assert.throws(
    () => verifyEdit(BEFORE, withChecksum(after), edits, { name: "S" }),
    /a security record stays that no key names/,
  );
});

Deno.test("verifyEdit() finds cells that overlap, leave gaps or belong to nothing", () => {
  const third = at("Target", "Third");
  const shared = u32At(AFTER, at("Target", "Second") + 8);
  rejects((_, d) => d.setUint32(third + 8, shared, true), /two structures share|has other data/);
  const size = AFTER.length - 4096;
  rejects((b) => {
    let cell = 4096 + 32;
    while ((u32At(b, cell) | 0) < 0) cell += Math.abs(u32At(b, cell) | 0);
    b[cell]! ^= 8;
  }, /Cannot read a cell of hive "SYSTEM": it/);
  const free = lastFree(AFTER);
  assert.ok(free > BEFORE.length && free < 4096 + size);
  rejects(
    (_, d) => d.setInt32(free, -d.getInt32(free, true), true),
    /a new cell belongs to nothing/,
  );
});

/** Position of the free cell with which the last bin ends. */
function lastFree(bytes: Uint8Array): number {
  let found = 0;
  for (let bin = 4096; bin < bytes.length; bin += u32At(bytes, bin + 8)) {
    const end = bin + u32At(bytes, bin + 8);
    for (let cell = bin + 32; cell < end; cell += Math.abs(u32At(bytes, cell) | 0)) {
      if ((u32At(bytes, cell) | 0) > 0) found = cell;
    }
  }
  return found;
}

Deno.test("verifyEdit() finds every fault of the header", () => {
  rejects((b) => b[4]! ^= 1, /dirty, Its sequence numbers differ/);
  rejects((b) => {
    b[4] = 1;
    b[8] = 1;
  }, /its sequence numbers are those of the old one/);
  for (const position of [0x2c, 0x30, 0x70, 0x90, 0xb0, 0x200, 0xfc8]) {
    rejects((b) => b[position]! ^= 1, /its base block changed at offset/);
  }
  rejects((b) => b[0x0c]! ^= 1, /its first bin tells another time than its base block/);
  rejects((b) => b[4096 + 12]! ^= 1, /the header of a bin changed/);
  const unsummed = AFTER.slice();
  unsummed[0x1fc]! ^= 1;
  assert.notEqual(baseBlockChecksum(unsummed), u32At(unsummed, 0x1fc));
  assert.throws(() => verifyEdit(BEFORE, unsummed, EDITS, { name: "S" }), /dirty, The checksum/);
});

Deno.test("verifyEdit() finds a file that is too long or too short", () => {
  const longer = new Uint8Array(AFTER.length + 1);
  longer.set(AFTER);
  assert.throws(
    () => verifyEdit(BEFORE, longer, EDITS, { name: "S" }),
    /does not end with its bins/,
  );
  const shorter = AFTER.subarray(0, AFTER.length - 4096);
  assert.throws(() => verifyEdit(BEFORE, shorter, EDITS, { name: "S" }), /ends before its bins do/);
  assert.throws(() => verifyEdit(AFTER, BEFORE, EDITS, { name: "S" }), /it is shorter than before/);
});

Deno.test("verifyEdit() finds an edit that was left out, and one too many", () => {
  const made = (edits: readonly HiveEdit[]) => {
    return editHive(BEFORE, edits, { name: "S", at: EDITED_AT });
  };
  EDITS.forEach((_, i) => {
    const fewer = EDITS.filter((_, other) => other !== i);
    assert.throws(() => verifyEdit(BEFORE, made(fewer), EDITS, { name: "S" }), FormatError);
    assert.throws(() => verifyEdit(BEFORE, AFTER, fewer, { name: "S" }), FormatError);
  });
  assert.throws(() => verifyEdit(BEFORE, AFTER, [], { name: "S" }), FormatError);
  const absent: HiveEdit = { kind: "delete-value", key: "Old", name: "absent" };
  const both = [...EDITS, absent];
  assert.throws(() => verifyEdit(BEFORE, AFTER, both, { name: "S" }), /Cannot verify edit 7/);
});

Deno.test("verifyEdit() ends in a FormatError or accepts, whatever byte of the file is changed", () => {
  let tried = 0;
  let accepted = 0;
  let step = 1;
  for (let position = 0; position < AFTER.length; position += step) {
    step = 1 + (step * 7 + 3) % 83;
    tried++;
    const bytes = AFTER.slice();
    bytes[position]! ^= 1 << (position % 8);
    try {
      verifyEdit(BEFORE, withChecksum(bytes), EDITS, { name: "S" });
      accepted++;
    } catch (error) {
      assert.ok(error instanceof FormatError, `${position}: ${error}`);
    }
  }
  // What is in no structure may differ: free cells and the padding of new cells.
  assert.ok(accepted > 0 && accepted < tried / 2, `${accepted} of ${tried}`);
});
