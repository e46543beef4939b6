/**
 * What is wrong: one file per question, each answering with findings that carry evidence and
 * the next command. Checks only read, and may not import the journal.
 *
 * ```ts
 * const findings = await runChecks(windows);
 * ```
 *
 * @module
 */
export * from "./boot_faults.ts";
export * from "./boot_services.ts";
export * from "./component_store.ts";
export * from "./disk_structure.ts";
export * from "./dism_usable.ts";
export * from "./filter_drivers.ts";
export * from "./finding.ts";
export * from "./free_space.ts";
export * from "./hives_readable.ts";
export type { LeftAlone, Leftover, LeftoverEdit } from "./leftover.ts";
export * from "./leftovers.ts";
export * from "./network_hosts.ts";
export * from "./network_proxy.ts";
export * from "./pending_servicing.ts";
export * from "./protected_files.ts";
export * from "./registry.ts";
export * from "./service_starts.ts";
export * from "./servicing_leftovers.ts";
export * from "./setup_state.ts";
export * from "./update_cache.ts";
export * from "./update_policy.ts";
export * from "./update_state.ts";
export * from "./upgrade_staged.ts";
export * from "./volume_dirty.ts";
