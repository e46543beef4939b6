/** All steps. A new one is added here and, if the ladder shall climb it, to its rungs. */
import { addPackages, cleanUpImage, removeDrivers, removePackages } from "./change_image.ts";
import { disableFilters } from "./disable_filters.ts";
import { clearLeftovers } from "./clear_leftovers.ts";
import { discardHibernation } from "./discard_hibernation.ts";
import { editRegistry } from "./edit_registry.ts";
import { repairDisk } from "./repair_disk.ts";
import { repairFiles } from "./repair_files.ts";
import { resetSetupState } from "./reset_setup_state.ts";
import { resetUpdateCache } from "./reset_update_cache.ts";
import { resetHosts } from "./reset_hosts.ts";
import { resetProxy } from "./reset_proxy.ts";
import { resetUpdatePolicy } from "./reset_update_policy.ts";
import { restoreBootServices } from "./restore_boot_services.ts";
import { restoreFiles } from "./restore_file.ts";
import { restoreImage } from "./restore_image.ts";
import { restoreServiceStart } from "./restore_service_start.ts";
import { revertPending } from "./revert_pending.ts";
import { salvageHives } from "./salvage_hive.ts";
import { saveState } from "./save_state.ts";
import { disableServices, enableServices } from "./set_service_start.ts";
import type { RepairOptions, RepairStep } from "./step.ts";
import { useLastKnownGood } from "./use_last_known_good.ts";

/** Makes every step for the given options. */
export function createSteps(options: RepairOptions): readonly RepairStep[] {
  return [
    discardHibernation(),
    saveState(),
    repairDisk(options),
    salvageHives(options),
    revertPending(),
    clearLeftovers(options),
    resetSetupState(),
    resetUpdateCache(),
    restoreServiceStart(options),
    resetUpdatePolicy(),
    resetProxy(),
    resetHosts(),
    repairFiles(),
    restoreImage(options),
    editRegistry(options),
    restoreFiles(options),
    addPackages(options),
    removePackages(options),
    removeDrivers(options),
    cleanUpImage(options),
    restoreBootServices(),
    disableFilters(options),
    disableServices(options),
    enableServices(options),
    useLastKnownGood(),
  ];
}
