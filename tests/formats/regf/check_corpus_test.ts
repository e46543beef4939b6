import assert from "node:assert/strict";
import {
  countHive,
  examineHive,
  type HiveExamination,
  openHive,
} from "../../../src/formats/regf/mod.ts";
import { corpusPresent } from "../../corpus.ts";
import { without } from "../../needs.ts";
import { corpusFiles, readCorpus } from "./corpus_hives.ts";

function corpusTest(name: string, fn: () => void): void {
  Deno.test({ name: `${name} (needs the corpus)`, ignore: without(corpusPresent), fn });
}

function examine(bytes: Uint8Array): HiveExamination {
  return examineHive(bytes, { name: "TEST", limit: 100_000 });
}

/** Hives that other programs call healthy and that are not, with what is wrong. */
const DAMAGED_ALL_THE_SAME: Readonly<Record<string, RegExp>> = {
  // Its list names one subkey twice over: that is what it was made for.
  DuplicateSubkeysHive: /^There are two subkeys named "4500"$/,
  // The size of its bins was changed by hand and the checksum was not.
  EffectiveSizeHive: /^The checksum of its header is wrong$/,
};

/** What is untidy in healthy hives: four are dirty, and in one a program has left a cell behind. */
const UNTIDY = [
  "Amcache-plaso.hve header",
  "NTUSER_modified.DAT orphan",
  "NTUSER_modified.DAT orphan",
  "SECURITY-EZ header",
  "SECURITY-regipy header",
  "SYSTEM_2-regipy.gz header",
];

corpusTest("examineHive() finds no damage in healthy hives, and counts as countHive()", () => {
  const files = [...corpusFiles("hives-clean"), ...corpusFiles("bcd")];
  assert.ok(files.length > 30);
  const untidy: string[] = [];
  for (const path of files) {
    const file = path.replace(/^.*\//, "");
    const bytes = readCorpus(path);
    const start = performance.now();
    const { faults, more, keys, values, binsSize } = examine(bytes);
    const milliseconds = performance.now() - start;
    assert.ok(milliseconds < 8000, `${milliseconds} ms`); // SOFTWARE: 0.5 s on a machine at rest
    const damage = faults.filter(({ weight }) => weight === "damage");
    const expected = DAMAGED_ALL_THE_SAME[file];
    assert.equal(damage.length, expected === undefined ? 0 : 1, `${file}: ${damage[0]?.message}`);
    if (expected !== undefined) assert.match(damage[0]!.message, expected);
    assert.equal(more, 0);
    const hive = openHive(bytes);
    const counted = countHive(hive);
    assert.deepEqual([keys, values], [counted.keys, counted.values], file);
    assert.equal(binsSize, hive.binsPresent);
    for (const { kind, weight } of faults) if (weight === "untidy") untidy.push(`${file} ${kind}`);
  }
  assert.deepEqual(untidy, UNTIDY);
});

/** What each file of hives-odd shows; a file that is not named shows nothing. */
const ODD: Readonly<Record<string, readonly RegExp[]>> = {
  BadListHive: [
    /^The key "subkey" names another key as its parent$/,
    /it belongs to another key too/,
    /its key counts 1 subkeys, the list has 0/,
    /^A security record counts 6 keys; 5 keys name it$/,
    /^2 cells are in use \(112 bytes\), but nothing leads there$/,
    /^Nothing leads to /,
    /^Nothing leads to /,
  ],
  DeletedDataHiveTruncated: [
    /Cannot read a list of values .* there is no cell 0x100290/,
    /^3 cells are in use/,
    /^Nothing leads to /,
    /^Nothing leads to /,
    /^Nothing leads to /,
  ],
  DeletedTreeNoRootFlagHive: [/^The root key is not marked as the root$/],
  GarbageHive: [
    /^The checksum of its header is wrong$/,
    /^There are 253959 bytes behind its bins, which is no whole number of pages$/,
  ],
  // Five cells in all: Windows took their keys out of the lists, and one is a security record.
  HealedHive: [
    /^A security record counts 8 keys; 4 keys name it$/,
    /^A security record counts 1 keys; no key names it$/,
    /^4 cells are in use \(152 bytes\), but nothing leads there$/,
    /^Nothing leads to /,
    /^Nothing leads to /,
    /^Nothing leads to /,
    /^Nothing leads to /,
  ],
  InvalidParentFragment: [/it does not begin with "regf"/],
  InvalidParentHive: [/^The key "4900" names another key as its parent$/],
  NotAHive: [/it does not begin with "regf"/],
  SqliteFragment: [/it does not begin with "regf"/],
  TruncatedHive: [
    /^The file is cut off: 8192 of 487424 bytes of its bins are there$/,
    /5000 subkeys do not fit into it/,
    /^A security record counts 5003 keys; 2 keys name it$/,
    /^85 cells are in use/,
  ],
  TruncatedHiveBin: [/it does not begin with "regf"/],
  WrongOrderHive: [
    /^"1" is in the wrong order, so that Windows does not find it$/,
    /^"в" is in the wrong order, so that Windows does not find it$/,
  ],
  "corrupt_sub_key_list.hiv": [
    /Cannot read a key .* its cell is free at offset 0x5480/,
    /^A security record counts 101 keys; 100 keys name it$/,
    /^4 cells are in use/,
  ],
};

corpusTest("examineHive() finds in odd hives what they were made for", () => {
  for (const file of corpusFiles("hives-odd")) {
    const messages = examine(readCorpus(file)).faults.map(({ message }) => message);
    const expected = ODD[file.slice(10)] ?? [];
    expected.forEach((pattern, i) => assert.match(messages[i] ?? "", pattern, file));
    const rest = messages.slice(expected.length);
    assert.deepEqual(rest.filter((message) => !message.startsWith("Nothing leads to")), [], file);
    if (expected.length === 0) assert.deepEqual(messages, [], file);
  }
});
