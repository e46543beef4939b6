/**
 * All damages of the lab. Each is a named disaster of real machines, applied to a sound Windows:
 *
 * ```ts
 * await lab.damage(pendingXmlLeftBehind(), dirtyVolume());
 * ```
 *
 * Damages add up and may come in any order, but before the first repair: they rebuild hives from
 * text.
 */
export * from "./damage_drivers.ts";
export * from "./damage_files.ts";
export * from "./damage_hives.ts";
export * from "./damage_leftovers.ts";
export * from "./damage_policies.ts";
export { type Damage, DamageSite, type DamageSiteOptions } from "./damage_site.ts";
export * from "./damage_setup.ts";
export * from "./damage_upgrade.ts";
export * from "./damage_upgrade_logs.ts";
export * from "./damage_upgrade_loop.ts";
export * from "./damage_volumes.ts";
