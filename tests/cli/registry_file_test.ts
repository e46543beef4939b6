/** Edits of a hive file that belongs to no Windows: journalled beside it, taken back by `undo`. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import { openHive } from "../../src/formats/regf/mod.ts";
import { createLab, hibernated, hivePath, type MemoryLab } from "../lab/mod.ts";
import { jsonLines, runCli } from "../run_cli.ts";
import { longLines } from "./cli_scenes.ts";
import { FILE, putHive, registryLab, treeOf } from "./registry_lab.ts";

const SET = ["registry", "set", FILE, "Types", "sz", "new", "--type", "sz"] as const;

async function tree(lab: MemoryLab, path = FILE): Promise<unknown> {
  return treeOf(await lab.files.read(path));
}

async function shown(lab: MemoryLab): Promise<string> {
  return (await runCli(lab, "registry", "query", FILE, "Types", "--value", "sz")).stdout.trim();
}

Deno.test("registry set on a hive file shows, sets, reads back, and undo takes it back", async () => {
  const lab = await registryLab();
  putHive(lab);
  const before = await tree(lab);
  const dry = await runCli(lab, ...SET, "--dry-run");
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout.replace(/\s+/g, " "), /Types "sz": "C:\\a "b"" -> "new"/);
  assert.deepEqual(lab.files.operations, []);
  const run = await runCli(lab, ...SET, "--yes");
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /^Done: 1 edit read back$/m);
  assert.match(run.stderr, /^To take it back: pemedic undo E:\\hives \S+$/m);
  assert.equal(await shown(lab), "new");
  assert.deepEqual(longLines(run.stdout + run.stderr + dry.stdout), []);
  const listed = await runCli(lab, "sessions", "E:\\hives");
  assert.match(listed.stdout, /finished, ok/);
  const undo = await runCli(lab, "undo", "E:\\hives", "--yes");
  assert.equal(undo.code, 0, undo.stdout + undo.stderr);
  assert.deepEqual(await tree(lab), before);
  const kept = await lab.files.list("D:\\");
  assert.ok(!kept.some(({ name }) => name === "PEMedic"), "the Windows is left alone");
});

Deno.test("registry set on a hive file asks, and its answer counts", async () => {
  const lab = await registryLab({ terminal: { interactive: true, answers: ["no", "yes"] } });
  putHive(lab);
  const no = await runCli(lab, ...SET);
  assert.equal(no.code, ExitCode.cancelled);
  assert.deepEqual(lab.files.operations, []);
  const yes = await runCli(lab, ...SET);
  assert.equal(yes.code, 0, yes.stderr);
  assert.equal(await shown(lab), "new");
});

Deno.test("without a console and --yes a hive file is not edited", async () => {
  const lab = await registryLab();
  putHive(lab);
  const run = await runCli(lab, ...SET);
  assert.equal(run.code, ExitCode.usage);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("an edit of a hive file prints one JSON document", async () => {
  const lab = await registryLab();
  putHive(lab);
  const dry = await runCli(lab, ...SET, "--dry-run", "--json");
  assert.equal(jsonLines(dry).length, 1);
  assert.equal(jsonLines(dry)[0]!.dryRun, true);
  const run = await runCli(lab, ...SET, "--yes", "--json");
  const [document, ...more] = jsonLines(run);
  assert.deepEqual([run.code, run.stderr, more.length], [0, "", 0]);
  assert.equal((document!.edits as unknown[]).length, 1);
  assert.match(String(document!.session), /^\d{8}-\d{6}-/);
  const again = await runCli(lab, ...SET, "--yes", "--json");
  assert.equal(again.code, ExitCode.nothingToDo);
  assert.equal(jsonLines(again).length, 1);
});

Deno.test("registry delete and import work on a hive file; --prefix says what its root is", async () => {
  const lab = await registryLab();
  putHive(lab);
  const before = await tree(lab);
  const exported = await runCli(lab, "registry", "export", FILE, "--output", "E:\\all.reg");
  assert.equal(exported.code, 0, exported.stderr);
  for (const key of ["Types", "With [brackets] and / and \ud801"]) {
    const run = await runCli(lab, "registry", "delete", FILE, key, "--yes");
    assert.equal(run.code, 0, run.stdout + run.stderr);
    lab.host.clock.advance(1000);
  }
  assert.equal(openHive(await lab.files.read(FILE)).root.subkeyCount, 0);
  const wrong = await runCli(
    lab,
    ...["registry", "import", FILE, "E:\\all.reg", "--prefix", "HKEY_USERS\\X", "--yes"],
  );
  assert.equal(wrong.code, ExitCode.usage);
  assert.match(wrong.stderr.replace(/\s+/g, " "), /does not lie below HKEY_USERS\\X/);
  const run = await runCli(lab, "registry", "import", FILE, "E:\\all.reg", "--yes");
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.deepEqual(await tree(lab), before, "an emptied hive gets all of it back");
});

Deno.test("an edit of a hive file is refused while an earlier one is half done", async () => {
  const lab = await registryLab();
  putHive(lab);
  const before = await tree(lab);
  lab.host.killAt("change-intended");
  assert.equal((await runCli(lab, ...SET, "--yes")).code, ExitCode.internal);
  lab.reboot();
  const refused = await runCli(lab, ...SET, "--yes");
  assert.equal(refused.code, ExitCode.refused);
  assert.match(
    refused.stderr.replace(/\s+/g, " "),
    /Next: Take it back first: pemedic undo E:\\hives/,
  );
  const resume = await runCli(lab, "resume", "E:\\hives", "--yes");
  assert.equal(resume.code, ExitCode.refused);
  const undo = await runCli(lab, "undo", "E:\\hives", "--yes");
  assert.ok([0, ExitCode.nothingToDo].includes(undo.code), undo.stderr);
  assert.deepEqual(await tree(lab), before);
  const run = await runCli(lab, ...SET, "--yes");
  assert.equal(run.code, 0, run.stderr);
});

Deno.test("a cut at every checkpoint of an edit leaves the old or the new hive, and undo", async () => {
  const whole = await registryLab();
  putHive(whole);
  await runCli(whole, ...SET, "--yes");
  const marks = whole.host.checkpoints.slice();
  assert.ok(marks.length > 3, marks.join());
  for (const [index, name] of marks.entries()) {
    const lab = await registryLab();
    putHive(lab);
    const before = await tree(lab);
    lab.host.killAt(name, marks.slice(0, index + 1).filter((other) => other === name).length);
    await runCli(lab, ...SET, "--yes");
    lab.reboot();
    assert.ok(['C:\\a "b"', "new"].includes(await shown(lab)), name);
    const undo = await runCli(lab, "undo", "E:\\hives", "--yes");
    assert.ok([0, ExitCode.nothingToDo].includes(undo.code), `${name}: ${undo.stderr}`);
    assert.deepEqual(await tree(lab), before, name);
  }
});

Deno.test("a hive file on the volume of a hibernated Windows is not edited", async () => {
  const lab = await createLab();
  await lab.damage(hibernated());
  putHive(lab, undefined, "D:\\Users\\Anna\\NTUSER.DAT");
  const run = await runCli(
    lab,
    ...["registry", "set", "D:\\Users\\Anna\\NTUSER.DAT", "X", "v", "1", "--type", "sz", "--yes"],
  );
  assert.equal(run.code, ExitCode.hibernated, run.stderr);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("CurrentControlSet in a copy of SYSTEM is the one that Select names", async () => {
  const lab = await createLab();
  lab.files.put("E:\\hives\\SYSTEM", await lab.files.read(`D:\\${hivePath("SYSTEM")}`));
  const path = "CurrentControlSet\\Services\\BITS";
  const query = await runCli(lab, "registry", "query", "E:\\hives\\SYSTEM", path);
  assert.match(query.stdout, /^HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\BITS$/m);
  const args = ["E:\\hives\\SYSTEM", path, "Start", "4", "--type", "dword", "--dry-run"];
  const set = await runCli(lab, "registry", "set", ...args);
  assert.match(set.stdout.replace(/\s+/g, " "), /ControlSet001\\Services\\BITS "Start": 3 -> 4/);
  const missing = await runCli(lab, "registry", "query", FILE, path);
  assert.notEqual(missing.code, 0);
});

Deno.test("a plan cannot be saved for a hive file, and a read-only one is said to be so", async () => {
  const lab = await registryLab();
  putHive(lab);
  const saved = await runCli(lab, ...SET, "--save-plan", "E:\\plan");
  assert.equal(saved.code, ExitCode.usage);
  lab.files.volume("E:").readOnly = true;
  const run = await runCli(lab, ...SET, "--yes");
  assert.equal(run.code, ExitCode.readOnly);
});
