/** Clearing leftovers: what proves them, what stays, and the order with reverting. */
import assert from "node:assert/strict";
import { hiveOf, openWindows, readRevertAttempt } from "../../src/windows/mod.ts";
import { DEFAULT_OPTIONS } from "../../src/ladder/mod.ts";
import { createSteps, type RepairStep } from "../../src/repairs/mod.ts";
import {
  bootExecuteProgramMissing,
  compareSnapshots,
  createLab,
  type Damage,
  exclusiveSessionLeftBehind,
  halfDoneUpdateOfEveryKind,
  healthyLookAlikes,
  type MemoryLab,
  pendingXmlIdentifierOnly,
  pendingXmlLeftBehind,
  rebootPendingKey,
  setupExecuteWithoutPendingXml,
  startsFailed,
} from "../lab/mod.ts";
import { multiStringText } from "../lab/reg_text_values.ts";
import { jsonLines, runCli } from "../run_cli.ts";

const STEP = "servicing.clear-leftovers";
const REVERT = "servicing.revert-pending";
const ALONE = ["repair", "D:", "--only", STEP, "--yes"];
const PENDING = "D:\\Windows\\WinSxS\\pending.xml";

async function damaged(...damages: readonly Damage[]): Promise<MemoryLab> {
  const lab = await createLab();
  await lab.damage(...damages);
  return lab;
}

function step(id: string, only: readonly string[] = []): RepairStep {
  return createSteps({ ...DEFAULT_OPTIONS, only }).find((each) => each.id === id)!;
}

async function detect(lab: MemoryLab, id = STEP, only: readonly string[] = []) {
  return await step(id, only).detect(await openWindows(lab.host, "D:"));
}

/** A value as Windows would see it. */
async function valueOf(lab: MemoryLab, hive: string, key: string, name: string) {
  const windows = await openWindows(lab.host, "D:");
  return hiveOf(await windows.hives.read(hive))?.key(key)?.value(name);
}

async function hasKey(lab: MemoryLab, hive: string, key: string): Promise<boolean> {
  const windows = await openWindows(lab.host, "D:");
  return hiveOf(await windows.hives.read(hive))?.key(key) !== undefined;
}

const MANAGER = "ControlSet001\\Control\\Session Manager";
const CURRENT = "Microsoft\\Windows\\CurrentVersion";

async function outcomes(lab: MemoryLab, ...args: readonly string[]) {
  const lines = jsonLines(await runCli(lab, ...args, "--json"));
  const ends = lines.filter((line) => line.type === "step-finished");
  return new Map(ends.map((line) => [line.step, line.outcome]));
}

/** Cut off in the middle of the night, Windows starts, its servicing runs and gets nowhere. */
async function windowsStartsInVain(lab: MemoryLab): Promise<void> {
  const log = "D:\\Windows\\Logs\\CBS\\CBS.log";
  const text = "2025-06-12 09:20:00, Info                  CBS    Starting TrustedInstaller " +
    "initialization.\r\n";
  const before = await lab.files.read(log);
  lab.files.put(log, new Uint8Array([...before, ...new TextEncoder().encode(text)]));
}

Deno.test("clear-leftovers: what contradicts the rest goes without DISM", async () => {
  const lab = await damaged(
    setupExecuteWithoutPendingXml(),
    pendingXmlIdentifierOnly(),
    exclusiveSessionLeftBehind(),
    bootExecuteProgramMissing(),
  );
  assert.equal((await detect(lab)).applies, true);
  const revert = await detect(lab, REVERT);
  assert.deepEqual(
    [revert.applies, revert.reason],
    [false, "There is nothing to revert: only traces of an update are left"],
  );
  const run = await runCli(lab, "repair", "D:", "--yes", "--quick");
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.deepEqual((await valueOf(lab, "SYSTEM", MANAGER, "SetupExecute"))?.strings(), []);
  assert.deepEqual((await valueOf(lab, "SYSTEM", MANAGER, "BootExecute"))?.strings(), [
    "autocheck autochk *",
  ]);
  const configuration = `${CURRENT}\\SideBySide\\Configuration`;
  const servicing = `${CURRENT}\\Component Based Servicing`;
  for (
    const [hive, key, name] of [
      ["SOFTWARE", configuration, "PoqexecCmdline"],
      ["SOFTWARE", configuration, "DontRunPoqexecInSmss"],
      ["SOFTWARE", `${servicing}\\SessionsPending`, "Exclusive"],
      ["COMPONENTS", "", "PendingXmlIdentifier"],
    ] as const
  ) assert.equal(await valueOf(lab, hive, key, name), undefined, name);
  assert.ok(await hasKey(lab, "SOFTWARE", `${servicing}\\SessionsPending\\31182540_3175843921`));
  assert.equal((await detect(lab)).reason, "Nothing of a half-done update is left behind");
  assert.equal((await runCli(lab, "repair", "D:", "--yes", "--quick")).code, 4);
});

Deno.test("clear-leftovers: healthy look-alikes and due restarts are not touched, asked or not", async () => {
  for (const damage of [healthyLookAlikes(), rebootPendingKey()]) {
    const lab = await damaged(damage);
    const before = await lab.snapshot();
    const { applies, reason } = await detect(lab, STEP, [STEP]);
    assert.equal(applies, false);
    assert.match(reason, /^Left alone \(.*\): /);
    const run = await runCli(lab, ...ALONE);
    assert.equal(run.code, 4, run.stdout + run.stderr);
    assert.deepEqual(compareSnapshots(before, await lab.snapshot({ except: ["PEMedic"] })), []);
  }
});

Deno.test("clear-leftovers: an update that may still be completed is left alone", async () => {
  const lab = await damaged(pendingXmlLeftBehind());
  const { applies, reason, waitsFor } = await detect(lab);
  assert.deepEqual([applies, waitsFor], [false, undefined]);
  assert.equal(reason, "Left alone (pending-xml): The next start of Windows may still complete it");
});

Deno.test("clear-leftovers: the user's word stands for a proof that is missing", async () => {
  const lab = await damaged(halfDoneUpdateOfEveryKind());
  const { applies, reason } = await detect(lab, STEP, [STEP]);
  assert.equal(applies, true);
  assert.match(reason, /^Asked for by name, without a proof: /);
  const remark = /The user's word stands for the proof/;
  assert.match((await runCli(lab, ...ALONE, "--dry-run")).stdout, remark);
  const old = await createLab({ platform: { build: 19041 } });
  await old.damage(halfDoneUpdateOfEveryKind(), startsFailed(2));
  assert.doesNotMatch((await runCli(old, ...ALONE, "--dry-run")).stdout, remark);
  const run = await runCli(lab, ...ALONE);
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.equal(await lab.files.stat(PENDING), undefined);
  for (const key of ["RebootPending", "PackagesPending"]) {
    const path = `${CURRENT}\\Component Based Servicing\\${key}`;
    assert.equal(await hasKey(lab, "SOFTWARE", path), false, key);
  }
  assert.equal(
    await hasKey(lab, "SOFTWARE", `${CURRENT}\\WindowsUpdate\\Auto Update\\RebootRequired`),
    false,
  );
  const windows = await openWindows(lab.host, "D:");
  const components = hiveOf(await windows.hives.read("COMPONENTS"))!;
  assert.deepEqual(components.root.values(), []);
  for (const name of ["Install", "Uninstall"]) {
    assert.deepEqual(components.key(`Installers\\RegKeySDTable\\${name}`)?.values(), []);
  }
  const renames = await valueOf(lab, "SYSTEM", MANAGER, "PendingFileRenameOperations");
  assert.deepEqual(renames?.strings(), ["\\??\\C:\\Program Files\\Reader\\old.dll", ""]);
  const trusted = await valueOf(
    lab,
    "SYSTEM",
    "ControlSet001\\Services\\TrustedInstaller",
    "Start",
  );
  assert.equal(trusted?.number(), 2, "Windows sets this back itself");
});

Deno.test("clear-leftovers: a successful revert is left to the next start, then its failure counts", async () => {
  const lab = await damaged(halfDoneUpdateOfEveryKind(), startsFailed(2));
  const first = await outcomes(lab, "repair", "D:", "--yes", "--quick");
  assert.equal(first.get(REVERT), "needs-restart");
  assert.equal(first.get(STEP), undefined, "its check says: Windows must start once");
  assert.notEqual(await lab.files.stat(PENDING), undefined);
  const attempt = await readRevertAttempt(await openWindows(lab.host, "D:"));
  assert.deepEqual(
    [attempt?.answer, attempt?.ranSince, attempt?.sameOperations],
    ["accepted", false, true],
  );
  const waiting = await detect(lab);
  assert.match(waiting.reason, /DISM took note of reverting it; Windows must start once/);

  await windowsStartsInVain(lab);
  const revert = await detect(lab, REVERT);
  assert.deepEqual(
    [revert.applies, revert.reason],
    [false, "It outlived a revert by DISM and a start of Windows"],
  );
  const second = await outcomes(lab, "repair", "D:", "--yes", "--quick");
  assert.equal(second.get(STEP), "fixed");
  assert.notEqual(second.get(REVERT), "needs-restart");
  assert.equal(await lab.files.stat(PENDING), undefined);
  const diagnosis = await runCli(lab, "diagnose", "D:");
  assert.doesNotMatch(diagnosis.stdout, /half done:|has left marks/);
});

Deno.test("clear-leftovers: where DISM cannot revert a loop, it follows in the same run", async () => {
  const lab = await damaged(halfDoneUpdateOfEveryKind(), startsFailed(2));
  lab.state.faults.dism = { error: 0x800f081f };
  const { waitsFor } = await detect(lab);
  assert.deepEqual(waitsFor, [REVERT]);
  const run = await outcomes(lab, "repair", "D:", "--yes", "--quick");
  assert.equal(run.get(REVERT), "failed");
  assert.equal(run.get(STEP), "fixed");
  assert.equal(await lab.files.stat(PENDING), undefined);
});

Deno.test("clear-leftovers: with a DISM that is too old it goes ahead on the evidence of the log", async () => {
  const lab = await createLab({ platform: { build: 19041 } });
  await lab.damage(halfDoneUpdateOfEveryKind(), startsFailed(2));
  const run = await outcomes(lab, "repair", "D:", "--yes", "--quick");
  assert.equal(run.get(STEP), "fixed");
  assert.notEqual(run.get(REVERT), "needs-restart");
});

Deno.test("clear-leftovers: skipping the revert is no proof", async () => {
  const lab = await damaged(halfDoneUpdateOfEveryKind(), startsFailed(2));
  const run = await outcomes(lab, "repair", "D:", "--yes", "--quick", "--skip", REVERT);
  assert.notEqual(run.get(STEP), "fixed");
  assert.notEqual(await lab.files.stat(PENDING), undefined);
});

Deno.test("clear-leftovers: the list of operations goes last, for the proof hangs on it", async () => {
  const lab = await damaged(halfDoneUpdateOfEveryKind());
  const windows = await openWindows(lab.host, "D:");
  const { changes, risk } = await step(STEP, [STEP]).plan(windows, []);
  assert.equal(risk, "reversible");
  assert.deepEqual(
    changes.map((change) => "path" in change ? change.path.split("\\").at(-1) : change.kind),
    ["SYSTEM", "SOFTWARE", "COMPONENTS", "pending.xml"],
  );
});

Deno.test("clear-leftovers: the control sets of this start and the next are cleared, others stay", async () => {
  const lab = await createLab();
  const set = (n: number) =>
    `[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet00${n}\\Control\\Session Manager]\n` +
    `"SetupExecute"=${multiStringText(["poqexec.exe \\SystemRoot\\WinSxS\\pending.xml"])}\n`;
  const select = '[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n"Default"=dword:00000002\n';
  await lab.site.editHive("SYSTEM", set(1) + set(2) + set(3) + select);
  lab.files.forgetOperations();
  assert.equal((await runCli(lab, ...ALONE)).code, 0);
  const left = [];
  for (const n of [1, 2, 3]) {
    const key = `ControlSet00${n}\\Control\\Session Manager`;
    left.push((await valueOf(lab, "SYSTEM", key, "SetupExecute"))?.strings()?.length);
  }
  assert.deepEqual(left, [0, 0, 1]);
});

Deno.test("clear-leftovers: verify says what is still as it was", async () => {
  const lab = await damaged(setupExecuteWithoutPendingXml());
  const windows = await openWindows(lab.host, "D:");
  const clear = step(STEP);
  const plan = await clear.plan(windows, []);
  const context = {
    workspace: { scratch: "", newLog: () => Promise.reject(new Error("no log is needed")) },
    report: undefined,
    sessionPath: () => undefined,
  };
  const before = await clear.verify(windows, plan, context);
  assert.equal(before.outcome, "not-fixed");
  assert.match(before.reason, /^Still as it was: SYSTEM\\ControlSet001/);
  assert.equal((await runCli(lab, ...ALONE)).code, 0);
  windows.refresh();
  assert.equal((await clear.verify(windows, plan, context)).outcome, "fixed");
});

Deno.test("clear-leftovers: a power cut at any moment leaves the proof for what is left", async () => {
  const prepared = async () => {
    const lab = await createLab({ platform: { build: 19041 } });
    await lab.damage(halfDoneUpdateOfEveryKind(), startsFailed(2));
    return lab;
  };
  const whole = await prepared();
  await runCli(whole, "repair", "D:", "--yes", "--quick");
  const seen = new Map<string, number>();
  for (const name of whole.host.checkpoints) {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    const lab = await prepared();
    lab.host.killAt(name, count);
    await runCli(lab, "repair", "D:", "--yes", "--quick");
    lab.reboot();
    await runCli(lab, "resume", "D:", "--yes");
    await runCli(lab, "repair", "D:", "--yes", "--quick");
    const { reason } = await detect(lab);
    const where = `killed at ${name}#${count}`;
    assert.match(reason, /^Left alone \(pending-renames\): None of its files/, where);
    assert.equal(await lab.files.stat(PENDING), undefined, where);
  }
});
