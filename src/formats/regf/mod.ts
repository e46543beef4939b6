/**
 * Windows registry hives: bytes in, keys and values out, and whole new hives back. Everything
 * is in memory and synchronous. Nothing here opens files or follows links; logs are replayed by
 * {@linkcode replayLogs}, before a hive is opened.
 *
 * ```ts
 * import { openHive } from "../formats/regf/mod.ts";
 * const hive = openHive(bytes, { name: "SYSTEM" });
 * const current = hive.key("Select")?.value("Current")?.number();
 * ```
 *
 * @module
 */
export { baseBlockChecksum, dirtyReason, type HiveHeader, parseBaseBlock } from "./base_block.ts";
export {
  buildHive,
  type BuildHiveOptions,
  type KeyDetails,
  type KeySpec,
  type ValueSpec,
} from "./build_hive.ts";
export type { ProblemReport } from "./cell_space.ts";
export * from "./check.ts";
export * from "./edit.ts";
export * from "./hive_set.ts";
export { type Hive, openHive, type OpenHiveOptions } from "./hive.ts";
export type { HiveKey } from "./key.ts";
export * from "./replay.ts";
export * from "./salvage.ts";
export { RegistryType, type RegistryTypeName, registryTypeName } from "./registry_type.ts";
export { compareNames, lhHash, upcaseText, upcaseUnit } from "./upcase.ts";
export type { HiveValue } from "./value.ts";
export {
  numberFromData,
  registryDword,
  registryQword,
  registryString,
  registryStrings,
  stringsFromData,
  textFromData,
} from "./value_text.ts";
export { countHive, type HiveCount, type HiveProblem, type HiveVisitor, walkHive } from "./walk.ts";
