/**
 * The last rung as a whole: a Windows that only an upgrade helps, what the ladder says, what is
 * checked and staged, how Windows starts it, and what the next session in WinPE finds. Windows is
 * started from what lies on the volume alone (`started_windows.ts`).
 */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import { RUN_ONCE_KEY, UPGRADE_RUN_ONCE, UPGRADE_SERVICE } from "../../src/knowledge/mod.ts";
import { parseOrder, type UpgradeOrder, UpgradePlace } from "../../src/upgrade/mod.ts";
import {
  compareSnapshots,
  corruptManifest,
  createLab,
  type Damage,
  type MemoryLab,
  safeModeSet,
  type Snapshot,
  WINDOWS_11_PRO,
} from "../lab/mod.ts";
import type { SetupScenario } from "../lab/simulators/setup_scenario.ts";
import type { LabMediaOptions } from "../lab/upgrade_media.ts";
import { type CliRun, jsonLines, runCli } from "../run_cli.ts";
import { flat, ISO, pictureOf, PROGRAM, putStage } from "../upgrade/stage_lab.ts";
import { finishUpgrade, takeUpgradeBack } from "./finished_setup.ts";
import { loadHive, startWindows } from "./started_windows.ts";

const COMPONENT = "microsoft-windows-ntdll";
const SERVICE = `ControlSet001\\Services\\${UPGRADE_SERVICE}`;
const VERSION = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
const BEFORE = 133_500_000_000_000_000n;
const AFTER = 133_800_000_000_000_000n;

/** Every Windows 10 and 11 has it; the lab's own has none. */
const INSTALLED: Damage = {
  name: "install time",
  imitates: "InstallTime, the FILETIME of the installation",
  apply: (site) =>
    site.editHive("SOFTWARE", `[${VERSION}]\n"InstallTime"=hex(b):00,c0,83,ed,8a,49,da,01`),
};

/** A Windows that is broken so that only an upgrade helps, with media on the stick. */
interface Scene {
  readonly setup?: readonly SetupScenario[];
  readonly media?: LabMediaOptions;
  /** Default: InstallTime is there. */
  readonly installTime?: false;
}

/** A machine in WinPE, and the Windows as it was before anything broke. */
interface Story {
  readonly lab: MemoryLab;
  /** The volume before the stage: hives count for what they hold. */
  readonly start: Snapshot;
  /** The files of the store that are broken, as they were. */
  readonly sound: ReadonlyMap<string, Uint8Array>;
}

async function begin({ setup = [], media = {}, installTime }: Scene = {}): Promise<Story> {
  const lab = await createLab();
  if (installTime !== false) await lab.damage(INSTALLED);
  const sound = await brokenBy(lab, corruptManifest(COMPONENT));
  await putStage(lab, media);
  lab.state.setup = [...setup];
  return { lab, sound, start: await pictureOf(lab) };
}

/** Breaks it, and keeps what was there before. */
async function brokenBy(lab: MemoryLab, damage: Damage): Promise<Map<string, Uint8Array>> {
  const before = await lab.snapshot();
  const bytes = new Map<string, Uint8Array>();
  for (const path of before.keys()) {
    if (!/\\Manifests\\[^\\]+\.manifest$/.test(path)) continue;
    bytes.set(path, await lab.files.read(`D:\\${path}`));
  }
  await lab.damage(damage);
  const after = await lab.snapshot();
  return new Map([...bytes].filter(([path]) => before.get(path) !== after.get(path)));
}

/** Runs a command that must end with a code. */
async function must(
  lab: MemoryLab,
  code: keyof typeof ExitCode,
  ...args: readonly string[]
): Promise<CliRun> {
  const run = await runCli(lab, ...args);
  assert.equal(run.code, ExitCode[code], `${args.join(" ")}: ${flat(run)}`);
  return run;
}

/** The words of a printed command, with the media in the place of PATH. */
function wordsOf(command: string): string[] {
  assert.match(command, /^pemedic /);
  return command.split(" ").slice(1).map((word) => word === "PATH" ? ISO : word);
}

/** From the broken Windows to the staged upgrade: each command is the one that the last one named. */
async function climbAndStage(lab: MemoryLab, ...more: readonly string[]): Promise<UpgradeOrder> {
  const repair = await must(lab, "needsUpgrade", "repair", "D:", "--yes", "--json");
  const { next } = jsonLines(repair).at(-1)!;
  assert.equal(next, "pemedic upgrade check D: --media PATH");
  const check = await must(lab, "ok", ...wordsOf(String(next)), "--json");
  const answer = jsonLines(check).at(-1)!;
  assert.equal(answer.verdict, "keeps-everything");
  assert.equal(answer.next, `pemedic upgrade stage D: --media ${ISO}`);
  const stage = [...wordsOf(String(answer.next)), "--program", PROGRAM, "--yes", ...more];
  const staged = await must(lab, "ok", ...stage);
  assert.match(flat(staged), /Restart the computer into its Windows/);
  return parseOrder(new TextDecoder().decode(await lab.files.read(`D:\\${UpgradePlace.order}`)));
}

/** The next session in WinPE. */
async function statusOf(lab: MemoryLab): Promise<Record<string, unknown>> {
  lab.reboot();
  const run = await runCli(lab, "upgrade", "status", "D:", "--json");
  return jsonLines(run).at(-1)!;
}

function eventsOf(status: Record<string, unknown>): string[] {
  assert.ok(Array.isArray(status.records));
  return status.records.map(({ event }: { readonly event: string }) => event);
}

async function serviceOf(lab: MemoryLab) {
  return (await loadHive(lab, "SYSTEM")).key(SERVICE);
}

async function isThere(lab: MemoryLab, path: string): Promise<boolean> {
  return await lab.files.stat(`D:\\${path}`) !== undefined;
}

/** What was staged. */
const STAGED = ["PEMedic\\media", "PEMedic\\bin"];
const SYSTEM = "Windows\\System32\\config\\SYSTEM";

/**
 * Takes it back: media, program and service are gone. Everything that Windows and Setup did since
 * stays as it is, and SYSTEM holds what it held before the stage.
 */
async function unstage({ lab, start }: Story): Promise<void> {
  const before = [...await pictureOf(lab)].filter(([path]) => !/^PEMedic(?:\\|$)/.test(path));
  const run = await must(lab, "ok", "upgrade", "unstage", "D:", "--yes");
  assert.match(flat(run), /The upgrade is taken back; .* are free again/);
  const after = await pictureOf(lab);
  assert.deepEqual(compareSnapshots(new Map([...before, [SYSTEM, start.get(SYSTEM)!]]), after), []);
  for (const path of STAGED) assert.equal(await isThere(lab, path), false, path);
  assert.equal(await serviceOf(lab), undefined);
  await must(lab, "nothingToDo", "upgrade", "unstage", "D:", "--yes");
  assert.equal((await statusOf(lab)).order, null);
}

for (const installTime of [true, false] as const) {
  const known = installTime ? "known by its time of installation" : "known by its build alone";
  Deno.test(`broken, ladder, check, stage, start, done, status: ${known}`, async () => {
    const media = installTime
      ? {}
      : { windows: { ...WINDOWS_11_PRO, build: 26200, labBuild: 26100, revision: 6584 } };
    const story = await begin({
      setup: [{ outcome: "succeed" }],
      media,
      ...installTime ? {} : { installTime: false },
    });
    const { lab, sound } = story;
    const order = await climbAndStage(lab);
    assert.equal(order.target.installTime, installTime ? String(BEFORE) : null);
    assert.equal((await statusOf(lab)).state, "staged");

    const first = await startWindows(lab);
    assert.deepEqual(first.run, { code: 0, stdout: "", stderr: "" });
    const setup = ["C:\\PEMedic\\media\\setup.exe", ...order.arguments].join(" ");
    assert.deepEqual(first.started, [setup]);
    assert.notEqual(await serviceOf(lab), undefined, "it must see what came of it");
    const between = await statusOf(lab);
    assert.equal(between.state, "started", String(between.summary));

    const { build, ubr } = order.media;
    assert.ok(build !== null && ubr !== null);
    const time = installTime ? AFTER : undefined;
    await finishUpgrade(lab, { build, ubr, installTime: time, files: sound });
    const second = await startWindows(lab);
    assert.equal(second.command, first.command);
    assert.deepEqual(second.started, [], "Setup is started once");
    assert.equal(await serviceOf(lab), undefined, "the service has removed itself");
    assert.equal((await startWindows(lab)).command, undefined);

    const status = await statusOf(lab);
    assert.equal(status.state, "done");
    assert.equal(status.summary, `The upgrade is done; Windows ${build}.${ubr} is installed`);
    assert.deepEqual(eventsOf(status), [
      "staged",
      ...["woke", "starts", "ended"],
      ...["woke", "done", "removed"],
    ]);
    assert.deepEqual(status.next, [{
      command: "pemedic upgrade unstage D:",
      why: "to take back what was left for it",
    }]);
    await nothingBroken(lab);
    await unstage(story);
    await nothingBroken(lab);
  });
}

/** What the ladder could not mend is mended, and nothing new is wrong. */
async function nothingBroken(lab: MemoryLab): Promise<void> {
  await must(lab, "nothingToDo", "repair", "D:", "--yes");
  const scan = await runCli(lab, "scan");
  const left = await isThere(lab, UpgradePlace.order);
  assert.equal(/upgrade unstage D:/.test(flat(scan)), left, flat(scan));
  const diagnose = jsonLines(await runCli(lab, "diagnose", "D:", "--json")).at(-1)!;
  const findings = diagnose.findings as { check: string; outcome: string; next?: string }[];
  const named = findings.filter(({ next }) => next === "pemedic upgrade unstage D:");
  assert.deepEqual(named.map(({ check }) => check), left ? ["upgrade.staged"] : []);
  assert.deepEqual(findings.filter(({ outcome }) => outcome === "problem"), []);
}

/** What the last session says after Windows was started, and the service is gone. */
async function endsAs(
  lab: MemoryLab,
  expected: { readonly state: string; readonly says: RegExp; readonly events: readonly string[] },
): Promise<Record<string, unknown>> {
  assert.equal(await serviceOf(lab), undefined, "the service has removed itself");
  assert.equal((await startWindows(lab)).command, undefined, "nothing starts it again");
  const status = await statusOf(lab);
  const told = JSON.stringify(status, undefined, 1);
  assert.equal(status.state, expected.state, told);
  assert.match(String(status.summary), expected.says);
  assert.deepEqual(eventsOf(status), expected.events, told);
  const scan = await must(lab, "ok", "scan");
  assert.match(flat(scan), /pemedic upgrade unstage D:/);
  const again = await must(lab, "needsUpgrade", "repair", "D:", "--yes", "--json");
  assert.equal(jsonLines(again).at(-1)!.next, "pemedic upgrade check D: --media PATH");
  return status;
}

/** Commands that a status names, as they are printed, answer. */
async function nextAnswers(lab: MemoryLab, status: Record<string, unknown>): Promise<void> {
  const next = status.next as { readonly command: string | null }[];
  const commands = next.flatMap(({ command }) => command === null ? [] : [command]);
  assert.ok(commands.some((command) => command.startsWith("pemedic upgrade unstage D:")));
  for (const command of commands) {
    const dry = /upgrade (?:unstage|abort|stage)/.test(command) ? ["--dry-run"] : [];
    const program = /upgrade stage/.test(command) ? ["--program", PROGRAM] : [];
    const words = wordsOf(command).map((word) => word === "DEST" ? "E:\\" : word);
    const run = await runCli(lab, ...words, ...program, ...dry);
    const fine: readonly number[] = [ExitCode.ok, ExitCode.refused, ExitCode.problemsFound];
    assert.ok(fine.includes(run.code), `${command}: ${flat(run)}`);
  }
}

Deno.test("Setup refuses: the code is told, it is not tried again, and unstage cleans up", async () => {
  const story = await begin({ setup: [{ outcome: "refuse", code: 0xc1900208 }] });
  const { lab } = story;
  await climbAndStage(lab);
  await startWindows(lab);
  const status = await endsAs(lab, {
    state: "refused",
    says: /0xC1900208/i,
    events: ["staged", "woke", "starts", "ended", "stood-down", "removed"],
  });
  assert.equal((status.attempt as { readonly code: string }).code, "0xC1900208");
  await nextAnswers(lab, status);
  await unstage(story);
});

Deno.test("Setup takes the upgrade back: result and extend code are told", async () => {
  const story = await begin({ setup: [{ outcome: "succeed" }] });
  const { lab } = story;
  await climbAndStage(lab);
  await startWindows(lab);
  takeUpgradeBack(lab, { kind: "failed", result: 0xc1900101, extend: 0x30018 });
  assert.equal((await statusOf(lab)).state, "rolled-back", "told before Windows has started again");
  await startWindows(lab);
  const status = await endsAs(lab, {
    state: "rolled-back",
    says: /taken back in the first boot of the new Windows with 0xC1900101 - 0x30018/,
    events: ["staged", ...["woke", "starts", "ended"], ...["woke", "stood-down", "removed"]],
  });
  const { code, failedOperation } = status.attempt as Record<string, unknown>;
  assert.equal(code, "0xC1900101 - 0x30018");
  assert.equal(failedOperation, "Run sysprep specialization");
  await nextAnswers(lab, status);
  await unstage(story);
});

Deno.test("Windows never starts again: it is still staged, and unstage brings the start back", async () => {
  const story = await begin();
  const { lab, start } = story;
  await climbAndStage(lab);
  const status = await statusOf(lab);
  assert.deepEqual([status.state, status.armed], ["staged", "armed"]);
  await nextAnswers(lab, status);
  const scan = await must(lab, "ok", "scan");
  assert.match(flat(scan), /an upgrade is staged: pemedic upgrade unstage D:/);
  await unstage(story);
  assert.deepEqual(compareSnapshots(start, await pictureOf(lab)), []);
});

for (const bootMode of ["safe-mode", "safe-mode-network"] as const) {
  Deno.test(`a Windows that comes up in ${bootMode}: the starter stands down and says so`, async () => {
    const story = await begin();
    const { lab } = story;
    await climbAndStage(lab);
    const { started } = await startWindows(lab, { bootMode });
    assert.deepEqual(started, []);
    const status = await endsAs(lab, {
      state: "stood-down",
      says: /Safe Mode, where no upgrade works/,
      events: ["staged", "woke", "stood-down", "removed"],
    });
    await nextAnswers(lab, status);
    assert.equal((await startWindows(lab)).command, undefined);
    await unstage(story);
  });
}

Deno.test("a Windows that is set to Safe Mode is not staged before that is switched off", async () => {
  const { lab } = await begin();
  await lab.damage(safeModeSet());
  const args = ["upgrade", "stage", "D:", "--media", ISO, "--program", PROGRAM, "--yes"];
  const run = await must(lab, "refused", ...args);
  assert.match(flat(run), /safeboot/);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("two starts without a result: it stands down, and there is no third", async () => {
  const story = await begin({ setup: [{ outcome: "restart" }] });
  const { lab } = story;
  await climbAndStage(lab);
  for (let start = 0; start < 2; start++) {
    assert.equal((await startWindows(lab)).started.length, 1);
  }
  const status = await endsAs(lab, {
    state: "stood-down",
    says: /as often as it may be/,
    events: [
      "staged",
      ...["woke", "starts", "ended"],
      ...["woke", "starts", "ended", "stood-down", "removed"],
    ],
  });
  await nextAnswers(lab, status);
  await unstage(story);
});

async function commandAtLogon(lab: MemoryLab): Promise<string | undefined> {
  return (await loadHive(lab, "SOFTWARE")).key(RUN_ONCE_KEY)?.value(UPGRADE_RUN_ONCE)?.string();
}

for (const logOn of ["deletes-after-success", "deletes-after-run"] as const) {
  Deno.test(`at logon (${logOn}): what Setup refused is not tried at the next one`, async () => {
    const story = await begin({ setup: [{ outcome: "refuse", code: 0xc1900208 }] });
    const { lab } = story;
    await climbAndStage(lab, "--interactive");
    const { run } = await startWindows(lab, { logOn });
    assert.match(run?.stdout ?? "", /0xc1900208/i);
    assert.equal(await commandAtLogon(lab), undefined);
    assert.equal((await startWindows(lab, { logOn })).command, undefined);
    const status = await statusOf(lab);
    assert.equal(status.state, "refused");
    assert.deepEqual(eventsOf(status), ["staged", "woke", "starts", "ended", "stood-down"]);
    await unstage(story);
  });

  Deno.test(`at logon (${logOn}): started then, and done`, async () => {
    const story = await begin({ setup: [{ outcome: "succeed" }] });
    const { lab, sound } = story;
    const order = await climbAndStage(lab, "--interactive");
    assert.equal((await startWindows(lab)).command, undefined, "before anybody logs on");
    const first = await startWindows(lab, { logOn });
    assert.equal(first.run?.code, ExitCode.needsRestart);
    const setup = ["C:\\PEMedic\\media\\setup.exe", ...order.arguments].join(" ");
    assert.deepEqual(first.started, [setup]);
    await finishUpgrade(lab, { build: 26100, ubr: 4061, installTime: AFTER, files: sound });
    const second = await startWindows(lab, { logOn });
    const comesBack = logOn === "deletes-after-success";
    assert.equal(/Windows was upgraded/.test(second.run?.stdout ?? ""), comesBack);
    assert.equal(await commandAtLogon(lab), undefined);
    // Somebody has cleaned up: where no starter has told it either, the time of installation does.
    lab.files.erase("D:\\Windows\\Panther\\setupact.log");
    const status = await statusOf(lab);
    assert.equal(status.state, "done");
    await nothingBroken(lab);
    await unstage(story);
  });
}
