import assert from "node:assert/strict";
import { decodeUtf16, FormatError } from "../../../src/base/mod.ts";
import {
  countHive,
  type Hive,
  type HiveCount,
  openHive,
  RegistryType,
} from "../../../src/formats/regf/mod.ts";
import { corpusPresent } from "../../corpus.ts";
import { corpusFiles, expectedCounts, readCorpus } from "./corpus_hives.ts";
import { keyAt } from "./hive_samples.ts";
import { without } from "../../needs.ts";

function corpusTest(name: string, fn: () => void): void {
  Deno.test({ name: `${name} (needs the corpus)`, ignore: without(corpusPresent), fn });
}

function open(file: string): Hive {
  return openHive(readCorpus(file), { name: file });
}

corpusTest("countHive() agrees with yarp on every hive that yarp walks", () => {
  const rows = expectedCounts().filter(({ counts }) => counts !== undefined);
  assert.ok(rows.length > 40, `${rows.length} rows`);
  for (const { file, counts } of rows) {
    const { problems, ...found } = countHive(open(file));
    assert.deepEqual(found, counts, file);
    assert.deepEqual(problems, [], file);
  }
});

// Windows finds one of the two and never the other; for us both are there, and it is a problem.
corpusTest("countHive() counts both keys of one name in DuplicateSubkeysHive and says so", () => {
  const { keys, problems } = countHive(open("hives-clean/DuplicateSubkeysHive"));
  assert.equal(keys, 5003);
  assert.equal(problems.length, 1);
  assert.equal(problems[0]!.path, "key_with_many_subkeys");
  assert.match(problems[0]!.message, /there are two named "4500" at offset 0x6bde4/);
});

corpusTest("openHive() gives a hive or a FormatError for every odd file", () => {
  const files = corpusFiles("hives-odd");
  assert.ok(files.length > 20);
  const refused = files.filter((file) => {
    try {
      countHive(open(file));
      return false;
    } catch (error) {
      assert.ok(error instanceof FormatError, `${file}: ${error}`);
      return true;
    }
  });
  assert.deepEqual(refused.map((file) => file.slice(10)), [
    "InvalidParentFragment",
    "NotAHive",
    "SqliteFragment",
    "TruncatedHiveBin",
  ]);
});

function problemsIn(name: string): HiveCount & { readonly messages: string } {
  const count = countHive(open(`hives-odd/${name}`));
  return { ...count, messages: count.problems.map(({ message }) => message).join("\n") };
}

corpusTest("walkHive() goes on past the damage of odd hives", () => {
  const expectations: [string, number, RegExp][] = [
    ["BadListHive", 6, /it belongs to another key too/],
    ["DeletedDataHiveTruncated", 2, /list of values .* no cell 0x100290/],
    ["InvalidParentHive", 5003, /"4900" names another key as its parent/],
    ["TruncatedHive", 2, /5000 subkeys do not fit/],
    ["WrongOrderHive", 11, /"в" is in the wrong order/],
    ["corrupt_sub_key_list.hiv", 100, /its cell is free at offset 0x5480/],
  ];
  for (const [name, keys, expected] of expectations) {
    const found = problemsIn(name);
    assert.equal(found.keys, keys, name);
    assert.match(found.messages, expected, name);
  }
});

corpusTest("HiveKey.subkey() finds every key of WrongOrderHive", () => {
  const { root } = open("hives-odd/WrongOrderHive");
  for (const parent of root.subkeys()) {
    for (const { name } of parent.subkeys()) assert.equal(parent.subkey(name)?.name, name);
  }
});

corpusTest("Hive.truncated tells TruncatedHive from a whole one", () => {
  assert.equal(open("hives-odd/TruncatedHive").truncated, true);
  assert.equal(open("hives-odd/SlackHive").truncated, false);
  assert.equal(open("hives-dirty/TruncatedDirtyHive").truncated, true);
});

corpusTest("openHive() reads the oddities of single hives", () => {
  assert.equal(open("hives-odd/SAM_RootValue").root.values().length, 1);
  const big: number[] = [];
  const walk = (key = open("hives-odd/SAM_hasBigEndianDWord").root): void => {
    for (const value of key.values()) {
      if (value.type === RegistryType.REG_DWORD_BIG_ENDIAN) big.push(Number(value.number()));
    }
    key.subkeys().forEach((subkey) => walk(subkey));
  };
  walk();
  assert.ok(big.length > 0);
  const data = open("hives-clean/BigDataHive").key("key_with_bigdata")?.values() ?? [];
  assert.deepEqual(data.map((value) => value.data.length).sort((a, b) => a - b), [16345, 81725]);
  assert.ok(data.every((value) => value.data.every((byte, _, all) => byte === all[0])));
});

corpusTest("HiveKey.name keeps CR, LF, NUL and lone surrogates", () => {
  const bogus = open("hives-clean/BogusKeyNamesHive").root.subkeys().map(({ name }) => name);
  assert.deepEqual(bogus, ["testnew\r\nne", "testnu\0l"]);
  const pairs = open("hives-clean/TruncatedPairHive");
  const lone = pairs.root.subkeys().flatMap(({ name }) => [...name]).filter((character) =>
    /^[\ud800-\udfff]$/.test(character)
  );
  assert.ok(lone.length > 0);
  for (const subkey of pairs.root.subkeys()) {
    assert.equal(pairs.key(subkey.name)?.offset, subkey.offset);
  }
});

corpusTest("HiveValue reads the lenient strings of StringValuesHive and MultiSzHive", () => {
  const key = keyAt(open("hives-clean/StringValuesHive"), "key");
  assert.equal(key.value("")?.string(), "test тест");
  assert.equal(key.value("2")?.string(), "test тест");
  assert.equal(key.value("1")?.string(), undefined); // binary
  const lists = keyAt(open("hives-clean/MultiSzHive"), "key");
  assert.deepEqual(lists.value("1")?.strings(), []);
  assert.deepEqual(lists.value("2")?.strings(), ["привет", "как дела?"]);
});

corpusTest("Hive.key() finds Cyrillic names in any case", () => {
  const hive = open("hives-clean/UnicodeHive");
  assert.equal(hive.key("ПРИВЕТ\\ключ")?.name, "Ключ");
});

corpusTest("HiveKey.className reads the class names of Lsa", () => {
  const hive = open("hives-clean/SYSTEM-regipy.gz");
  const current = hive.key("Select")?.value("Current")?.number();
  const lsa = keyAt(hive, `ControlSet00${current}\\Control\\Lsa`);
  for (const name of ["JD", "Skew1", "GBG", "Data"]) {
    assert.match(lsa.subkey(name)?.className ?? "", /^[0-9a-f]{8}$/, name);
  }
});

corpusTest("Hive.dirty tells dirty hives from clean ones", () => {
  const expectations: [string, boolean, RegExp?][] = [
    ["hives-dirty/NewDirtyHive1/NewDirtyHive", true, /3 and 2/],
    ["hives-dirty/NewDirtyHive1/RecoveredHive_Windows10", false],
    ["hives-dirty/OldDirtyHive/OldDirtyHive", true, /5 and 4/],
    ["hives-dirty/OldDirtyHive/RecoveredHive_Windows7", false],
    ["hives-dirty/BadLogHive1/BadLogHive", true, /5 and 4/],
    ["hives-dirty/UsrClass/UsrClass.dat", true, /256 and 255/],
    ["hives-dirty/dfwinreg-NTUSER/NTUSER.DAT", false],
    ["hives-dirty/TruncatedDirtyHive", true],
    ["hives-clean/EffectiveSizeHive", true, /checksum/],
    ["hives-clean/NTUSER-plaso.DAT", false],
    ["hives-clean/Amcache-plaso.hve", true, /41 and 40/],
  ];
  for (const [file, dirty, reason] of expectations) {
    const hive = open(file);
    assert.equal(hive.dirty, dirty, file);
    assert.equal(hive.dirtyReason !== undefined, dirty, file);
    if (reason !== undefined) assert.match(hive.dirtyReason ?? "", reason, file);
  }
});

corpusTest("openHive() reads a hive whose base block is bad, and calls it dirty", () => {
  const hive = open("hives-dirty/BadBaseBlockHive/BadBaseBlockHive");
  assert.equal(hive.header.minorVersion, 1); // one flipped bit
  assert.match(hive.dirtyReason ?? "", /checksum/);
  assert.equal(countHive(hive).keys, 5003);
});

corpusTest("openHive() refuses logs", () => {
  const logs = [
    "hives-dirty/NewDirtyHive1/NewDirtyHive.LOG1",
    "hives-dirty/OldDirtyHive/OldDirtyHive.LOG1",
  ];
  for (const file of logs) assert.throws(() => open(file), /it is a log \(file type [16]\)/);
});

corpusTest("HiveHeader of NTUSER-regipy.DAT is what regipy reads", () => {
  const { header } = open("hives-clean/NTUSER-regipy.DAT");
  assert.equal(header.primarySequence, 749);
  assert.equal(header.minorVersion, 3);
  assert.equal(header.binsSize, 733184);
  assert.equal(header.checksumValid, true);
});

corpusTest("HiveHeader of a BCD store tells where it lies", () => {
  assert.match(open("bcd/BCD-regipy").header.storedName, /\\EFI\\Microsoft\\Boot\\BCD$/);
  assert.equal(decodeUtf16(readCorpus("bcd/BCD-regipy").subarray(0, 4)), "\u6572\u6667");
});
