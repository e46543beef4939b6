import assert from "node:assert/strict";
import {
  buildHive,
  type KeySpec,
  openHive,
  registryDword,
  registryQword,
  registryStrings,
  RegistryType,
} from "../../../src/formats/regf/mod.ts";
import {
  askOracle,
  hivexmlItems,
  hivexmlPresent,
  regedPresent,
  regfinfoPresent,
} from "../hive_oracles.ts";
import { binary, key, text } from "./hive_samples.ts";
import { without } from "../../needs.ts";

const { REG_DWORD, REG_EXPAND_SZ, REG_MULTI_SZ, REG_QWORD } = RegistryType;

const TREE: KeySpec = key("ROOT", {
  values: [text("", "default"), text("unicode тест", "текст")],
  subkeys: [
    key("Alpha", {
      className: "class",
      values: [
        { name: "Number", type: REG_DWORD, data: registryDword(258) },
        { name: "Long", type: REG_QWORD, data: registryQword(2n ** 40n) },
        { name: "List", type: REG_MULTI_SZ, data: registryStrings(["one", "two"]) },
        { ...text("Path", "%SystemRoot%\\x"), type: REG_EXPAND_SZ },
        binary("Blob", 40),
        binary("Empty", 0),
      ],
      subkeys: [key("Inner")],
    }),
    key("Ключ", { subkeys: [key("ÿ")] }),
    key("many", {
      subkeys: Array.from({ length: 1100 }, (_, i) => key(`sub${String(i).padStart(4, "0")}`)),
    }),
    key("big", { values: [binary("data", 50_000)] }),
  ],
});

const EXPECTED_NAMES = ["ROOT", "Alpha", "Inner", "big", "many", "sub0000", "sub1099", "Ключ", "ÿ"];

for (const minor of [3, 5] as const) {
  const bytes = buildHive(TREE, { minor });

  Deno.test({
    name: `buildHive() makes a 1.${minor} hive that hivexml reads (needs hivexml)`,
    ignore: without(hivexmlPresent),
    fn() {
      const items = hivexmlItems(bytes);
      assert.ok(items !== undefined, "hivexml refuses the hive");
      const keys = items.filter(({ value }) => value === undefined).map(({ name }) => name);
      assert.deepEqual(keys.filter((name) => !/^sub(?!0000|1099)/.test(name)), EXPECTED_NAMES);
      assert.equal(keys.length, 1107);
      const value = (name: string) => items.find((item) => item.value && item.name === name)?.value;
      assert.deepEqual(value("")?.content, "default");
      assert.deepEqual(value("unicode тест")?.content, "текст");
      assert.deepEqual(value("Number"), { type: "int32", content: "258" });
      assert.deepEqual(value("Long"), { type: "int64", content: String(2 ** 40) });
      assert.deepEqual(value("Path"), { type: "expand", content: "%SystemRoot%\\x" });
      assert.deepEqual(value("Blob")?.content, binary("Blob", 40).data);
      assert.deepEqual(value("data")?.content, binary("data", 50_000).data);
      const list = value("List")?.content as readonly string[];
      assert.deepEqual(list.filter((entry) => entry !== ""), ["one", "two"]);
    },
  });

  Deno.test({
    name: `buildHive() makes a 1.${minor} hive that reged exports (needs reged)`,
    ignore: without(regedPresent),
    fn() {
      // reged aborts on value names beyond Latin-1, whoever wrote the hive (hivexsh: the same).
      const values = TREE.values.filter(({ name }) => name === "");
      const bytes = buildHive({ ...TREE, values }, { minor });
      const args = ["-x", "$FILE", "HKLM\\TEST", "\\", "$OUTPUT"];
      const { output: exported } = askOracle("reged", args, bytes);
      assert.match(exported, /\[HKLM\\TEST\\Alpha\\Inner\]/);
      assert.match(exported, /\[HKLM\\TEST\\many\\sub1099\]/);
      assert.match(exported, /"Number"=dword:00000102/);
    },
  });

  Deno.test({
    name: `buildHive() makes a 1.${minor} hive that regfinfo lists (needs regfinfo)`,
    ignore: without(regfinfoPresent),
    fn() {
      const { code, stdout: info } = askOracle("regfinfo", ["$FILE"], bytes);
      assert.equal(code, 0, info);
      assert.match(info, new RegExp(`Version:\\s+1\\.${minor}`));
      assert.match(info, /\(key:\) sub1099/);
      assert.match(info, /\(value: \d+\) Blob/);
      assert.doesNotMatch(info, /corrupt/i);
    },
  });
}

Deno.test("hivexml's tree in this test is a tree that openHive() reads too", () => {
  const hive = openHive(buildHive(TREE));
  for (const path of ["Alpha\\Inner", "Ключ\\Ÿ", "many\\SUB0500", "big"]) {
    assert.ok(hive.key(path), path);
  }
});
