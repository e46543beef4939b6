/**
 * Disc images as trees of files with byte ranges: UDF, Joliet or ISO9660 behind one door, read
 * without mounting. Nothing is loaded whole, and no name that could leave a destination is called
 * safe.
 *
 * ```ts
 * import { openImage } from "../formats/image/mod.ts";
 * const image = await openImage(source, { name: "Win11.iso" });
 * const wim = await image.find("sources\\install.wim");
 * if (wim?.safe) for await (const piece of image.read(wim)) await file.write(piece);
 * ```
 *
 * @module
 */
export type {
  DiscImage,
  ImageEntry,
  ImageKind,
  ImageProblem,
  ImageRange,
  ImageWarning,
} from "./disc_image.ts";
export { entryNameProblem } from "./entry_name.ts";
export { type ImageLimits, openImage, type OpenImageOptions } from "./open_image.ts";
