/** The one outcome of a run, with its exit code, out of all its steps and findings. */
import type { ExitCodeName } from "../base/mod.ts";
import { commandFor, type Finding, needsRepair } from "../checks/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import type { LadderPlan } from "./plan.ts";
import { RUNGS } from "./rungs.ts";
import type { StepResult } from "./step_result.ts";

/** Outcome of a run. */
export interface Outcome {
  readonly outcome: ExitCodeName;
  /** One sentence for people. */
  readonly summary: string;
  readonly next?: string;
}

/** What the outcome is made of. */
export interface OutcomeFacts {
  readonly plan: LadderPlan;
  readonly steps: readonly StepResult[];
  readonly findings: readonly Finding[];
  readonly windows: OfflineWindows;
}

/** Failures in the order in which they decide over the exit code. */
const DECISIVE: readonly ExitCodeName[] = [
  "cancelled",
  "diskFailing",
  "readOnly",
  "noSpace",
  "planMismatch",
  "needsUpgrade",
  "needsSource",
  "refused",
  "toolNotUnderstood",
  "toolMissing",
  "toolFailed",
  "damagedFile",
  "partial",
];

/** Makes the outcome. */
export function finalOutcome(facts: OutcomeFacts): Outcome {
  const { steps } = facts;
  const failed =
    DECISIVE.map((code) => steps.findLast((step) => step.code === code)).find((step) => step) ??
      steps.findLast((step) => step.outcome === "failed" && step.code !== undefined);
  const left = facts.findings.filter((finding) => needsRepair(finding));
  const open = facts.findings.filter((finding) => finding.outcome === "open");
  const changed = steps.some((step) =>
    step.outcome === "fixed" && step.step !== "backup.save-state"
  );
  const mended = failed !== undefined && failed.outcome !== "cancelled" &&
    (repairedSince(steps, failed) || (isInPart(failed) && left.length === 0) ||
      (left.length === 0 && open.length === 0 && replacedSince(steps, failed)));
  if (failed !== undefined && !mended) {
    return withNext(failed.code!, failed.reason, failed.next ?? nextOf(left, facts));
  }
  const restart = steps.find((step) => step.outcome === "needs-restart");
  if (restart !== undefined) {
    const again = commandFor(facts.windows, "repair");
    const next = `Start Windows once, so that it completes this; if it fails again: ${again}`;
    return withNext("needsRestart", restart.reason, next);
  }
  if (facts.plan.options.only.length > 0) return chosenSteps(facts, changed);
  if (left.length > 0) {
    const unproven = steps.find((step) => step.outcome === "not-fixed");
    const code = unproven?.code ?? "partial";
    return withNext(code, `Not everything is repaired: ${left[0]!.summary}`, nextOf(left, facts));
  }
  const asked = steps.findLast((step) => step.outcome === "not-fixed" && isOnRequest(step));
  if (asked !== undefined) {
    return withNext(asked.code ?? "notVerified", asked.reason, asked.next ?? nextOf(left, facts));
  }
  if (open.length > 0 && !facts.plan.options.quick) {
    return withNext(
      "partial",
      `Not everything could be examined: ${open[0]!.summary}`,
      open[0]!.next,
    );
  }
  return nothingBlocking(facts, changed);
}

/** It did what it could; what it left may have been mended by a later step. */
function isInPart({ outcome, code }: StepResult): boolean {
  return outcome === "not-fixed" && code === "partial";
}

/** What no finding asks for is proven by its own step alone. */
function isOnRequest({ step }: StepResult): boolean {
  return RUNGS.some((rung) => rung.step === step && rung.onRequest === true);
}

/** Problems that do not block are told, never repaired unasked. */
function nothingBlocking(facts: OutcomeFacts, changed: boolean): Outcome {
  const minor = facts.findings.find((finding) => finding.outcome === "problem");
  if (minor !== undefined) {
    const done = changed ? "Repaired and verified" : "Nothing that blocks Windows was found";
    const summary = `${done}; left as it is: ${minor.summary}`;
    return withNext(changed ? "ok" : "problemsFound", summary, minor.next);
  }
  if (changed) return { outcome: "ok", summary: "Repaired and verified: nothing blocking is left" };
  const quick = facts.findings.some((finding) => finding.outcome === "open");
  const limit = quick ? " by the quick checks" : "";
  return {
    outcome: "nothingToDo",
    summary: `Nothing that blocks Windows was found${limit}, so nothing was changed`,
  };
}

/** A later run of the same step succeeded. */
function repairedSince(steps: readonly StepResult[], failed: StepResult): boolean {
  const later = steps.slice(steps.indexOf(failed) + 1);
  return later.some((step) => step.step === failed.step && step.outcome === "fixed");
}

/** Another step that stands in for the failed one did its work, and nothing blocking is left. */
function replacedSince(steps: readonly StepResult[], failed: StepResult): boolean {
  const later = steps.slice(steps.indexOf(failed) + 1);
  return later.some((step) =>
    step.outcome === "fixed" &&
    RUNGS.some((rung) => rung.step === step.step && rung.standsInFor === failed.step)
  );
}

/** Of several chosen steps one that did not reach its aim decides, whatever came after it. */
function chosenSteps({ plan, steps }: OutcomeFacts, changed: boolean): Outcome {
  const chosen = steps.filter((step) => plan.options.only.includes(step.step));
  const unproven = chosen.findLast((step) =>
    step.outcome === "not-fixed" && !repairedSince(steps, step) && !replacedSince(steps, step)
  );
  if (unproven !== undefined) {
    return withNext(unproven.code ?? "notVerified", unproven.reason, unproven.next);
  }
  const done = chosen.findLast((step) => step.outcome === "fixed");
  if (done !== undefined || changed) {
    return { outcome: "ok", summary: done?.reason ?? "Done and verified" };
  }
  return withNext("nothingToDo", chosen.at(-1)?.reason ?? "There was nothing to do", undefined);
}

function nextOf(left: readonly Finding[], facts: OutcomeFacts): string | undefined {
  return left.find((finding) => finding.next !== undefined)?.next ??
    commandFor(facts.windows, "diagnose");
}

function withNext(outcome: ExitCodeName, summary: string, next: string | undefined): Outcome {
  return { outcome, summary, ...(next === undefined ? {} : { next }) };
}
