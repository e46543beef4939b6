/**
 * The step contract: one suite over every registered step. Planning changes nothing, what was
 * planned is what is journalled, verify fails before and passes after, a second run changes
 * nothing, undo restores, and a power cut anywhere leaves resume and undo possible.
 */
import assert from "node:assert/strict";
import { journalFor, listSessions } from "../../src/journal/mod.ts";
import { createLadderSteps, DEFAULT_OPTIONS, RUNGS } from "../../src/ladder/mod.ts";
import type { RepairStep, VerifyContext } from "../../src/repairs/mod.ts";
import { openWindows } from "../../src/windows/mod.ts";
import {
  compareSnapshots,
  createLab,
  type MemoryLab,
  SimulatedCrash,
  type Snapshot,
} from "../lab/mod.ts";
import { byHiveContent } from "../lab/hive_content.ts";
import { runCli } from "../run_cli.ts";
import { allScenarios, labFor, type Scenario, stepOptions } from "./contract_scenarios.ts";

/** The target without our own folder; a hive counts for what it holds. */
async function pictureOf(lab: MemoryLab): Promise<Snapshot> {
  const snapshot = await lab.snapshot({ except: ["PEMedic"] });
  return await byHiveContent(snapshot, lab.files, "D:\\");
}

const scenarios = await allScenarios();

Deno.test("every registered step has a scenario and a rung", () => {
  const ids = createLadderSteps(DEFAULT_OPTIONS).map((step) => step.id).sort();
  assert.deepEqual(scenarios.map((scenario) => scenario.step).sort(), ids);
  assert.deepEqual([...new Set(RUNGS.map((rung) => rung.step))].sort(), ids);
});

function stepOf(scenario: Scenario): RepairStep {
  return createLadderSteps(stepOptions(scenario)).find((step) => step.id === scenario.step)!;
}

/** A verify context as the ladder gives before anything was applied. */
function contextBefore(): VerifyContext {
  return {
    workspace: {
      scratch: "D:\\",
      newLog: (name) =>
        Promise.resolve({ path: `D:\\${name}`, read: () => Promise.resolve(undefined) }),
    },
    report: undefined,
    sessionPath: () => undefined,
  };
}

function run(lab: MemoryLab, scenario: Scenario, ...more: readonly string[]) {
  return runCli(lab, ...scenario.args, "--windows", "D:", ...more);
}

async function journalled(lab: MemoryLab, step: string) {
  const { sessions } = await listSessions(journalFor(lab.host, "D:\\", undefined));
  const records = sessions.at(-1)!.records;
  const begin = records.findIndex((record) => record.type === "step" && record.step === step);
  const end = records.findIndex((record, index) => index > begin && record.type === "step");
  return records.slice(begin, end < 0 ? undefined : end)
    .flatMap((record) =>
      record.type === "change" && record.state === "intent" ? [record.change] : []
    );
}

/** Exit codes of a step that reached its aim. */
const REACHED = [0, 6];

for (const scenario of scenarios) {
  const name = scenario.step;

  Deno.test(`${name}: detect and plan change no byte`, async () => {
    const lab = await labFor(scenario);
    const before = await lab.snapshot();
    const windows = await openWindows(lab.host, "D:");
    const step = stepOf(scenario);
    const { applies, reason } = await step.detect(windows);
    assert.equal(applies, true, reason);
    const plan = await step.plan(windows, []);
    assert.ok(plan.changes.length > 0);
    assert.deepEqual(lab.files.operations, []);
    assert.deepEqual(compareSnapshots(before, await lab.snapshot()), []);
  });

  Deno.test(`${name}: a dry run changes no byte and says so`, async () => {
    const lab = await labFor(scenario);
    const result = await run(lab, scenario, "--dry-run");
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stderr, /Dry run: nothing was changed/);
    assert.deepEqual(lab.files.operations, []);
  });

  Deno.test(`${name}: what was planned is what is journalled`, async () => {
    const lab = await labFor(scenario);
    const windows = await openWindows(lab.host, "D:");
    const plan = await stepOf(scenario).plan(windows, []);
    const result = await run(lab, scenario, "--yes");
    assert.ok(REACHED.includes(result.code), result.stdout + result.stderr);
    assert.deepEqual(await journalled(lab, name), plan.changes);
  });

  Deno.test(`${name}: verify fails before and passes after`, async () => {
    const lab = await labFor(scenario);
    const windows = await openWindows(lab.host, "D:");
    const step = stepOf(scenario);
    const plan = await step.plan(windows, []);
    const before = await step.verify(windows, plan, contextBefore());
    assert.equal(before.outcome, "not-fixed", before.reason);
    assert.ok(before.evidence.length > 0);
    const result = await run(lab, scenario, "--yes");
    assert.ok(REACHED.includes(result.code), result.stdout + result.stderr);
    assert.match(result.stdout, /fixed|needs-restart/);
  });

  Deno.test(`${name}: a second run changes nothing`, async () => {
    const lab = await labFor(scenario);
    await run(lab, scenario, "--yes");
    const before = await pictureOf(lab);
    const second = await run(lab, scenario, "--yes");
    assert.deepEqual(compareSnapshots(before, await pictureOf(lab)), [], second.stdout);
  });

  Deno.test(`${name}: undo restores every byte, or says what stays and why`, async () => {
    const lab = await labFor(scenario);
    const before = await pictureOf(lab);
    await run(lab, scenario, "--yes");
    const undo = await runCli(lab, "undo", "D:", "--yes");
    if (scenario.reversible) {
      assert.ok([0, 4].includes(undo.code), undo.stderr);
      assert.deepEqual(compareSnapshots(before, await pictureOf(lab)), []);
    } else {
      assert.equal(undo.code, 4, undo.stdout + undo.stderr);
      assert.match(undo.stdout, /nothing that can be taken back/);
    }
  });

  Deno.test(`${name}: a kill at every checkpoint leaves resume and undo possible`, async () => {
    const marks = await checkpointsOf(scenario);
    assert.ok(marks.length > 0);
    for (const mark of marks) {
      await killThen(scenario, mark, "undo");
      await killThen(scenario, mark, "resume");
    }
  });

  if (scenario.alwaysApplies) continue;
  Deno.test(`${name}: where it does not apply it says why`, async () => {
    const lab = await createLab();
    const windows = await openWindows(lab.host, "D:");
    const step = createLadderSteps(DEFAULT_OPTIONS).find((candidate) => candidate.id === name)!;
    const { applies, reason } = await step.detect(windows);
    assert.equal(applies, false);
    assert.match(reason, /^[A-Z].{10,}[^.]$/);
  });
}

interface Mark {
  readonly name: string;
  readonly count: number;
}

/** Every passage of every checkpoint in an undisturbed run. */
async function checkpointsOf(scenario: Scenario): Promise<Mark[]> {
  const lab = await labFor(scenario);
  await run(lab, scenario, "--yes");
  const seen = new Map<string, number>();
  return lab.host.checkpoints.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return { name, count };
  });
}

async function killThen(scenario: Scenario, mark: Mark, then: "undo" | "resume"): Promise<void> {
  const lab = await labFor(scenario);
  const before = await pictureOf(lab);
  const where = `${scenario.step} killed at ${mark.name}#${mark.count}, then ${then}`;
  lab.host.killAt(mark.name, mark.count);
  await assert.rejects(() => crashing(run(lab, scenario, "--yes")), SimulatedCrash, where);
  lab.reboot();
  if (then === "undo") {
    const undo = await runCli(lab, "undo", "D:", "--yes");
    assert.ok([0, 4].includes(undo.code), `${where}: ${undo.stderr}`);
    if (!scenario.reversible) return;
    assert.deepEqual(compareSnapshots(before, await pictureOf(lab)), [], where);
    return;
  }
  const resume = await runCli(lab, "resume", "D:", "--yes");
  assert.ok(
    [0, 4, 6].includes(resume.code),
    `${where}: ${resume.code} ${resume.stdout}${resume.stderr}`,
  );
  const again = await run(lab, scenario, "--dry-run");
  assert.ok([0, 4].includes(again.code), `${where}: ${again.stderr}`);
}

/** `main` reports a crash of the lab as our own fault; a real cut would report nothing. */
async function crashing(result: ReturnType<typeof runCli>): Promise<void> {
  const { code, stderr } = await result;
  if (code === 1 && /SimulatedCrash/.test(stderr)) throw new SimulatedCrash("by checkpoint");
}
