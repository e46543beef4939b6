/**
 * What we change: one file per step, each detecting whether it applies, planning its changes
 * as data, applying them through a transaction, and verifying by reading back. Steps never
 * import each other and never write on their own.
 *
 * @module
 */
export { editable as editableHive, whyNothing } from "./edit_registry.ts";
export { ALL_ANTIVIRUS } from "./disable_filters.ts";
export { HiveChanges, type WantedData } from "./hive_changes.ts";
export * from "./registry.ts";
export { type RequestedEdits, requestedEdits } from "./registry_requests.ts";
export { IS_HIVE, refuseKeptPath } from "./restorable_path.ts";
export { isSaved, saveBeside, savedName } from "./saved_files.ts";
export { describeSalvage } from "./salvage_hive.ts";
export * from "./step.ts";
export { dismValue, toolObstacle } from "./tool_places.ts";
