import assert from "node:assert/strict";
import { marvin32 } from "../../../src/formats/regf/marvin32.ts";
import { corpusPresent } from "../../corpus.ts";
import { marvin32 as wideMarvin32 } from "../../lab/hive_log.ts";
import { without } from "../../needs.ts";
import { readCorpus } from "./corpus_hives.ts";

/** The hash as one number. */
function hash(bytes: Uint8Array): bigint {
  const { low, high } = marvin32(bytes);
  return BigInt(high) << 32n | BigInt(low);
}

Deno.test("marvin32() gives the known answers", () => {
  const text = (value: string) => hash(new TextEncoder().encode(value)).toString(16);
  assert.equal(text(""), "b39efca403966e08");
  assert.equal(text("abc"), "b9cf3dfca41914f7");
});

Deno.test("marvin32() agrees with another way to compute it, for every length and place", () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);
  for (let length = 0; length < 130; length++) {
    for (const start of [0, 1, 2, 3, 41]) {
      const part = bytes.subarray(start, start + length);
      assert.equal(hash(part), wideMarvin32(part), `${length} bytes from ${start}`);
    }
  }
});

Deno.test("marvin32() changes with every bit", () => {
  const bytes = new Uint8Array(37);
  const seen = new Set([hash(bytes)]);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = bytes.slice();
    changed[bit >>> 3]! ^= 1 << (bit & 7);
    seen.add(hash(changed));
  }
  assert.equal(seen.size, bytes.length * 8 + 1);
});

/** Logs of the new format, and how many entries Windows wrote into each. */
const NEW_LOGS: Readonly<Record<string, number>> = {
  "hives-dirty/NewDirtyHive1/NewDirtyHive.LOG1": 1,
  "hives-dirty/NewDirtyHive1/NewDirtyHive.LOG2": 3,
  "hives-dirty/UsrClass/UsrClass.dat.LOG1": 4,
  "hives-dirty/UsrClass/UsrClass.dat.LOG2": 10,
  "hives-dirty/dfwinreg-NTUSER/NTUSER.DAT.LOG": 1,
  "hives-logs-only/new_log_1/SYSTEM.LOG1": 8,
  "hives-logs-only/new_log_1/SYSTEM.LOG2": 31,
};

for (const [file, expected] of Object.entries(NEW_LOGS)) {
  Deno.test({
    name: `marvin32() agrees with all ${expected} entries of ${file} (needs the corpus)`,
    ignore: without(corpusPresent),
    fn: () => {
      const log = readCorpus(file);
      const view = new DataView(log.buffer);
      let entries = 0;
      for (let at = 512; at + 40 < log.length && view.getUint32(at, true) === 0x454c7648;) {
        const size = view.getUint32(at + 4, true);
        assert.equal(hash(log.subarray(at + 40, at + size)), view.getBigUint64(at + 24, true));
        assert.equal(hash(log.subarray(at, at + 32)), view.getBigUint64(at + 32, true));
        at += size;
        entries++;
      }
      assert.equal(entries, expected);
    },
  });
}
