/**
 * Bad input: each gets a sentence that says what is wrong, what to do next, an exit code of its
 * own, and nothing on the volume is lost.
 */
import assert from "node:assert/strict";
import { ExitCode, type ExitCodeName, FileError, printable } from "../../src/base/mod.ts";
import {
  bitLockerLocked,
  compareSnapshots,
  createLab,
  type Damage,
  fastStartup,
  hibernated,
  type MemoryLab,
  readOnlyVolume,
  truncatedSystemHive,
  updateCacheStuck,
} from "../lab/mod.ts";
import { type CliRun, jsonLines, runCli } from "../run_cli.ts";
import {
  assertNothingLost,
  breakJournal,
  journalPath,
  loseTool,
  OWN,
  tearJournal,
} from "./cli_scenes.ts";

/** A refusal with its sentence and the way on. */
interface BadInput {
  readonly what: string;
  readonly damages?: readonly Damage[];
  readonly prepare?: (lab: MemoryLab) => void | Promise<void>;
  readonly args: readonly string[];
  readonly code: ExitCodeName;
  readonly sentence: RegExp;
  readonly next: RegExp;
}

const PLAN = "E:\\plan.json";

const REFUSALS: readonly BadInput[] = [
  {
    what: "a volume without Windows",
    args: ["repair", "E:", "--yes"],
    code: "noWindows",
    sentence: /^Cannot find Windows on "E:\\"$/m,
    next: /pemedic scan/,
  },
  {
    what: "a file as volume",
    args: ["repair", "D:\\Windows\\System32\\ntdll.dll", "--yes"],
    code: "notAVolume",
    sentence: /^Cannot use "D:\\Windows\\System32\\ntdll.dll": it is a file, not a volume$/m,
    next: /pemedic diagnose D:/,
  },
  {
    what: "a volume that is not there",
    args: ["repair", "Q:", "--yes"],
    code: "notAVolume",
    sentence: /^Cannot use "Q:": there is no such volume or folder$/m,
    next: /pemedic scan/,
  },
  {
    what: "a volume locked by BitLocker",
    damages: [bitLockerLocked()],
    args: ["repair", "D:", "--yes"],
    code: "locked",
    sentence: /^Cannot read "D:\\": BitLocker has locked it$/m,
    next: /manage-bde -unlock D: -RecoveryPassword KEY/,
  },
  {
    what: "a locked volume that nobody named",
    damages: [bitLockerLocked()],
    args: ["repair", "--yes"],
    code: "locked",
    sentence: /^Cannot find Windows: BitLocker has locked "D:"$/m,
    next: /manage-bde -unlock D:/,
  },
  {
    what: "a hibernated Windows",
    damages: [hibernated()],
    args: ["repair", "--yes"],
    code: "hibernated",
    sentence: /^Cannot repair: Windows is hibernated or was shut down with Fast Startup$/m,
    next: /--discard-hibernation/,
  },
  {
    what: "Fast Startup",
    damages: [fastStartup()],
    args: ["cache", "reset", "--yes"],
    code: "hibernated",
    sentence: /^Cannot repair: Windows is hibernated or was shut down with Fast Startup$/m,
    next: /Shut Windows down with Shift held/,
  },
  {
    what: "a read-only volume",
    damages: [readOnlyVolume()],
    args: ["repair", "--yes"],
    code: "readOnly",
    sentence: /^Cannot repair "D:": the volume is read-only$/m,
    next: /attributes volume clear readonly/,
  },
  {
    what: "a SYSTEM hive that is cut off",
    damages: [truncatedSystemHive()],
    args: ["repair", "D:", "--yes"],
    code: "damagedFile",
    sentence: /^Cannot repair: the SYSTEM hive cannot be read \(The hive is cut off: /m,
    next: /pemedic sessions D:/,
  },
  {
    what: "no dism.exe anywhere",
    prepare: (lab) => loseTool(lab, "dism"),
    args: ["image", "restore", "--source", "F:\\Windows", "--yes"],
    code: "toolMissing",
    sentence: /dism\.exe is neither in this WinPE nor on the target/,
    next: /--tools/,
  },
  {
    what: "a saved plan that does not match any more",
    damages: [updateCacheStuck()],
    prepare: async (lab) => {
      await runCli(lab, "repair", "--dry-run", "--save-plan", PLAN);
      lab.files.put(
        "D:\\ProgramData\\Microsoft\\Network\\Downloader\\qmgr9.dat",
        new Uint8Array(9),
      );
      lab.files.erase("D:\\ProgramData\\Microsoft\\Network\\Downloader\\edb.chk");
    },
    args: ["repair", "--plan", PLAN, "--yes"],
    code: "planMismatch",
    sentence: /^Cannot use the saved plan: plan\.\S+ was /m,
    next: /--dry-run --save-plan FILE/,
  },
  {
    what: "a scratch folder on the RAM disk",
    args: [
      "image",
      "restore",
      "--source",
      "F:\\Windows",
      "--scratch",
      "X:\\Windows\\Temp",
      "--yes",
    ],
    code: "refused",
    sentence: /Cannot use "X:\\Windows\\Temp" for scratch files: it is on the RAM disk of WinPE/,
    next: /--scratch E:\\scratch/,
  },
];

for (const bad of REFUSALS) {
  Deno.test(`${bad.what}: exit code ${ExitCode[bad.code]}, a sentence, nothing lost`, async () => {
    const lab = await createLab();
    await lab.damage(...bad.damages ?? []);
    await bad.prepare?.(lab);
    const before = bad.code === "locked" ? undefined : await lab.snapshot(OWN);
    const result = await runCli(lab, ...bad.args);
    const text = (result.stderr + result.stdout).replace(/\n +/g, " ");
    assert.equal(result.code, ExitCode[bad.code], text);
    assert.match(text, bad.sentence);
    assert.match(text, bad.next);
    assert.doesNotMatch(text, /\bat .*\.ts:\d+/, "no stack is shown");
    if (before !== undefined) await assertNothingLost(lab, before);
    const operations = lab.files.operations.filter(({ path }) => !/PEMedic|plan\.json/.test(path));
    assert.deepEqual(operations, []);
  });
}

/** Tools that print garbage and exit with 0, and what must not be said then. */
const GARBAGE: readonly { readonly tool: string; readonly args: readonly string[] }[] = [
  { tool: "dism", args: ["image", "scan"] },
  { tool: "dism", args: ["image", "check"] },
  { tool: "dism", args: ["image", "packages"] },
  { tool: "dism", args: ["image", "restore", "--source", "F:\\Windows", "--yes"] },
  { tool: "dism", args: ["image", "cleanup", "--yes"] },
  { tool: "dism", args: ["repair", "--yes"] },
  { tool: "sfc", args: ["files", "verify"] },
  { tool: "sfc", args: ["files", "repair", "--yes"] },
  { tool: "chkdsk", args: ["disk", "check"] },
  { tool: "chkdsk", args: ["disk", "repair", "--yes"] },
];

for (const { tool, args } of GARBAGE) {
  Deno.test(`${tool} prints garbage and exits with 0: ${args.join(" ")} is no success`, async () => {
    const lab = await createLab();
    lab.state.faults[tool] = { garbage: true };
    const before = await lab.snapshot(OWN);
    const { code, stdout, stderr } = await runCli(lab, ...args);
    assert.equal(code, ExitCode.toolNotUnderstood, stdout + stderr);
    assert.equal(printable(stdout + stderr), stdout + stderr, "it is not passed on");
    await assertNothingLost(lab, before);
  });
}

/** Files that are no plan, or worse. */
const HOSTILE_PLANS: readonly (readonly [name: string, text: string])[] = [
  ["no JSON", "MZ\u0000\u0001"],
  ["nothing", ""],
  ["null", "null"],
  ["a number", "12"],
  ["a list", "[]"],
  ["another format", '{"format":2}'],
  ["options that are no options", '{"format":1,"options":{"only":"updates.reset-cache"}}'],
  ["deep nesting", `{"format":1,"options":${"[".repeat(5000)}${"]".repeat(5000)}}`],
  ["a step that does not exist", hostilePlan({ only: ["../../evil"] })],
];

function hostilePlan(options: Record<string, unknown>): string {
  return JSON.stringify({
    format: 1,
    target: {},
    options: {
      only: [],
      skip: [],
      quick: false,
      discardHibernation: false,
      force: false,
      sources: [],
      addPackages: [],
      removePackages: [],
      removeDrivers: [],
      ...options,
    },
    steps: [],
  });
}

for (const [name, text] of HOSTILE_PLANS) {
  Deno.test(`a plan file that holds ${name} is refused as a wrong command line`, async () => {
    const lab = await createLab();
    lab.files.put(PLAN, new TextEncoder().encode(text));
    const before = await lab.snapshot();
    const { code, stderr } = await runCli(lab, "repair", "--plan", PLAN, "--yes");
    assert.equal(code, ExitCode.usage, stderr);
    assert.match(stderr, /^Cannot /m);
    await assertNothingLost(lab, before);
  });
}

Deno.test("a plan file with other steps than those of this volume is a mismatch", async () => {
  const lab = await createLab();
  await lab.damage(updateCacheStuck());
  await runCli(lab, "cache", "reset", "--dry-run", "--save-plan", PLAN);
  const plan = JSON.parse(new TextDecoder().decode(await lab.files.read(PLAN)));
  plan.steps[0].changes[0].path = "Windows\\System32\u001b[2J";
  lab.files.put(PLAN, new TextEncoder().encode(JSON.stringify(plan)));
  const before = await lab.snapshot();
  const { code, stderr } = await runCli(lab, "repair", "--plan", PLAN, "--yes");
  assert.equal(code, ExitCode.planMismatch, stderr);
  assert.ok(!stderr.includes("\u001b"), "a plan file cannot steer the console");
  await assertNothingLost(lab, before);
});

Deno.test("a saved plan that matches is run as it is", async () => {
  const lab = await createLab();
  await lab.damage(updateCacheStuck());
  await runCli(lab, "cache", "reset", "--dry-run", "--save-plan", PLAN);
  const { code, stderr } = await runCli(lab, "repair", "--plan", PLAN, "--yes");
  assert.equal(code, ExitCode.ok, stderr);
  assert.equal(await lab.files.stat("D:\\Windows\\SoftwareDistribution"), undefined);
});

Deno.test("other options of the repair beside --plan are refused, not left out", async () => {
  const lab = await createLab();
  await runCli(lab, "repair", "--dry-run", "--save-plan", PLAN);
  const { code, stderr } = await runCli(lab, "repair", "--plan", PLAN, "--quick", "--yes");
  assert.equal(code, ExitCode.usage);
  assert.match(stderr, /Cannot use other options of the repair with --plan/);
});

Deno.test("files that the user named and that are not there are wrong command lines", async () => {
  const lab = await createLab();
  for (
    const args of [
      ["repair", "--plan", "E:\\none.json"],
      ["repair", "--dry-run", "--save-plan", "E:\\none\\plan.json"],
      ["undo", "D:", "--journal", "E:\\none.jsonl"],
    ]
  ) {
    const { code, stderr } = await runCli(lab, ...args);
    assert.equal(code, ExitCode.usage, args.join(" ") + stderr);
    assert.match(stderr, /Cannot use the .*: not found/);
  }
});

Deno.test("a full disk in the middle of a rename: exit code 16, then undo restores all", async () => {
  const { lab, before, result } = await fullWhileRenaming();
  assert.equal(result.code, ExitCode.noSpace, result.stderr);
  assert.match(result.stdout, /disk is full/);
  assert.match(result.stdout, /pemedic resume/);
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.equal(undo.code, ExitCode.ok, undo.stderr);
  await assertNothingLost(lab, before);
});

Deno.test("a full disk in the middle of a rename: with room again, resume goes on", async () => {
  const { lab } = await fullWhileRenaming();
  const resume = await runCli(lab, "resume", "D:", "--yes");
  assert.equal(resume.code, ExitCode.ok, resume.stderr);
  assert.equal(await lab.files.stat("D:\\Windows\\System32\\catroot2"), undefined);
});

async function fullWhileRenaming() {
  const lab = await createLab();
  await lab.damage(updateCacheStuck());
  const before = await lab.snapshot(OWN);
  const move = lab.files.move.bind(lab.files);
  lab.files.move = (from, to) =>
    from.endsWith("catroot2")
      ? Promise.reject(new FileError("move", from, "no-space"))
      : move(from, to);
  const result = await runCli(lab, "cache", "reset", "D:", "--yes");
  lab.files.move = move;
  return { lab, before, result };
}

/** The disk is full from the `count`-th passage of a checkpoint on, with `left` bytes to spare. */
function fillAt(lab: MemoryLab, mark: { name: string; count: number; left: number }): void {
  const pass = lab.host.checkpoint.bind(lab.host);
  let passed = 0;
  lab.host.checkpoint = async (name) => {
    await pass(name);
    if (name === mark.name && ++passed === mark.count) lab.files.setFreeBytes("D:", mark.left);
  };
}

for (const name of ["step-begun", "change-intended", "change-made", "change-recorded"]) {
  for (const left of [0, 40]) {
    const story = `a full disk at a journal write after ${name}, ${left} bytes left`;
    Deno.test(`${story}: exit code 16, resume and undo work`, async () => {
      for (const then of ["undo", "resume"] as const) {
        const lab = await createLab();
        await lab.damage(updateCacheStuck());
        const before = await lab.snapshot(OWN);
        fillAt(lab, { name, count: 1, left });
        const result = await runCli(lab, "cache", "reset", "D:", "--yes");
        assert.equal(result.code, ExitCode.noSpace, result.stdout + result.stderr);
        lab.files.setFreeBytes("D:", 50 * 2 ** 30);
        const next: CliRun = await runCli(lab, then, "D:", "--yes");
        assert.ok([0, 4].includes(next.code), `${then}: ${next.stdout}${next.stderr}`);
        if (then === "undo") await assertNothingLost(lab, before);
        const again = await runCli(lab, "cache", "reset", "D:", "--dry-run");
        assert.ok([0, 4].includes(again.code), again.stderr);
      }
    });
  }
}

async function resetLab(...args: readonly string[]) {
  const lab = await createLab();
  await lab.damage(updateCacheStuck());
  const before = await lab.snapshot(OWN);
  const { code, stderr } = await runCli(lab, "cache", "reset", "D:", "--yes", ...args);
  assert.equal(code, 0, stderr);
  return { lab, before };
}

Deno.test("a journal cut in the middle of a line still undoes everything", async () => {
  const { lab, before } = await resetLab();
  await tearJournal(lab);
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.equal(undo.code, ExitCode.ok, undo.stderr);
  await assertNothingLost(lab, before);
});

Deno.test("a journal damaged in the middle: exit code 19, and nothing is changed", async () => {
  const { lab } = await resetLab();
  await breakJournal(lab);
  const before = await lab.snapshot();
  for (const args of [["undo", "D:", "--yes"], ["sessions", "D:"]]) {
    const result = await runCli(lab, ...args);
    assert.equal(result.code, ExitCode.journalDamaged, args.join(" "));
    assert.match(result.stdout + result.stderr, /line \d+ is damaged/);
  }
  assert.deepEqual(compareSnapshots(before, await lab.snapshot()), []);
});

Deno.test("a journal damaged on the target is healed by the copy on the stick", async () => {
  const { lab, before } = await resetLab("--mirror", "E:\\");
  await breakJournal(lab);
  const undo = await runCli(lab, "undo", "D:", "--yes", "--mirror", "E:\\");
  assert.equal(undo.code, ExitCode.ok, undo.stderr);
  await assertNothingLost(lab, before);
});

Deno.test("a journal damaged on the target is undone from a named copy", async () => {
  const { lab, before } = await resetLab("--mirror", "E:\\");
  await breakJournal(lab);
  const session = (await journalPath(lab)).split("\\").at(-2)!;
  const copy = `E:\\${session}\\journal.jsonl`;
  const undo = await runCli(lab, "undo", "D:", "--yes", "--journal", copy);
  assert.equal(undo.code, ExitCode.ok, undo.stderr);
  await assertNothingLost(lab, before);
});

Deno.test("a damaged journal is told before another repair begins", async () => {
  const { lab } = await resetLab();
  await breakJournal(lab);
  const { stderr } = await runCli(lab, "image", "cleanup", "D:", "--yes");
  assert.match(stderr, /note: session \S+ cannot be read: Cannot use the journal/);
});

Deno.test("refusals are documents for programs too", async () => {
  const lab = await createLab();
  await lab.damage(hibernated());
  const [plan, error] = jsonLines(await runCli(lab, "repair", "--yes", "--json"));
  assert.equal(plan!.type, "plan");
  assert.equal(error!.type, "error");
  assert.equal(error!.code, "hibernated");
  assert.equal(error!.exitCode, ExitCode.hibernated);
});
