import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openSetupLog } from "../../../src/formats/logs/mod.ts";
import {
  explainSetupExit,
  setupCommand,
  setupConfigText,
  setupInvocation,
  type SetupOptions,
} from "../../../src/tools/setup/mod.ts";
import type { MemoryLab } from "../mod.ts";
import { parseSetupScenarios, type SetupScenario } from "./setup_scenario.ts";
import { simulate, SimulatedHang, simulatedLab } from "./simulated.ts";

const PROGRAM = "D:\\PEMedic\\media\\setup.exe";
const PANTHER = "D:\\$WINDOWS.~BT\\Sources\\Panther";
const ROLLBACK = "D:\\$WINDOWS.~BT\\Sources\\Rollback";
const UPGRADE: SetupOptions = { auto: "upgrade", quiet: true, acceptEula: true };
const KEY = "VK7JG-NPHTM-C97JM-9MPGT-3V66T";

/** A lab with media on the volume of its Windows. */
async function mediaLab(...setup: readonly SetupScenario[]): Promise<MemoryLab> {
  const lab = await simulatedLab(setup.length === 0 ? {} : { setup: [...setup] });
  lab.files.putDirectory("D:\\PEMedic\\media\\sources");
  lab.files.put(PROGRAM, bytes("MZ"));
  lab.files.put("D:\\PEMedic\\media\\sources\\install.wim", bytes("MSWIM"));
  return lab;
}

const bytes = (text: string) => new TextEncoder().encode(text);

async function start(lab: MemoryLab, options: SetupOptions = UPGRADE, build = 26_100) {
  const call = setupInvocation(setupCommand(options, { program: PROGRAM, build }));
  return (await simulate(lab, { ...call, program: PROGRAM })).exitCode;
}

async function startWith(lab: MemoryLab, ...args: readonly string[]) {
  const call = { tool: "setup", arguments: args, encoding: "oem", program: PROGRAM } as const;
  return (await simulate(lab, call)).exitCode;
}

async function textOf(lab: MemoryLab, path: string): Promise<string> {
  return new TextDecoder().decode(await lab.files.read(path));
}

/** The records of a log, as our own reader finds them. */
async function recordsOf(lab: MemoryLab, path: string) {
  const file = await lab.files.open(path);
  const log = await openSetupLog({
    size: file.size,
    read: (at, length) => file.read(at, length),
  });
  const records = await Array.fromAsync(log.records());
  await file.close();
  return records;
}

Deno.test("the simulated Setup prepares an upgrade and writes its logs", async () => {
  const lab = await mediaLab();
  assert.equal(explainSetupExit(await start(lab)).kind, "continue-reboot");
  const log = await textOf(lab, `${PANTHER}\\setupact.log`);
  assert.match(log, /Finalize: Reporting result value: \[0x0\]\r\n/);
  assert.match(log, /CmdLine += \[\/Install \/Media "\/Auto" "Upgrade" "\/Quiet"/);
  const records = await recordsOf(lab, `${PANTHER}\\setupact.log`);
  assert.equal(records.length, log.trimEnd().split("\r\n").length);
  for (const { time, level, component, problems } of records) {
    assert.ok(time !== undefined && problems.length === 0);
    assert.ok(["Info", "Warning"].includes(level ?? ""), level);
    assert.ok(["MOUPG", "SP", "MIG"].includes(component ?? ""), component);
  }
  assert.equal(await textOf(lab, `${PANTHER}\\setuperr.log`), "");
  assert.deepEqual(lab.state.ledger.at(-1)?.changed, [
    `${PANTHER}\\setupact.log`,
    `${PANTHER}\\setuperr.log`,
  ]);
});

Deno.test("the simulated Setup refuses with the code that it is told", async () => {
  for (const code of [0xc1900107, 0xc1900200, 0xc1900204, 0xc1900208, 0xc190020e, 7, 5]) {
    const lab = await mediaLab({ outcome: "refuse", code });
    assert.equal(await start(lab), code);
    const hex = `0x${code.toString(16).toUpperCase().padStart(8, "0")}`;
    const error = await textOf(lab, `${PANTHER}\\setuperr.log`);
    assert.match(error, new RegExp(`, Error +MOUPG  .*Result = ${hex}\\r\\n$`));
    assert.equal(await lab.files.stat(ROLLBACK), undefined);
  }
});

Deno.test("the simulated Setup copies its logs when it fails, and only then", async () => {
  const copyLogs = "D:\\PEMedic\\logs";
  const failing = await mediaLab({ outcome: "refuse", code: 0xc1900208 });
  await start(failing, { ...UPGRADE, copyLogs });
  assert.match(await textOf(failing, `${copyLogs}\\setupact.log`), /0xC1900208/);
  const sound = await mediaLab();
  await start(sound, { ...UPGRADE, copyLogs });
  assert.equal(await sound.files.stat(copyLogs), undefined);
});

Deno.test("the simulated Setup hangs in the middle of its work", async () => {
  const lab = await mediaLab({ outcome: "hang" });
  await assert.rejects(start(lab), SimulatedHang);
  const log = await textOf(lab, `${PANTHER}\\setupact.log`);
  assert.doesNotMatch(log, /Finalize/);
  assert.equal(lab.state.ledger.at(-1)?.exitCode, 0xc000013a);
});

Deno.test("a hanging Setup can be ended from outside", async () => {
  const lab = await mediaLab({ outcome: "hang" });
  const running = lab.host.processes.run({
    program: PROGRAM,
    arguments: setupCommand(UPGRADE, { program: PROGRAM, build: 26_100 }).arguments,
  });
  await lab.host.processes.hanging;
  lab.host.interrupt();
  assert.equal(explainSetupExit((await running).exitCode).kind, "interrupted");
});

Deno.test("the simulated Setup dies in the middle of a line", async () => {
  const lab = await mediaLab({ outcome: "die" });
  assert.equal(explainSetupExit(await start(lab)).kind, "interrupted");
  const records = await recordsOf(lab, `${PANTHER}\\setupact.log`);
  assert.deepEqual(records.at(-1)?.problems.map(({ kind }) => kind), ["unfinished"]);
});

Deno.test("the simulated Setup ends with the machine", async () => {
  const lab = await mediaLab({ outcome: "restart" });
  assert.equal(explainSetupExit(await start(lab)).kind, "interrupted");
  const log = await textOf(lab, `${PANTHER}\\setupact.log`);
  assert.match(log, /Set SafeOS boot entry as default\r\n$/);
  assert.doesNotMatch(log, /Finalize/);
});

Deno.test("the simulated Setup rolls back and says so in the rollback's log", async () => {
  const lab = await mediaLab({ outcome: "roll-back", code: 0xc1900101, extend: 0x40017 });
  assert.equal(await start(lab), 0xc1900101);
  const log = await textOf(lab, `${ROLLBACK}\\setupact.log`);
  assert.match(log, /Reporting result value: \[0xC1900101\]/);
  assert.match(log, /Reporting error event -> \[0xC1900101, 0x00040017\]/);
  assert.match(await textOf(lab, `${ROLLBACK}\\setuperr.log`), /Operation failed: Migrate data/);
});

Deno.test("a rollback can come after Setup itself ended well", async () => {
  const lab = await mediaLab({ outcome: "roll-back", exit: 3 });
  assert.equal(await start(lab), 3);
  assert.match(await textOf(lab, `${ROLLBACK}\\setupact.log`), /0xC1900101, 0x0003000D/);
});

Deno.test("the simulated Setup only examines with ScanOnly", async () => {
  const scan: SetupOptions = { ...UPGRADE, compat: ["scan-only"] };
  assert.equal(explainSetupExit(await start(await mediaLab(), scan)).kind, "scan-passed");
  const blocked = await mediaLab({ outcome: "refuse", code: 0xc1900208 });
  assert.equal(explainSetupExit(await start(blocked, scan)).kind, "blocked");
});

Deno.test("the simulated Setup checks its command line", async () => {
  const lab = await mediaLab();
  const rows: readonly (readonly [readonly string[], number])[] = [
    [["/Nonsense"], 0xc190010a],
    [["nonsense"], 0xc190010a],
    [["/constructor", "x"], 0xc190010a],
    [["/Auto"], 0xc190010d],
    [["/Auto", "Everything", "/EULA", "Accept"], 0xc190010d],
    [["/Auto", "Upgrade", "/Auto", "Clean", "/EULA", "Accept"], 0xc190010d],
    [["/Quiet:yes"], 0xc190010d],
    [["/ImageIndex", "0"], 0xc190010d],
    [["/PKey", "123"], 0xc190010d],
    [["/Auto", "Upgrade", "/EULA", "Accept", "/Unattend:D:\\u.xml"], 0xc190010d],
    [["/Unattend", "D:\\u.xml"], 0xc190010d],
    [["/PostRollbackContext", "system"], 0xc190010d],
    [["/InstallDrivers", "D:\\no such folder"], 0xc190010d],
    [["/ConfigFile", "D:\\no.ini"], 0xc190010d],
    [["/Auto", "Upgrade", "/Quiet"], 0xc190010e],
  ];
  for (const [args, code] of rows) {
    assert.equal(await startWith(lab, ...args), code, args.join(" "));
  }
  assert.equal(await lab.files.stat(PANTHER), undefined, "nothing was begun");
});

Deno.test("Setup of Windows 10 does not know the licence option and does not want it", async () => {
  const lab = await mediaLab({ outcome: "succeed", build: 19_041 });
  assert.equal(await startWith(lab, "/Auto", "Upgrade", "/EULA", "Accept"), 0xc190010a);
  assert.equal(await start(lab, { auto: "upgrade" }, 19_041), 3);
});

Deno.test("the simulated Setup wants its image", async () => {
  const lab = await mediaLab();
  await lab.files.remove("D:\\PEMedic\\media\\sources\\install.wim");
  assert.equal(await start(lab), 0xc190010b);
  lab.files.put("E:\\other.esd", bytes("MSWIM"));
  assert.equal(await start(lab, { ...UPGRADE, installFrom: "E:\\other.esd" }), 3);
  assert.equal(await start(lab, { ...UPGRADE, installFrom: "E:\\gone.esd" }), 0xc190010b);
});

Deno.test("the simulated Setup reads the configuration file that we write", async () => {
  const lab = await mediaLab();
  const configFile = "D:\\PEMedic\\SetupConfig.ini";
  const media = { program: PROGRAM, build: 26_100 };
  const text = setupConfigText({ ...UPGRADE, noReboot: true }, { media, secrets: "write" });
  lab.files.put(configFile, bytes(text));
  assert.equal(await start(lab, { configFile }), 3);
  lab.files.put(configFile, bytes(text.replace("NoReboot", "/NoReboot")));
  assert.equal(await start(lab, { configFile }), 0xc190010a);
  lab.files.put(configFile, bytes(text.replace("[SetupConfig]\r\n", "")));
  assert.equal(await start(lab, { configFile }), 0xc190010d);
  lab.files.put(configFile, bytes("[SetupConfig]\r\nAuto=Upgrade\r\n"));
  assert.equal(await start(lab, { configFile }), 0xc190010e);
});

Deno.test("the simulated Setup keeps the product key out of its logs", async () => {
  const lab = await mediaLab();
  await start(lab, { ...UPGRADE, productKey: KEY });
  assert.doesNotMatch(await textOf(lab, `${PANTHER}\\setupact.log`), /VK7JG/);
});

Deno.test("scenarios are used up one for each start, and the last one stays", async () => {
  const lab = await mediaLab(
    { outcome: "refuse", code: 0xc1900107 },
    { outcome: "restart" },
    { outcome: "succeed" },
  );
  const exits = [await start(lab), await start(lab), await start(lab), await start(lab)];
  assert.deepEqual(exits, [0xc1900107, 0x40010004, 3, 3]);
});

Deno.test("a scenario file beside the program goes before the state", async () => {
  const lab = await mediaLab({ outcome: "hang" });
  const path = "D:\\PEMedic\\media\\setup-scenario.json";
  const list: SetupScenario[] = [{ outcome: "refuse", code: 0xc1900200 }, { outcome: "succeed" }];
  lab.files.put(path, bytes(JSON.stringify(list)));
  assert.deepEqual([await start(lab), await start(lab)], [0xc1900200, 3]);
  assert.deepEqual(parseSetupScenarios(await textOf(lab, path)), [{ outcome: "succeed" }]);
});

Deno.test("parseSetupScenarios() takes names, objects and lists, and nothing else", () => {
  assert.deepEqual(parseSetupScenarios(" hang\n"), [{ outcome: "hang" }]);
  assert.deepEqual(parseSetupScenarios('{"outcome":"refuse","code":5,"exit":1,"odd":1}'), [
    { outcome: "refuse", code: 5, exit: 1 },
  ]);
  for (const text of ["", "nonsense", "[]", "{}", "null", '[{"outcome":"x"}]', "3"]) {
    assert.throws(() => parseSetupScenarios(text), SyntaxError, text);
  }
});

Deno.test("the simulated Setup runs as a program, with its scenario in the environment", async () => {
  const root = await Deno.makeTempDir({ prefix: "pemedic-setup-" });
  try {
    await Deno.mkdir(`${root}/media/sources`, { recursive: true });
    await Deno.writeTextFile(`${root}/media/sources/install.esd`, "MSWIM");
    const main = fileURLToPath(new URL("main.ts", import.meta.url));
    const scenario: SetupScenario = { outcome: "refuse", code: 0xc1900208, target: root };
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--no-check", main, "--as", "setup", "/Quiet"],
      env: {
        PEMEDIC_LAB_SPEED: "0",
        PEMEDIC_LAB_PROGRAM: `${root}/media/setup.exe`,
        PEMEDIC_LAB_SETUP: JSON.stringify(scenario),
      },
      stdin: "null",
      stderr: "inherit",
    });
    const { code } = await command.output();
    // Other systems keep eight bits of an exit code.
    const expected = Deno.build.os === "windows" ? 0xc1900208 | 0 : 0x08;
    assert.equal(code, expected);
    const log = await Deno.readTextFile(`${root}/$WINDOWS.~BT/Sources/Panther/setuperr.log`);
    assert.match(log, /0xC1900208/);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
