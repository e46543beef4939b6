import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import {
  examineHive,
  openHive,
  type SalvagedHive,
  salvageHive,
} from "../../../src/formats/regf/mod.ts";
import { corpusPresent } from "../../corpus.ts";
import { without } from "../../needs.ts";
import {
  askOracle,
  hivexmlItems,
  hivexmlPresent,
  regedPresent,
  reglookupPresent,
} from "../hive_oracles.ts";
import { corpusFiles, readCorpus } from "./corpus_hives.ts";
import { contentLines } from "./hive_content.ts";
import { assertKernelTakes } from "./kernel_rules.ts";
import { richHive } from "./rich_hive.ts";

function corpusTest(name: string, fn: () => void): void {
  Deno.test({ name: `${name} (needs the corpus)`, ignore: without(corpusPresent), fn });
}

const AT = new Date("2024-05-06T07:08:09Z");

function salvage(bytes: Uint8Array, name: string): SalvagedHive {
  const salvaged = salvageHive(bytes, { name, at: AT });
  assert.deepEqual(examineHive(salvaged.bytes, { name }).faults, [], name);
  assertKernelTakes(salvaged.bytes, name);
  return salvaged;
}

corpusTest("salvageHive() keeps everything of every healthy hive", () => {
  for (const file of [...corpusFiles("hives-clean"), ...corpusFiles("bcd")]) {
    const bytes = readCorpus(file);
    const { bytes: saved, lost, reattached } = salvage(bytes, file);
    assert.equal(reattached, 0, file);
    const before = contentLines(bytes);
    const after = contentLines(saved);
    if (file.endsWith("DuplicateSubkeysHive")) {
      assert.equal(after.length, before.length - 1);
      assert.match(lost[0]!.message, /there is another one of that name/);
      assert.equal(lost[0]!.path, "key_with_many_subkeys\\4500");
      continue;
    }
    assert.deepEqual(lost, [], file);
    assert.equal(after.findIndex((line, i) => line !== before[i]), -1, file);
    assert.equal(after.length, before.length, file);
    const { header } = openHive(saved);
    const old = openHive(bytes).header;
    assert.equal(header.minorVersion, old.minorVersion);
    assert.equal(header.storedName, old.storedName);
    assert.ok(header.primarySequence > Math.max(old.primarySequence, old.secondarySequence));
  }
});

/** What becomes of the damaged hives of hives-odd: keys, keys put back, things lost. */
const DAMAGED: Readonly<Record<string, readonly [keys: number, reattached: number, RegExp]>> = {
  BadListHive: [7, 2, /^$/],
  DeletedDataHiveTruncated: [2, 0, /^\[123\] Cannot read a list of values/],
  InvalidParentHive: [5003, 0, /^$/],
  TruncatedHive: [85, 83, /missing\n\[key_with_many_subkeys\] 83 of the 5000 subkeys/],
  WrongOrderHive: [11, 0, /^$/],
  "corrupt_sub_key_list.hiv": [101, 1, /^$/],
};

corpusTest("salvageHive() saves all of the odd hives, or all but what is gone", () => {
  let refused = 0;
  for (const file of corpusFiles("hives-odd")) {
    const bytes = readCorpus(file);
    try {
      openHive(bytes);
    } catch {
      refused++;
      assert.throws(() => salvage(bytes, file), FormatError);
      continue;
    }
    const { bytes: saved, keys, reattached, lost } = salvage(bytes, file);
    const expected = DAMAGED[file.slice(10)];
    if (expected === undefined) {
      assert.deepEqual(contentLines(saved), contentLines(bytes), file);
      assert.deepEqual([lost, reattached], [[], 0]);
      continue;
    }
    assert.deepEqual([keys, reattached], expected.slice(0, 2), file);
    assert.match(lost.map(({ path, message }) => `[${path}] ${message}`).join("\n"), expected[2]);
  }
  assert.equal(refused, 4);
});

corpusTest("salvageHive() saves hives with a bad header", () => {
  const bad = readCorpus("hives-dirty/BadBaseBlockHive/BadBaseBlockHive");
  const { keys, lost } = salvage(bad, "BadBaseBlockHive");
  assert.deepEqual([keys, lost], [5003, []]);
});

corpusTest("salvageHive() keeps most of a SYSTEM hive of which pages are overwritten", () => {
  const bytes = readCorpus("hives-clean/SYSTEM_2-regipy.gz");
  const damaged = bytes.slice();
  for (let page = 100; page < 1500; page += 100) {
    damaged.fill(0, 4096 * page, 4096 * (page + 1));
  }
  const { keys, values, lost } = salvage(damaged, "SYSTEM");
  assert.ok(keys > 15_000 && keys < 20_015, `${keys} keys`);
  assert.ok(values > 35_000 && values < 49_779, `${values} values`);
  assert.ok(lost.length > 14);
});

const FOREIGN = ["hives-odd/corrupt_sub_key_list.hiv", "hives-odd/BadListHive"];

Deno.test({
  name: "salvageHive() makes hives that hivexml reads (needs hivexml and the corpus)",
  ignore: without(hivexmlPresent && corpusPresent),
  fn() {
    for (const file of [...FOREIGN, "hives-clean/NTUSER-plaso.DAT", "hives-clean/BigDataHive"]) {
      const { bytes, keys, values } = salvage(readCorpus(file), file);
      const items = hivexmlItems(bytes) ?? [];
      assert.equal(items.filter(({ value }) => value === undefined).length, keys, file);
      assert.equal(items.filter(({ value }) => value !== undefined).length, values, file);
    }
  },
});

Deno.test({
  name: "salvageHive() keeps times, classes and security as reglookup tells them " +
    "(needs reglookup and the corpus)",
  ignore: without(reglookupPresent && corpusPresent),
  fn() {
    const ask = (bytes: Uint8Array) =>
      askOracle("reglookup", ["-s", "$FILE"], bytes).stdout.split("\n").sort();
    for (const name of ["SAM-regipy", "SECURITY-regipy", "NTUSER-regipy.DAT"]) {
      const bytes = readCorpus(`hives-clean/${name}`);
      const lines = ask(bytes);
      assert.ok(lines.length > 100);
      assert.deepEqual(ask(salvage(bytes, name).bytes), lines, name);
    }
  },
});

Deno.test({
  name: "salvageHive() makes hives that reged exports (needs reged)",
  ignore: without(regedPresent),
  fn() {
    const damaged = richHive().fill(0, 4096, 4096 + 32);
    const { bytes, lost } = salvage(damaged, "RICH");
    assert.deepEqual(lost, []);
    const args = ["-x", "$FILE", "HKLM\\TEST", "\\", "$OUTPUT"];
    const { output } = askOracle("reged", args, bytes);
    assert.match(output, /\[HKLM\\TEST\\Alpha\\Inner\]/);
    assert.match(output, /\[HKLM\\TEST\\many\\sub1199\]/);
  },
});
