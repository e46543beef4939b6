/**
 * The exit code table: every row is produced by a scenario in the lab, and README and help show
 * exactly this table.
 */
import assert from "node:assert/strict";
import { EXIT_CODES, ExitCode, type ExitCodeName } from "../../src/base/mod.ts";
import {
  bitLockerLocked,
  corruptManifest,
  corruptPayload,
  corruptProtectedFile,
  createLab,
  type Damage,
  hibernated,
  hopelessDisk,
  type MemoryLab,
  noRoom,
  pendingXmlLeftBehind,
  readOnlyVolume,
  truncatedSystemHive,
  updateCacheStuck,
} from "../lab/mod.ts";
import { type CliRun, runCli } from "../run_cli.ts";
import { repositoryRoot } from "../paths.ts";
import { breakJournal, interruptWhenHanging, loseTool } from "./cli_scenes.ts";

/** One way to an exit code. */
interface Scenario {
  readonly code: ExitCodeName;
  readonly what: string;
  readonly damages?: readonly Damage[];
  readonly prepare?: (lab: MemoryLab) => void | Promise<void>;
  readonly args: readonly string[];
  /** Runs instead of the arguments alone. */
  readonly run?: (lab: MemoryLab, args: readonly string[]) => Promise<CliRun>;
}

const NTDLL = "Windows\\System32\\ntdll.dll";
const COMPONENT = "microsoft-windows-ntdll";
const PLAN = "E:\\plan.json";

const SCENARIOS: readonly Scenario[] = [
  { code: "ok", what: "a scan", args: ["scan"] },
  { code: "ok", what: "a sound Windows is diagnosed", args: ["diagnose"] },
  {
    code: "ok",
    what: "a repair reaches its aim",
    damages: [updateCacheStuck()],
    args: ["repair", "--yes"],
  },
  {
    code: "internal",
    what: "a fault of ours",
    prepare: (lab) => {
      lab.host.volumes.list = () => Promise.reject(new TypeError("injected fault"));
    },
    args: ["scan"],
  },
  { code: "usage", what: "an unknown option", args: ["repair", "--faster"] },
  { code: "usage", what: "an unknown command", args: ["heal"] },
  { code: "usage", what: "half a command", args: ["image"] },
  {
    code: "partial",
    what: "an undo whose copy is gone",
    damages: [updateCacheStuck()],
    prepare: async (lab) => {
      await runCli(lab, "cache", "reset", "D:", "--yes");
      const [session] = await lab.files.list("D:\\PEMedic");
      const aside = `D:\\PEMedic\\${session!.name}\\aside`;
      lab.files.erase(`${aside}\\${(await lab.files.list(aside))[0]!.name}`);
    },
    args: ["undo", "D:", "--yes"],
  },
  { code: "nothingToDo", what: "a repair of a sound Windows", args: ["repair", "--yes"] },
  { code: "nothingToDo", what: "an undo without a session", args: ["undo", "D:", "--yes"] },
  { code: "nothingToDo", what: "a resume without a session", args: ["resume", "D:", "--yes"] },
  {
    code: "problemsFound",
    what: "a diagnosis of a stuck update cache",
    damages: [updateCacheStuck()],
    args: ["diagnose"],
  },
  {
    code: "needsRestart",
    what: "an update that Windows reverts at its next start",
    damages: [pendingXmlLeftBehind()],
    args: ["repair", "--yes"],
  },
  {
    code: "needsSource",
    what: "a damaged store and no source",
    damages: [corruptPayload(COMPONENT)],
    args: ["image", "restore", "--yes"],
  },
  {
    code: "needsUpgrade",
    what: "a store that DISM cannot repair",
    damages: [corruptManifest(COMPONENT)],
    args: ["repair", "--yes"],
  },
  { code: "notAVolume", what: "a file as volume", args: ["diagnose", `D:\\${NTDLL}`] },
  { code: "notAVolume", what: "a volume that does not exist", args: ["diagnose", "Q:"] },
  { code: "noWindows", what: "a volume without Windows", args: ["diagnose", "E:"] },
  { code: "locked", what: "BitLocker", damages: [bitLockerLocked()], args: ["repair", "D:"] },
  {
    code: "damagedFile",
    what: "a SYSTEM hive that is cut off",
    damages: [truncatedSystemHive()],
    args: ["repair", "D:", "--yes"],
  },
  { code: "refused", what: "the system that runs now", args: ["repair", "X:", "--yes"] },
  {
    code: "refused",
    what: "a session that was cut off before",
    damages: [updateCacheStuck()],
    prepare: (lab) => cutOff(lab),
    args: ["repair", "D:", "--yes"],
  },
  {
    code: "toolFailed",
    what: "DISM ends with an error",
    prepare: (lab) => void (lab.state.faults["dism"] = { error: 0x80004005 }),
    args: ["image", "scan"],
  },
  {
    code: "toolMissing",
    what: "no dism.exe",
    prepare: (lab) => loseTool(lab, "dism"),
    args: ["image", "scan"],
  },
  {
    code: "toolMissing",
    what: "no sfc.exe for a repair",
    prepare: (lab) => loseTool(lab, "sfc"),
    args: ["files", "repair", "--yes"],
  },
  { code: "noSpace", what: "a full disk", damages: [noRoom()], args: ["repair", "--yes"] },
  {
    code: "toolNotUnderstood",
    what: "DISM prints garbage",
    prepare: (lab) => void (lab.state.faults["dism"] = { garbage: true }),
    args: ["image", "scan"],
  },
  {
    code: "toolNotUnderstood",
    what: "DISM prints garbage while it repairs",
    prepare: (lab) => void (lab.state.faults["dism"] = { garbage: true }),
    args: ["image", "restore", "--source", "F:\\Windows", "--yes"],
  },
  {
    code: "planMismatch",
    what: "the volume changed since the plan was saved",
    damages: [updateCacheStuck()],
    prepare: async (lab) => {
      await runCli(lab, "repair", "--dry-run", "--save-plan", PLAN);
      lab.files.erase("D:\\Windows\\System32\\catroot2");
    },
    args: ["repair", "--plan", PLAN, "--yes"],
  },
  {
    code: "journalDamaged",
    what: "a journal that is damaged in the middle",
    damages: [updateCacheStuck()],
    prepare: async (lab) => {
      await runCli(lab, "cache", "reset", "D:", "--yes");
      await breakJournal(lab);
    },
    args: ["undo", "D:", "--yes"],
  },
  {
    code: "notVerified",
    what: "sfc has no sound copy",
    damages: [corruptProtectedFile(NTDLL), corruptPayload(COMPONENT)],
    args: ["files", "repair", "--yes"],
  },
  { code: "hibernated", what: "hibernation", damages: [hibernated()], args: ["repair", "--yes"] },
  {
    code: "readOnly",
    what: "a read-only volume",
    damages: [readOnlyVolume()],
    args: ["repair", "--yes"],
  },
  {
    code: "diskFailing",
    what: "read errors in a hive",
    damages: [hopelessDisk(["Windows\\System32\\config\\SYSTEM"])],
    args: ["repair", "--yes"],
  },
  {
    code: "diskFailing",
    what: "read errors while a hive is saved",
    damages: [hopelessDisk()],
    args: ["repair", "--yes"],
  },
  {
    code: "cancelled",
    what: "Ctrl-C while DISM hangs",
    prepare: (lab) => void (lab.state.faults["dism"] = { hangAfter: 2 }),
    args: ["image", "restore", "--source", "F:\\Windows", "--yes"],
    run: (lab, args) => interruptWhenHanging(lab, args),
  },
  {
    code: "cancelled",
    what: "the answer no",
    damages: [updateCacheStuck()],
    args: ["cache", "reset", "D:"],
    run: async (_lab, args) => {
      const lab = await createLab({ terminal: { interactive: true, answers: ["no"] } });
      return await runCli(lab, ...args);
    },
  },
];

/** A power cut after the first change of a reset. */
async function cutOff(lab: MemoryLab): Promise<void> {
  lab.host.killAt("change-made", 1);
  await runCli(lab, "cache", "reset", "D:", "--yes");
  lab.reboot();
}

for (const scenario of SCENARIOS) {
  const number = ExitCode[scenario.code];
  Deno.test(`exit code ${number} ${scenario.code}: ${scenario.what}`, async () => {
    const lab = await createLab();
    await lab.damage(...scenario.damages ?? []);
    await scenario.prepare?.(lab);
    const run = scenario.run ?? ((where, args) => runCli(where, ...args));
    const { code, stdout, stderr } = await run(lab, scenario.args);
    assert.equal(code, number, stdout + stderr);
  });
}

Deno.test("every row of the exit code table is produced by a scenario", () => {
  const produced = new Set(SCENARIOS.map((scenario) => ExitCode[scenario.code]));
  assert.deepEqual([...produced].sort((a, b) => a - b), EXIT_CODES.map((row) => row.code));
});

Deno.test("pemedic exit-codes shows every exit code with its meaning; help names it", async () => {
  const lab = await createLab();
  assert.match((await runCli(lab, "help")).stdout, /every exit code: pemedic exit-codes$/m);
  const { code, stdout } = await runCli(lab, "exit-codes");
  assert.equal(code, 0);
  const json = JSON.parse((await runCli(lab, "exit-codes", "--json")).stdout);
  assert.deepEqual(json.exitCodes, JSON.parse(JSON.stringify(EXIT_CODES)));
  const text = stdout.replace(/\s+/g, " ");
  for (const row of EXIT_CODES) assert.ok(text.includes(`${row.code} ${row.meaning}`), row.name);
});

Deno.test("README.md shows the exit code table as it is", async () => {
  const readme = await Deno.readTextFile(`${repositoryRoot}/README.md`);
  const rows = [...readme.matchAll(/^\| (\d+) \| (\w+) \| (.+) \|$/gm)]
    .map(([, code, name, meaning]) => ({ code: Number(code), name, meaning }))
    .filter(({ name }) => name! in ExitCode);
  assert.deepEqual(rows, EXIT_CODES.map(({ code, name, meaning }) => ({ code, name, meaning })));
});
