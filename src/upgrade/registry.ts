/** All steps of this room. A new one is added here and to the rungs of the ladder. */
import type { RepairOptions, RepairStep } from "../repairs/mod.ts";
import { putAside } from "./put_aside.ts";
import { restoreBootDefault } from "./restore_boot_default.ts";
import { type StageOptions, stageUpgrade } from "./stage_upgrade.ts";

/** What the steps of this room are asked for. */
export type UpgradeOptions = StageOptions & Pick<RepairOptions, "force">;

/** Makes every step for the given options. */
export function createUpgradeSteps(options: UpgradeOptions): readonly RepairStep[] {
  return [restoreBootDefault(options), putAside(options), stageUpgrade(options)];
}
