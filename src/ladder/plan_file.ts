/**
 * Saved plans: `--save-plan` writes one, `--plan` runs exactly that one. A plan that no
 * longer matches the volume is refused: what was agreed is what will be done, or nothing.
 */
import { MedicError, UsageError } from "../base/mod.ts";
import type { Change } from "../journal/mod.ts";
import { type LadderOptions, parseOptions } from "./options.ts";
import type { LadderPlan, PlanTarget } from "./plan.ts";

/** Version of the plan file; another one is refused. */
const PLAN_FORMAT = 1;

/** A plan as it lies in a file. */
interface PlanFile {
  readonly format: number;
  readonly target: PlanTarget;
  readonly options: LadderOptions;
  readonly steps: readonly PlanFileStep[];
}

interface PlanFileStep {
  readonly rung: number;
  readonly step: string;
  readonly status: string;
  readonly changes: readonly Change[];
}

/** The plan as JSON text for a file. */
export function serializePlan(plan: LadderPlan): string {
  return JSON.stringify(planFile(plan), undefined, 2) + "\n";
}

function planFile(plan: LadderPlan): PlanFile {
  return {
    format: PLAN_FORMAT,
    target: plan.target,
    options: plan.options,
    steps: plan.rungs.filter((rung) => rung.plan !== undefined).map((rung) => ({
      rung: rung.rung.rung,
      step: rung.rung.step,
      status: rung.status,
      changes: rung.plan!.changes,
    })),
  };
}

/** A plan that was read from a file: only its options are used, the rest is compared. */
export interface SavedPlan {
  readonly options: LadderOptions;
  readonly content: unknown;
}

/**
 * Reads a plan file.
 *
 * @throws {UsageError} if it is none.
 */
export function readSavedPlan(text: string): SavedPlan {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new UsageError("Cannot use the saved plan: it is not JSON", { cause: error });
  }
  const { format, options } = (content ?? {}) as { format?: unknown; options?: unknown };
  if (format !== PLAN_FORMAT) {
    throw new UsageError("Cannot use the saved plan: it is of another format", {
      next: "Save it again with this version: pemedic repair --dry-run --save-plan FILE",
    });
  }
  return { options: parseOptions(options), content };
}

/**
 * Compares a saved plan with the plan that was just made.
 *
 * @throws {MedicError} `planMismatch`, naming the first difference.
 */
export function requireSamePlan(saved: SavedPlan, fresh: LadderPlan): void {
  const difference = firstDifference(saved.content, JSON.parse(serializePlan(fresh)), "plan");
  if (difference === undefined) return;
  throw new MedicError("planMismatch", `Cannot use the saved plan: ${difference}`, {
    next: "Look at the new plan and save it again: pemedic repair --dry-run --save-plan FILE",
  });
}

function firstDifference(saved: unknown, fresh: unknown, place: string): string | undefined {
  if (saved === fresh) return undefined;
  const bothObjects = typeof saved === "object" && typeof fresh === "object" && saved !== null &&
    fresh !== null;
  if (!bothObjects) return `${place} was ${show(saved)} and is ${show(fresh)} now`;
  const names = new Set([...Object.keys(saved), ...Object.keys(fresh)]);
  for (const name of names) {
    const before = (saved as Record<string, unknown>)[name];
    const now = (fresh as Record<string, unknown>)[name];
    const difference = firstDifference(before, now, `${place}.${name}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function show(value: unknown): string {
  if (value === undefined) return "not there";
  const text = JSON.stringify(value);
  return text.length > 60 ? text.slice(0, 57) + "..." : text;
}
