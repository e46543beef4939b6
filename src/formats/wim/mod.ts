/**
 * Windows images (WIM, ESD, SWM) without mounting them: which images there are, their files,
 * their contents decompressed (XPRESS, LZX, LZMS) and checked against their SHA-1.
 *
 * Nothing is written here, and nothing is loaded whole but the tree of one image: contents come
 * as streams of pieces.
 *
 * ```ts
 * import { findEntry, openWim } from "../formats/wim/mod.ts";
 * const wim = await openWim(source, { name: "install.wim" });
 * const file = findEntry(await wim.tree(1), "Windows\\System32\\winload.efi");
 * const hash = file?.streams[0]?.hash;
 * if (hash !== undefined) for await (const piece of wim.read(await wim.blobOf(hash))) write(piece);
 * ```
 *
 * @module
 */
export type { BlobPlace, WimBlob } from "./blob_table.ts";
export { type NewHash, type StreamingHash } from "./content_hash.ts";
export { FileAttribute, type StreamKind, type WimStream } from "./directory_entry.ts";
export { breaksPaths, type NameFault, nameFault } from "./entry_names.ts";
export { readHeader, type WimCompression, type WimHeader } from "./header.ts";
export { architectureName, type ImageVersion, type WimImage } from "./image.ts";
export {
  findEntry,
  type ImageTree,
  type PlacedEntry,
  type TreeProblem,
  type TreeProblemKind,
  walkTree,
  type WimEntry,
} from "./image_tree.ts";
export { type DamagedRange, type IntegrityOutcome, verifyIntegrity } from "./integrity.ts";
export { HeaderFlag, ResourceFlag } from "./layout.ts";
export { openWim, type OpenWimOptions, openWimSet, type WimFile } from "./open_wim.ts";
export type { WimProblem, WimProblemKind } from "./problem.ts";
export type { Resource } from "./resource.ts";
export type { ResourceEntry } from "./resource_entry.ts";
export type { DataRange } from "./resource_reader.ts";
export { Sha1 } from "./sha1.ts";
export {
  type DamagedBlob,
  type Verification,
  verifyBlobs,
  type VerifyOptions,
  type VerifyProgress,
} from "./verify.ts";
export { Wim, type WimBlobs, type WimPart } from "./wim.ts";
