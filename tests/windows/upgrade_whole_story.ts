/**
 * The stage and the starter as one: staged by the compiled program on NTFS from an ISO, started by
 * Wine's service manager with the values that were read back from the staged hive, and found done
 * by the next session. The Windows on the volume is one that calls itself `D:` when it runs: the
 * letter that Wine has for it too.
 */
import assert from "node:assert/strict";
import { editHive, registryQword, RegistryType } from "../../src/formats/regf/mod.ts";
import {
  parseProgress,
  SERVICE_NAME,
  type StarterRecord,
  UpgradePlace,
} from "../../src/upgrade/mod.ts";
import { type Damage, lettersOfAnotherDisk, WINDOWS_10_HOME_GERMAN } from "../lab/mod.ts";
import { labMediaIso } from "../lab/upgrade_media.ts";
import { restartWine, SESSION_VARIABLE } from "./session.ts";
import { StoryWindows } from "./story_windows.ts";
import { windowsLab } from "./windows_lab.ts";

/** Setup wants twenty gigabytes to be free; nearly all of the volume is never written. */
const MEGABYTES = 40 * 1024;
const CMD = "C:\\windows\\system32\\cmd.exe";
const WATCHER = "E:\\service_user.exe";
const SCRATCH = "whole";
/** How long something is awaited at most. */
const SECONDS = 40;
const SOFTWARE = "Windows\\System32\\config\\SOFTWARE";
const VERSION = "Microsoft\\Windows NT\\CurrentVersion";
const SERVICE = `SYSTEM\\ControlSet001\\Services\\${SERVICE_NAME}`;
const LIVE_SERVICE = `HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\${SERVICE_NAME}`;
const LIVE_VERSION = `HKEY_LOCAL_MACHINE\\SOFTWARE\\${VERSION}`;
/** `InstallTime` before the upgrade and after it. */
const BEFORE = 133_500_000_000_000_000n;
const AFTER = 133_800_000_000_000_000n;

const lab = windowsLab();
const scratch = `${lab.stick}/${SCRATCH}`;

/** A Windows that runs as `D:` on the computer that Wine says it is. */
function runsAsD(computerName: string): Damage {
  return {
    name: "runsAsD",
    imitates: "A Windows that was installed by a Setup which saw its volume as D:",
    apply: async (site) => {
      await lettersOfAnotherDisk().apply(site);
      await site.editHive(
        "SOFTWARE",
        `[${LIVE_VERSION}]\n"SystemRoot"="D:\\\\Windows"\n"PathName"="D:\\\\Windows"\n` +
          `"InstallTime"=hex(b):${bytesOf(registryQword(BEFORE))}`,
      );
      await site.editHive(
        "SYSTEM",
        "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control\\ComputerName\\ComputerName]\n" +
          `"ComputerName"="${computerName}"`,
      );
    },
  };
}

function bytesOf(data: Uint8Array): string {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join();
}

/** One call of Wine. */
async function script(lines: readonly string[]): Promise<string> {
  await Deno.mkdir(scratch, { recursive: true });
  await Deno.writeTextFile(`${scratch}/story.cmd`, ["@echo off", ...lines, ""].join("\r\n"));
  return (await lab.runExe(["/c", `E:\\${SCRATCH}\\story.cmd`], { program: CMD })).stdout;
}

async function computerName(): Promise<string> {
  const key = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName";
  const text = await script([`reg query ${key} /v ComputerName`]);
  return /REG_SZ\s+(\S+)/.exec(text)?.[1] ?? assert.fail(text);
}

/** Values for Wine's registry, by type and bytes, as a file that `reg import` takes. */
async function putRegFile(
  name: string,
  key: string,
  values: readonly { readonly name: string; readonly type: number; readonly hex: string }[],
): Promise<string> {
  const lines = values.map((value) => {
    const pairs = value.hex.match(/[0-9a-f]{2}/gi) ?? [];
    return `"${value.name}"=hex(${value.type.toString(16)}):${pairs.join()}`;
  });
  const text = ["Windows Registry Editor Version 5.00", "", `[${key}]`, ...lines, ""].join("\r\n");
  const units = Uint16Array.from(`\ufeff${text}`, (unit) => unit.charCodeAt(0));
  await Deno.writeFile(`${scratch}/${name}`, new Uint8Array(units.buffer));
  return `reg import E:\\${SCRATCH}\\${name} >nul`;
}

/** What Windows would find at its start, as our own reader shows it. */
async function stagedValues(story: StoryWindows) {
  const run = await story.pemedic(["registry", "query", "D:", SERVICE, "--json"]);
  assert.equal(run.code, 0, run.stdout + run.stderr);
  const { values } = JSON.parse(run.stdout) as {
    readonly values: readonly {
      readonly name: string;
      readonly type: string;
      readonly hex: string;
    }[];
  };
  const types: Readonly<Record<string, number>> = RegistryType;
  return values.map(({ name, type, hex }) => ({ name, type: types[type]!, hex }));
}

async function installTime(name: string, time: bigint): Promise<string> {
  const hex = bytesOf(registryQword(time));
  return await putRegFile(name, LIVE_VERSION, [{ name: "InstallTime", type: 11, hex }]);
}

async function recordsOf(story: StoryWindows): Promise<readonly StarterRecord[]> {
  const order: { readonly id: string } = JSON.parse(
    new TextDecoder().decode(await story.read(UpgradePlace.order)),
  );
  const text = new TextDecoder().decode(await story.read(UpgradePlace.progress));
  return parseProgress(text, order.id).records;
}

async function awaitEvent(story: StoryWindows, event: string): Promise<void> {
  const found = async () => (await recordsOf(story)).some((record) => record.event === event);
  for (let wait = 0; wait < 4 * SECONDS && !await found(); wait++) {
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  assert.ok(await found(), JSON.stringify(await recordsOf(story)));
}

Deno.test("staged from an ISO, started by Windows from the staged values, done in the next session", async () => {
  const story = await StoryWindows.createOn(MEGABYTES, runsAsD(await computerName()));
  try {
    const { build } = WINDOWS_10_HOME_GERMAN;
    const iso = labMediaIso({
      windows: WINDOWS_10_HOME_GERMAN,
      files: {
        "setup.exe": await Deno.readFile("dist/lab/simulator.exe"),
        "setup-scenario.json": JSON.stringify({ outcome: "succeed", build }),
      },
    });
    await story.plugIn({ "Win10.iso": iso.read(0, iso.size) });
    const media = ["--media", "G:\\Win10.iso", "--no-power-check", "--allow-unprotected", "--yes"];
    const stage = await story.pemedic(["upgrade", "stage", "D:", ...media]);
    assert.equal(stage.code, 0, stage.stdout + stage.stderr);
    await windowsStarts(story);
    await setupFinishes(story);
    await nextSession(story);
  } finally {
    await story.dispose();
    await Deno.remove(scratch, { recursive: true });
  }
});

/** Wine's service manager knows nothing but what stood in the staged hive. */
async function windowsStarts(story: StoryWindows): Promise<void> {
  await Deno.mkdir(scratch, { recursive: true });
  const settled = ["RpcSs", "EventLog", "Schedule"].map((name) => `sc start ${name} >nul`);
  await script([
    await installTime("before.reg", BEFORE),
    await putRegFile("service.reg", LIVE_SERVICE, await stagedValues(story)),
  ]);
  await restartWine(Deno.env.get(SESSION_VARIABLE) ?? "");
  // Wine starts some services only when somebody wants them.
  await script(settled);
  await awaitEvent(story, "ended");
  const records = await recordsOf(story);
  const events = records.map(({ event }) => event).filter((event) => event !== "waits");
  assert.deepEqual(events, ["staged", "woke", "starts", "ended"], JSON.stringify(records));
}

/** The new Windows: another time of installation, in its own registry and in the one that runs. */
async function setupFinishes(story: StoryWindows): Promise<void> {
  const edited = editHive(await story.read(SOFTWARE), [{
    kind: "set-value",
    key: VERSION,
    name: "InstallTime",
    type: RegistryType.REG_QWORD,
    data: registryQword(AFTER),
  }], { name: "SOFTWARE", at: new Date() });
  await story.write(SOFTWARE, edited);
  const text = await script([
    await installTime("after.reg", AFTER),
    `${WATCHER} await ${SERVICE_NAME} stopped ${SECONDS}`,
    `sc start ${SERVICE_NAME} >nul`,
    `${WATCHER} await ${SERVICE_NAME} absent ${SECONDS}`,
    `sc query ${SERVICE_NAME}`,
    "echo query %errorlevel%",
  ]);
  assert.match(text, /query 1060/, "the service has not removed itself");
}

async function nextSession(story: StoryWindows): Promise<void> {
  const run = await story.pemedic(["upgrade", "status", "D:", "--json"]);
  assert.equal(run.code, 0, run.stdout + run.stderr);
  const status = JSON.parse(run.stdout) as {
    readonly state: string;
    readonly records: readonly StarterRecord[];
    readonly next: readonly { readonly command: string }[];
  };
  assert.equal(status.state, "done", run.stdout);
  assert.deepEqual(status.records.slice(-3).map(({ event }) => event), ["woke", "done", "removed"]);
  assert.deepEqual(status.next.map(({ command }) => command), ["pemedic upgrade unstage D:"]);
  const back = await story.pemedic(["upgrade", "unstage", "D:", "--yes"]);
  assert.equal(back.code, 0, back.stdout + back.stderr);
  const rest = await story.stageSnapshot();
  assert.deepEqual([...rest.keys()].filter((path) => /^PEMedic(?:\\|$)/.test(path)), []);
}
