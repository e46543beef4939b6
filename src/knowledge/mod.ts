/**
 * Facts about Windows as tables, each row with its public source: error codes, builds, the
 * update cache, marks of pending actions, hives, services and storage drivers. No logic
 * beyond looking a row up, no input or output.
 *
 * ```ts
 * import { explainCode } from "../knowledge/mod.ts";
 * explainCode(0x800f081f)?.next; // "Give a source of the same edition, language and build, …"
 * ```
 *
 * @module
 */
export * from "./boot_services.ts";
export * from "./builds.ts";
export * from "./edition_paths.ts";
export * from "./editions.ts";
export * from "./error_codes.ts";
export * from "./filter_drivers.ts";
export * from "./futility_codes.ts";
export * from "./hive_files.ts";
export * from "./languages.ts";
export * from "./mosetup_codes.ts";
export * from "./own_places.ts";
export * from "./pending_markers.ts";
export * from "./proxy_settings.ts";
export * from "./service_defaults.ts";
export * from "./servicing_leftovers.ts";
export * from "./setup_causes.ts";
export * from "./setup_codes.ts";
export * from "./setup_diag_rules.ts";
export * from "./setup_log_phases.ts";
export * from "./setup_noise.ts";
export * from "./storage_drivers.ts";
export * from "./update_cache.ts";
export * from "./update_hosts.ts";
export * from "./update_policies.ts";
export * from "./upgrade_leftovers.ts";
export * from "./upgrade_logs.ts";
export * from "./windows_requirements.ts";
