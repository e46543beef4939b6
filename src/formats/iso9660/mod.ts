/**
 * ISO9660 volumes and their Joliet names: the fallback where an image has no UDF volume, or one
 * that cannot be read. Rock Ridge is not looked at: Windows does not do so either.
 *
 * ```ts
 * import { openIso9660 } from "../iso9660/mod.ts";
 * const volume = await openIso9660(source, { warn: console.log });
 * for await (const child of volume.children(volume.root)) child.name;
 * ```
 *
 * Sources: ECMA-119 2nd edition; Joliet Specification (Microsoft, 1995); El Torito 1.0.
 *
 * @module
 */
export { findCutFiles } from "./cut_files.ts";
export type { IsoExtent, IsoNode, IsoProblem, NameKind } from "./directory_record.ts";
export { type BootCatalogue, type BootPlatform, readBootCatalogue } from "./el_torito.ts";
export { type IsoVolume, openIso9660 } from "./volume.ts";
export type { IsoSpend, IsoWarn } from "./warn.ts";
