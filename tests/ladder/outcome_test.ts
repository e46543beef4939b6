/** The one outcome of a run, as a table: which of several failures decides, and what comes next. */
import assert from "node:assert/strict";
import type { ExitCodeName } from "../../src/base/mod.ts";
import {
  DEFAULT_OPTIONS,
  finalOutcome,
  type Finding,
  type LadderOptions,
  type StepResult,
} from "../../src/ladder/mod.ts";
import { openWindows } from "../../src/windows/mod.ts";
import { createLab } from "../lab/mod.ts";

const windows = await openWindows((await createLab()).host, "D:");

function step(id: string, outcome: StepResult["outcome"], code?: ExitCodeName): StepResult {
  return {
    step: id,
    title: id,
    rung: 1,
    outcome,
    reason: `${id} ${outcome}`,
    durationMs: 1,
    ...(code === undefined ? {} : { code }),
  };
}

function finding(outcome: Finding["outcome"], more: Partial<Finding> = {}): Finding {
  return {
    check: "a",
    outcome,
    blocking: false,
    summary: `It is ${outcome}`,
    evidence: [],
    ...more,
  };
}

const BLOCKING = finding("problem", { blocking: true, next: "pemedic disk repair D:" });
const SAVED = step("backup.save-state", "fixed");
const FIXED = step("disk.repair", "fixed");

interface Row {
  readonly story: string;
  readonly steps?: readonly StepResult[];
  readonly findings?: readonly Finding[];
  readonly options?: Partial<LadderOptions>;
  readonly outcome: ExitCodeName;
  readonly next?: RegExp;
}

const ROWS: readonly Row[] = [
  { story: "nothing found, nothing done", outcome: "nothingToDo" },
  { story: "only the copies were made", steps: [SAVED], outcome: "nothingToDo" },
  { story: "one repair that was proven", steps: [SAVED, FIXED], outcome: "ok" },
  {
    story: "a step that was asked for failed with a code that decides nothing else",
    steps: [step("upgrade.stage", "failed", "notVerified")],
    options: { only: ["upgrade.stage"] },
    outcome: "notVerified",
  },
  {
    story: "a blocking problem is left",
    steps: [FIXED],
    findings: [BLOCKING],
    outcome: "partial",
    next: /^pemedic disk repair D:$/,
  },
  {
    story: "a blocking problem is left and no command is known for it",
    findings: [finding("problem", { blocking: true })],
    outcome: "partial",
    next: /^pemedic diagnose D:$/,
  },
  {
    story: "a repair that reading back did not prove",
    steps: [step("disk.repair", "not-fixed", "notVerified")],
    findings: [BLOCKING],
    outcome: "notVerified",
  },
  {
    story: "a step on request that reading back did not prove, though nothing blocks",
    steps: [FIXED, step("network.reset-hosts", "not-fixed", "notVerified")],
    outcome: "notVerified",
  },
  {
    story: "a step that did its part, and a later one did the rest",
    steps: [step("boot.restore-services", "not-fixed", "partial"), step("files.repair", "fixed")],
    outcome: "ok",
  },
  {
    story: "a step that did its part, and the rest is left",
    steps: [step("boot.restore-services", "not-fixed", "partial"), step("files.repair", "fixed")],
    findings: [BLOCKING],
    outcome: "partial",
  },
  {
    story: "a repair whose proof was not understood",
    steps: [step("disk.repair", "not-fixed", "toolNotUnderstood")],
    findings: [BLOCKING],
    outcome: "toolNotUnderstood",
  },
  {
    story: "a question that nobody answered",
    findings: [finding("open", { next: "pemedic image scan D:" })],
    outcome: "partial",
    next: /^pemedic image scan D:$/,
  },
  {
    story: "a question that --quick leaves open",
    findings: [finding("open")],
    options: { quick: true },
    outcome: "nothingToDo",
  },
  {
    story: "a problem that does not block, nothing done",
    findings: [finding("problem", { next: "sc.exe config" })],
    outcome: "problemsFound",
    next: /^sc\.exe config$/,
  },
  {
    story: "a problem that does not block beside a repair",
    steps: [FIXED],
    findings: [finding("problem", { next: "sc.exe config" })],
    outcome: "ok",
    next: /^sc\.exe config$/,
  },
  { story: "a notice", findings: [finding("notice")], outcome: "nothingToDo" },
  {
    story: "Windows completes it at its next start",
    steps: [step("servicing.revert-pending", "needs-restart"), FIXED],
    findings: [BLOCKING],
    outcome: "needsRestart",
    next: /^Start Windows once, .*: pemedic repair D:$/,
  },
  {
    story: "a failure is worse than a restart",
    steps: [step("servicing.revert-pending", "needs-restart"), step("x", "failed", "toolFailed")],
    outcome: "toolFailed",
  },
  {
    story: "the user's wish is above every failure",
    steps: [step("x", "failed", "diskFailing"), step("y", "cancelled", "cancelled")],
    outcome: "cancelled",
  },
  {
    story: "a failing disk is above a full one",
    steps: [step("x", "failed", "noSpace"), step("y", "failed", "diskFailing")],
    outcome: "diskFailing",
  },
  {
    story: "the upgrade is above the source",
    steps: [step("x", "failed", "needsSource"), step("y", "failed", "needsUpgrade")],
    outcome: "needsUpgrade",
  },
  {
    story: "a later run of the same step succeeded",
    steps: [step("files.repair", "failed", "toolFailed"), step("files.repair", "fixed")],
    outcome: "ok",
  },
  {
    story: "a later run of another step does not count",
    steps: [step("files.repair", "failed", "toolFailed"), FIXED],
    outcome: "toolFailed",
  },
  {
    story: "a step that stands in for the failed one did its work",
    steps: [
      step("servicing.revert-pending", "failed", "toolFailed"),
      step("servicing.clear-leftovers", "fixed"),
    ],
    outcome: "ok",
  },
  {
    story: "it did its work, and something blocking is left all the same",
    steps: [
      step("servicing.revert-pending", "failed", "toolFailed"),
      step("servicing.clear-leftovers", "fixed"),
    ],
    findings: [BLOCKING],
    outcome: "toolFailed",
  },
  {
    story: "the chosen step reached its aim, whatever else is wrong",
    steps: [FIXED],
    findings: [{ ...BLOCKING, check: "other" }],
    options: { only: ["disk.repair"] },
    outcome: "ok",
  },
  {
    story: "the chosen step did not reach its aim",
    steps: [step("disk.repair", "not-fixed", "notVerified")],
    options: { only: ["disk.repair"] },
    outcome: "notVerified",
  },
  {
    story: "the chosen step did not apply",
    steps: [step("disk.repair", "not-applicable")],
    options: { only: ["disk.repair"] },
    outcome: "nothingToDo",
  },
];

for (const row of ROWS) {
  Deno.test(`finalOutcome() is ${row.outcome}: ${row.story}`, () => {
    const result = finalOutcome({
      plan: {
        target: { serial: "", label: "", windows: "" },
        options: { ...DEFAULT_OPTIONS, ...row.options },
        guards: [],
        findings: [],
        rungs: [],
      },
      steps: row.steps ?? [],
      findings: row.findings ?? [],
      windows,
    });
    assert.equal(result.outcome, row.outcome);
    assert.match(result.summary, /^\S.*[^.]$/);
    if (row.next === undefined) return;
    assert.match(result.next ?? "", row.next);
  });
}
