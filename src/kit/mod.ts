/**
 * Media and the stick: what installation media hold, which of it can repair a Windows, and how
 * its files come onto a disk.
 *
 * ```ts
 * const media = await openMedia(host, "E:\\Win11.iso");
 * try {
 *   media.install?.wim.images.map((image) => image.editionId);
 * } finally {
 *   await media.close();
 * }
 * ```
 *
 * @module
 */
export * from "./choose_sources.ts";
export {
  type ContentFetcher,
  contentProvider,
  type FilePlace,
  type MediaPlace,
  type PutOptions,
} from "./content_provider.ts";
export { findFileNamed } from "./find_file.ts";
export * from "./image_entries.ts";
export { type ImageFilePlace, type OpenImageFile, openImageFile } from "./image_file.ts";
export { FAT32_LARGEST, type InstallImage, SOURCES, wimProblems } from "./install_image.ts";
export { type ExtractionOptions, type ExtractionResult, extractMedia } from "./extract_media.ts";
export {
  type ExtractionPlan,
  type ExtractionRequest,
  planExtraction,
  type PlannedFile,
  requireTree,
} from "./extraction_plan.ts";
export type { ExtractionPlace } from "./extraction_place.ts";
export * from "./find_sources.ts";
export * from "./find_start_media.ts";
export * from "./make_source.ts";
export * from "./match_source.ts";
export * from "./media.ts";
export * from "./media_config.ts";
export type { MediaEntry, MediaSource, MediaTree, MediaWarning } from "./media_tree.ts";
export * from "./path_pattern.ts";
export * from "./prepare_source.ts";
export * from "./rank_sources.ts";
export { searchFolder, type SearchLimits } from "./search_folder.ts";
export * from "./update_files.ts";
export {
  type CheckedCounts,
  type MediaDamage,
  type MediaVerification,
  verifyMedia,
  type VerifyMediaOptions,
} from "./verify_media.ts";
