import assert from "node:assert/strict";
import {
  countHive,
  editHive,
  type HiveEdit,
  openHive,
  registryDword,
  RegistryType,
  verifyEdit,
  walkHive,
} from "../../../src/formats/regf/mod.ts";
import { corpusPresent } from "../../corpus.ts";
import { without } from "../../needs.ts";
import { hivexmlItems, hivexmlPresent } from "../hive_oracles.ts";
import { corpusFiles, readCorpus } from "./corpus_hives.ts";
import { applyToModel, edited, EDITED_AT, modelOf } from "./edit_model.ts";
import { contentOf, keyAt, u32At } from "./hive_samples.ts";
import { assertNoNewKernelFault } from "./kernel_rules.ts";
import { assertItems, itemsOf } from "./model_items.ts";

function corpusTest(name: string, fn: () => void): void {
  Deno.test({ name: `${name} (needs the corpus)`, ignore: without(corpusPresent), fn });
}

/** Clean hives without a problem, except the very large one. */
function soundHives(): { file: string; bytes: Uint8Array }[] {
  return [...corpusFiles("hives-clean"), ...corpusFiles("bcd")]
    .filter((file) => !file.includes("SOFTWARE"))
    .map((file) => ({ file, bytes: readCorpus(file) }))
    .filter(({ bytes }) => {
      const hive = openHive(bytes);
      return !hive.dirty && countHive(hive).problems.length === 0;
    });
}

/** The path of the key with the most values, and of one with subkeys. */
function pathsIn(bytes: Uint8Array): { full: string; parent: string } {
  let full = "";
  let parent = "";
  let most = 0;
  walkHive(openHive(bytes), {
    key: (key, { path }) => {
      if (key.valueCount > most) {
        most = key.valueCount;
        full = path;
      }
      if (key.subkeyCount > 0 && path !== "") parent = path;
    },
  });
  return { full, parent };
}

function scriptFor(bytes: Uint8Array): HiveEdit[] {
  const { full, parent } = pathsIn(bytes);
  const hive = openHive(bytes);
  const below = (name: string) => parent === "" ? name : `${parent}\\${name}`;
  const { REG_DWORD, REG_BINARY } = RegistryType;
  const value = { kind: "set-value", type: REG_DWORD, data: registryDword(7) } as const;
  const edits: HiveEdit[] = [
    { ...value, key: full, name: "Made by a test" },
    { kind: "create-key", key: below("Made by a test") },
    { ...value, key: below("made by a TEST"), name: "long", type: REG_BINARY, data: LONG },
  ];
  const old = keyAt(hive, full).values().find(({ name }) => !name.includes("\0"));
  if (old !== undefined) edits.push({ ...value, key: full, name: old.name });
  const doomed = keyAt(hive, parent).subkeys().at(-1);
  if (doomed !== undefined && !full.startsWith(below(doomed.name))) {
    edits.push({ kind: "delete-key", key: below(doomed.name) });
  }
  return edits;
}

const LONG = Uint8Array.from({ length: 40_000 }, (_, i) => i & 0xff);

corpusTest("editHive() makes of every sound hive what the model says", () => {
  const hives = soundHives();
  assert.ok(hives.length > 25, `${hives.length} hives`);
  for (const { file, bytes } of hives) {
    const edits = scriptFor(bytes);
    const model = modelOf(bytes);
    for (const edit of edits) applyToModel(model, edit);
    const after = edited(bytes, edits);
    assert.deepEqual(countHive(openHive(after)).problems, [], file);
    assertNoNewKernelFault(bytes, after, file);
    if (bytes.length < 1e6) assert.deepEqual(modelOf(after), model, file);
  }
});

Deno.test({
  name: "editHive() makes of corpus hives what hivexml reads too (needs hivexml)",
  ignore: without(hivexmlPresent && corpusPresent),
  fn() {
    const names = ["BCD-regipy", "NTUSER-regipy.DAT", "SAM-regipy", "hivex-special", "UnicodeHive"];
    const files = soundHives().filter(({ file }) => names.some((name) => file.endsWith(name)));
    assert.equal(files.length, names.length);
    for (const { file, bytes } of files) {
      const after = edited(bytes, scriptFor(bytes));
      assertItems(hivexmlItems(after), itemsOf(modelOf(after)), file);
    }
  },
});

/** Positions of bytes behind the base block that differ, but for the time of the first bin. */
function differences(before: Uint8Array, after: Uint8Array): number[] {
  const found: number[] = [];
  const end = 4096 + u32At(before, 0x28);
  for (let at = 4096 + 32; at < end; at++) if (before[at] !== after[at]) found.push(at);
  return found;
}

corpusTest("editHive() touches no bytes but those of the key and of what it frees", () => {
  for (const { file, bytes } of soundHives()) {
    const { full } = pathsIn(bytes);
    const key = keyAt(openHive(bytes), full);
    const edit: HiveEdit = {
      kind: "set-value",
      key: full,
      name: "Made by a test",
      type: RegistryType.REG_BINARY,
      data: LONG,
    };
    const after = edited(bytes, [edit]);
    const start = contentOf(key);
    const outside = differences(bytes, after).filter((at) => at < start || at >= start + 0x4c);
    // The size of the old list of values, and of the free cell in front of it.
    assert.ok(outside.length <= 8, `${file}: ${outside.length} bytes`);
    assert.ok(after.length - bytes.length <= 4096 * (16 + key.valueCount / 500), file);
  }
});

corpusTest("editHive() changes one number in place", () => {
  const before = readCorpus("hives-clean/SYSTEM-regipy.gz");
  const path = "Select";
  const edit: HiveEdit = {
    kind: "set-value",
    key: path,
    name: "current",
    type: RegistryType.REG_DWORD,
    data: registryDword(9),
  };
  const after = edited(before, [edit]);
  assert.equal(after.length, 4096 + u32At(before, 0x28));
  const hive = openHive(before);
  const value = contentOf(keyAt(hive, path).value("Current")!);
  const key = contentOf(keyAt(hive, path));
  const expected = [value + 8, ...Array.from({ length: 8 }, (_, i) => key + 4 + i)];
  assert.deepEqual(differences(before, after).filter((at) => !expected.includes(at)), []);
});

corpusTest("editHive() takes back what it did", () => {
  for (const name of ["bcd/BCD-regipy", "hives-clean/NTUSER-regipy.DAT"]) {
    const before = readCorpus(name);
    const create: HiveEdit = { kind: "create-key", key: "one" };
    const there = edited(before, [create, { kind: "create-key", key: "one\\two" }]);
    const back = edited(there, [{ kind: "delete-key", key: "one" }]);
    assert.deepEqual(modelOf(back), modelOf(before));
  }
});

corpusTest("editHive() and verifyEdit() set a value in a hive of 37 MB quickly", () => {
  const before = readCorpus("hives-clean/SOFTWARE-plaso.gz");
  const edits: HiveEdit[] = [{
    kind: "set-value",
    key: "Microsoft\\Windows\\CurrentVersion",
    name: "Made by a test",
    type: RegistryType.REG_DWORD,
    data: registryDword(1),
  }];
  const start = performance.now();
  const after = editHive(before, edits, { name: "SOFTWARE", at: EDITED_AT });
  verifyEdit(before, after, edits, { name: "SOFTWARE" });
  const milliseconds = performance.now() - start;
  // Well under 1 s on a machine that does nothing else; tests run beside each other.
  assert.ok(milliseconds < 5000, `${milliseconds} ms`);
  assert.equal(after.length, 4096 + u32At(before, 0x28) + 4096);
});

corpusTest("verifyEdit() finds one changed byte in a hive of 37 MB", () => {
  const before = readCorpus("hives-clean/SOFTWARE-plaso.gz");
  const edits: HiveEdit[] = [{ kind: "create-key", key: "Made by a test" }];
  const after = editHive(before, edits, { name: "SOFTWARE", at: EDITED_AT });
  const value = keyAt(openHive(before), "Microsoft\\Windows\\CurrentVersion")
    .value("ProgramFilesDir")!;
  after[4096 + 4 + u32At(before, contentOf(value) + 8) + 2]! ^= 1;
  assert.throws(
    () => verifyEdit(before, after, edits, { name: "SOFTWARE" }),
    /value "ProgramFilesDir" changed: its data, key "Microsoft\\Windows\\CurrentVersion"/,
  );
});
