/**
 * Where content comes from that is not of the target: a file of the stick, a file of a Windows
 * image, whole media. Plain data, because journals and saved plans keep it. The bytes themselves
 * are fetched by a {@linkcode ContentProvider}: the journal knows no image formats.
 */
import * as v from "valibot";
import { sameWindowsPath, type ToolProgress } from "../base/mod.ts";

/** A file outside of the target. */
export interface NativeFileOrigin {
  readonly kind: "file";
  /** Native path. */
  readonly place: string;
}

/** A file of a Windows image. */
export interface ImageFileOrigin {
  readonly kind: "image-file";
  /** Native path of the WIM, ESD or first part of a split set; or of the media that hold it. */
  readonly place: string;
  /** Where the image file lies in the media: `sources\install.wim`. Absent for one alone. */
  readonly inside?: string;
  /** Number of the image, from 1. */
  readonly index: number;
  /** The file in the image: `Windows\System32\winload.efi`. */
  readonly path: string;
}

/** An image, without a file of it. */
export interface ImagePlace {
  readonly place: string;
  readonly inside?: string | undefined;
  readonly index: number;
}

/** All files of installation media. */
export interface MediaOrigin {
  readonly kind: "media";
  /** Native path of an ISO file, a folder or a drive. */
  readonly place: string;
}

/** Where content comes from. */
export type ContentOrigin = NativeFileOrigin | ImageFileOrigin | MediaOrigin;

/** Where the content of one file comes from. */
export type FileOrigin = NativeFileOrigin | ImageFileOrigin;

/** Content that is open for reading. */
export interface OpenContent {
  /** Bytes of the whole content. */
  readonly size: number;
  /** The content from its beginning in pieces of bounded size; it is read once. */
  pieces(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** How a tree is put onto the target. */
export interface ExtractOptions {
  /** Native path of the folder: a new one in a folder that is there, or one that was cut off. */
  readonly path: string;
  readonly signal?: AbortSignal;
  onProgress?(progress: ToolProgress): void;
}

/** Fetches what {@linkcode ContentOrigin}s name. */
export interface ContentProvider {
  /**
   * Opens the content of one file.
   *
   * @throws {MedicError} if it is not there or cannot be read.
   */
  open(origin: FileOrigin): Promise<OpenContent>;
  /**
   * Puts all files below a folder, or goes on where an earlier call was cut off. Each file
   * appears under its name once it is whole, flushed and read back.
   *
   * @throws {MedicError} if that is not possible, and {CancelledError} once stopped.
   */
  extract(origin: MediaOrigin, options: ExtractOptions): Promise<void>;
  /**
   * Says whether a folder holds every file of the media in its full size.
   *
   * @throws {MedicError} if the media cannot be read any more.
   */
  isComplete(origin: MediaOrigin, path: string): Promise<boolean>;
}

const text = v.string();
const place = v.pipe(text, v.nonEmpty());
const imageFile = v.object({
  kind: v.literal("image-file"),
  place,
  inside: v.exactOptional(place),
  index: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  path: place,
});

/** Schema of a {@linkcode FileOrigin}. */
export const fileOriginSchema = v.variant("kind", [
  v.object({ kind: v.literal("file"), place }),
  imageFile,
]);

/** Schema of a {@linkcode MediaOrigin}. */
export const mediaOriginSchema = v.object({ kind: v.literal("media"), place });

/** Names an origin for people: `E:\Win11.iso > sources\install.wim:6 > Windows\notepad.exe`. */
export function describeOrigin(origin: ContentOrigin): string {
  if (origin.kind !== "image-file") return origin.place;
  return `${describeImage(origin)} > ${origin.path}`;
}

/** Names the image of a file for people: `E:\Win11.iso > sources\install.wim:6`. */
export function describeImage({ place, inside, index }: ImagePlace): string {
  return `${inside === undefined ? place : `${place} > ${inside}`}:${index}`;
}

/**
 * The image whose file of this very path an origin is; undefined for an origin of another name,
 * which people must be told too.
 */
export function imageOfSamePath(origin: ContentOrigin, path: string): string | undefined {
  const same = origin.kind === "image-file" && sameWindowsPath(origin.path, path);
  return same ? describeImage(origin) : undefined;
}
