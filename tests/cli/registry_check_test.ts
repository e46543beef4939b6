/** `registry check`, `replay` and `salvage FILE`: what is wrong with a hive, and new files out of it. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import { openHive } from "../../src/formats/regf/mod.ts";
import { corpusPath, corpusPresent } from "../corpus.ts";
import {
  createLab,
  dirtySoftwareHive,
  hivePath,
  type MemoryLab,
  truncatedSystemHive,
} from "../lab/mod.ts";
import { without } from "../needs.ts";
import { jsonLines, runCli } from "../run_cli.ts";
import { longLines } from "./cli_scenes.ts";
import { FILE, putHive, registryLab, treeOf } from "./registry_lab.ts";

const OUT = "E:\\new";

async function dirtyLab(log: "usable" | "none" = "usable"): Promise<MemoryLab> {
  const lab = await createLab();
  await lab.damage(dirtySoftwareHive({ log }));
  return lab;
}

Deno.test("registry check of a sound hive says what is in it and that nothing is wrong", async () => {
  const lab = await registryLab();
  putHive(lab);
  const { code, stdout, stderr } = await runCli(lab, "registry", "check", FILE);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^TEST: 4 keys, 12 values, /m);
  assert.match(stdout, /^ {2}nothing is wrong with its structure$/m);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("registry check --json is one document with counts, logs and problems", async () => {
  const lab = await dirtyLab();
  const run = await runCli(lab, "registry", "check", "D:", "SOFTWARE", "--json");
  const [document, ...more] = jsonLines(run);
  assert.equal(more.length, 0);
  assert.deepEqual([run.code, run.stderr], [0, ""]);
  assert.ok(Number(document!.keys) > 10 && Number(document!.values) > 10);
  assert.deepEqual(
    [document!.hive, document!.dirty, document!.replayed, document!.damaged],
    ["SOFTWARE", true, true, false],
  );
  const used = document!.logsUsed as { name: string }[];
  assert.deepEqual(used.map(({ name }) => name), ["SOFTWARE.LOG1"]);
  assert.deepEqual([document!.logsRefused, document!.moreProblems], [[], 0]);
  assert.ok(Array.isArray(document!.problems));
});

Deno.test("registry check says of a dirty hive what its logs gave, or that they gave nothing", async () => {
  const usable = await runCli(await dirtyLab(), "registry", "check", "D:", "HKLM\\SOFTWARE");
  assert.equal(usable.code, 0);
  assert.match(usable.stdout, /^ {2}dirty, 1 page replayed from LOG1$/m);
  const none = await runCli(await dirtyLab("none"), "registry", "check", "D:", "SOFTWARE");
  assert.equal(none.code, ExitCode.problemsFound);
  assert.match(none.stdout, /dirty, and no log can be used/);
  assert.match(none.stderr.replace(/\s+/g, " "), /pemedic registry salvage D: SOFTWARE --dry-run/);
  const asItLies = await runCli(
    await dirtyLab(),
    ...["registry", "check", "D:", "SOFTWARE", "--no-replay"],
  );
  assert.match(asItLies.stdout, /^ {2}dirty, examined as it lies$/m);
});

Deno.test("registry check of a volume examines every hive that is there", async () => {
  const lab = await createLab();
  const sound = await runCli(lab, "registry", "check", "D:", "--json");
  const hives = jsonLines(sound)[0]!.hives as { hive: string }[];
  assert.equal(sound.code, 0, sound.stdout);
  assert.deepEqual(hives.map(({ hive }) => hive).slice(0, 2), ["SYSTEM", "SOFTWARE"]);
  await lab.damage(truncatedSystemHive());
  const damaged = await runCli(lab, "registry", "check", "D:");
  assert.equal(damaged.code, ExitCode.problemsFound);
  assert.match(damaged.stdout, /^ {2}WRONG 0x/m);
  assert.deepEqual(longLines(damaged.stdout + damaged.stderr), []);
});

Deno.test("registry check of what is no hive says so, and does not fail", async () => {
  const lab = await createLab();
  lab.files.put("E:\\text", new TextEncoder().encode("This is a letter to my aunt. ".repeat(400)));
  lab.files.put("E:\\empty", new Uint8Array());
  for (const path of ["E:\\text", "E:\\empty"]) {
    const run = await runCli(lab, "registry", "check", path);
    assert.equal(run.code, ExitCode.problemsFound, run.stderr);
    assert.match(run.stdout, /WRONG/);
    assert.doesNotMatch(run.stderr, /salvage/, "it would find no root key");
  }
});

Deno.test("registry check wants a whole hive, and a name that there is", async () => {
  const lab = await createLab();
  const deep = await runCli(lab, "registry", "check", "D:", "HKLM\\SYSTEM\\Select");
  assert.equal(deep.code, ExitCode.usage);
  const unknown = await runCli(lab, "registry", "check", "D:", "NOTHIVE");
  assert.equal(unknown.code, ExitCode.usage);
  lab.files.erase(`D:\\${hivePath("COMPONENTS")}`);
  const absent = await runCli(lab, "registry", "check", "D:", "COMPONENTS");
  assert.equal(absent.code, ExitCode.nothingToDo);
});

Deno.test("registry replay writes a clean hive that holds what the logs hold", async () => {
  const lab = await dirtyLab();
  const run = await runCli(lab, "registry", "replay", "D:", "SOFTWARE", "--output", OUT);
  assert.equal(run.code, 0, run.stderr);
  assert.match(
    run.stdout.replace(/\s+/g, " "),
    /SOFTWARE: dirty, 1 page replayed from LOG1; written to/,
  );
  const hive = openHive(await lab.files.read(OUT));
  assert.equal(hive.dirty, false);
  assert.equal(hive.key("LabDirty")?.value("LabReplayed")?.data.at(-1), 1);
  const again = await runCli(lab, "registry", "replay", OUT, "--output", "E:\\newer");
  assert.equal(again.code, ExitCode.nothingToDo);
  assert.match(again.stderr, /clean: there is nothing to replay/);
});

Deno.test("registry replay refuses unusable logs, a file that is there, and no place at all", async () => {
  const lab = await dirtyLab("none");
  const unusable = await runCli(lab, "registry", "replay", "D:", "SOFTWARE", "--output", OUT);
  assert.equal(unusable.code, ExitCode.refused);
  assert.match(unusable.stderr.replace(/\s+/g, " "), /no log can be used/);
  assert.equal(await lab.files.stat(OUT), undefined);
  lab.files.put(OUT, new Uint8Array(1));
  const there = await runCli(lab, "registry", "replay", "D:", "SOFTWARE", "--output", OUT);
  assert.equal(there.code, ExitCode.usage);
  const nowhere = await runCli(lab, "registry", "replay", "D:", "SOFTWARE");
  assert.equal(nowhere.code, ExitCode.usage);
  const unnamed = await runCli(lab, "registry", "replay", "D:", "--output", "E:\\x");
  assert.equal(unnamed.code, ExitCode.usage);
});

Deno.test("registry salvage of a hive file writes what can be reached into a new one", async () => {
  const lab = await registryLab();
  const bytes = putHive(lab);
  const whole = await runCli(lab, "registry", "salvage", FILE, "--output", OUT);
  assert.equal(whole.code, 0, whole.stderr);
  assert.match(whole.stdout, /^TEST: 4 keys and 12 values can be saved$/m);
  assert.deepEqual(treeOf(await lab.files.read(OUT)), treeOf(bytes));
  assert.deepEqual(await lab.files.read(FILE), bytes, "the old one is only read");
  const nowhere = await runCli(lab, "registry", "salvage", FILE);
  assert.equal(nowhere.code, ExitCode.usage);
  lab.files.put("E:\\aunt", new TextEncoder().encode("letter ".repeat(2000)));
  const hopeless = await runCli(lab, "registry", "salvage", "E:\\aunt", "--output", "E:\\x");
  assert.equal(hopeless.code, ExitCode.damagedFile, hopeless.stdout);
});

Deno.test("registry salvage of a damaged hive file says what is lost, and is not called whole", async () => {
  const lab = await registryLab();
  const bytes = putHive(lab).slice();
  const at = positionOf(bytes, "Types") - 0x4c;
  assert.equal(String.fromCharCode(bytes[at]!, bytes[at + 1]!), "nk");
  bytes.fill(0xff, at, at + 2);
  lab.files.put(FILE, bytes);
  const run = await runCli(lab, "registry", "salvage", FILE, "--output", OUT);
  assert.equal(run.code, ExitCode.partial, run.stdout + run.stderr);
  assert.match(run.stdout.replace(/\s+/g, " "), /lost: /);
  assert.ok(openHive(await lab.files.read(OUT)).key("With [brackets] and / and \ud801\\Deep"));
});

function positionOf(bytes: Uint8Array, ascii: string): number {
  const wanted = new TextEncoder().encode(ascii);
  for (let at = 0; at < bytes.length; at++) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  throw new Error(`"${ascii}" is not in the hive`);
}

Deno.test({
  name: "registry check and query end with an answer for every odd file of the corpus",
  ignore: without(corpusPresent),
  async fn() {
    const lab = await createLab();
    for (const { name } of Deno.readDirSync(corpusPath("hives-odd"))) {
      lab.files.put("E:\\odd", Deno.readFileSync(corpusPath(`hives-odd/${name}`)));
      for (const command of ["check", "query"]) {
        const run = await runCli(lab, "registry", command, "E:\\odd");
        assert.notEqual(run.code, ExitCode.internal, `${command} ${name}: ${run.stderr}`);
      }
    }
  },
});
