import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import {
  buildHive,
  countHive,
  openHive,
  registryDword,
  RegistryType,
} from "../../../src/formats/regf/mod.ts";
import {
  binary,
  contentOf,
  key,
  listing,
  smallHive,
  text,
  withU16,
  withU32,
} from "./hive_samples.ts";

function refuses(bytes: Uint8Array, expected: RegExp): void {
  assert.throws(() => openHive(bytes, { name: "SYSTEM" }), (error) => {
    assert.ok(error instanceof FormatError);
    assert.match(error.message, expected);
    assert.notEqual(error.offset, undefined);
    return true;
  });
}

Deno.test("openHive() shows the whole of a small hive", () => {
  assert.deepEqual(listing(openHive(smallHive())), [
    "[]",
    ":=16",
    "[Alpha]",
    "Alpha:Path=22",
    "Alpha:Start=4",
    "[Alpha\\Inner]",
    "Alpha\\Inner:Blob=40",
    "[Beta]",
    "[gamma]",
  ]);
});

Deno.test("openHive() works on bytes that are a window into a larger buffer", () => {
  const hive = smallHive();
  const larger = new Uint8Array(hive.length + 20);
  larger.set(hive, 12);
  const { keys, problems } = countHive(openHive(larger.subarray(12, 12 + hive.length)));
  assert.equal(keys, 5);
  assert.deepEqual(problems, []);
});

Deno.test("Hive.dirty is false after a finished write and true before", () => {
  const clean = openHive(smallHive());
  assert.equal(clean.dirty, false);
  assert.equal(clean.dirtyReason, undefined);
  const dirty = openHive(smallHive({ dirty: true }));
  assert.equal(dirty.dirty, true);
  assert.match(dirty.dirtyReason ?? "", /sequence numbers/);
});

Deno.test("Hive.dirty is true if the checksum is wrong, and the hive is still read", () => {
  const bytes = smallHive();
  bytes[0x1fc]! ^= 0xff;
  const hive = openHive(bytes);
  assert.equal(hive.dirty, true);
  assert.match(hive.dirtyReason ?? "", /checksum/);
  assert.equal(hive.truncated, false);
  assert.equal(countHive(hive).keys, 5);
});

Deno.test("openHive() takes the size from the bins if the checksum is wrong", () => {
  const bytes = smallHive();
  new DataView(bytes.buffer).setUint32(0x28, 0x7ffff123, true);
  const padded = new Uint8Array(bytes.length + 4096);
  padded.set(bytes);
  const hive = openHive(padded);
  assert.equal(hive.truncated, false);
  assert.deepEqual(countHive(hive).problems, []);
});

Deno.test("Hive.truncated is false for a whole file and for one with padding", () => {
  const bytes = smallHive();
  const padded = new Uint8Array(bytes.length + 777);
  padded.set(bytes);
  assert.equal(openHive(bytes).truncated, false);
  assert.equal(openHive(padded).truncated, false);
});

Deno.test("Hive.truncated is true for a short file, which is read as far as it goes", () => {
  const spec = key("ROOT", {
    subkeys: Array.from({ length: 40 }, (_, i) => key(`key${i}`, { values: [binary("b", 500)] })),
  });
  const whole = buildHive(spec);
  const short = openHive(whole.subarray(0, whole.length - 5000));
  assert.equal(short.truncated, true);
  const all = countHive(openHive(whole));
  const some = countHive(short);
  assert.ok(some.keys > 1 && some.values < all.values, `${some.keys} keys, ${some.values} values`);
  assert.ok(some.problems.length > 0);
});

Deno.test("openHive() reads a hive whose last bin is cut in its header", () => {
  const whole = buildHive(key("ROOT", { values: [binary("b", 5000)] }));
  const hive = openHive(whole.subarray(0, 4096 + 4096 + 10));
  assert.equal(hive.truncated, true);
  assert.equal(hive.root.name, "ROOT");
});

Deno.test("openHive() refuses what is no hive", () => {
  refuses(new Uint8Array(8192), /Cannot read hive "SYSTEM": it does not begin with "regf"/);
  refuses(smallHive().subarray(0, 4096), /there is no cell 0x20/);
  refuses(smallHive().subarray(0, 4096 + 60), /does not fit into its bin/);
});

Deno.test("openHive() refuses a log", () => {
  for (const type of [1, 2, 6]) {
    refuses(withU32(smallHive(), 0x1c, type), new RegExp(`it is a log \\(file type ${type}\\)`));
  }
});

Deno.test("openHive() refuses unknown versions and impossible sizes", () => {
  refuses(withU32(smallHive(), 0x14, 2), /version 2\.5 is not known/);
  refuses(withU32(smallHive(), 0x18, 2), /version 1\.2 is not known/);
  refuses(withU32(smallHive(), 0x18, 7), /version 1\.7 is not known/);
  refuses(withU32(smallHive(), 0x28, 4097), /its bins are said to have 4097 bytes/);
});

Deno.test("openHive() refuses a root that is no key", () => {
  refuses(withU32(smallHive(), 0x24, 0xffffffff), /there is no cell 0xffffffff/);
  refuses(withU32(smallHive(), 0x24, 0x24), /there is no cell 0x24/);
  refuses(withU32(smallHive(), 0x24, 0x8), /lies in the header of a bin/);
  const { root } = openHive(smallHive());
  refuses(withU16(smallHive(), contentOf(root), 0x6b76), /does not begin with "nk"/);
  refuses(withU32(smallHive(), contentOf(root) - 4, 0x58), /its cell is free/);
  refuses(withU32(smallHive(), contentOf(root) - 4, 0x80000000), /does not fit|cell/);
  refuses(withU16(smallHive(), contentOf(root) + 0x48, 4000), /name does not fit/);
});

Deno.test("openHive() refuses a bad first bin", () => {
  refuses(withU32(smallHive(), 4096, 0), /Cannot read a bin .* does not begin with "hbin"/);
  refuses(withU32(smallHive(), 4096 + 4, 4096), /belongs elsewhere/);
  refuses(withU32(smallHive(), 4096 + 8, 100), /its size is 100 bytes/);
  refuses(withU32(smallHive(), 4096 + 8, 0), /its size is 0 bytes/);
});

const THREE_BINS = buildHive(key("ROOT", {
  values: [binary("first", 3000), binary("second", 3000), binary("third", 3000)],
}));

Deno.test("openHive() refuses a bad later bin", () => {
  refuses(withU32(THREE_BINS, 8192, 0), /does not begin with "hbin" at offset 0x2000/);
});

Deno.test('openHive() leaves a bad later bin out with badBins: "skip"', () => {
  const hive = openHive(withU32(THREE_BINS, 8192, 0), { badBins: "skip" });
  assert.equal(hive.badBins.length, 1);
  const { values, problems } = countHive(hive);
  assert.ok(values < 3 && values > 0, `${values} values`);
  assert.match(problems[0]!.message, /does not begin with "hbin" at offset 0x2000/);
  assert.ok(problems.length > 1);
});

Deno.test("Hive.key() finds keys in any case, with the root as the empty path", () => {
  const hive = openHive(smallHive());
  assert.equal(hive.key("")?.name, "ROOT");
  assert.equal(hive.key("\\")?.name, "ROOT");
  assert.equal(hive.key("ALPHA\\iNNer")?.name, "Inner");
  assert.equal(hive.key("\\Alpha\\")?.name, "Alpha");
  assert.equal(hive.key("GAMMA")?.name, "gamma");
});

Deno.test("Hive.key() is undefined for a key that is not there", () => {
  const hive = openHive(smallHive());
  assert.equal(hive.key("Delta"), undefined);
  assert.equal(hive.key("Alpha\\Inner\\Deeper"), undefined);
  assert.equal(hive.key("Beta\\x"), undefined);
});

Deno.test("openHive() works with a value on the root and numbers of both byte orders", () => {
  const hive = openHive(buildHive(key("ROOT", {
    values: [
      text("name", "value"),
      { name: "big", type: RegistryType.REG_DWORD_BIG_ENDIAN, data: Uint8Array.of(0, 0, 1, 2) },
      { name: "little", type: RegistryType.REG_DWORD, data: registryDword(0xfffffffe) },
    ],
  })));
  assert.equal(hive.root.value("name")?.string(), "value");
  assert.equal(hive.root.value("big")?.number(), 258);
  assert.equal(hive.root.value("little")?.number(), 0xfffffffe);
});
