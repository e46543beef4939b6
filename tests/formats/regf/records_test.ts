import assert from "node:assert/strict";
import { openHive } from "../../../src/formats/regf/mod.ts";
import { corpusPresent } from "../../corpus.ts";
import { readCorpus } from "./corpus_hives.ts";
import { collector, contentOf, key, text, u32At, withChecksum } from "./hive_samples.ts";
import { buildHive } from "../../../src/formats/regf/mod.ts";
import { without } from "../../needs.ts";

/** A hive with one value, two subkeys and much free space, into which a record is put. */
const FRAME = buildHive(key("ROOT", {
  values: [text("value", "data")],
  subkeys: [key("one"), key("two")],
}));
const FREE = u32At(FRAME, 4096 + 8) - 1024;

/** The frame with the record in a cell of its own, and `field` pointing to it. */
function withRecord(file: string, field: number): Uint8Array {
  const record = readCorpus(`hives-records/${file}`);
  const bytes = FRAME.slice();
  const data = new DataView(bytes.buffer);
  data.setInt32(4096 + FREE, -Math.ceil((record.length + 4) / 8) * 8, true);
  bytes.set(record, 4096 + FREE + 4);
  data.setUint32(field, FREE, true);
  return withChecksum(bytes);
}

function recordTest(name: string, fn: () => void): void {
  Deno.test({ name: `${name} (needs the corpus)`, ignore: without(corpusPresent), fn });
}

const root = contentOf(openHive(FRAME).root);

recordTest("KeyNode reads dummy_nk without the slack behind its name", () => {
  const hive = openHive(withRecord("dummy_nk", 0x24));
  assert.equal(hive.root.name, "OpenWithList");
  assert.deepEqual(hive.root.subkeys(), []);
  assert.deepEqual(hive.root.values(), []);
  assert.equal(hive.root.lastWritten, null);
});

recordTest("ValueRecord reads dummy_vk: three bytes of a UTF-16 name are one unit", () => {
  const list = u32At(FRAME, root + 0x28) + 4096 + 4;
  const [value] = openHive(withRecord("dummy_vk", list)).root.values();
  assert.equal(value?.name, "\u3231");
  assert.equal(value?.data.length, 0);
  assert.equal(value?.type, 0);
});

for (const file of ["dummy_li", "dummy_lf", "dummy_lh", "dummy_ri"]) {
  recordTest(`HiveKey.subkeys() reports three entries of ${file} that point nowhere`, () => {
    const hive = openHive(withRecord(file, root + 0x1c));
    const { report, messages } = collector();
    assert.deepEqual(hive.root.subkeys(report), []);
    const nowhere = messages.filter((message) => /header of a bin/.test(message));
    // The root counts two subkeys: a leaf of three is cut to that, after its own complaint.
    assert.equal(nowhere.length, file === "dummy_ri" ? 3 : 2);
    assert.equal(messages.length, file === "dummy_ri" ? 4 : 3);
  });
}

recordTest("HiveKey.values() reports an entry of dummy_list that points nowhere", () => {
  const hive = openHive(withRecord("dummy_list", root + 0x28));
  assert.throws(() => hive.root.values(), /header of a bin/);
});

recordTest("HiveValue.data refuses dummy_db, whose list is nowhere", () => {
  const value = openHive(FRAME).root.value("value")!;
  const bytes = withRecord("dummy_db", contentOf(value) + 8);
  new DataView(bytes.buffer).setUint32(contentOf(value) + 4, 20_000, true);
  assert.throws(() => openHive(bytes).root.value("value")!.data, /big data .* header of a bin/);
});
