/**
 * As much of NTFS as a diagnosis needs from raw bytes: what a volume is, and whether it is
 * dirty. Files are read through the running system, never from here.
 *
 * @module
 */
export * from "./boot_sector.ts";
export * from "./volume_flags.ts";
