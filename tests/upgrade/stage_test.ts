/** `upgrade stage`: what is left on the target, and everything that is refused before that. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ExitCode, type ExitCodeName } from "../../src/base/mod.ts";
import { openHive, RegistryType } from "../../src/formats/regf/mod.ts";
import { UPGRADE_ORDER, UPGRADE_RUN_ONCE } from "../../src/knowledge/mod.ts";
import {
  DEFAULT_LIMITS,
  parseOrder,
  stageUpgrade,
  type UpgradeOrder,
  UpgradePlace,
} from "../../src/upgrade/mod.ts";
import { openWindows } from "../../src/windows/mod.ts";
import {
  bitLockerLocked,
  compareSnapshots,
  createLab,
  type Damage,
  dirtySoftwareHive,
  type MemoryLab,
  noRoom,
  pendingXmlLeftBehind,
  setupInProgress,
  upgradeWaitsForRestart,
  WINDOWS_11_PRO,
} from "../lab/mod.ts";
import { encryptedVolume } from "../lab/simulators/manage_bde_state.ts";
import { labMediaFiles, labMediaFolder } from "../lab/upgrade_media.ts";
import { askOracle, hivexregeditPresent } from "../formats/hive_oracles.ts";
import { parseRegText } from "../../src/formats/reg_text/mod.ts";
import { writePe } from "../formats/pe/pe_writer.ts";
import { without } from "../needs.ts";
import { runCli } from "../run_cli.ts";
import {
  flat,
  ISO,
  pictureOf,
  PROGRAM,
  putOnStick,
  requestOf,
  STAGE,
  stage,
  stageLab,
  unstage,
} from "./stage_lab.ts";

const SERVICE = "ControlSet001\\Services\\PEMedicUpgrade";
const SYSTEM = "D:\\Windows\\System32\\config\\SYSTEM";
const BIN = "D:\\PEMedic\\bin";

async function serviceOf(lab: MemoryLab) {
  return openHive(await lab.files.read(SYSTEM), { name: "SYSTEM" }).key(SERVICE);
}

async function orderOf(lab: MemoryLab): Promise<UpgradeOrder> {
  return parseOrder(new TextDecoder().decode(await lab.files.read(`D:\\${UpgradePlace.order}`)));
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function staged(lab: MemoryLab, ...more: readonly string[]): Promise<UpgradeOrder> {
  const run = await stage(lab, ...more);
  assert.equal(run.code, ExitCode.ok, flat(run));
  return await orderOf(lab);
}

/** It says why, and not a byte of the target is another one. */
async function assertRefused(
  lab: MemoryLab,
  more: readonly string[],
  { code, says }: { readonly code: ExitCodeName; readonly says: RegExp },
): Promise<void> {
  const run = await stage(lab, ...more);
  assert.equal(run.code, ExitCode[code], `${more.join(" ")}: ${flat(run)}`);
  assert.match(flat(run), says);
  assert.deepEqual(lab.files.operations, [], more.join(" "));
}

const INSTALL_TIME: Damage = {
  name: "install time",
  imitates: "The time of the installation that every Windows 10 and 11 keeps",
  apply: (site) =>
    site.editHive(
      "SOFTWARE",
      `[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]
"InstallTime"=hex(b):00,c0,83,ed,8a,49,da,01`,
    ),
};

Deno.test("media, program, order and service are there as they were planned", async () => {
  const lab = await stageLab();
  await lab.damage(INSTALL_TIME);
  const order = await staged(lab);
  for (const [path, bytes] of Object.entries(labMediaFiles())) {
    assert.deepEqual(await lab.files.read(`D:\\PEMedic\\media\\${path}`), bytes, path);
  }
  assert.deepEqual(await lab.files.read(`${BIN}\\pemedic.exe`), await lab.files.read(PROGRAM));
  assert.deepEqual(
    (await lab.files.list(BIN)).map(({ name }) => name),
    ["pemedic.exe", "progress.jsonl", "upgrade.json"],
  );
  const setup = labMediaFiles()["setup.exe"]!;
  assert.deepEqual({ ...order, id: "", made: "" }, {
    format: 1,
    id: "",
    made: "",
    start: "service",
    target: {
      computerName: "ANNA-PC",
      serial: "5EC0-1A7E",
      letter: "C:",
      edition: "Professional",
      build: 26100,
      ubr: 4061,
      installTime: "133500000000000000",
    },
    media: {
      folder: "C:\\PEMedic\\media",
      build: 26100,
      ubr: 4061,
      edition: "Professional",
      setup: { bytes: setup.length, sha256: sha256(setup) },
    },
    arguments: ["/Auto", "Upgrade", "/Quiet", "/EULA", "Accept", "/DynamicUpdate", "Disable"],
    limits: { starts: 2, settleMinutes: 20, hours: 6 },
    needsPower: true,
  });
});

function intendedValues(order: string): Readonly<Record<string, readonly [number, string]>> {
  const command = `"C:\\PEMedic\\bin\\pemedic.exe" upgrade service --order ${order}`;
  const { REG_DWORD, REG_SZ, REG_EXPAND_SZ } = RegistryType;
  return {
    Type: [REG_DWORD, "16"],
    Start: [REG_DWORD, "2"],
    ErrorControl: [REG_DWORD, "1"],
    ImagePath: [REG_EXPAND_SZ, command],
    DisplayName: [REG_SZ, "PE Medic in-place upgrade"],
    ObjectName: [REG_SZ, "LocalSystem"],
    Description: [
      REG_SZ,
      "Starts the in-place upgrade that was prepared in WinPE, once, and removes itself",
    ],
  };
}

Deno.test("the screens of a staging name only commands and options that exist", async () => {
  const run = await stage(await stageLab());
  assert.equal(run.code, ExitCode.ok, flat(run));
  assert.match(flat(run), /> pemedic upgrade check D: --media E:\\Win11\.iso --verify/);
  assert.match(flat(run), /To take it back: pemedic upgrade unstage D:/);
  assert.doesNotMatch(flat(run), /pemedic undo|this command again/);
  assert.match(flat(run), /Next: Restart the computer .* pemedic upgrade status D:/);
});

Deno.test("the help of --starts tells the default", async () => {
  const help = flat(await runCli(await createLab(), "help", "upgrade", "stage"));
  assert.ok(help.includes(`stands down (default: ${DEFAULT_LIMITS.starts})`), help);
});

Deno.test("the service has exactly the intended values, in the set that Windows starts with", async () => {
  const lab = await stageLab();
  await staged(lab);
  const order = sha256(await lab.files.read(`${BIN}\\upgrade.json`));
  const key = (await serviceOf(lab))!;
  const found = Object.fromEntries(
    key.values().map((value) => [
      value.name,
      [value.type, value.type === RegistryType.REG_DWORD ? String(value.number()) : value.string()],
    ]),
  );
  assert.deepEqual(found, intendedValues(order));
  assert.equal(key.subkeys().length, 0);
  assert.equal(UPGRADE_ORDER, UpgradePlace.order);
});

Deno.test({
  name: "hivexregedit reads the same service, and nothing else is new in the hive",
  ignore: without(hivexregeditPresent),
  async fn() {
    const lab = await stageLab();
    const before = await lab.files.read(SYSTEM);
    await staged(lab);
    const order = sha256(await lab.files.read(`${BIN}\\upgrade.json`));
    const ask = (bytes: Uint8Array) => {
      const answer = askOracle(
        "env",
        ["PERL_UNICODE=SO", "hivexregedit", "--export", "$FILE", "\\"],
        bytes,
      );
      assert.equal(answer.code, 0, answer.stderr);
      return new Map(parseRegText(answer.stdout).keys.map((key) => [key.path, key.values]));
    };
    const old = ask(before);
    const now = ask(await lab.files.read(SYSTEM));
    const fresh = [...now.keys()].filter((path) => !old.has(path));
    const lists = ["Minimal", "Network"].map((mode) =>
      `\\ControlSet001\\Control\\SafeBoot\\${mode}\\PEMedicUpgrade`
    );
    assert.deepEqual(fresh, [...lists, `\\${SERVICE}`]);
    const text = new TextDecoder("utf-16le");
    const shown = (type: number, data: Uint8Array) =>
      type === RegistryType.REG_DWORD
        ? String(new DataView(data.buffer, data.byteOffset).getUint32(0, true))
        : text.decode(data).replace(/\0$/, "");
    const values = Object.fromEntries(
      now.get(fresh.at(-1)!)!.flatMap((value) =>
        value.deleted ? [] : [[value.name, [value.type, shown(value.type, value.data)]]]
      ),
    );
    assert.deepEqual(values, intendedValues(order));
    for (const list of lists) {
      const [listed, ...more] = now.get(list)!.filter((value) => !value.deleted);
      assert.ok(listed !== undefined && !listed.deleted);
      assert.deepEqual([listed.name, shown(listed.type, listed.data), more], ["", "Service", []]);
    }
    for (const [path, values] of old) assert.deepEqual(now.get(path), values, path);
  },
});

Deno.test("Select says which set: where Default is another one, that one gets the service", async () => {
  const lab = await stageLab();
  await lab.damage({
    name: "second control set",
    imitates: "A machine whose next start is with another control set",
    apply: (site) =>
      site.editHive(
        "SYSTEM",
        `[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]
"Default"=dword:00000002

[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002\\Services\\Tcpip]
"Start"=dword:00000000`,
      ),
  });
  const windows = await openWindows(lab.host, "D:");
  const step = stageUpgrade({ stageUpgrade: await requestOf(await stageLab()) });
  const { changes } = await step.plan(windows, []);
  const last = changes.at(-1)!;
  assert.ok(last.kind === "hive-edited");
  assert.deepEqual(
    [...new Set(last.edits.map(({ key }) => key))],
    ["ControlSet002\\Services\\PEMedicUpgrade"],
  );
});

Deno.test("Select that names no set: nobody knows where a service would be started", async () => {
  const lab = await stageLab();
  await lab.damage({
    name: "no control set",
    imitates: "A Select whose numbers lead nowhere",
    apply: (site) =>
      site.editHive(
        "SYSTEM",
        `[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]
"Default"=dword:00000007`,
      ),
  });
  const windows = await openWindows(lab.host, "D:");
  const step = stageUpgrade({ stageUpgrade: await requestOf(await stageLab()) });
  await assert.rejects(
    () => step.plan(windows, []),
    /with which control set Windows starts cannot/,
  );
});

Deno.test("--interactive: a command at logon, Setup with its window, and back again", async () => {
  const lab = await stageLab();
  const before = await pictureOf(lab);
  const order = await staged(lab, "--interactive");
  assert.equal(order.start, "logon");
  assert.ok(!order.arguments.includes("/Quiet"));
  assert.equal(await serviceOf(lab), undefined);
  const windows = await openWindows(lab.host, "D:");
  const key = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\RunOnce";
  const command = (await windows.registry.text(key, UPGRADE_RUN_ONCE))!;
  const hash = sha256(await lab.files.read(`${BIN}\\upgrade.json`));
  assert.equal(command, `"C:\\PEMedic\\bin\\pemedic.exe" upgrade start --order ${hash}`);
  assert.ok(command.length <= 260, String(command.length));
  assert.match((await runCli(lab, "diagnose", "D:")).stdout, /begins when an administrator logs/);
  assert.equal((await unstage(lab)).code, ExitCode.ok);
  assert.deepEqual(compareSnapshots(before, await pictureOf(lab)), []);
});

Deno.test("options of Setup are on its command line; Setup's options of nobody are not", async () => {
  const cases: readonly (readonly [readonly string[], RegExp, RegExp])[] = [
    [["--dynamic-update", "enable"], /\/DynamicUpdate Enable/, /\/DynamicUpdate Disable/],
    [["--compat", "ignore-warning"], /\/Compat IgnoreWarning/, /\/PKey/],
    [["--show-oobe", "none"], /\/ShowOOBE None/, /\/Compat/],
    [["--image-index", "1"], /\/ImageIndex 1/, /\/ShowOOBE/],
    [[], /\/Auto Upgrade \/Quiet/, /\/ImageIndex|\/ConfigFile|\/InstallDrivers|\/PostOOBE/],
  ];
  for (const [more, has, hasNot] of cases) {
    const order = await staged(await stageLab(), ...more);
    assert.match(order.arguments.join(" "), has);
    assert.doesNotMatch(order.arguments.join(" "), hasNot);
  }
});

Deno.test("limits and the power supply are what was asked for", async () => {
  const asked = await staged(await stageLab(), "--starts", "5", "--no-power-check");
  assert.deepEqual([asked.limits.starts, asked.needsPower], [5, false]);
  for (
    const wrong of [
      ["--starts", "0"],
      ["--starts", "11"],
      ["--image-index", "x"],
      ["--dynamic-update", "often"],
      ["--accept", "everything"],
      ["--show-oobe", "some"],
      ["--compat", "scan-only"],
    ]
  ) {
    const lab = await stageLab();
    assert.equal((await stage(lab, ...wrong)).code, ExitCode.usage, wrong.join(" "));
    assert.deepEqual(lab.files.operations, []);
  }
});

Deno.test("drivers and scripts go along to the target, and come back", async () => {
  const lab = await stageLab();
  await putOnStick(lab, {
    "E:\\drivers\\net\\net.inf": "[Version]",
    "E:\\drivers\\net\\net.sys": "MZ",
    "E:\\oobe\\setupcomplete.cmd": "exit",
  });
  const before = await pictureOf(lab);
  const order = await staged(lab, "--install-drivers", "E:\\drivers", "--post-oobe", "E:\\oobe");
  const line = order.arguments.join(" ");
  assert.match(line, /\/InstallDrivers C:\\PEMedic\\bin\\drivers/);
  assert.match(line, /\/PostOOBE C:\\PEMedic\\bin\\postoobe/);
  assert.equal((await lab.files.read(`${BIN}\\drivers\\net\\net.inf`)).length, 9);
  assert.equal((await lab.files.read(`${BIN}\\postoobe\\setupcomplete.cmd`)).length, 4);
  assert.equal((await unstage(lab)).code, ExitCode.ok);
  assert.deepEqual(compareSnapshots(before, await pictureOf(lab)), []);
});

Deno.test("folders without what they are for are refused", async () => {
  const lab = await stageLab();
  await putOnStick(lab, { "E:\\empty\\readme.txt": "nothing", "E:\\file.inf": "x" });
  const usage = (says: RegExp) => ({ code: "usage", says }) as const;
  await assertRefused(lab, ["--install-drivers", "E:\\empty"], usage(/holds no driver package/));
  await assertRefused(lab, ["--post-oobe", "E:\\empty"], usage(/holds no setupcomplete\.cmd/));
  await assertRefused(lab, ["--install-drivers", "E:\\file.inf"], usage(/it is no folder/));
  await assertRefused(lab, ["--install-drivers", "E:\\none"], usage(/it is no folder/));
});

Deno.test("the program: named, missing, of another kind, of another processor", async () => {
  const none = await stageLab();
  const run = await runCli(none, "upgrade", "stage", "D:", "--media", ISO, "--yes");
  assert.equal(run.code, ExitCode.usage);
  assert.match(flat(run), /this is not the compiled pemedic\.exe.*Next: Name the program/);
  const lab = await stageLab();
  await putOnStick(lab, {
    "E:\\text.exe": "not a program",
    "E:\\arm.exe": writePe({ machine: 0xaa64 }),
    "E:\\x86.exe": writePe({ machine: 0x14c, narrow: true }),
  });
  for (
    const [file, says] of [
      ["E:\\text.exe", /it is no program for Windows/],
      ["E:\\arm.exe", /it is for arm64/],
      ["E:\\x86.exe", /it is for x86/],
      ["E:\\none.exe", /Cannot use the program/],
    ] as const
  ) {
    await assertRefused(lab, ["--program", file], { code: "usage", says });
  }
});

Deno.test("the compiled program leaves itself", async () => {
  const lab = await stageLab({ platform: { programFile: PROGRAM, programFolder: "E:\\" } });
  const run = await runCli(lab, "upgrade", "stage", "D:", "--media", ISO, "--yes");
  assert.equal(run.code, ExitCode.ok, flat(run));
  assert.deepEqual(await lab.files.read(`${BIN}\\pemedic.exe`), await lab.files.read(PROGRAM));
});

/** Media as a folder somewhere. */
async function putMedia(lab: MemoryLab, folder: string): Promise<void> {
  for (const [path, content] of labMediaFolder()) {
    await putOnStick(lab, { [`${folder}\\${path}`]: content });
  }
}

Deno.test("media that stay: on the target and on an internal volume by the letters of there", async () => {
  for (
    const [here, there] of [
      ["D:\\iso\\Win11", "C:\\iso\\Win11"],
      ["F:\\Win11", "D:\\Win11"],
      ["f:\\WIN11\\", "D:\\Win11"],
    ] as const
  ) {
    const lab = await stageLab();
    await putMedia(lab, here.startsWith("D") ? "D:\\iso\\Win11" : "F:\\Win11");
    const run = await stage(lab, "--media", here, "--media-in-place");
    assert.equal(run.code, ExitCode.ok, `${here}: ${flat(run)}`);
    assert.equal((await orderOf(lab)).media.folder, there);
    assert.equal(await lab.files.stat("D:\\PEMedic\\media"), undefined);
    assert.equal((await unstage(lab)).code, ExitCode.ok);
  }
});

Deno.test("media that stay are refused where the running Windows may not find them", async () => {
  const stick = await stageLab();
  await putMedia(stick, "E:\\Win11");
  await assertRefused(stick, ["--media", "E:\\Win11", "--media-in-place"], {
    code: "refused",
    says: /its drive may be gone when Windows starts.*Leave --media-in-place out/,
  });
  await assertRefused(stick, ["--media-in-place"], {
    code: "usage",
    says: /nobody mounts the ISO/,
  });
  const unknown = await stageLab();
  await putMedia(unknown, "F:\\Win11");
  await unknown.damage({
    name: "letters unknown",
    imitates: "A volume that the installed Windows has never seen",
    apply: (site) => site.editHive("SYSTEM", `[-HKEY_LOCAL_MACHINE\\SYSTEM\\MountedDevices]`),
  });
  await assertRefused(unknown, ["--media", "F:\\Win11", "--media-in-place"], {
    code: "refused",
    says: /which letter Windows gives this volume cannot be told/,
  });
});

const KEY = "VK7JG-NPHTM-C97JM-9MPGT-3V66T";
const KEY_FILE = "E:\\key.ini";
const CONFIG = `[SetupConfig]\r\nPKey=${KEY}\r\n`;

Deno.test("the product key is in SetupConfig.ini and nowhere else", async () => {
  const lab = await stageLab();
  await putOnStick(lab, { [KEY_FILE]: CONFIG });
  const before = await pictureOf(lab);
  const log = ["--log", "E:\\log.jsonl", "--mirror", "E:\\", "--product-key", KEY_FILE];
  const dry = await runCli(lab, ...STAGE, ...log, "--dry-run", "--save-plan", "E:\\plan.json");
  assert.equal(dry.code, ExitCode.ok, flat(dry));
  const json = await runCli(lab, ...STAGE, ...log, "--dry-run", "--json");
  const run = await stage(lab, ...log);
  assert.equal(run.code, ExitCode.ok, flat(run));
  assert.match(flat(run), /SetupConfig\.ini: \[SetupConfig\] PKey=\*{5}-/);
  const order = await orderOf(lab);
  assert.match(order.arguments.join(" "), /\/ConfigFile C:\\PEMedic\\bin\\SetupConfig\.ini$/);
  const config = await lab.files.read(`${BIN}\\SetupConfig.ini`);
  assert.equal(new TextDecoder().decode(config), CONFIG);
  for (const text of [dry, json, run]) {
    assert.ok(!(text.stdout + text.stderr).includes(KEY.slice(0, 11)));
  }
  const holding: string[] = [];
  for (const root of ["D:\\", "E:\\"]) {
    for (const [path, line] of await lab.snapshot({ root })) {
      if (!line.startsWith("file")) continue;
      const { size } = (await lab.files.stat(root + path))!;
      if (size > 2 ** 20) continue;
      const bytes = await lab.files.read(root + path);
      const found = ["utf-8", "utf-16le"].some((name) =>
        new TextDecoder(name).decode(bytes).includes("NPHTM")
      );
      if (found) holding.push(root + path);
    }
  }
  assert.deepEqual(holding, [`${BIN}\\SetupConfig.ini`, KEY_FILE]);
  assert.equal((await unstage(lab)).code, ExitCode.ok);
  assert.deepEqual(compareSnapshots(before, await pictureOf(lab)), []);
});

Deno.test("a key on the command line, or a file that is more than a key, is refused", async () => {
  const lab = await stageLab();
  await putOnStick(lab, {
    "E:\\bare.txt": KEY,
    "E:\\more.ini": `${CONFIG}Auto=Clean\r\n`,
    "E:\\wrong.ini": "[SetupConfig]\r\nPKey=NOT-A-KEY\r\n",
    "E:\\long.ini": CONFIG + " ".repeat(2000),
  });
  const run = await stage(lab, "--product-key", KEY, "--json");
  assert.equal(run.code, ExitCode.usage);
  assert.ok(!(run.stdout + run.stderr).includes("NPHTM"), run.stdout);
  for (
    const [file, says] of [
      ["E:\\bare.txt", /is no SetupConfig\.ini with a product key/],
      ["E:\\more.ini", /is no SetupConfig\.ini with a product key/],
      ["E:\\long.ini", /is no SetupConfig\.ini with a product key/],
      ["E:\\wrong.ini", /not five groups of five/],
      ["E:\\none.ini", /Cannot use the file with the product key/],
    ] as const
  ) {
    await assertRefused(lab, ["--product-key", file], { code: "usage", says });
  }
});

Deno.test("a saved plan is run as it was agreed, and on no other computer", async () => {
  const lab = await stageLab();
  const save = await runCli(lab, ...STAGE, "--dry-run", "--save-plan", "E:\\plan.json");
  assert.equal(save.code, ExitCode.ok, flat(save));
  const other = await stageLab();
  await putOnStick(other, { "E:\\plan.json": await lab.files.read("E:\\plan.json") });
  await other.damage({
    name: "another computer",
    imitates: "A plan that is carried to another machine",
    apply: (site) =>
      site.editHive(
        "SYSTEM",
        `[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control\\ComputerName\\ComputerName]
"ComputerName"="OTHER-PC"`,
      ),
  });
  const refused = await runCli(other, "repair", "D:", "--plan", "E:\\plan.json", "--yes");
  assert.equal(refused.code, ExitCode.refused, flat(refused));
  assert.match(flat(refused), /it was planned for ANNA-PC/);
  assert.deepEqual(other.files.operations, []);
  const run = await runCli(lab, "repair", "D:", "--plan", "E:\\plan.json", "--yes");
  assert.equal(run.code, ExitCode.ok, flat(run));
  assert.notEqual(await serviceOf(lab), undefined);
});

Deno.test("BitLocker: suspended before anything is armed, only if asked, only if it protects", async () => {
  const withTool = async (protection?: "on" | "off") => {
    const bitLocker = protection === undefined
      ? {}
      : { bitLocker: { "D:": encryptedVolume({ protection }) } };
    return await stageLab({ state: bitLocker });
  };
  const on = await withTool("on");
  await staged(on, "--suspend-bitlocker");
  assert.equal(on.state.bitLocker?.["D:"]?.protection, "off");
  assert.equal(on.state.bitLocker?.["D:"]?.restartsLeft, 10);
  const un = await unstage(on);
  assert.equal(un.code, ExitCode.ok, flat(un));
  assert.match(flat(un), /Enable it again: manage-bde -protectors -enable D:/);
  const off = await withTool("off");
  await staged(off, "--suspend-bitlocker");
  assert.ok(!JSON.stringify(off.state.ledger).includes("-disable"));
  const unasked = await withTool("on");
  await staged(unasked);
  assert.equal(unasked.state.bitLocker?.["D:"]?.protection, "on");
});

Deno.test("each state of the target that forbids it says so, and nothing is changed", async () => {
  const foreignService: Damage = {
    name: "service name taken",
    imitates: "A service of somebody else with our name",
    apply: (site) =>
      site.editHive(
        "SYSTEM",
        `[HKEY_LOCAL_MACHINE\\SYSTEM\\${SERVICE}]
"ImagePath"="C:\\\\other\\\\program.exe"`,
      ),
  };
  const put = (path: string): Damage => ({
    name: `something at ${path}`,
    imitates: "Files of somebody else in our folders",
    apply: (site) => site.write(path, "theirs"),
  });
  const cases: readonly (readonly [Damage, ExitCodeName, RegExp])[] = [
    [foreignService, "refused", /"PEMedicUpgrade" exists in the registry and is not ours/],
    [put("PEMedic\\media\\setup.exe"), "refused", /"PEMedic\\media" is there already, and no jour/],
    [put("PEMedic\\media"), "refused", /"PEMedic\\media" is there already/],
    [put("PEMedic\\bin\\tool.exe"), "refused", /"PEMedic\\bin" is there already/],
    [setupInProgress(), "refused", /Cannot stage the upgrade: /],
    [upgradeWaitsForRestart(), "refused", /Cannot stage the upgrade: /],
    [bitLockerLocked(), "locked", /BitLocker has locked it/],
    [noRoom(2 ** 20), "refused", /Cannot stage the upgrade: .*free/],
  ];
  for (const [damage, code, says] of cases) {
    const lab = await stageLab();
    await lab.damage(damage);
    await assertRefused(lab, [], { code, says });
  }
});

Deno.test("a dirty hive: its logs go into it first; without logs it is not edited", async () => {
  const replayed = await stageLab();
  await replayed.damage(dirtySoftwareHive());
  const run = await stage(replayed, "--interactive");
  assert.equal(run.code, ExitCode.ok, flat(run));
  assert.match(
    flat(run),
    /SOFTWARE: dirty, \d+ pages? replayed from LOG1; this is written into it/,
  );
  const lost = await stageLab();
  await lost.damage(dirtySoftwareHive({ log: "none" }));
  await assertRefused(lost, ["--interactive"], {
    code: "refused",
    says: /Cannot edit SOFTWARE: dirty, and no log can be used/,
  });
});

Deno.test("media that do not fit, and no media at all", async () => {
  const damaged = await stageLab({ media: { winre: "missing" } });
  await assertRefused(damaged, [], { code: "refused", says: /winre\.wim/ });
  const none = await stageLab({ media: { files: { "setup.exe": undefined } } });
  await assertRefused(none, [], { code: "refused", says: /setup\.exe/ });
  const nothing = await createLab();
  await assertRefused(nothing, [], { code: "usage", says: /Cannot find media at/ });
});

Deno.test("files only: refused until somebody agrees to it, then Setup is told so", async () => {
  const media = { windows: { ...WINDOWS_11_PRO, language: "de-DE" } } as const;
  const lab = await stageLab({ media });
  await assertRefused(lab, [], {
    code: "refused",
    says: /it would keep files only, no programs.*--accept files-only/,
  });
  const order = await staged(lab, "--accept", "files-only");
  assert.match(order.arguments.join(" "), /^\/Auto DataOnly/);
  const all = await staged(await stageLab(), "--accept", "files-only");
  assert.match(all.arguments.join(" "), /^\/Auto Upgrade/);
});

Deno.test("what must be done first is refused with its command", async () => {
  const lab = await stageLab();
  await lab.damage(pendingXmlLeftBehind());
  await assertRefused(lab, [], {
    code: "refused",
    says: /Cannot stage the upgrade: .*Next: pemedic /,
  });
});

Deno.test("a program without a request says how to make one", async () => {
  const lab = await stageLab();
  const run = await runCli(lab, "repair", "D:", "--only", "upgrade.stage", "--yes");
  assert.equal(run.code, ExitCode.nothingToDo, flat(run));
  assert.match(flat(run), /No upgrade was described; do it with: pemedic upgrade stage D: --media/);
});
