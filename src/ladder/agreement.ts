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
  const known = new Set(agreed.changes.flatMap(changeKeys));
  const added = plan.changes.find((change) => !changeKeys(change).every((key) => known.has(key)));
  if (added === undefined) return;
  throw new MedicError(
    "planMismatch",
    `Cannot go on with "${plan.step}": the volume has changed since the plan was shown`,
    {
      next: `New in the plan: ${describeChange(added)}. Run the command again to see the new plan`,
    },
  );
}

/**
 * Sizes may change while tools work; kind, place, arguments and what comes from outside may not.
 * Of a hive each edit was agreed to on its own: what a value is to become counts, not what it was
 * when it was shown.
 */
function changeKeys(change: Change): string[] {
  if (change.kind === "tool-ran") return [JSON.stringify([change.tool, ...change.arguments])];
  if (change.kind !== "hive-edited") {
    const content = "sha256" in change ? [change.sha256] : [];
    return [JSON.stringify([change.kind, change.path, ...content])];
  }
  return change.edits.map((edit) => {
    const { before: _, ...wanted } = { before: null, ...edit };
    return JSON.stringify([change.path, wanted]);
  });
}
