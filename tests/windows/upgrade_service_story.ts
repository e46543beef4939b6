/**
 * The compiled program as the service that starts a staged upgrade: with the values that staging
 * writes, started by Wine's service manager, against a simulated setup.exe. A service ends with
 * the call of Wine that started it, so each story is one script; one more is started by Wine
 * itself when it begins.
 */
import assert from "node:assert/strict";
import {
  firstProgress,
  parseProgress,
  serializeOrder,
  SERVICE_NAME,
  starterCommand,
  type StarterRecord,
  type UpgradeOrder,
  UpgradePlace,
} from "../../src/upgrade/mod.ts";
import type { SetupScenario } from "../lab/simulators/setup_scenario.ts";
import { newHash } from "../../src/host/streaming_hash.ts";
import { Inside, restartWine, SESSION_VARIABLE } from "./session.ts";
import { windowsLab } from "./windows_lab.ts";

const CMD = "C:\\windows\\system32\\cmd.exe";
const WATCHER = "E:\\service_user.exe";
/** How long something is awaited at most. */
const SECONDS = 25;
const VERSION_KEY = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
const SERVICE_KEY = `HKLM\\SYSTEM\\CurrentControlSet\\Services\\${SERVICE_NAME}`;
/** `InstallTime` before the upgrade and after it: REG_QWORD as .reg files have it. */
const BEFORE = { decimal: "133500000000000000", reg: "00,c0,83,ed,8a,49,da,01" };
const AFTER = { reg: "00,c0,83,ed,8a,49,db,01" };

const lab = windowsLab();
const media = lab.localPath("C:\\PEMedic\\media");
const bin = lab.localPath("C:\\PEMedic\\bin");
const scratch = `${lab.stick}/upgrade`;

/** What a story begins with. */
interface Staged {
  readonly setup: readonly SetupScenario[];
  readonly limits?: Partial<UpgradeOrder["limits"]>;
  /** Changes the order after its hash was taken. */
  readonly tampered?: boolean;
}

/** What a story leaves behind. */
interface Told {
  /** What was printed, line by line. */
  readonly lines: readonly string[];
  readonly text: string;
  readonly records: readonly StarterRecord[];
}

let order: UpgradeOrder;
let command: string;

/** Takes away what an earlier story has left. */
async function clear(): Promise<void> {
  for (const path of [lab.localPath("C:\\PEMedic"), lab.localPath("C:\\$WINDOWS.~BT"), scratch]) {
    await Deno.remove(path, { recursive: true }).catch(() => undefined);
  }
}

/** Leaves on `C:` what staging leaves there. */
async function stage(staged: Staged): Promise<void> {
  await clear();
  for (const folder of [`${media}/sources`, bin, scratch]) {
    await Deno.mkdir(folder, { recursive: true });
  }
  const program = (name: string) => `${Inside.repository}/dist/${name}`;
  await Deno.symlink(program("pemedic.exe"), `${bin}/pemedic.exe`);
  await Deno.symlink(program("lab/simulator.exe"), `${media}/setup.exe`);
  await Deno.writeTextFile(`${media}/sources/install.wim`, "MSWIM");
  await Deno.writeTextFile(`${media}/setup-scenario.json`, JSON.stringify(staged.setup));
  order = await makeOrder(staged.limits ?? {});
  const text = serializeOrder(order);
  command = starterCommand(order, sha256Of(new TextEncoder().encode(text)));
  const left = staged.tampered === true ? text.replace("/Quiet", "/Noisy") : text;
  await Deno.writeTextFile(lab.localPath(`C:\\${UpgradePlace.order}`), left);
  await Deno.writeTextFile(lab.localPath(`C:\\${UpgradePlace.progress}`), firstProgress(order));
  await Deno.writeTextFile(`${scratch}/fresh.jsonl`, firstProgress(order));
  await Deno.writeTextFile(`${scratch}/before.reg`, installTimeReg(BEFORE.reg));
  await Deno.writeTextFile(`${scratch}/after.reg`, installTimeReg(AFTER.reg));
}

async function makeOrder(limits: Partial<UpgradeOrder["limits"]>): Promise<UpgradeOrder> {
  return {
    format: 1,
    id: "00112233445566ff",
    made: "2026-01-15T09:00:00.000Z",
    start: "service",
    target: { ...await here(), letter: "C:", edition: null, build: 19043, ubr: null },
    media: {
      folder: "C:\\PEMedic\\media",
      build: 26100,
      ubr: null,
      edition: null,
      setup: await simulatorFile(),
    },
    arguments: ["/Auto", "Upgrade", "/Quiet", "/EULA", "Accept"],
    limits: { starts: 2, settleMinutes: 0, hours: 1, ...limits },
    // What the machine that tests are run on says about its battery is no matter here.
    needsPower: false,
  };
}

type Here = Pick<UpgradeOrder["target"], "computerName" | "serial" | "installTime">;
let machine: Here | undefined;

/** Name and serial of this Wine, asked once. */
async function here(): Promise<Here> {
  if (machine !== undefined) return machine;
  const key = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName";
  const { text } = await script([`reg query ${key} /v ComputerName`, "vol C:"]);
  const computerName = /REG_SZ\s+(\S+)/.exec(text)?.[1] ?? null;
  const serial = /([0-9A-F]{4}-[0-9A-F]{4})/i.exec(text)?.[1]?.toUpperCase();
  assert.ok(serial !== undefined && computerName !== null, text);
  return machine = { computerName, serial, installTime: BEFORE.decimal };
}

let simulator: { readonly bytes: number; readonly sha256: string } | undefined;

async function simulatorFile() {
  if (simulator !== undefined) return simulator;
  const bytes = await Deno.readFile("dist/lab/simulator.exe");
  return simulator = { bytes: bytes.length, sha256: sha256Of(bytes) };
}

function sha256Of(bytes: Uint8Array): string {
  const hash = newHash("sha256");
  hash.update(bytes);
  return hash.hex();
}

function installTimeReg(value: string): string {
  return ["REGEDIT4", "", `[${VERSION_KEY}]`, `"InstallTime"=hex(b):${value}`, ""].join("\r\n");
}

/** One call of Wine. */
async function script(lines: readonly string[]): Promise<{ lines: string[]; text: string }> {
  await Deno.mkdir(scratch, { recursive: true });
  await Deno.writeTextFile(`${scratch}/story.cmd`, ["@echo off", ...lines, ""].join("\r\n"));
  const { stdout } = await lab.runExe(["/c", "E:\\upgrade\\story.cmd"], { program: CMD });
  return {
    lines: stdout.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== ""),
    text: stdout,
  };
}

/** Tells a story with the service installed; at its end nothing of it is left. */
async function tell(lines: readonly string[]): Promise<Told> {
  const told = await script([...PREPARED, ...INSTALL(), ...lines, ...CLEANED]);
  const path = lab.localPath(`C:\\${UpgradePlace.progress}`);
  const text = `${told.text}\n${await Deno.readTextFile(path)}`;
  return { ...told, text, records: await recordsIn(path) };
}

async function recordsIn(path: string): Promise<readonly StarterRecord[]> {
  return parseProgress(await Deno.readTextFile(path), order.id).records;
}

/** A Windows that has settled, before its upgrade. */
const PREPARED = [
  "reg import E:\\upgrade\\before.reg >nul",
  ...["RpcSs", "EventLog", "Schedule"].map((name) => `sc start ${name} >nul`),
];

/** The values that staging writes, through the service manager, which knows no others. */
const INSTALL = () => [
  `sc create ${SERVICE_NAME} type= own start= auto error= normal obj= LocalSystem ` +
  `binPath= "${command.replaceAll('"', '\\"')}" >nul`,
];

const CLEANED = [`sc delete ${SERVICE_NAME} >nul`, "taskkill /f /im setup.exe >nul 2>nul"];

/** One start of Windows: the service runs until it has this state. */
function boot(until: "stopped" | "absent"): string[] {
  return [
    `sc start ${SERVICE_NAME} >nul`,
    `${WATCHER} await ${SERVICE_NAME} ${until} ${SECONDS}`,
  ];
}

function eventsOf(records: readonly StarterRecord[]): string[] {
  return records.map(({ event }) => event);
}

function reasonOf(records: readonly StarterRecord[]): string {
  const found = records.findLast((record) => "reason" in record);
  return found !== undefined && "reason" in found ? found.reason : "";
}

Deno.test("an upgrade that succeeds is started once, found done, and the service goes", async () => {
  await stage({ setup: [{ outcome: "succeed" }] });
  const { lines, text, records } = await tell([
    `reg query ${SERVICE_KEY}`,
    ...boot("stopped"),
    "reg import E:\\upgrade\\after.reg >nul",
    ...boot("absent"),
    `sc query ${SERVICE_NAME}`,
    "echo query %errorlevel%",
  ]);
  const value = (name: string) => lines.find((line) => line.startsWith(`${name} `));
  assert.match(value("Type") ?? "", /REG_DWORD\s+0x10$/, text);
  assert.match(value("Start") ?? "", /REG_DWORD\s+0x2$/, text);
  assert.match(value("ErrorControl") ?? "", /REG_DWORD\s+0x1$/, text);
  assert.match(value("ObjectName") ?? "", /REG_SZ\s+LocalSystem$/, text);
  assert.ok(value("ImagePath")?.endsWith(command), text);
  assert.deepEqual(eventsOf(records), [
    "staged",
    "woke",
    "starts",
    "ended",
    "woke",
    "done",
    "removed",
  ], text);
  const ended = records.find(({ event }) => event === "ended");
  assert.ok(ended?.event === "ended" && ended.exitCode === 3, text);
  assert.ok(lines.includes("query 1060"), text);
});

/** Refusals of every kind. */
const REFUSALS = [
  0xc1900107,
  0xc190010e,
  0xc1900200,
  0xc1900204,
  0xc1900208,
  0xc190020e,
  0xc1900101,
  0xc190010d,
  0xc1900215,
] as const;

Deno.test("each refusal of Setup is recorded, and ends it unless it passes", async () => {
  await stage({ setup: REFUSALS.map((code) => ({ outcome: "refuse", code })) });
  const progress = `C:\\${UpgradePlace.progress}`;
  const { text } = await tell(REFUSALS.flatMap((_, at) => [
    ...at === 0 ? [] : INSTALL(),
    ...boot(at === 0 ? "stopped" : "absent"),
    ...at === 0 ? [`sc delete ${SERVICE_NAME} >nul`] : [],
    `copy /y ${progress} E:\\upgrade\\${at}.jsonl >nul`,
    `copy /y E:\\upgrade\\fresh.jsonl ${progress} >nul`,
  ]));
  for (const [at, code] of REFUSALS.entries()) {
    const records = await recordsIn(`${scratch}/${at}.jsonl`);
    const end = code === 0xc1900107 ? [] : ["stood-down", "removed"];
    assert.deepEqual(eventsOf(records), ["staged", "woke", "starts", "ended", ...end], text);
    const ended = records.find(({ event }) => event === "ended");
    assert.ok(ended?.event === "ended");
    assert.equal(ended.exitCode, code);
    if (end.length > 0) assert.match(reasonOf(records), /^Windows Setup ended with 0xc19/);
  }
});

Deno.test("after two restarts in the middle it stands down, and never starts a third time", async () => {
  await stage({ setup: [{ outcome: "restart" }] });
  const { text, records, lines } = await tell([
    ...boot("stopped"),
    ...boot("absent"),
    `sc start ${SERVICE_NAME} >nul`,
    "echo start %errorlevel%",
  ]);
  assert.deepEqual(eventsOf(records), [
    "staged",
    ...["woke", "starts", "ended"],
    ...["woke", "starts", "ended", "stood-down", "removed"],
  ], text);
  assert.match(reasonOf(records), /as often as it may be/);
  assert.ok(lines.includes("start 1060"), text);
});

Deno.test("an upgrade that was taken back after the restarts is not tried again", async () => {
  await stage({ setup: [{ outcome: "roll-back", extend: 0x3_000d, exit: 3 }] });
  const { text, records } = await tell([...boot("stopped"), ...boot("absent")]);
  assert.deepEqual(eventsOf(records), [
    "staged",
    ...["woke", "starts", "ended"],
    ...["woke", "stood-down", "removed"],
  ], text);
  assert.match(reasonOf(records), /took the upgrade back/);
});

Deno.test("a Setup that hangs goes on when its limit has passed, and is counted", async () => {
  await stage({ setup: [{ outcome: "hang" }], limits: { hours: 0.002, starts: 1 } });
  const { text, records, lines } = await tell([
    ...boot("stopped"),
    "tasklist /fo csv /nh",
    ...boot("absent"),
  ]);
  assert.deepEqual(eventsOf(records), [
    "staged",
    ...["woke", "starts", "hangs"],
    ...["woke", "stood-down", "removed"],
  ], text);
  assert.match(reasonOf(records), /once without a result/);
  assert.ok(lines.some((line) => /^"setup\.exe"/i.test(line)), `Setup was ended: ${text}`);
});

Deno.test("a service that is stopped leaves Setup alone and says so", async () => {
  await stage({ setup: [{ outcome: "hang" }] });
  const { text, records, lines } = await tell([
    `sc start ${SERVICE_NAME} >nul`,
    `${WATCHER} await ${SERVICE_NAME} running ${SECONDS}`,
    `${WATCHER} pause 5000`,
    `sc stop ${SERVICE_NAME} >nul`,
    `${WATCHER} await ${SERVICE_NAME} stopped ${SECONDS}`,
    `${WATCHER} pause 500`,
    "tasklist /fo csv /nh",
  ]);
  assert.deepEqual(eventsOf(records), ["staged", "woke", "starts", "stopped"], text);
  assert.ok(lines.some((line) => /^"setup\.exe"/i.test(line)), `Setup was ended: ${text}`);
});

Deno.test("an order that was changed is not followed", async () => {
  await stage({ setup: [{ outcome: "succeed" }], tampered: true });
  const { text } = await tell(boot("absent"));
  const progress = await Deno.readTextFile(lab.localPath(`C:\\${UpgradePlace.progress}`));
  assert.match(progress, /"stood-down".*was changed since/, text);
  assert.match(progress, /"removed"/, text);
  assert.doesNotMatch(progress, /"starts"/, text);
});

Deno.test("Windows starts the service by itself, from the values in the registry alone", async () => {
  await stage({ setup: [{ outcome: "refuse", code: 0xc1900208 }], limits: { settleMinutes: 1 } });
  const escaped = command.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  await Deno.writeTextFile(
    `${scratch}/service.reg`,
    [
      "REGEDIT4",
      "",
      `[${SERVICE_KEY.replace("HKLM", "HKEY_LOCAL_MACHINE")}]`,
      '"Type"=dword:00000010',
      '"Start"=dword:00000002',
      '"ErrorControl"=dword:00000001',
      `"ImagePath"="${escaped}"`,
      '"ObjectName"="LocalSystem"',
      "",
    ].join("\r\n"),
  );
  await script([...PREPARED, "reg import E:\\upgrade\\service.reg >nul"]);
  await restartWine(Deno.env.get(SESSION_VARIABLE) ?? "");
  // Wine starts some services only when somebody wants them.
  await script(PREPARED);
  const path = lab.localPath(`C:\\${UpgradePlace.progress}`);
  for (let wait = 0; wait < 4 * 90; wait++) {
    if (eventsOf(await recordsIn(path)).includes("removed")) break;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const records = await recordsIn(path);
  assert.deepEqual(
    eventsOf(records).filter((event) => event !== "waits"),
    ["staged", "woke", "starts", "ended", "stood-down", "removed"],
    JSON.stringify(records),
  );
  const { text } = await script([`sc query ${SERVICE_NAME}`, "echo query %errorlevel%"]);
  assert.match(text, /query 1060/);
  await clear();
});
