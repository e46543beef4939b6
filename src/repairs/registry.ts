/** All steps. A new one is added here and, if the ladder shall climb it, to its rungs. */
import { addPackages, cleanUpImage, removeDrivers, removePackages } from "./change_image.ts";
import { discardHibernation } from "./discard_hibernation.ts";
import { repairDisk } from "./repair_disk.ts";
import { repairFiles } from "./repair_files.ts";
import { resetUpdateCache } from "./reset_update_cache.ts";
import { restoreImage } from "./restore_image.ts";
import { revertPending } from "./revert_pending.ts";
import { saveState } from "./save_state.ts";
import type { RepairOptions, RepairStep } from "./step.ts";

/** Makes every step for the given options. */
export function createSteps(options: RepairOptions): readonly RepairStep[] {
  return [
    discardHibernation(),
    saveState(),
    repairDisk(options),
    revertPending(),
    resetUpdateCache(),
    repairFiles(),
    restoreImage(options),
    addPackages(options),
    removePackages(options),
    removeDrivers(options),
    cleanUpImage(options),
  ];
}
