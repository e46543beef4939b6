import assert from "node:assert/strict";
import { corpusPath, corpusPresent } from "../corpus.ts";
import { baseBlockChecksum } from "../../src/formats/regf/mod.ts";
import { hiveLogEntry, marvin32 } from "./hive_log.ts";
import { buildLabHive } from "./lab_hives.ts";
import { WINDOWS_11_PRO } from "./lab_edition.ts";
import { without } from "../needs.ts";

Deno.test("marvin32() gives the known answers", () => {
  const hash = (value: string) => marvin32(new TextEncoder().encode(value)).toString(16);
  assert.equal(hash(""), "b39efca403966e08");
  assert.equal(hash("abc"), "b9cf3dfca41914f7");
});

Deno.test("hiveLogEntry() holds exactly the pages that differ", () => {
  const before = buildLabHive("SAM", { windows: WINDOWS_11_PRO });
  const after = before.slice();
  after[4096 + 100]! ^= 0xff;
  const log = hiveLogEntry(before, { after, sequence: 9 });
  const view = new DataView(log.buffer);
  assert.deepEqual([view.getUint32(4, true), view.getUint32(8, true)], [9, 9]);
  assert.equal(view.getUint32(28, true), 6);
  assert.equal(view.getUint32(508, true), baseBlockChecksum(log));
  assert.equal(new TextDecoder().decode(log.subarray(512, 516)), "HvLE");
  assert.equal(view.getUint32(512 + 20, true), 1);
  assert.deepEqual([view.getUint32(512 + 40, true), view.getUint32(512 + 44, true)], [0, 4096]);
  assert.deepEqual(log.slice(512 + 48, 512 + 48 + 4096), after.slice(4096, 8192));
  assert.equal(view.getBigUint64(512 + 24, true), marvin32(log.subarray(512 + 40)));
  assert.equal(view.getBigUint64(512 + 32, true), marvin32(log.subarray(512, 512 + 32)));
});

Deno.test({
  name: "marvin32() agrees with every log entry that Windows wrote (needs the corpus)",
  ignore: without(corpusPresent),
  fn: async () => {
    let entries = 0;
    for (const suffix of ["LOG1", "LOG2"]) {
      const log = await Deno.readFile(
        corpusPath(`hives-dirty/NewDirtyHive1/NewDirtyHive.${suffix}`),
      );
      const view = new DataView(log.buffer);
      for (let at = 512; view.getUint32(at, true) === 0x454c7648;) {
        const size = view.getUint32(at + 4, true);
        assert.equal(view.getBigUint64(at + 24, true), marvin32(log.subarray(at + 40, at + size)));
        assert.equal(view.getBigUint64(at + 32, true), marvin32(log.subarray(at, at + 32)));
        at += size;
        entries++;
        if (at + 512 > log.length) break;
      }
    }
    assert.ok(entries > 0);
  },
});
