/** `undo`, `resume`, `sessions`, `sessions prune`: what was done is listed, taken back, gone on with. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import {
  createLab,
  fastStartup,
  hibernated,
  type MemoryLab,
  pendingXmlLeftBehind,
  truncatedSystemHive,
  updateCacheStuck,
} from "../lab/mod.ts";
import { jsonLines, runCli } from "../run_cli.ts";
import { assertNothingLost, OWN } from "./cli_scenes.ts";

async function resetLab(): Promise<MemoryLab> {
  const lab = await createLab();
  await lab.damage(updateCacheStuck());
  return lab;
}

async function sessionIds(lab: MemoryLab): Promise<string[]> {
  const [document] = jsonLines(await runCli(lab, "sessions", "D:", "--json"));
  return (document!.sessions as { id: string }[]).map((session) => session.id);
}

/** A power cut right after a passage of a checkpoint. */
async function cut(lab: MemoryLab, name: string, count = 1): Promise<void> {
  lab.host.killAt(name, count);
  const { code } = await runCli(lab, "cache", "reset", "D:", "--yes");
  assert.equal(code, ExitCode.internal);
  lab.reboot();
}

Deno.test("undo takes the newest session back and says what it did", async () => {
  const lab = await resetLab();
  const before = await lab.snapshot(OWN);
  await runCli(lab, "cache", "reset", "D:", "--yes");
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.equal(undo.code, 0, undo.stderr);
  assert.match(undo.stderr, / {2}- take back: Move folder Windows\\SoftwareDistribution aside/);
  assert.match(undo.stdout, /undone +Move folder Windows\\SoftwareDistribution aside/);
  await assertNothingLost(lab, before);
});

Deno.test("undo writes nothing to a Windows that will resume, and shows what it would do", async () => {
  for (const damage of [hibernated(), fastStartup()]) {
    const lab = await resetLab();
    await runCli(lab, "cache", "reset", "D:", "--yes");
    await lab.damage(damage);
    const undo = await runCli(lab, "undo", "D:", "--yes");
    assert.equal(undo.code, ExitCode.hibernated, undo.stderr);
    assert.match(undo.stderr.replace(/\s+/g, " "), /--only volume\.discard-hibernation/);
    assert.deepEqual(lab.files.operations, []);
    assert.equal((await runCli(lab, "undo", "D:", "--dry-run")).code, ExitCode.ok);
  }
});

Deno.test("undo --dry-run shows what would be taken back and changes nothing", async () => {
  const lab = await resetLab();
  await runCli(lab, "cache", "reset", "D:", "--yes");
  lab.files.forgetOperations();
  const undo = await runCli(lab, "undo", "D:", "--dry-run");
  assert.equal(undo.code, 0);
  assert.match(undo.stdout, /take back: Move folder Windows\\SoftwareDistribution aside/);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("undo asks, and takes nothing back without a yes", async () => {
  const lab = await createLab({ terminal: { interactive: true, answers: ["no"] } });
  await lab.damage(updateCacheStuck());
  await runCli(lab, "cache", "reset", "D:", "--yes");
  lab.files.forgetOperations();
  const undo = await runCli(lab, "undo", "D:");
  assert.equal(undo.code, ExitCode.cancelled);
  assert.deepEqual(lab.host.terminal.questions, ["Take this back? Type yes to go on: "]);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("undo takes a named session back", async () => {
  const lab = await resetLab();
  const before = await lab.snapshot(OWN);
  await runCli(lab, "cache", "reset", "D:", "--yes");
  lab.host.clock.advance(1000);
  await runCli(lab, "image", "cleanup", "D:", "--yes");
  const [first] = await sessionIds(lab);
  const undo = await runCli(lab, "undo", "D:", first!, "--yes");
  assert.equal(undo.code, 0, undo.stderr);
  await assertNothingLost(lab, before);
});

Deno.test("undo of a session that does not exist is a wrong command line", async () => {
  const lab = await resetLab();
  await runCli(lab, "cache", "reset", "D:", "--yes");
  const undo = await runCli(lab, "undo", "D:", "20200101-000000-000000", "--yes");
  assert.equal(undo.code, ExitCode.usage);
  assert.match(undo.stderr, /Cannot find the session "20200101-000000-000000"/);
  assert.match(undo.stderr, /pemedic sessions D:/);
});

Deno.test("undo says what stays, and what can be done instead", async () => {
  const lab = await createLab();
  await lab.damage(pendingXmlLeftBehind(), updateCacheStuck());
  await runCli(lab, "repair", "--yes");
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.equal(undo.code, 0, undo.stderr);
  assert.match(undo.stderr, / {2}- stays: Revert the pending actions of D:\\/);
  assert.match(undo.stdout, /irreversible +Revert the pending actions of D:\\: Install/);
  assert.doesNotMatch(undo.stderr, /List the packages/, "reading is nothing to take back");
});

Deno.test("undo prefers the session that was cut off to an older finished one", async () => {
  const lab = await resetLab();
  await runCli(lab, "cache", "reset", "D:", "--yes");
  lab.host.clock.advance(60_000);
  const before = await lab.snapshot(OWN);
  lab.host.killAt("step-begun");
  await runCli(lab, "image", "cleanup", "D:", "--yes");
  lab.reboot();
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.equal(undo.code, ExitCode.nothingToDo, undo.stdout);
  assert.match(undo.stdout, /it is\s+closed now/);
  await assertNothingLost(lab, before);
});

Deno.test("undo works on a volume whose hive is damaged, and on one without Windows", async () => {
  const lab = await resetLab();
  await runCli(lab, "cache", "reset", "D:", "--yes");
  await truncatedSystemHive().apply(lab.site);
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.equal(undo.code, 0, undo.stderr);
  lab.files.erase("D:\\Windows");
  const listed = await runCli(lab, "sessions", "D:");
  assert.equal(listed.code, 0, listed.stderr);
  assert.match(listed.stdout, /undone/);
  lab.files.erase("D:\\PEMedic");
  const none = await runCli(lab, "sessions", "D:");
  assert.equal(none.code, ExitCode.noWindows);
});

Deno.test("a stick that is full or gone does not end the repair, and is told", async () => {
  const lab = await resetLab();
  lab.files.setFreeBytes("E:", 900);
  const full = await runCli(lab, "cache", "reset", "D:", "--yes", "--mirror", "E:\\");
  assert.equal(full.code, 0, full.stdout);
  assert.match(
    full.stderr.replace(/\s+/g, " "),
    /note: The journal's copy on the stick is not whole/,
  );
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.equal(undo.code, 0, undo.stderr);
  const sound = await resetLab();
  const { stderr } = await runCli(sound, "cache", "reset", "D:", "--yes", "--mirror", "E:\\");
  assert.doesNotMatch(stderr, /not whole/);
});

Deno.test("sessions lists state, outcome, size and command of each session", async () => {
  const lab = await resetLab();
  await runCli(lab, "cache", "reset", "D:", "--yes");
  const { code, stdout } = await runCli(lab, "sessions", "D:");
  assert.equal(code, 0);
  assert.match(stdout, /^\d{8}-\d{6}-[0-9a-f]{6} {2}finished, ok, copies hold 6\.0 GB$/m);
  assert.match(stdout, /^ {4}pemedic cache reset D: --yes$/m);
});

Deno.test("sessions prune frees what finished sessions hold, after a yes", async () => {
  const lab = await resetLab();
  await runCli(lab, "cache", "reset", "D:", "--yes");
  const free = lab.files.freeBytes("D:");
  const prune = await runCli(lab, "sessions", "prune", "D:", "--yes");
  assert.equal(prune.code, 0, prune.stderr);
  assert.match(prune.stdout, /^Freed 6\.0 GB$/m);
  assert.ok(lab.files.freeBytes("D:") > free + 6 * 2 ** 30);
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.equal(undo.code, ExitCode.refused, undo.stdout);
  const again = await runCli(lab, "sessions", "prune", "D:", "--yes");
  assert.equal(again.code, ExitCode.nothingToDo);
});

Deno.test("sessions prune leaves a session that was cut off alone", async () => {
  const lab = await resetLab();
  await cut(lab, "change-made");
  const all = await runCli(lab, "sessions", "prune", "D:", "--yes");
  assert.equal(all.code, ExitCode.nothingToDo);
  const [id] = await sessionIds(lab);
  const named = await runCli(lab, "sessions", "prune", "D:", id!, "--yes");
  assert.equal(named.code, ExitCode.refused);
  assert.match(named.stderr, /Cannot prune session/);
});

Deno.test("resume goes on with what was cut off, and then there is nothing to resume", async () => {
  const lab = await resetLab();
  await cut(lab, "change-recorded", 2);
  const resume = await runCli(lab, "resume", "D:", "--yes");
  assert.equal(resume.code, 0, resume.stdout + resume.stderr);
  assert.match(resume.stderr, /Session \S+ was cut off/);
  assert.equal(await lab.files.stat("D:\\Windows\\System32\\catroot2"), undefined);
  const again = await runCli(lab, "resume", "D:", "--yes");
  assert.equal(again.code, ExitCode.nothingToDo);
  assert.match(again.stderr, /There is no session to resume on "D:\\"/);
});

Deno.test("resume --dry-run shows the plan of what is left and changes nothing", async () => {
  const lab = await resetLab();
  await cut(lab, "change-recorded");
  lab.files.forgetOperations();
  const resume = await runCli(lab, "resume", "D:", "--dry-run");
  assert.equal(resume.code, 0);
  assert.match(resume.stdout, /Move folder Windows\\System32\\catroot2 aside/);
  assert.doesNotMatch(resume.stdout, /Move folder Windows\\SoftwareDistribution aside/);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("resume asks too", async () => {
  const lab = await createLab({ terminal: { interactive: true, answers: ["no"] } });
  await lab.damage(updateCacheStuck());
  await cut(lab, "change-recorded");
  const resume = await runCli(lab, "resume", "D:");
  assert.equal(resume.code, ExitCode.cancelled);
  assert.ok(await lab.files.stat("D:\\Windows\\System32\\catroot2"));
});
