/** One file of a Windows image: found without regard to case, read and checked by its SHA-1. */
import { MedicError, RefusalError, sameWindowsPath, UsageError } from "../base/mod.ts";
import {
  findEntry,
  type ImageTree,
  type Wim,
  type WimBlob,
  type WimEntry,
} from "../formats/wim/mod.ts";
import type { Host } from "../host/mod.ts";
import type { InstallImage } from "./install_image.ts";
import { type Media, openMedia } from "./media.ts";

/** Names a file of an image, as journals and plans do. */
export interface ImageFilePlace {
  /** Native path of the image file, or of the media that hold it. */
  readonly place: string;
  /** Where the image file lies in the media; absent for one alone. */
  readonly inside?: string;
  /** Number of the image, from 1. */
  readonly index: number;
  /** The file in the image, without `\` in front. */
  readonly path: string;
}

/** An open file of an image. */
export interface OpenImageFile {
  /** As the image spells it. */
  readonly path: string;
  readonly size: number;
  /** SHA-1 of its content, as the image says; undefined for an empty file. */
  readonly sha1: string | undefined;
  /** The content in pieces; its SHA-1 is compared at the end. */
  pieces(): AsyncIterable<Uint8Array>;
  /** A range of the content; nothing is compared. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Opens a file of an image.
 *
 * @throws {UsageError} if the image or the file is not there or a folder, {RefusalError} if it is a
 * link or encrypted, {FormatError} if the image is damaged.
 */
export async function openImageFile(host: Host, place: ImageFilePlace): Promise<OpenImageFile> {
  const media = await openMedia(host, place.place);
  try {
    const wim = (await findImage(media, place)).wim;
    const { path, entry } = await findFile(wim, place);
    const blob = await contentOf(wim, entry);
    const size = blob?.size ?? 0;
    return {
      path,
      size,
      sha1: blob?.hash,
      pieces: () => blob === undefined ? nothing() : wim.read(blob),
      read: (offset, length) =>
        blob === undefined ? Promise.resolve(new Uint8Array()) : range(wim, blob, offset, length),
      close: () => media.close(),
    };
  } catch (error) {
    await media.close();
    throw error;
  }
}

async function* nothing(): AsyncIterable<Uint8Array> {}

async function range(
  wim: Wim,
  blob: WimBlob,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const piece of wim.readRange(blob, { from: offset, to: offset + length })) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

async function findImage(media: Media, place: ImageFilePlace): Promise<InstallImage> {
  const { inside, index } = place;
  const image = inside === undefined
    ? media.install
    : media.installs.find((one) => sameWindowsPath(one.path, inside)) ??
      await bootImage(media, inside);
  if (image === undefined) {
    const name = inside === undefined ? place.place : `${place.place} > ${inside}`;
    const reason = media.problems[0];
    throw new MedicError(
      "needsSource",
      `Cannot find an image of Windows in "${name}"${reason === undefined ? "" : `: ${reason}`}`,
      { next: `Look what is in it: pemedic media inspect "${place.place}"` },
    );
  }
  const count = image.wim.images.length;
  if (index >= 1 && index <= count) return image;
  throw new UsageError(`Cannot use image ${index} of "${place.place}": it has ${count}`, {
    next: `See its images: pemedic media inspect "${place.place}"`,
  });
}

async function bootImage(media: Media, inside: string): Promise<InstallImage | undefined> {
  const { image } = await media.bootImage();
  return image !== undefined && sameWindowsPath(image.path, inside) ? image : undefined;
}

async function findFile(
  wim: Wim,
  { index, path, place }: ImageFilePlace,
): Promise<{ readonly path: string; readonly entry: WimEntry }> {
  const tree = await wim.tree(index);
  const entry = findEntry(tree, path);
  if (entry === undefined) {
    throw new UsageError(`Cannot find "${path}" in image ${index} of "${place}"`, {
      next: `See its files: pemedic media list "${place}" --image ${index}`,
    });
  }
  if (entry.directory) {
    throw new UsageError(`Cannot use "${path}" of the image: it is a folder, not a file`, {
      next: `See its files: pemedic media list "${place}" --image ${index}`,
    });
  }
  if (entry.reparseTag === undefined) return { path: spelling(tree, path), entry };
  throw new RefusalError(`Cannot use "${path}" of the image: it is a link, not a file`);
}

/** The path in the case of the image. */
function spelling(tree: ImageTree, path: string): string {
  const names = path.split(/[\\/]/).filter((name) => name !== "");
  return names.map((name, i) => findEntry(tree, names.slice(0, i + 1).join("\\"))?.name ?? name)
    .join("\\");
}

async function contentOf(wim: Wim, entry: WimEntry): Promise<WimBlob | undefined> {
  if (entry.streams.some(({ kind }) => kind === "encrypted")) {
    throw new RefusalError(`Cannot read "${entry.name}" of the image: its owner has encrypted it`);
  }
  const stream = entry.streams.find(({ kind, name }) => kind === "data" && name === "");
  return stream?.hash === undefined ? undefined : await wim.blobOf(stream.hash);
}
