/** What was shown and agreed is what is done: a step's plan may shrink meanwhile, never grow. */
import { MedicError } from "../base/mod.ts";
import { type Change, describeChange } from "../journal/mod.ts";
import type { StepPlan } from "../repairs/mod.ts";

/**
 * Compares the plan of a step, made right before it runs, with the one that was shown.
 *
 * @throws {MedicError} `planMismatch`, naming the first change that nobody agreed to.
 */
export function refuseUnagreed(plan: StepPlan, agreed: StepPlan): void {
  const known = new Set(agreed.changes.map(changeKey));
  const added = plan.changes.find((change) => !known.has(changeKey(change)));
  if (added === undefined) return;
  throw new MedicError(
    "planMismatch",
    `Cannot go on with "${plan.step}": the volume has changed since the plan was shown`,
    {
      next: `New in the plan: ${describeChange(added)}. Run the command again to see the new plan`,
    },
  );
}

/** Sizes may change while tools work; kind, place and arguments may not. */
function changeKey(change: Change): string {
  if (change.kind === "tool-ran") return JSON.stringify([change.tool, ...change.arguments]);
  return JSON.stringify([change.kind, change.path]);
}
