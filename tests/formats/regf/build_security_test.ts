import assert from "node:assert/strict";
import { buildHive, examineHive, openHive } from "../../../src/formats/regf/mod.ts";
import { key, keyAt, smallHive, u32At } from "./hive_samples.ts";
import { cellNamedAt, descriptorFor, recordAt, richHive } from "./rich_hive.ts";

const SECURITY = 0x2c;

Deno.test("buildHive() gives a key the security that it is given, or that of the key above", () => {
  const hive = openHive(richHive());
  const expectations: [string, number][] = [
    ["", 19],
    ["Alpha", 20],
    ["Alpha\\Inner", 20],
    ["Beta", 19],
    ["many\\sub0007", 21],
    ["Ключ\\ÿ", 19],
  ];
  for (const [path, user] of expectations) {
    assert.deepEqual(keyAt(hive, path).securityDescriptor, descriptorFor(user), path);
  }
});

Deno.test("buildHive() writes equal descriptors once, counts them and links them in a ring", () => {
  const bytes = richHive();
  const records = ["", "Alpha", "many"].map((path) =>
    u32At(bytes, recordAt(bytes, path) + SECURITY)
  );
  assert.equal(new Set(records).size, 3);
  assert.equal(u32At(bytes, recordAt(bytes, "Beta") + SECURITY), records[0]);
  const at = (record: number, field: number) => u32At(bytes, record + 4096 + 4 + field);
  assert.deepEqual(records.map((record) => at(record, 0x0c)), [4, 3, 1201]);
  records.forEach((record, i) => {
    assert.equal(at(record, 0x04), records[(i + 1) % 3], "forwards");
    assert.equal(at(record, 0x08), records[(i + 2) % 3], "backwards");
  });
});

Deno.test("buildHive() makes a ring of one for a hive without descriptors of its own", () => {
  const bytes = smallHive();
  const record = cellNamedAt(bytes, recordAt(bytes, "") + SECURITY);
  assert.equal(u32At(bytes, record + 4), record - 4096 - 4);
  assert.equal(u32At(bytes, record + 8), record - 4096 - 4);
  assert.equal(u32At(bytes, record + 12), 5);
});

Deno.test("buildHive() gives a key the time that it is given, or that of the hive", () => {
  const lastWritten = new Date("2020-02-02T02:02:02Z");
  const hive = openHive(richHive({ lastWritten }));
  const alpha = keyAt(hive, "Alpha").lastWritten;
  assert.deepEqual(alpha, new Date("2015-06-07T08:09:10.123Z"));
  assert.deepEqual(keyAt(hive, "Alpha\\Inner").lastWritten, lastWritten);
});

Deno.test("buildHive() keeps the details of a key and the tombstones of a layered hive", () => {
  const details = {
    lastWritten: 130_000_000_000_000_001n,
    flags: 0x1088,
    access: 0x302,
    userFlags: 0x11,
  };
  const bytes = buildHive(
    key("ROOT", {
      subkeys: [
        key("a", {
          details,
          values: [{ name: "gone", type: 1, data: new Uint8Array(9), tombstone: true }],
        }),
        key("h", { details: { ...details, flags: 0x40, predefinedHandle: 0x80000060 } }),
      ],
    }),
    { minor: 6 },
  );
  const data = new DataView(bytes.buffer);
  const position = recordAt(bytes, "a");
  assert.equal(data.getBigUint64(position + 4, true), details.lastWritten);
  assert.equal(data.getUint16(position + 2, true), 0x10a8);
  assert.equal(data.getUint32(position + 12, true), 0x302);
  assert.equal(data.getUint16(position + 0x36, true), 0x11);
  assert.equal(u32At(bytes, recordAt(bytes, "h") + 0x24), 0x80000060);
  const value = keyAt(openHive(bytes), "a").value("gone");
  assert.deepEqual([value?.tombstone, value?.type, value?.size], [true, 0, 0]);
  assert.deepEqual(examineHive(bytes, { name: "layered" }).faults, []);
});
