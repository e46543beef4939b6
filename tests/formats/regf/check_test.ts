import assert from "node:assert/strict";
import {
  buildHive,
  countHive,
  examineHive,
  type HiveExamination,
  type HiveFault,
  openHive,
} from "../../../src/formats/regf/mod.ts";
import { binary, key, SMALL_TREE, smallHive, u32At, withU16, withU32 } from "./hive_samples.ts";
import { cellNamedAt, descriptorFor, recordAt, richHive } from "./rich_hive.ts";

function examine(bytes: Uint8Array, limit?: number): HiveExamination {
  return examineHive(bytes, { name: "TEST", ...(limit === undefined ? {} : { limit }) });
}

/** A copy of the small hive with one number changed. */
type Damage = (bytes: Uint8Array) => Uint8Array;

/** Changes a 32-bit field of the record of a key. */
function inKey(path: string, field: number, value: number): Damage {
  return (bytes) => withU32(bytes, recordAt(bytes, path) + field, value);
}

/** Changes a 32-bit field of what a field of a key names. */
function behindKey(path: string, field: number, change: [field: number, value: number]): Damage {
  return (bytes) => {
    const record = cellNamedAt(bytes, recordAt(bytes, path) + field);
    return withU32(bytes, record + change[0], change[1]);
  };
}

const PARENT = 0x10;
const SUBKEY_LIST = 0x1c;
const VALUE_LIST = 0x28;
const SECURITY = 0x2c;
const CLASS = 0x30;

/** Offset of a key's cell. */
function offsetOf(bytes: Uint8Array, path: string): number {
  return recordAt(bytes, path) - 4096 - 4;
}

/** The position of the record of the first value of a key. */
function firstValue(bytes: Uint8Array, path: string): number {
  return cellNamedAt(bytes, cellNamedAt(bytes, recordAt(bytes, path) + VALUE_LIST));
}

/** Makes the data of the value at `record` look as if it held a cell of 16 bytes. */
function insideOf(bytes: Uint8Array, record: number): { bytes: Uint8Array; offset: number } {
  const offset = u32At(bytes, record + 8) + 8;
  return { bytes: withU32(bytes, offset + 4096, -0x20 >>> 0), offset };
}

type Case = readonly [
  name: string,
  damage: Damage,
  expected: Pick<HiveFault, "kind" | "weight"> & { message: RegExp; path?: string },
];

const CASES: readonly Case[] = [
  ["a wrong checksum", (bytes) => {
    const copy = bytes.slice();
    copy[0x1fc]! ^= 1;
    return copy;
  }, { kind: "header", weight: "damage", message: /^The checksum of its header is wrong$/ }],
  ["a write that was not finished", () => smallHive({ dirty: true }), {
    kind: "header",
    weight: "untidy",
    message: /^Its sequence numbers differ \(2 and 1\)/,
  }],
  ["an unknown version", (bytes) => withU32(bytes, 0x18, 7), {
    kind: "header",
    weight: "damage",
    message: /its version 1\.7 is not known/,
  }],
  ["a log", (bytes) => withU32(bytes, 0x1c, 6), {
    kind: "header",
    weight: "damage",
    message: /it is a log \(file type 6\)/,
  }],
  ["an unknown format", (bytes) => withU32(bytes, 0x20, 2), {
    kind: "header",
    weight: "damage",
    message: /Its format is 2 instead of 1/,
  }],
  ["the clustering factor of large sectors", (bytes) => withU32(bytes, 0x2c, 8), {
    kind: "header",
    weight: "untidy",
    message: /Its clustering factor is 8 instead of 1/,
  }],
  ["an impossible clustering factor", (bytes) => withU32(bytes, 0x2c, 0), {
    kind: "header",
    weight: "damage",
    message: /Its clustering factor is 0 instead of 1/,
  }],
  ["bins of no whole page", (bytes) => withU32(bytes, 0x28, 4097), {
    kind: "header",
    weight: "damage",
    message: /its bins are said to have 4097 bytes/,
  }],
  ["a root offset that leads nowhere", (bytes) => withU32(bytes, 0x24, 0x7000000), {
    kind: "key",
    weight: "damage",
    message: /there is no cell 0x7000000/,
  }],
  ["a first bin without its signature", (bytes) => withU32(bytes, 4096, 0), {
    kind: "bin",
    weight: "damage",
    message: /it does not begin with "hbin"/,
  }],
  ["a bin that says that it belongs elsewhere", (bytes) => withU32(bytes, 4096 + 4, 8), {
    kind: "bin",
    weight: "damage",
    message: /it says that it belongs elsewhere/,
  }],
  ["a bin that is too long", (bytes) => withU32(bytes, 4096 + 8, 0x10000), {
    kind: "bin",
    weight: "damage",
    message: /A bin of 65536 bytes does not fit into the 4096 bytes left/,
  }],
  ["a file that is cut off", (bytes) => bytes.slice(0, 6000), {
    kind: "bin",
    weight: "damage",
    message: /The file is cut off: 1904 of 4096 bytes of its bins are there/,
  }],
  ["bytes behind the bins", (bytes) => new Uint8Array([...bytes, 1, 2, 3]), {
    kind: "bin",
    weight: "untidy",
    message: /There are 3 bytes behind its bins/,
  }],
  ["bytes behind the bins of a header that cannot be trusted", (bytes) => {
    const longer = new Uint8Array([...bytes, 1, 2, 3]);
    longer[0x1fc]! ^= 1;
    return longer;
  }, { kind: "bin", weight: "untidy", message: /There are 3 bytes behind its bins/ }],
  ["a cell of no size", (bytes) => withU32(bytes, lastCell(bytes), 0), {
    kind: "cell",
    weight: "damage",
    message: /A cell has a size of zero, so that the rest of its bin is lost/,
  }],
  ["a cell of an odd size", (bytes) => withU32(bytes, lastCell(bytes), 12), {
    kind: "cell",
    weight: "damage",
    message: /A cell has 12 bytes, which is no multiple of 8/,
  }],
  ["a cell that leaves its bin", (bytes) => withU32(bytes, lastCell(bytes), 0x2000), {
    kind: "cell",
    weight: "damage",
    message: /A cell of 8192 bytes does not fit into the \d+ bytes left/,
  }],
  ["a cell inside another one", cellInsideAnother, {
    kind: "cell",
    weight: "damage",
    message: /^A cell lies inside another one$/,
    path: "Alpha\\Inner",
  }],
  ["a key without its signature", inKey("Beta", 0, 0), {
    kind: "key",
    weight: "damage",
    message: /it does not begin with "nk"/,
    path: "",
  }],
  ["a key below another one than it says", inKey("Alpha\\Inner", PARENT, 0x20), {
    kind: "key",
    weight: "damage",
    message: /The key "Inner" names another key as its parent/,
    path: "Alpha",
  }],
  ["a key without a name", (bytes) => withU16(bytes, recordAt(bytes, "Beta") + 0x48, 0), {
    kind: "key",
    weight: "damage",
    message: /^It has no name$/,
  }],
  [
    "a name with a backslash",
    (bytes) => withBytes(bytes, recordAt(bytes, "Beta") + 0x4c, "B\\ta"),
    {
      kind: "key",
      weight: "damage",
      message: /^Its name holds a "\\"$/,
    },
  ],
  ["a volatile key", (bytes) => withU16(bytes, recordAt(bytes, "Beta") + 2, 0x21), {
    kind: "key",
    weight: "untidy",
    message: /Its flags 0x21 do not belong into a file/,
    path: "Beta",
  }],
  ["a second root", (bytes) => withU16(bytes, recordAt(bytes, "Beta") + 2, 0x24), {
    kind: "key",
    weight: "untidy",
    message: /Its flags 0x24 do not belong into a file/,
  }],
  ["a root that is none", (bytes) => withU16(bytes, recordAt(bytes, "") + 2, 0x20), {
    kind: "key",
    weight: "untidy",
    message: /The root key is not marked as the root/,
    path: "",
  }],
  ["a class name that leads nowhere", inKey("Alpha", CLASS, 0x7000000), {
    kind: "key",
    weight: "damage",
    message: /Cannot read a key's class name/,
    path: "Alpha",
  }],
  ["a class name without a cell", inKey("Alpha", CLASS, 0xffffffff), {
    kind: "key",
    weight: "damage",
    message: /Its class name of 22 bytes is nowhere/,
  }],
  ["a class name in the cell of its key", (bytes) => {
    return withU32(bytes, recordAt(bytes, "Alpha") + CLASS, offsetOf(bytes, "Alpha"));
  }, { kind: "key", weight: "damage", message: /class name lies in the cell of something else/ }],
  ["maxima that are too small", (bytes) => {
    const at = recordAt(bytes, "Alpha");
    return [0x34, 0x3c, 0x40].reduce((copy, field) => withU32(copy, at + field, 1), bytes);
  }, {
    kind: "key",
    weight: "untidy",
    message: /a subkey name of 10 bytes \(it says 1\), a value name of 10 .*, value data of 22 /,
    path: "Alpha",
  }],
  ["a class maximum that is too small", inKey("", 0x38, 2), {
    kind: "key",
    weight: "untidy",
    message: /It does not reckon with a subkey class of 22 bytes \(it says 2\)/,
    path: "",
  }],
  ["a list with a wrong signature", behindKey("", SUBKEY_LIST, [0, 0x0003_7878]), {
    kind: "list",
    weight: "damage",
    message: /its signature is 0x7878/,
    path: "",
  }],
  ["a list of another length", (bytes) => {
    return withU16(bytes, cellNamedAt(bytes, recordAt(bytes, "") + SUBKEY_LIST) + 2, 2);
  }, { kind: "list", weight: "damage", message: /its key counts 3 subkeys, the list has 2/ }],
  ["a list that two keys share", (bytes) => {
    const list = u32At(bytes, recordAt(bytes, "Alpha") + SUBKEY_LIST);
    const shared = withU32(bytes, recordAt(bytes, "Beta") + SUBKEY_LIST, list);
    return withU32(shared, recordAt(bytes, "Beta") + 0x14, 1);
  }, { kind: "list", weight: "damage", message: /it belongs to another key too/, path: "Beta" }],
  ["a key that is below itself", (bytes) => {
    const list = cellNamedAt(bytes, recordAt(bytes, "Alpha") + SUBKEY_LIST);
    return withU32(bytes, list + 4, offsetOf(bytes, "Alpha"));
  }, {
    kind: "list",
    weight: "damage",
    message: /The key "Alpha" is listed twice, or above itself/,
    path: "Alpha",
  }],
  ["a list that is not counted", inKey("", 0x14, 0), {
    kind: "list",
    weight: "damage",
    message: /^It counts no subkeys, but has a list of them$/,
  }],
  ["a list of values that is not counted", inKey("Alpha", 0x24, 0), {
    kind: "list",
    weight: "damage",
    message: /^It counts no values, but has a list of them$/,
  }],
  ["a list of values that leads nowhere", inKey("Alpha", VALUE_LIST, 0xffffffff), {
    kind: "list",
    weight: "damage",
    message: /Cannot read a list of values/,
    path: "Alpha",
  }],
  ["a value without its signature", (bytes) => withU16(bytes, firstValue(bytes, "Alpha"), 0), {
    kind: "value",
    weight: "damage",
    message: /it does not begin with "vk"/,
    path: "Alpha",
  }],
  ["data that leads nowhere", (bytes) => withU32(bytes, firstValue(bytes, "") + 8, 0x7000000), {
    kind: "value",
    weight: "damage",
    message: /Cannot read a value's data .* there is no cell/,
    path: "",
  }],
  ["half a character", (bytes) => withU16(bytes, recordAt(bytes, "gamma") + 2, 0), {
    kind: "key",
    weight: "untidy",
    message: /^Its name of 5 bytes ends with half a character$/,
  }],
  ["a root without a name", (bytes) => withU16(bytes, recordAt(bytes, "") + 0x48, 0), {
    kind: "key",
    weight: "damage",
    message: /^It has no name$/,
    path: "",
  }],
  ["a class name inside another cell", (bytes) => {
    const inner = insideOf(bytes, firstValue(bytes, "Alpha\\Inner"));
    return withU32(inner.bytes, recordAt(bytes, "Alpha") + CLASS, inner.offset);
  }, {
    kind: "key",
    weight: "damage",
    message: /^Its class name lies inside another cell$/,
    path: "Alpha",
  }],
  ["a security record inside another cell", (bytes) => {
    const record = cellNamedAt(bytes, recordAt(bytes, "") + SECURITY);
    const content = bytes.slice(record, record + 0x14 + u32At(bytes, record + 0x10));
    // A value's data that looks like a cell with a copy of the record.
    const size = Math.ceil((content.length + 4) / 8) * 8;
    const data = new Uint8Array(4 + size);
    new DataView(data.buffer).setInt32(4, -size, true);
    data.set(content, 8);
    const type = 3;
    const values = [{ name: "copy", type, data }];
    const copied = buildHive(key("ROOT", { values, subkeys: [key("Beta")] }));
    const place = u32At(copied, firstValue(copied, "") + 8) + 8;
    return withU32(copied, recordAt(copied, "Beta") + SECURITY, place);
  }, {
    kind: "security",
    weight: "damage",
    message: /^A security record lies inside another cell$/,
    path: "Beta",
  }],
  ["a place for the data of a value that has none", (bytes) => {
    return withU32(bytes, firstValue(bytes, "Alpha") + 4, 0);
  }, {
    kind: "value",
    weight: "damage",
    message: /^The value "Path" has no data, but a place for it$/,
    path: "Alpha",
  }],
  ["a symbolic link with another value", (bytes) => {
    return withU16(bytes, recordAt(bytes, "Alpha") + 2, 0x30);
  }, {
    kind: "value",
    weight: "damage",
    message: /^A symbolic link has no value but "SymbolicLinkValue", this one has "Path"$/,
    path: "Alpha",
  }],
  ["two values of one name", () => {
    const values = [binary("one", 9), binary("two", 9)];
    const bytes = buildHive(key("ROOT", { values }));
    return withBytes(bytes, firstValue(bytes, "") + 0x14, "TWO");
  }, { kind: "value", weight: "damage", message: /There are two values named "two"/, path: "" }],
  ["a key without security", inKey("Beta", SECURITY, 0xffffffff), {
    kind: "security",
    weight: "damage",
    message: /1 key names no security record/,
    path: "Beta",
  }],
  ["a security record without its signature", behindKey("", SECURITY, [0, 0]), {
    kind: "security",
    weight: "damage",
    message: /it does not begin with "sk"/,
    path: "",
  }],
  ["a descriptor that is none", behindKey("", SECURITY, [0x14, 2]), {
    kind: "security",
    weight: "damage",
    message: /its descriptor is bad: its revision is 2/,
  }],
  ["a descriptor that leaves its cell", behindKey("", SECURITY, [0x10, 0x7000]), {
    kind: "security",
    weight: "damage",
    message: /its descriptor does not fit into its cell/,
  }],
  ["a wrong number of references", behindKey("", SECURITY, [0x0c, 9]), {
    kind: "security",
    weight: "untidy",
    message: /A security record counts 9 keys; 5 keys name it/,
  }],
  ["a ring that leads nowhere", behindKey("", SECURITY, [0x04, 0x7000000]), {
    kind: "security",
    weight: "damage",
    message: /The ring of security records is broken: Cannot read a security record/,
  }],
  ["a ring that does not lead back", behindKey("", SECURITY, [0x08, 0x20]), {
    kind: "security",
    weight: "damage",
    message: /broken: A record does not name the one before it/,
  }],
  ["a wrong hash", (bytes) => {
    const list = cellNamedAt(bytes, recordAt(bytes, "") + SUBKEY_LIST);
    return withU32(bytes, list + 8, 7);
  }, { kind: "order", weight: "damage", message: /a wrong hash for "Alpha"/, path: "" }],
  ["a wrong hint", () => {
    const bytes = smallHive({ minor: 3 });
    const list = cellNamedAt(bytes, recordAt(bytes, "") + SUBKEY_LIST);
    return withBytes(bytes, list + 8, "Alps");
  }, { kind: "order", weight: "untidy", message: /first characters of another name for "Alpha"/ }],
  ["a wrong order", (bytes) => withBytes(bytes, recordAt(bytes, "Alpha") + 0x4c, "Clpha"), {
    kind: "order",
    weight: "damage",
    message: /"Beta" is in the wrong order, so that Windows does not find it/,
    path: "",
  }],
  [
    "two keys of one name",
    (bytes) => withBytes(bytes, recordAt(bytes, "gamma") + 0x48, "\x04\0\0\0beta"),
    {
      kind: "order",
      weight: "damage",
      message: /There are two subkeys named "beta"/,
    },
  ],
  ["cells that nothing leads to", (bytes) => {
    const copy = withU32(bytes, recordAt(bytes, "Alpha") + SUBKEY_LIST, 0xffffffff);
    return withU32(copy, recordAt(bytes, "Alpha") + 0x14, 0);
  }, {
    kind: "orphan",
    weight: "untidy",
    message: /^5 cells are in use \(\d+ bytes\), but nothing/,
  }],
];

function withBytes(bytes: Uint8Array, position: number, latin1: string): Uint8Array {
  const copy = bytes.slice();
  copy.set(Array.from(latin1, (character) => character.charCodeAt(0)), position);
  return copy;
}

/** The position of the size of the free cell at the end of the only bin. */
function lastCell(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer);
  let at = 4096 + 32;
  for (;;) {
    const size = view.getInt32(at, true);
    if (size > 0) return at;
    at -= size;
  }
}

/** Makes a cell in the middle of the data of a value, and says that the data is there. */
function cellInsideAnother(bytes: Uint8Array): Uint8Array {
  const value = firstValue(bytes, "Alpha\\Inner");
  const data = u32At(bytes, value + 8);
  const small = withU32(withU32(bytes, value + 4, 8), value + 8, data + 16);
  return withU32(small, data + 16 + 4096, -16 >>> 0);
}

for (const [name, damage, { message, ...expected }] of CASES) {
  Deno.test(`examineHive() tells ${name}`, () => {
    const { faults } = examine(damage(smallHive()));
    const fault = faults.find((fault) => message.test(fault.message));
    assert.ok(fault !== undefined, faults.map(({ message }) => message).join("\n"));
    assert.deepEqual({ ...fault, ...expected }, fault);
    assert.doesNotMatch(fault.message, /\.$/);
  });
}

Deno.test("examineHive() finds nothing wrong with built hives, and counts them", () => {
  for (const minor of [3, 4, 5, 6] as const) {
    for (const bytes of [smallHive({ minor }), richHive({ minor })]) {
      const { faults, more, keys, values, binsSize } = examine(bytes);
      assert.deepEqual([faults, more], [[], 0]);
      const counted = countHive(openHive(bytes));
      assert.deepEqual([keys, values], [counted.keys, counted.values]);
      assert.equal(binsSize, bytes.length - 4096);
    }
  }
});

Deno.test("examineHive() does not mind room behind the bins, or maxima that are too large", () => {
  const bytes = smallHive();
  const roomy = new Uint8Array(bytes.length + 8192);
  roomy.set(bytes);
  assert.deepEqual(examine(roomy).faults, []);
  assert.deepEqual(examine(inKey("Alpha", 0x40, 5000)(bytes)).faults, []);
  // The upper half of the longest subkey name holds flags.
  assert.deepEqual(examine(inKey("Alpha", 0x34, 0x1234_00ff)(bytes)).faults, []);
});

Deno.test("examineHive() calls what is no hive a fault", () => {
  for (const bytes of [new Uint8Array(0), new Uint8Array(5000), smallHive().slice(0, 100)]) {
    const { faults, keys, values, binsSize } = examine(bytes);
    assert.deepEqual([keys, values, binsSize], [0, 0, 0]);
    assert.deepEqual(faults.map(({ kind, weight }) => [kind, weight]), [["header", "damage"]]);
  }
});

Deno.test("examineHive() tells security records that no key names, and those not in the ring", () => {
  const bytes = richHive();
  const strange = withU32(bytes, recordAt(bytes, "Alpha") + SECURITY, 0xffffffff);
  const own = u32At(bytes, recordAt(bytes, "Alpha") + SECURITY);
  const inner = recordAt(bytes, "Alpha\\Inner") + SECURITY;
  const link = recordAt(bytes, "Alpha\\Link") + SECURITY;
  const unused = withU32(withU32(strange, inner, 0xffffffff), link, 0xffffffff);
  const messages = examine(unused).faults.map(({ message }) => message).join("\n");
  assert.match(messages, /3 keys name no security record, the first of them this one/);
  assert.match(messages, /A security record counts 3 keys; no key names it/);
  assert.doesNotMatch(messages, /nothing leads/);

  const first = u32At(bytes, recordAt(bytes, "") + SECURITY);
  const many = u32At(bytes, recordAt(bytes, "many") + SECURITY);
  const around = withU32(
    withU32(bytes, first + 4096 + 4 + 4, many),
    many + 4096 + 4 + 8,
    first,
  );
  const [fault] = examine(around).faults;
  assert.match(fault!.message, /broken: A record that keys name is not in it/);
  assert.equal(fault!.offset, own + 4096 + 4);
});

Deno.test("examineHive() lists so many faults as it is told, damage before untidiness", () => {
  const bytes = buildHive(SMALL_TREE, { dirty: true });
  let damaged = withU32(bytes, recordAt(bytes, "Alpha") + 0x40, 1);
  for (const path of ["Alpha\\Inner", "Beta", "gamma"]) {
    damaged = withU32(damaged, recordAt(bytes, path) + PARENT, 8);
  }
  const all = examine(damaged);
  assert.deepEqual(
    all.faults.map(({ weight }) => weight),
    ["damage", "damage", "damage", "untidy", "untidy"],
  );
  assert.equal(all.more, 0);
  for (const limit of [0, 1, 4]) {
    const some = examine(damaged, limit);
    assert.deepEqual(some.faults, all.faults.slice(0, limit));
    assert.equal(some.more, 5 - limit);
  }
});

Deno.test("examineHive() proves every part of a descriptor", () => {
  const good = descriptorFor(19);
  const bytes = buildHive(key("ROOT", { security: good }));
  assert.deepEqual(examine(bytes).faults, []);
  const descriptor = cellNamedAt(bytes, recordAt(bytes, "") + SECURITY) + 0x14;
  const cases: [at: number, byte: number, expected: RegExp][] = [
    [3, 0, /it is not self-relative/],
    [4, 4, /its owner is damaged/],
    [8, 0xf0, /its group is damaged/],
    [16, 1, /its access list is damaged/],
    [20, 9, /its access list is damaged/], // revision
    [22, 0xff, /its access list is damaged/], // size
    [24, 3, /its access list is damaged/], // more entries than there are
    [30, 2, /its access list is damaged/], // size of the first entry
    [36, 5, /its access list is damaged/], // revision of its identifier
    [37, 16, /its access list is damaged/], // sub-authorities
  ];
  for (const [at, byte, expected] of cases) {
    const copy = bytes.slice();
    copy[descriptor + at] = byte;
    assert.match(examine(copy).faults[0]?.message ?? "", expected, `byte ${at}`);
  }
});
