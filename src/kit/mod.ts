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
export * from "./match_source.ts";
export * from "./media.ts";
export * from "./media_config.ts";
export type { MediaEntry, MediaSource, MediaTree } from "./media_tree.ts";
