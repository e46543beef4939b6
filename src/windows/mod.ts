/**
 * What an offline Windows is: finding installations, identity, hives, registry paths, letters
 * when it runs, BitLocker, hibernation, the dirty bit. Reads only; nothing here may write.
 *
 * ```ts
 * const windows = await openWindows(host, "D:");
 * await windows.registry.number("SYSTEM\\CurrentControlSet\\Services\\BITS", "Start");
 * ```
 *
 * @module
 */
export * from "./boot_configuration.ts";
export type { BootLocation } from "./boot_location.ts";
export type { BootStore } from "./boot_stores.ts";
export * from "./control_sets.ts";
export * from "./domain.ts";
export { companyName } from "./driver_company.ts";
export * from "./evidence.ts";
export * from "./failed_starts.ts";
export * from "./filter_drivers.ts";
export * from "./filter_lists.ts";
export * from "./hibernation.ts";
export * from "./hives.ts";
export * from "./hosts_file.ts";
export * from "./identity.ts";
export * from "./mounted_devices.ts";
export * from "./native_file.ts";
export * from "./network_filters.ts";
export * from "./offline_windows.ts";
export * from "./proxy.ts";
export * from "./registry.ts";
export * from "./revert_note.ts";
export * from "./scan.ts";
export * from "./services.ts";
export * from "./setup_attempt.ts";
export { isOfUpgrade, type SetupBootEntry, setupEntryOf } from "./setup_boot.ts";
export * from "./setup_diag_results.ts";
export * from "./setup_facts.ts";
export type {
  SetupLogCause,
  SetupLogCode,
  SetupLogLine,
  SetupLogOperation,
  SetupLogOutcome,
} from "./setup_log_outcome.ts";
export * from "./setup_logs.ts";
export * from "./setup_state.ts";
export * from "./source_systems.ts";
export * from "./staged_upgrade.ts";
export * from "./storage_controllers.ts";
export * from "./storage_driver.ts";
export * from "./symbolic_links.ts";
export * from "./update_policies.ts";
export * from "./update_services.ts";
export * from "./volume_state.ts";
