import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import { buildHive, openHive, RegistryType } from "../../../src/formats/regf/mod.ts";
import {
  collector,
  contentOf,
  key,
  keyAt,
  problemsOf,
  smallHive,
  u32At,
  withU16,
  withU32,
} from "./hive_samples.ts";

Deno.test("HiveKey describes its record", () => {
  const lastWritten = new Date("2024-05-06T07:08:09Z");
  const hive = openHive(smallHive({ lastWritten }));
  const alpha = keyAt(hive, "Alpha");
  assert.deepEqual(alpha.lastWritten, lastWritten);
  assert.equal(alpha.className, "alpha class");
  assert.equal(keyAt(hive, "Beta").className, undefined);
  assert.equal(alpha.subkeyCount, 1);
  assert.equal(alpha.valueCount, 2);
  assert.equal(alpha.parentOffset, hive.root.offset);
  assert.equal(alpha.symbolicLink, false);
  assert.equal(alpha.flags, 0x20);
  assert.equal(hive.root.flags, 0x2c);
});

Deno.test("HiveKey.lastWritten is null for zero", () => {
  const bytes = smallHive();
  const at = contentOf(openHive(bytes).root) + 4;
  assert.equal(openHive(withU32(withU32(bytes, at, 0), at + 4, 0)).root.lastWritten, null);
});

Deno.test("HiveKey.className throws if its cell is not there", () => {
  const bytes = smallHive();
  const alpha = keyAt(openHive(bytes), "Alpha");
  const damaged = openHive(withU32(bytes, contentOf(alpha) + 0x30, 0x7000));
  assert.throws(() => keyAt(damaged, "Alpha").className, /class name .* no cell 0x7000/);
});

Deno.test("HiveKey.symbolicLink tells a link, which is not followed", () => {
  const hive = openHive(buildHive(key("ROOT", {
    subkeys: [
      key("CurrentControlSet", {
        symbolicLink: true,
        values: [{
          name: "SymbolicLinkValue",
          type: RegistryType.REG_LINK,
          data: Uint8Array.from([0x5c, 0, 0x41, 0]),
        }],
      }),
      key("A", { subkeys: [key("inside")] }),
    ],
  })));
  const link = keyAt(hive, "CurrentControlSet");
  assert.equal(link.symbolicLink, true);
  assert.equal(link.value("SymbolicLinkValue")?.string(), "\\A");
  assert.equal(hive.key("CurrentControlSet\\inside"), undefined);
});

Deno.test("HiveKey with a predefined handle has no values, whatever the count says", () => {
  const bytes = smallHive();
  const alpha = contentOf(keyAt(openHive(bytes), "Alpha"));
  const handle = withU32(withU16(bytes, alpha + 2, 0x60), alpha + 0x24, 0x80000003);
  const key = keyAt(openHive(handle), "Alpha");
  assert.equal(key.valueCount, 0);
  assert.deepEqual(key.values(), []);
});

Deno.test("HiveKey.value() finds values in any case, and the default value as the empty name", () => {
  const hive = openHive(smallHive());
  assert.equal(hive.root.value("")?.string(), "default");
  assert.equal(keyAt(hive, "Alpha").value("PATH")?.string(), "C:\\Windows");
  assert.equal(keyAt(hive, "Alpha").value("Pat"), undefined);
  assert.equal(keyAt(hive, "Beta").value(""), undefined);
});

Deno.test("HiveKey.subkey() finds names in a wrongly ordered list", () => {
  const bytes = smallHive();
  const { root } = openHive(bytes);
  const list = u32At(bytes, contentOf(root) + 0x1c) + 4096 + 4;
  const first = u32At(bytes, list + 4);
  const third = u32At(bytes, list + 4 + 16);
  const swapped = withU32(withU32(bytes, list + 4, third), list + 4 + 16, first);
  const hive = openHive(swapped);
  for (const name of ["Alpha", "Beta", "gamma"]) assert.equal(hive.key(name)?.name, name);
  assert.equal(hive.key("Delta"), undefined);
  assert.match(problemsOf(swapped)[0]!.message, /wrong order/);
});

Deno.test("HiveKey.subkey() finds a sound key beside a damaged one, and does not say 'not there'", () => {
  const bytes = smallHive();
  const beta = contentOf(keyAt(openHive(bytes), "Beta"));
  const hive = openHive(withU16(bytes, beta, 0));
  assert.equal(hive.key("gamma")?.name, "gamma");
  assert.equal(hive.key("Alpha")?.name, "Alpha");
  assert.throws(() => hive.key("Beta"), FormatError);
  assert.throws(() => hive.root.subkeys(), /does not begin with "nk"/);
  const { report, messages } = collector();
  assert.deepEqual(hive.root.subkeys(report).map(({ name }) => name), ["Alpha", "gamma"]);
  assert.equal(messages.length, 1);
});

Deno.test("HiveKey.values() throws on a damaged value, or reports it and leaves it out", () => {
  const bytes = smallHive();
  const path = keyAt(openHive(bytes), "Alpha").value("Path")!;
  const alpha = keyAt(openHive(withU16(bytes, contentOf(path), 0)), "Alpha");
  assert.throws(() => alpha.values(), /does not begin with "vk"/);
  const { report, messages } = collector();
  assert.deepEqual(alpha.values(report).map(({ name }) => name), ["Start"]);
  assert.equal(messages.length, 1);
  assert.equal(alpha.value("Start")?.number(), 2);
  assert.throws(() => alpha.value("Path"), FormatError);
});

Deno.test("HiveKey.values() reports a count that its list has no room for", () => {
  const bytes = smallHive();
  const alpha = contentOf(keyAt(openHive(bytes), "Alpha"));
  const { report, messages } = collector();
  const values = keyAt(openHive(withU32(bytes, alpha + 0x24, 0xffffff)), "Alpha").values(report);
  assert.deepEqual(values.map(({ name }) => name).slice(0, 2), ["Path", "Start"]);
  assert.match(messages[0]!, /no room for 16777215 entries/);
});

Deno.test("HiveKey.subkeys() reports counts that do not agree with the list", () => {
  const bytes = smallHive();
  const count = contentOf(openHive(bytes).root) + 0x14;
  const cases: [number, RegExp, number][] = [
    [2, /more entries than the 2 subkeys/, 2],
    [4, /counts 4 subkeys, the list has 3/, 3],
    [0xfffffff, /268435455 subkeys do not fit/, 0],
  ];
  for (const [value, expected, readable] of cases) {
    const { root } = openHive(withU32(bytes, count, value));
    assert.throws(() => root.subkeys(), expected);
    const { report, messages } = collector();
    assert.equal(root.subkeys(report).length, readable);
    assert.match(messages[0]!, expected);
  }
});

Deno.test("HiveKey.subkeys() refuses an unknown list and a list that is not there", () => {
  const bytes = smallHive();
  const field = contentOf(openHive(bytes).root) + 0x1c;
  const list = u32At(bytes, field) + 4096 + 4;
  assert.throws(() => openHive(withU16(bytes, list, 0x7878)).root.subkeys(), /signature is 0x7878/);
  assert.throws(() => openHive(withU32(bytes, field, 0x9000)).root.subkeys(), /no cell 0x9000/);
  assert.throws(() => openHive(withU16(bytes, list + 2, 999)).root.subkeys(), /no room for 999/);
});

Deno.test("HiveKey.subkeys() reads li lists and lists of lists, but not lists of those", () => {
  const subkeys = Array.from({ length: 1200 }, (_, i) => key(`k${String(i).padStart(5, "0")}`));
  const bytes = buildHive(key("ROOT", { subkeys }));
  const hive = openHive(bytes);
  assert.equal(hive.root.subkeys().length, 1200);
  const list = u32At(bytes, contentOf(hive.root) + 0x1c);
  assert.equal(bytes[list + 4100], 0x72); // "ri"
  // The list of lists now names itself as its first leaf.
  const nested = openHive(withU32(bytes, list + 4100 + 4, list));
  assert.throws(() => nested.root.subkeys(), /signature is 0x6972/);
  const { report, messages } = collector();
  assert.equal(nested.root.subkeys(report).length, 1200 - 507);
  assert.equal(messages.length, 2);
});

Deno.test("HiveKey.subkeys() reads an li list", () => {
  const bytes = smallHive();
  const { root } = openHive(bytes);
  const list = u32At(bytes, contentOf(root) + 0x1c) + 4096 + 4;
  const offsets = [0, 1, 2].map((i) => u32At(bytes, list + 4 + 8 * i));
  let changed = withU16(bytes, list, 0x696c); // "li"
  offsets.forEach((offset, i) => changed = withU32(changed, list + 4 + 4 * i, offset));
  assert.deepEqual(openHive(changed).root.subkeys().map(({ name }) => name), [
    "Alpha",
    "Beta",
    "gamma",
  ]);
});
