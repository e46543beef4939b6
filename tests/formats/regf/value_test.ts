import assert from "node:assert/strict";
import { encodeUtf16, FormatError } from "../../../src/base/mod.ts";
import {
  buildHive,
  type BuildHiveOptions,
  type HiveValue,
  openHive,
  registryDword,
  registryQword,
  registryString,
  registryStrings,
  RegistryType,
  registryTypeName,
} from "../../../src/formats/regf/mod.ts";
import { binary, contentOf, key, u32At, withU16, withU32 } from "./hive_samples.ts";

function stored(type: number, data: Uint8Array): HiveValue {
  const hive = buildHive(key("ROOT", { values: [{ name: "v", type, data }] }));
  return openHive(hive).root.value("v")!;
}

function raw(text: string): Uint8Array {
  return encodeUtf16(text);
}

Deno.test("HiveValue.string() reads text whatever its end is", () => {
  const { REG_SZ, REG_EXPAND_SZ, REG_LINK } = RegistryType;
  assert.equal(stored(REG_SZ, registryString("text")).string(), "text");
  assert.equal(stored(REG_SZ, raw("no end")).string(), "no end");
  assert.equal(stored(REG_SZ, raw("text\0rubbish")).string(), "text");
  assert.equal(stored(REG_SZ, Uint8Array.of(0x41, 0, 0x42, 0, 0x43)).string(), "AB");
  assert.equal(stored(REG_SZ, new Uint8Array(0)).string(), "");
  assert.equal(stored(REG_SZ, registryString("\ud800 тест")).string(), "\ud800 тест");
  assert.equal(stored(REG_EXPAND_SZ, registryString("%x%")).string(), "%x%");
  assert.equal(stored(REG_LINK, raw("\\Registry\\A")).string(), "\\Registry\\A");
});

Deno.test("HiveValue.string() is undefined for other types", () => {
  assert.equal(stored(RegistryType.REG_BINARY, registryString("text")).string(), undefined);
  assert.equal(stored(RegistryType.REG_MULTI_SZ, registryStrings(["a"])).string(), undefined);
});

Deno.test("HiveValue.strings() reads lists whatever their end is", () => {
  const cases: [string, readonly string[]][] = [
    ["a\0b\0\0", ["a", "b"]],
    ["a\0b\0", ["a", "b"]],
    ["a\0b", ["a", "b"]],
    ["\0", []],
    ["\0\0", []],
    ["", []],
    ["from\0\0\0", ["from", ""]], // a deletion in PendingFileRenameOperations
    ["from\0\0from2\0!to\0\0", ["from", "", "from2", "!to"]],
  ];
  for (const [text, expected] of cases) {
    assert.deepEqual(stored(RegistryType.REG_MULTI_SZ, raw(text)).strings(), expected, text);
  }
});

Deno.test("HiveValue.strings() is undefined for other types", () => {
  assert.equal(stored(RegistryType.REG_SZ, registryString("a")).strings(), undefined);
});

Deno.test("registryStrings() writes what strings() reads", () => {
  for (const list of [[], ["a"], ["a", "", "b"], ["x", ""]]) {
    const { REG_MULTI_SZ } = RegistryType;
    assert.deepEqual(stored(REG_MULTI_SZ, registryStrings(list)).strings(), list);
  }
  assert.deepEqual(registryStrings([]), raw("\0"));
});

Deno.test("HiveValue.number() reads numbers of every type that has one", () => {
  const { REG_DWORD, REG_DWORD_BIG_ENDIAN, REG_QWORD } = RegistryType;
  assert.equal(stored(REG_DWORD, registryDword(0x80000001)).number(), 0x80000001);
  assert.equal(stored(REG_DWORD_BIG_ENDIAN, Uint8Array.of(0x80, 0, 0, 1)).number(), 0x80000001);
  assert.equal(stored(REG_QWORD, registryQword(2n ** 63n + 1n)).number(), 2n ** 63n + 1n);
  assert.equal(stored(REG_DWORD, registryQword(7n)).number(), 7); // more bytes than it wants
});

Deno.test("HiveValue.number() is undefined for other types and for missing bytes", () => {
  assert.equal(stored(RegistryType.REG_DWORD, Uint8Array.of(1, 2, 3)).number(), undefined);
  assert.equal(stored(RegistryType.REG_QWORD, registryDword(1)).number(), undefined);
  assert.equal(stored(RegistryType.REG_BINARY, registryDword(1)).number(), undefined);
  assert.equal(stored(RegistryType.REG_SZ, registryDword(1)).number(), undefined);
});

Deno.test("HiveValue.data has 0 to 4 bytes in its record and 5 in a cell", () => {
  for (let length = 0; length <= 5; length++) {
    const spec = binary("v", length);
    const hive = buildHive(key("ROOT", { values: [spec] }));
    const value = openHive(hive).root.value("v")!;
    assert.deepEqual(value.data, spec.data);
    assert.equal(value.size, length);
    assert.equal(u32At(hive, contentOf(value) + 4) >= 0x80000000, length <= 4);
  }
});

function bigHive(length: number, options: BuildHiveOptions): Uint8Array {
  return buildHive(key("ROOT", { values: [binary("v", length)] }), options);
}

Deno.test("HiveValue.data comes from segments above 16344 bytes since version 1.5", () => {
  for (const length of [16344, 16345, 2 * 16344, 2 * 16344 + 1, 100_000]) {
    for (const minor of [3, 5, 6] as const) {
      const hive = bigHive(length, { minor });
      const value = openHive(hive).root.value("v")!;
      const cell = u32At(hive, contentOf(value) + 8) + 4096 + 4;
      const segmented = hive[cell] === 0x64 && hive[cell + 1] === 0x62; // "db"
      assert.equal(segmented, minor > 3 && length > 16344, `${length} bytes in 1.${minor}`);
      assert.deepEqual(value.data, binary("v", length).data);
    }
  }
});

Deno.test("HiveValue.data reads one large cell in a hive of version 1.5 too", () => {
  const hive = withU32(bigHive(50_000, { minor: 3 }), 0x18, 5);
  assert.deepEqual(openHive(hive).root.value("v")!.data, binary("v", 50_000).data);
});

Deno.test("HiveValue.data comes from segments whatever the version says if it is not trusted", () => {
  const hive = bigHive(20_000, { minor: 5 });
  const data = new DataView(hive.buffer);
  data.setUint32(0x18, 1, true);
  assert.deepEqual(openHive(hive).root.value("v")!.data, binary("v", 20_000).data);
  const trusted = openHive(withU32(hive, 0x18, 3)).root.value("v")!;
  assert.throws(() => trusted.data, /its cell has 16 bytes/);
});

Deno.test("HiveValue.data throws on damaged big data", () => {
  const hive = bigHive(40_000, {});
  const value = openHive(hive).root.value("v")!;
  const db = u32At(hive, contentOf(value) + 8) + 4096 + 4;
  const list = u32At(hive, db + 4) + 4096 + 4;
  const cases: [Uint8Array, RegExp][] = [
    [withU16(hive, db, 0x1234), /does not begin with "db"/],
    [withU16(hive, db + 2, 2), /40000 bytes do not make 2 segments/],
    [withU32(hive, db + 4, 0xfffff0), /no cell 0xfffff0/],
    [withU32(hive, list + 4, 0xffffffff), /no cell 0xffffffff/],
  ];
  for (const [bytes, expected] of cases) {
    const damaged = openHive(bytes).root.value("v")!;
    assert.throws(() => damaged.data, (error) => {
      return error instanceof FormatError && expected.test(error.message);
    });
  }
});

Deno.test("HiveValue.data throws if its size does not fit", () => {
  const hive = bigHive(40, {});
  const at = contentOf(openHive(hive).root.value("v")!) + 4;
  const sized = (size: number) => openHive(withU32(hive, at, size)).root.value("v")!;
  assert.throws(() => sized(0x80000005).data, /5 bytes cannot lie in its record/);
  assert.throws(() => sized(60).data, /its cell has 48 bytes/);
  assert.throws(() => sized(0x7fffffff).data, FormatError);
  assert.equal(sized(44).data.length, 44); // the cell is a little larger than asked for
  assert.equal(sized(0).data.length, 0);
});

Deno.test("HiveValue.tombstone tells a deleted value of a layered hive", () => {
  const empty = { name: "v", type: RegistryType.REG_NONE, data: new Uint8Array(0) };
  const bytes = buildHive(key("ROOT", { values: [empty] }), { minor: 6 });
  const at = contentOf(openHive(bytes).root.value("v")!);
  assert.equal(openHive(bytes).root.value("v")!.tombstone, false);
  const layered = withU32(withU32(withU16(bytes, at + 0x10, 3), at + 4, 0), at + 8, 0xffffffff);
  const value = openHive(layered).root.value("v")!;
  assert.equal(value.tombstone, true);
  assert.equal(value.data.length, 0);
  assert.equal(value.type, RegistryType.REG_NONE);
});

Deno.test("HiveValue refuses a name that does not fit into its cell", () => {
  const bytes = bigHive(1, {});
  const at = contentOf(openHive(bytes).root.value("v")!);
  assert.throws(() => openHive(withU16(bytes, at + 2, 999)).root.values(), /name does not fit/);
});

Deno.test("registryTypeName() names known types, and gives a number for others", () => {
  assert.equal(registryTypeName(RegistryType.REG_MULTI_SZ), "REG_MULTI_SZ");
  assert.equal(registryTypeName(11), "REG_QWORD");
  assert.equal(registryTypeName(0xffff0007), "REG_0xffff0007");
});
