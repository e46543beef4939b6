/**
 * Media and the stick: what installation media hold, which of it can repair a Windows, and how
 * its files come onto a disk.
 *
 * @module
 */
export * from "./match_source.ts";
export * from "./media_config.ts";
