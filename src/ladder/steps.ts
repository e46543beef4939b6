/** The steps of all rooms, in one list: what the rungs of the ladder name. */
import { createSteps, type RepairStep } from "../repairs/mod.ts";
import { createUpgradeSteps } from "../upgrade/mod.ts";
import type { LadderOptions } from "./options.ts";

/** Makes every step for the given options. */
export function createLadderSteps(options: LadderOptions): readonly RepairStep[] {
  return [...createSteps(options), ...createUpgradeSteps(options)];
}
