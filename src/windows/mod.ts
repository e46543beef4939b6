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
export type { BootStore } from "./boot_stores.ts";
export * from "./evidence.ts";
export * from "./hibernation.ts";
export * from "./hives.ts";
export * from "./identity.ts";
export * from "./mounted_devices.ts";
export * from "./offline_windows.ts";
export * from "./registry.ts";
export * from "./scan.ts";
export * from "./storage_driver.ts";
export * from "./volume_state.ts";
