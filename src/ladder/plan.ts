/**
 * Plans a run of the ladder: guards, findings, and for each rung whether its step applies and
 * what it would change. Changes no byte.
 */
import { MedicError } from "../base/mod.ts";
import { type CheckContext, CHECKS, type Finding, needsRepair, runChecks } from "../checks/mod.ts";
import type { Host } from "../host/mod.ts";
import type { RepairStep, StepPlan } from "../repairs/mod.ts";
import { describeIdentity, type OfflineWindows } from "../windows/mod.ts";
import { type GuardResult, runGuards } from "./guards.ts";
import {
  DISCARD_HIBERNATION,
  discardsHibernation,
  type LadderOptions,
  rebuiltHives,
  repairsDisk,
} from "./options.ts";
import { type Rung, RUNGS } from "./rungs.ts";
import { createLadderSteps } from "./steps.ts";

/** What will become of one rung. */
export type RungStatus =
  /** A finding asks for it, or the user did. */
  | "will-run"
  /** Nobody knows yet; a deep check is asked when the ladder gets there. */
  | "if-needed"
  | "not-needed"
  | "not-applicable"
  | "skipped";

/** One rung of a plan. */
export interface PlannedRung {
  readonly rung: Rung;
  readonly title: string;
  readonly status: RungStatus;
  /** Why, one sentence, no full stop. */
  readonly reason: string;
  /** Its program is nowhere to be found: a command that asks only for this step ends with it. */
  readonly code?: "toolMissing";
  /** What the step would change; for every rung that may run. */
  readonly plan?: StepPlan;
}

/** What a plan is for: recognised again when it is loaded. */
export interface PlanTarget {
  readonly serial: string;
  readonly label: string;
  readonly windows: string;
}

/** A plan of the ladder: the whole truth, as data. */
export interface LadderPlan {
  readonly target: PlanTarget;
  readonly options: LadderOptions;
  readonly guards: readonly GuardResult[];
  readonly findings: readonly Finding[];
  readonly rungs: readonly PlannedRung[];
}

/** What identifies a target in plans and journals. */
export function planTarget(windows: OfflineWindows): PlanTarget {
  const { serial, label } = windows.volume;
  const { computerName } = windows.identity;
  const name = computerName === undefined ? "" : `, computer ${computerName}`;
  return { serial, label, windows: describeIdentity(windows.identity) + name };
}

/** Makes a plan. Reads only. */
export async function planLadder(
  host: Host,
  windows: OfflineWindows,
  options: LadderOptions,
  context: CheckContext = {},
): Promise<LadderPlan> {
  const findings = await runChecks(windows, context);
  const guards = await runGuards(windows, {
    host,
    discardHibernation: discardsHibernation(options),
    repairsDisk: repairsDisk(options),
    rebuilds: rebuiltHives(options),
  });
  const steps = createLadderSteps(options);
  const planned: PlannedRung[] = [];
  for (const rung of RUNGS) {
    const step = steps.find((candidate) => candidate.id === rung.step);
    if (step === undefined) continue;
    planned.push(await planRung(windows, { rung, step, options, findings, planned }));
  }
  return {
    target: planTarget(windows),
    options,
    guards,
    findings,
    rungs: withoutLoneSave(planned, options),
  };
}

/** What decides over one rung. */
export interface RungQuestion {
  readonly rung: Rung;
  readonly step: RepairStep;
  readonly options: LadderOptions;
  readonly findings: readonly Finding[];
}

async function planRung(
  windows: OfflineWindows,
  question: RungQuestion & { readonly planned: readonly PlannedRung[] },
): Promise<PlannedRung> {
  const { rung, step, findings, planned } = question;
  const base = { rung, title: step.title };
  const wanted = wantsStep(question);
  if (wanted.status === "skipped" || wanted.status === "not-needed") return { ...base, ...wanted };
  const applicability = await step.detect(windows);
  if (!applicability.applies) {
    const first = planned.find((entry) =>
      applicability.waitsFor?.includes(entry.rung.step) && entry.plan !== undefined
    );
    if (first === undefined) {
      const { reason, code } = applicability;
      return { ...base, status: "not-applicable", reason, ...(code === undefined ? {} : { code }) };
    }
    const reason = rung.after === undefined
      ? `Only once step "${first.title}" has worked`
      : wanted.reason;
    return { ...base, status: "if-needed", reason, plan: await step.plan(windows, findings) };
  }
  return await withPlan(windows, question, { ...base, ...wanted });
}

/** A step that refuses to plan is left out of the ladder; chosen alone, its refusal is the answer. */
async function withPlan(
  windows: OfflineWindows,
  question: RungQuestion,
  entry: Omit<PlannedRung, "plan">,
): Promise<PlannedRung> {
  try {
    return { ...entry, plan: await question.step.plan(windows, question.findings) };
  } catch (error) {
    const refused = error instanceof MedicError && error.code === "refused";
    if (!refused || question.options.only.includes(question.step.id)) throw error;
    return { ...entry, status: "not-applicable", reason: error.message };
  }
}

/** Whether findings or the user ask for a step. */
export function wantsStep(question: RungQuestion): { status: RungStatus; reason: string } {
  const { rung, step, options, findings } = question;
  if (options.skip.includes(step.id)) return { status: "skipped", reason: "Left out with --skip" };
  const chosen = options.only.includes(step.id) ||
    (options.discardHibernation && step.id === DISCARD_HIBERNATION) ||
    (rung.include !== undefined && options.include.includes(rung.include));
  if (rung.after !== undefined && options.only.length === 0 && !options.skip.includes(rung.after)) {
    if (options.quick) return { status: "skipped", reason: "Takes minutes; left out with --quick" };
    return { status: "if-needed", reason: "Only if the step before it repaired something" };
  }
  if (rung.after !== undefined) return { status: "not-needed", reason: "Chosen once" };
  if (chosen) return { status: "will-run", reason: "Asked for" };
  if (options.only.length > 0 && !rung.always) {
    return { status: "skipped", reason: "Not among --only" };
  }
  if (rung.onRequest) return { status: "not-needed", reason: "Only on request" };
  if (rung.always) return { status: "will-run", reason: rung.why };
  const answered = findings.filter((finding) => step.answers.includes(finding.check));
  const problem = answered.find(needsRepair);
  if (problem !== undefined) return { status: "will-run", reason: problem.summary };
  const open = answered.find((finding) => finding.outcome === "open");
  if (open === undefined) {
    const reason = answered[0]?.summary ?? "Nothing asks for it";
    const held = answered.some((finding) => finding.outcome === "notice" && finding.next);
    return held && rung.onceFreed !== undefined && options.include.includes(rung.onceFreed)
      ? { status: "if-needed", reason: "Only if nothing else says that it is meant so" }
      : { status: "not-needed", reason };
  }
  if (options.quick) return { status: "skipped", reason: "Takes minutes; left out with --quick" };
  const asked = CHECKS.find((check) => check.id === open.check)?.question ?? open.summary;
  return { status: "if-needed", reason: `Only if a check of some minutes says no: ${asked}` };
}

/**
 * The saved copies are for what a foreign tool may do to the registry: a chosen step that only
 * moves things aside does without, nothing is saved if nothing else may run, and nothing is
 * saved before it is known that something will.
 */
function withoutLoneSave(
  planned: readonly PlannedRung[],
  options: LadderOptions,
): PlannedRung[] {
  const others = planned.filter((rung) => !rung.rung.always && rung.plan !== undefined);
  const whole = options.only.length === 0;
  const needed = others.some((rung) => whole || rung.plan!.risk === "irreversible");
  const sure = others.some((rung) => rung.status === "will-run");
  return planned.map((rung) => {
    const chosen = options.only.includes(rung.rung.step);
    if (chosen || !rung.rung.always || rung.plan === undefined) return rung;
    if (needed && sure) return rung;
    if (needed) {
      return { ...rung, status: "if-needed", reason: "Only if a step after it will run" };
    }
    const { plan: _, ...rest } = rung;
    return {
      ...rest,
      status: "not-needed",
      reason: "What is changed is kept by the change itself",
    };
  });
}

/** Says whether a plan would run anything. */
export function plansAnything(plan: LadderPlan): boolean {
  return plan.rungs.some((rung) => rung.plan !== undefined);
}
