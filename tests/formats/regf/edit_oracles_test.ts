import assert from "node:assert/strict";
import {
  buildHive,
  type HiveEdit,
  registryDword,
  registryString,
  RegistryType,
} from "../../../src/formats/regf/mod.ts";
import { without } from "../../needs.ts";
import {
  askOracle,
  hivexmlItems,
  hivexmlPresent,
  regedPresent,
  regfinfoPresent,
  reglookupPresent,
} from "../hive_oracles.ts";
import { edited, type ModelKey, modelOf } from "./edit_model.ts";
import { binary, key, SMALL_TREE, text } from "./hive_samples.ts";
import { assertItems, itemsOf } from "./model_items.ts";
import { descriptorFor } from "./rich_hive.ts";

const { REG_SZ, REG_DWORD, REG_BINARY } = RegistryType;

const EDITS: readonly HiveEdit[] = [
  { kind: "set-value", key: "Alpha", name: "path", type: REG_SZ, data: registryString("D:\\x") },
  { kind: "set-value", key: "Alpha", name: "Added", type: REG_DWORD, data: registryDword(258) },
  { kind: "set-value", key: "Beta", name: "Big", type: REG_BINARY, data: binary("", 33_001).data },
  { kind: "delete-value", key: "Alpha", name: "Start" },
  {
    kind: "create-key",
    key: "Beta\\Tree",
    spec: {
      className: "a class",
      security: descriptorFor(0),
      values: [text("", "default"), text("Name", "value")],
      subkeys: [key("Below"), key("Above", { security: descriptorFor(1) })],
    },
  },
  { kind: "delete-key", key: "Alpha\\Inner" },
  { kind: "delete-key", key: "gamma" },
  ...Array.from({ length: 1100 }, (_, i): HiveEdit => ({
    kind: "create-key",
    key: `Beta\\n${String(i).padStart(4, "0")}`,
  })),
];

/** Keys with their paths, and the names of their values. */
function pathsOf(key: ModelKey, path = ""): { path: string; values: string[] }[] {
  return [
    { path, values: key.values.map(({ name }) => name) },
    ...key.subkeys.flatMap((subkey) => pathsOf(subkey, `${path}/${subkey.name}`)),
  ];
}

for (const minor of [3, 5] as const) {
  const after = edited(buildHive(SMALL_TREE, { minor }), EDITS);
  const model = modelOf(after);
  const paths = pathsOf(model);
  const what = `an edited 1.${minor} hive`;

  Deno.test({
    name: `hivexml reads ${what} (needs hivexml)`,
    ignore: without(hivexmlPresent),
    fn: () => assertItems(hivexmlItems(after), itemsOf(model), what),
  });

  Deno.test({
    name: `reged exports ${what} (needs reged)`,
    ignore: without(regedPresent),
    fn() {
      const args = ["-x", "$FILE", "HKLM\\TEST", "\\", "$OUTPUT"];
      const { output } = askOracle("reged", args, after);
      const sections = [...output.matchAll(/^\[HKLM\\TEST(.*)\]\r?$/gm)].map(([, path]) => path!);
      assert.deepEqual(
        sections.map((path) => path.replaceAll("\\", "/")),
        paths.map((p) => p.path),
      );
      assert.match(output, /^"Path"="D:\\\\x"\r?$/m);
      assert.match(output, /^"Added"=dword:00000102\r?$/m);
      const hex = /^"Big"=hex:([0-9a-f,\\\s]+)$/m.exec(output)?.[1] ?? "";
      assert.equal(hex.replace(/[^0-9a-f]/g, "").length, 2 * 33_001);
      assert.doesNotMatch(output, /Start|Inner|gamma/);
    },
  });

  Deno.test({
    name: `regfinfo lists ${what} (needs regfinfo)`,
    ignore: without(regfinfoPresent),
    fn() {
      const { code, stdout } = askOracle("regfinfo", ["$FILE"], after);
      assert.equal(code, 0, stdout);
      assert.doesNotMatch(stdout, /corrupt/i);
      const keys = [...stdout.matchAll(/^ *\(key:\) (.*)$/gm)].map(([, name]) => name);
      const names = itemsOf(model).filter(({ data }) => data === undefined).map(({ name }) => name);
      assert.deepEqual(keys, names);
      const values = [...stdout.matchAll(/^ *\(value: \d+\) (.*)$/gm)].map(([, name]) => name);
      const expected = paths.flatMap((place) => place.values);
      assert.deepEqual(values, expected.map((name) => name === "" ? "(default)" : name));
    },
  });

  Deno.test({
    name: `reglookup lists ${what} (needs reglookup)`,
    ignore: without(reglookupPresent),
    fn() {
      const { code, stdout, stderr } = askOracle("reglookup", ["$FILE"], after);
      assert.equal(code, 0, stderr);
      assert.equal(stderr, "");
      const lines = stdout.split("\n").slice(1, -1).map((line) => line.split(",")[0]);
      const expected = paths.flatMap(({ path, values }) => {
        return [path === "" ? "/" : path, ...values.map((name) => `${path || "/"}/${name}`)];
      });
      assert.deepEqual(lines, expected);
      assert.match(stdout, /^\/Alpha\/Path,SZ,D:\\x,$/m);
      assert.match(stdout, /^\/Alpha\/Added,DWORD,0x00000102,$/m);
    },
  });
}
