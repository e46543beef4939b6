/**
 * UDF volumes as they lie on Windows installation media: type 1 partition maps, random access,
 * nothing loaded whole. What is read here is the recorded structure; what a name may be on the
 * destination, and cycles, are the business of the image door.
 *
 * ```ts
 * import { openUdf } from "../udf/mod.ts";
 * const volume = await openUdf(source, { warn: console.log });
 * for await (const child of volume.children(await volume.root())) child.name;
 * ```
 *
 * Sources: ECMA-167 3rd edition; OSTA UDF 1.02, 2.01 and 2.50.
 *
 * @module
 */
export type { UdfExtent } from "./allocation.ts";
export type { UdfChild } from "./directory.ts";
export type { UdfNode, UdfProblem } from "./file_entry.ts";
export { recogniseVolume, type VolumeRecognition } from "./recognition.ts";
export { openUdf, type UdfVolume } from "./volume.ts";
export type { UdfSpend, UdfWarn } from "./warn.ts";
