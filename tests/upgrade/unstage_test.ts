/** `upgrade unstage`, and the power that fails anywhere: nothing is ever half staged. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import { openHive } from "../../src/formats/regf/mod.ts";
import { parseOrder, serializeRecord, UpgradePlace } from "../../src/upgrade/mod.ts";
import {
  compareSnapshots,
  createLab,
  type Damage,
  type MemoryLab,
  safeOsImageLost,
  SimulatedCrash,
} from "../lab/mod.ts";
import { runCli } from "../run_cli.ts";
import { flat, ISO, pictureOf, putOnStick, stage, stageLab, unstage } from "./stage_lab.ts";

const SERVICE = "ControlSet001\\Services\\PEMedicUpgrade";
const SYSTEM = "D:\\Windows\\System32\\config\\SYSTEM";

async function isArmed(lab: MemoryLab): Promise<boolean> {
  return openHive(await lab.files.read(SYSTEM), { name: "SYSTEM" }).key(SERVICE) !== undefined;
}

/** Whatever is cut: what Windows would start is whole. */
async function assertNotHalf(lab: MemoryLab, where: string): Promise<void> {
  if (!await isArmed(lab)) return;
  for (const path of [UpgradePlace.program, UpgradePlace.order, "PEMedic\\media\\setup.exe"]) {
    assert.notEqual(await lab.files.stat(`D:\\${path}`), undefined, `${where}: ${path}`);
  }
}

async function crashes(run: Promise<{ readonly code: number; readonly stderr: string }>) {
  try {
    const { code, stderr } = await run;
    return code === ExitCode.internal && /SimulatedCrash/.test(stderr);
  } catch (error) {
    if (error instanceof SimulatedCrash) return true;
    throw error;
  }
}

const START = await pictureOf(await stageLab());

async function assertAtStart(lab: MemoryLab, where: string): Promise<void> {
  assert.deepEqual(compareSnapshots(START, await pictureOf(lab)), [], where);
}

async function unstaged(lab: MemoryLab, where: string): Promise<void> {
  const run = await unstage(lab);
  assert.ok([ExitCode.ok, ExitCode.nothingToDo].includes(run.code as 0), `${where}: ${flat(run)}`);
  await closeOpen(lab);
  await assertAtStart(lab, where);
}

/** A session that was cut off before it had staged anything is taken back as every other. */
async function closeOpen(lab: MemoryLab): Promise<void> {
  const list = await runCli(lab, "sessions", "D:");
  if (/ open/.test(list.stdout)) await runCli(lab, "undo", "D:", "--yes");
}

async function passages(work: (lab: MemoryLab) => Promise<unknown>, lab: MemoryLab) {
  lab.host.checkpoints.length = 0;
  await work(lab);
  const seen = new Map<string, number>();
  return lab.host.checkpoints.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return { name, count };
  });
}

Deno.test("a kill at every checkpoint: resume stages whole, unstage brings the start back", async () => {
  const marks = await passages((lab) => stage(lab), await stageLab());
  assert.ok(marks.length > 20, String(marks.length));
  for (const { name, count } of marks) {
    const where = `${name}#${count}`;
    const lab = await stageLab();
    lab.host.killAt(name, count);
    assert.ok(await crashes(stage(lab)), where);
    lab.reboot();
    await assertNotHalf(lab, where);
    const resume = await runCli(lab, "resume", "D:", "--yes");
    assert.ok([0, 4].includes(resume.code), `${where}: ${flat(resume)}`);
    assert.ok(await isArmed(lab), `${where}: ${flat(resume)}`);
    assert.doesNotMatch(flat(resume), /To take it back: pemedic undo/, where);
    await assertNotHalf(lab, `${where}, resumed`);
    await unstaged(lab, `${where}, resumed`);
  }
});

Deno.test("a kill at every checkpoint, then unstage alone: the start", async () => {
  const marks = await passages((lab) => stage(lab), await stageLab());
  for (const { name, count } of marks) {
    const where = `${name}#${count}`;
    const lab = await stageLab();
    lab.host.killAt(name, count);
    assert.ok(await crashes(stage(lab)), where);
    lab.reboot();
    await unstaged(lab, where);
  }
});

Deno.test("a cut after every file operation, torn or not: never half, and back to the start", async () => {
  const whole = await stageLab();
  await stage(whole);
  const total = whole.files.operations.length;
  assert.ok(total > 40, String(total));
  for (let count = 1; count <= total; count++) {
    for (const torn of [false, true]) {
      const where = `operation ${count}${torn ? ", torn" : ""}`;
      const lab = await stageLab();
      lab.files.crashAfter(count, { torn });
      if (!await crashes(stage(lab))) continue;
      lab.reboot();
      if (await lab.files.stat(SYSTEM) !== undefined) await assertNotHalf(lab, where);
      const undo = await runCli(lab, "undo", "D:", "--yes");
      assert.ok([0, 4].includes(undo.code), `${where}: ${flat(undo)}`);
      await assertAtStart(lab, where);
    }
  }
});

Deno.test("unstage killed at every checkpoint: the next one ends it", async () => {
  const first = await stageLab();
  await stage(first);
  const marks = await passages((lab) => unstage(lab), first);
  assert.ok(marks.length > 10, String(marks.length));
  for (const { name, count } of marks) {
    const where = `${name}#${count}`;
    const lab = await stageLab();
    await stage(lab);
    lab.host.killAt(name, count);
    assert.ok(await crashes(unstage(lab)), where);
    lab.reboot();
    await unstaged(lab, where);
  }
});

Deno.test("media pulled out while they are copied: nothing starts, and both ways on work", async () => {
  const pulled = async () => {
    const lab = await stageLab();
    const pass = lab.host.checkpoint.bind(lab.host);
    let passed = 0;
    lab.host.checkpoint = async (name) => {
      if (name.startsWith("media-") || name.startsWith("extract")) passed++;
      if (passed === 3) lab.files.setFault(ISO, { fault: "disk-error" });
      await pass(name);
    };
    const run = await stage(lab);
    assert.notEqual(passed, 0, "no checkpoint of the copy was passed");
    assert.notEqual(run.code, ExitCode.ok, flat(run));
    assert.equal(await isArmed(lab), false);
    return lab;
  };
  const back = await pulled();
  await unstaged(back, "pulled");
});

Deno.test("media that are gone at resume: it says so, and unstage still works", async () => {
  const lab = await stageLab();
  lab.host.killAt("change-intended", 1);
  assert.ok(await crashes(stage(lab)));
  lab.reboot();
  await lab.files.move(ISO, "E:\\elsewhere.iso");
  const resume = await runCli(lab, "resume", "D:", "--yes");
  assert.notEqual(resume.code, ExitCode.ok);
  assert.match(flat(resume), /Cannot find media at|Connect the medium again/);
  assert.equal(await isArmed(lab), false);
  await unstaged(lab, "media gone");
});

/** Windows has run: the service took itself away, as DeleteService does. */
const SERVICE_GONE: Damage = {
  name: "service gone",
  imitates: "The starter after its work (Microsoft Learn, DeleteService)",
  apply: (site) => site.rebuildHive("SYSTEM"),
};

/** The service is marked for deletion until the next start. */
const SERVICE_MARKED: Damage = {
  name: "service marked for deletion",
  imitates: "DeleteService while a handle is open: Start 4 and DeleteFlag 1 (Microsoft Learn, " +
    "DeleteService; the values: community)",
  apply: (site) =>
    site.editHive(
      "SYSTEM",
      `[HKEY_LOCAL_MACHINE\\SYSTEM\\${SERVICE}]
"Type"=dword:00000010
"Start"=dword:00000004
"DeleteFlag"=dword:00000001`,
    ),
};

async function putRecords(lab: MemoryLab): Promise<void> {
  const text = new TextDecoder().decode(await lab.files.read(`D:\\${UpgradePlace.order}`));
  const base = { at: "2026-01-15T11:00:00.000Z", order: parseOrder(text).id };
  await putOnStick(lab, {
    [`D:\\${UpgradePlace.progress}`]: serializeRecord({ event: "starts", attempt: 1, ...base }) +
      serializeRecord({ event: "stood-down", reason: "It came up in Safe Mode", ...base }),
  });
}

Deno.test("Windows has run since: the service is gone or marked, the records are kept", async () => {
  for (const damage of [SERVICE_GONE, SERVICE_MARKED]) {
    const lab = await stageLab();
    assert.equal((await stage(lab)).code, ExitCode.ok);
    await lab.damage(damage);
    await putRecords(lab);
    const run = await unstage(lab);
    assert.equal(run.code, ExitCode.ok, `${damage.name}: ${flat(run)}`);
    assert.match(
      flat(run),
      /Setup was started once; its records are kept in D:\\PEMedic\\[^\\]+\\logs\\progress\.jsonl/,
    );
    assert.equal(await isArmed(lab), false, damage.name);
    const [session] = (await lab.files.list("D:\\PEMedic")).map(({ name }) => name);
    const kept = await lab.files.read(`D:\\PEMedic\\${session}\\logs\\progress.jsonl`);
    assert.match(new TextDecoder().decode(kept), /stood-down/);
    assert.ok(flat(run).includes(`kept in D:\\PEMedic\\${session}\\logs\\progress.jsonl`));
    const collected = await runCli(lab, "upgrade", "collect", "D:", "E:\\", "--json");
    const { files } = JSON.parse(collected.stdout.trim().split("\n")[0]!);
    const paths = files.map(({ path }: { path: string }) => path);
    assert.ok(paths.includes(`PEMedic\\${session}\\logs\\progress.jsonl`), paths.join());
    await assertAtStart(lab, damage.name);
    assert.equal((await unstage(lab)).code, ExitCode.nothingToDo);
  }
});

Deno.test("--keep-copies: the records are said to be where the copies are", async () => {
  const lab = await stageLab();
  await stage(lab);
  await putRecords(lab);
  const run = await unstage(lab, "--keep-copies");
  assert.equal(run.code, ExitCode.ok, flat(run));
  const folder = /its records are kept in (D:\\PEMedic\\[^\\ ]+)(?: |$)/.exec(flat(run))?.[1];
  const files = [...(await lab.snapshot()).keys()].map((path) => `D:\\${path}`);
  const kept = files.filter((path) => folder !== undefined && path.startsWith(`${folder}\\`));
  const texts = await Promise.all(
    kept.map(async (path) =>
      (await lab.files.stat(path))?.kind === "file"
        ? new TextDecoder().decode(await lab.files.read(path))
        : ""
    ),
  );
  assert.ok(texts.some((text) => /^\{[^]*"stood-down"/.test(text)), kept.join());
});

/** `Start` of our service in each control set that is named. */
function serviceStart(starts: Readonly<Record<string, number>>): Damage {
  const program = `C:\\${UpgradePlace.program}`.replaceAll("\\", "\\\\");
  const keys = Object.entries(starts).map(([set, start]) =>
    `[HKEY_LOCAL_MACHINE\\SYSTEM\\${set}\\Services\\PEMedicUpgrade]
"Type"=dword:00000010
"Start"=dword:0000000${start}
"ImagePath"="\\"${program}\\" upgrade service"`
  );
  return {
    name: `Start ${Object.values(starts).join()}`,
    imitates: "A service that was disabled by hand (Microsoft Learn, sc config)",
    apply: (site) => site.editHive("SYSTEM", keys.join("\n\n")),
  };
}

/** How it is set, and what is said of it. */
const UNSTARTED: readonly (readonly [string, string, (lab: MemoryLab) => Promise<unknown>])[] = [
  ["disabled in the registry", "disabled", (lab) => lab.damage(serviceStart({ ControlSet001: 4 }))],
  [
    "disabled by our own command",
    "disabled",
    (lab) => runCli(lab, "service", "disable", "PEMedicUpgrade", "--windows", "D:", "--yes"),
  ],
  ["set to manual", "set to manual", (lab) => lab.damage(serviceStart({ ControlSet001: 3 }))],
];

for (const [how, word, change] of UNSTARTED) {
  Deno.test(`a staged service ${how} is not armed, and unstage still takes all back`, async () => {
    const lab = await stageLab();
    await stage(lab);
    assert.match(flat(await runCli(lab, "scan")), /! an upgrade is staged: pemedic/);
    assert.match(flat(await runCli(lab, "diagnose", "D:")), /it begins by itself at the next/);
    await change(lab);
    const status = await runCli(lab, "upgrade", "status", "D:");
    assert.equal(status.code, ExitCode.problemsFound, flat(status));
    assert.match(flat(status), new RegExp(`nothing starts it: Its service is ${word}`));
    assert.doesNotMatch(flat(status), /begins/);
    const scan = flat(await runCli(lab, "scan"));
    assert.match(scan, new RegExp(`an upgrade is staged, its service is ${word}: pemedic upgrade`));
    const diagnose = flat(await runCli(lab, "diagnose", "D:"));
    assert.match(diagnose, new RegExp(`staged, but nothing starts it: its service is ${word}`));
    const abort = await runCli(lab, "upgrade", "abort", "D:", "--yes");
    assert.doesNotMatch(flat(abort), /Next: pemedic upgrade unstage/);
    const back = await unstage(lab);
    assert.equal(back.code, ExitCode.ok, flat(back));
    assert.equal(await isArmed(lab), false);
  });
}

Deno.test("the control set that Windows starts with decides whether the service is disabled", async () => {
  const lab = await stageLab();
  await stage(lab);
  await lab.damage(serviceStart({ ControlSet001: 2, ControlSet002: 4 }));
  assert.match(flat(await runCli(lab, "scan")), /! an upgrade is staged: pemedic/);
  await lab.damage(serviceStart({ ControlSet001: 4, ControlSet002: 2 }));
  assert.match(flat(await runCli(lab, "scan")), /an upgrade is staged, its service is disabled/);
  // A set that Windows starts with has none: a fallback to the other one would start it.
  const other = await stageLab();
  await other.damage(serviceStart({ ControlSet002: 2 }));
  assert.match(flat(await runCli(other, "scan")), /! an upgrade is staged: pemedic/);
});

Deno.test("abort while the order is armed: the last line is the command that calls it off", async () => {
  for (const args of [["--yes"], ["--dry-run"]]) {
    const lab = await stageLab();
    await stage(lab);
    for (const damages of [[], [safeOsImageLost()]]) {
      await lab.damage(...damages);
      const run = await runCli(lab, "upgrade", "abort", "D:", ...args);
      const last = run.stderr.trimEnd().split("\n").at(-1);
      assert.equal(last, "Next: pemedic upgrade unstage D:", `${args}: ${flat(run)}`);
    }
  }
  const none = await runCli(await stageLab(), "upgrade", "abort", "D:", "--yes");
  assert.doesNotMatch(flat(none), /unstage/);
});

Deno.test("--keep-copies keeps what was taken back; --dry-run changes nothing", async () => {
  const lab = await stageLab();
  await stage(lab);
  lab.files.forgetOperations();
  const dry = await runCli(lab, "upgrade", "unstage", "D:", "--dry-run");
  assert.equal(dry.code, ExitCode.ok);
  assert.match(flat(dry), /Dry run: nothing was changed.*take back: Copy the 6 files/);
  assert.deepEqual(lab.files.operations, []);
  const before = (await runCli(lab, "sessions", "D:", "--json")).stdout;
  assert.match(before, /"state":"finished"/);
  assert.equal((await unstage(lab, "--keep-copies")).code, ExitCode.ok);
  const { sessions } = JSON.parse((await runCli(lab, "sessions", "D:", "--json")).stdout);
  assert.equal(sessions[0].state, "undone");
  assert.ok(sessions[0].bytes > 50_000, String(sessions[0].bytes));
  await assertAtStart(lab, "kept");
  const again = await stage(lab);
  assert.equal(again.code, ExitCode.ok, flat(again));
  assert.equal((await unstage(lab)).code, ExitCode.ok);
});

Deno.test("nobody agrees: nothing is changed", async () => {
  const lab = await stageLab();
  await stage(lab);
  lab.files.forgetOperations();
  const run = await runCli(lab, "upgrade", "unstage", "D:");
  assert.equal(run.code, ExitCode.usage, flat(run));
  assert.deepEqual(lab.files.operations, []);
  assert.equal(await isArmed(lab), true);
});

const MIRROR = "E:\\journals";

async function stagedWithMirror(): Promise<{ lab: MemoryLab; session: string }> {
  const lab = await stageLab();
  await lab.files.createDirectory(MIRROR);
  const run = await stage(lab, "--mirror", MIRROR);
  assert.equal(run.code, ExitCode.ok, flat(run));
  const names = (await lab.files.list("D:\\PEMedic")).map(({ name }) => name);
  return { lab, session: names.find((name) => /^\d/.test(name))! };
}

Deno.test("the journal is on the stick only: unstage works with it, and without says what is missing", async () => {
  const { lab, session } = await stagedWithMirror();
  await lab.files.remove(`D:\\PEMedic\\${session}\\journal.jsonl`);
  lab.files.forgetOperations();
  const blind = await unstage(lab);
  assert.equal(blind.code, ExitCode.refused, flat(blind));
  assert.match(flat(blind), /traces of one, and no journal.*--journal FILE/);
  assert.deepEqual(lab.files.operations, []);
  const run = await unstage(lab, "--mirror", MIRROR);
  assert.equal(run.code, ExitCode.ok, flat(run));
  await assertAtStart(lab, "mirror");
});

Deno.test("--journal: the copy of this machine works, that of another one is refused", async () => {
  const { lab, session } = await stagedWithMirror();
  const copy = `${MIRROR}\\${session}\\journal.jsonl`;
  await lab.files.remove(`D:\\PEMedic\\${session}\\journal.jsonl`);
  const other = await stageLab();
  await putOnStick(other, { "E:\\theirs.jsonl": await lab.files.read(copy) });
  const foreign = await unstage(other, "--journal", "E:\\theirs.jsonl");
  assert.equal(foreign.code, ExitCode.refused, flat(foreign));
  assert.match(flat(foreign), /there is no folder/);
  assert.deepEqual(other.files.operations, []);
  const run = await unstage(lab, "--journal", copy);
  assert.equal(run.code, ExitCode.ok, flat(run));
  await assertAtStart(lab, "copy");
});

Deno.test("a journal that stages nothing, or is none, is refused", async () => {
  const lab = await stageLab();
  const reset = await runCli(lab, "cache", "reset", "D:", "--yes");
  assert.equal(reset.code, ExitCode.ok);
  const names = (await lab.files.list("D:\\PEMedic")).map(({ name }) => name);
  const journal = `D:\\PEMedic\\${names[0]}\\journal.jsonl`;
  const other = await unstage(lab, "--journal", journal);
  assert.equal(other.code, ExitCode.refused);
  assert.match(flat(other), /it stages no upgrade/);
  assert.equal((await unstage(lab, "--journal", "E:\\none")).code, ExitCode.usage);
  assert.equal((await unstage(lab, "--journal", ISO)).code, ExitCode.journalDamaged);
  // A session of another kind is left alone.
  assert.equal((await unstage(lab)).code, ExitCode.nothingToDo);
});

Deno.test("a second stage over a first names unstage; after a cut-off one it names both ways", async () => {
  const lab = await stageLab();
  await stage(lab);
  lab.files.forgetOperations();
  const second = await stage(lab, "--starts", "3");
  assert.equal(second.code, ExitCode.refused);
  assert.match(flat(second), /one is staged already.*pemedic upgrade unstage D:/);
  assert.deepEqual(lab.files.operations, []);
  const cut = await stageLab();
  cut.host.killAt("change-made", 2);
  assert.ok(await crashes(stage(cut)));
  cut.reboot();
  const over = await stage(cut, "--starts", "3");
  assert.equal(over.code, ExitCode.refused);
  assert.match(flat(over), /was cut off while it staged another one.*resume D:.*unstage D:/);
});

Deno.test("a Windows without a staged upgrade: no finding, no remark, nothing to take back", async () => {
  const lab = await createLab();
  assert.doesNotMatch((await runCli(lab, "scan")).stdout, /staged/);
  assert.match((await runCli(lab, "diagnose", "D:")).stdout, /ok +No in-place upgrade is staged/);
  const run = await unstage(lab);
  assert.equal(run.code, ExitCode.nothingToDo);
  assert.match(flat(run), /No upgrade is staged; nothing was changed/);
});

Deno.test("what is left when only the files are there is told, too", async () => {
  const lab = await stageLab();
  await stage(lab);
  await lab.damage(SERVICE_GONE);
  const scan = await runCli(lab, "scan");
  assert.match(scan.stdout, /! left of an upgrade: pemedic upgrade unstage D:/);
  const diagnose = await runCli(lab, "diagnose", "D:");
  assert.match(flat(diagnose), /Files of a staged upgrade are left.*pemedic upgrade unstage D:/);
  assert.equal(diagnose.code, ExitCode.ok);
});

Deno.test("sessions prune leaves the session of a staged upgrade alone: it could not be called off", async () => {
  const lab = await stageLab();
  await runCli(lab, "cache", "reset", "D:", "--yes");
  lab.host.clock.advance(60_000);
  await stage(lab);
  const { sessions } = JSON.parse((await runCli(lab, "sessions", "D:", "--json")).stdout);
  const named = await runCli(lab, "sessions", "prune", "D:", sessions[1].id, "--yes");
  assert.equal(named.code, ExitCode.refused, flat(named));
  assert.match(flat(named), /an upgrade is staged by it.*pemedic upgrade unstage D:/);
  const all = await runCli(lab, "sessions", "prune", "D:", "--yes");
  assert.equal(all.code, ExitCode.ok, flat(all));
  const after = JSON.parse((await runCli(lab, "sessions", "D:", "--json")).stdout).sessions;
  assert.deepEqual(after.map(({ state }: { state: string }) => state), ["pruned", "finished"]);
  assert.equal((await unstage(lab)).code, ExitCode.ok);
});
