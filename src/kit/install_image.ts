/** The Windows images of media: `install.wim`, `.esd` or `.swm`, and `boot.wim`. */
import { type ByteSource, MedicError, windowsBaseName } from "../base/mod.ts";
import { openWimSet, readHeader, type Wim, type WimFile } from "../formats/wim/mod.ts";
import type { Host } from "../host/mod.ts";
import type { MediaEntry, MediaSource, MediaTree } from "./media_tree.ts";

/** A file of Windows images: the installation image of media, `boot.wim`, or one alone. */
export interface InstallImage {
  readonly format: "wim" | "esd" | "swm";
  /** Inside the media (`sources\install.wim`), or the file itself. */
  readonly path: string;
  /** Files of a split set, in order; else the one file. */
  readonly parts: readonly string[];
  readonly bytes: number;
  readonly wim: Wim;
}

/** Folders of `sources`: media for two architectures have one for each. */
export const SOURCES: readonly string[] = [
  "sources",
  "x64\\sources",
  "x86\\sources",
  "arm64\\sources",
];

/** In the order of what Setup prefers. */
const FORMATS = ["wim", "esd", "swm"];

/** What a search writes down: the files it opened, and what is wrong. */
export interface ImageSearch {
  readonly tree: MediaTree;
  readonly opened: MediaSource[];
  readonly problems: string[];
}

/** The installation images of media, the first readable format of each folder. */
export async function findInstallImages(host: Host, search: ImageSearch): Promise<InstallImage[]> {
  const found: InstallImage[] = [];
  for (const folder of SOURCES) {
    for (const format of FORMATS) {
      const image = await openImageOf(host, { ...search, path: `${folder}\\install.${format}` });
      if (image === undefined) continue;
      found.push(image);
      break;
    }
  }
  return found;
}

/** The image file at a path of media. Undefined if it is not there; one that is damaged is told. */
export async function openImageOf(
  host: Host,
  { tree, opened, problems, path }: ImageSearch & { readonly path: string },
): Promise<InstallImage | undefined> {
  const first = await tree.find(path);
  if (first?.kind !== "file") return undefined;
  const entries = [first, ...await laterParts(path, (part) => tree.find(part))];
  try {
    const files: WimFile[] = [];
    for (const entry of entries) {
      const source = await tree.open(entry);
      opened.push(source);
      files.push({ source, name: windowsBaseName(entry.path) });
      problems.push(...entry.problems.map((problem) => `${entry.path}: ${problem}`));
    }
    const wim = await openParts(host, files);
    problems.push(...wimProblems(wim).map((problem) => `${path}: ${problem}`));
    return imageOf(path, entries, wim);
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    // What is missing of the file was told already; the error only follows from it.
    if (entries.every(({ complete }) => complete)) problems.push(`${path}: ${error.message}`);
    return undefined;
  }
}

/**
 * Opens the files of one image.
 *
 * @throws {FormatError} if one is damaged, cut off, or of another set.
 */
export async function openParts(host: Host, files: readonly WimFile[]): Promise<Wim> {
  try {
    return await openWimSet(files, { hash: () => host.newHash("sha1") });
  } catch (error) {
    for (const { source, name } of files) {
      const cut = await cutOff(source, name);
      if (cut !== undefined) throw new MedicError("damagedFile", cut, { cause: error });
    }
    throw error;
  }
}

/** Describes an opened image. */
export function imageOf(
  path: string,
  entries: readonly Pick<MediaEntry, "path" | "size">[],
  wim: Wim,
): InstallImage {
  const format = /\.(esd|swm)$/i.exec(path)?.[1]?.toLowerCase();
  return {
    format: format === "esd" || format === "swm" ? format : "wim",
    path,
    parts: entries.map((entry) => entry.path),
    bytes: entries.reduce((sum, entry) => sum + entry.size, 0),
    wim,
  };
}

/** More parts than any disk could need; the header says how many there are. */
const MOST_PARTS = 99;

/** `install2.swm`, `install3.swm` … as far as they are there: a gap does not end the search. */
export async function laterParts<T>(
  path: string,
  find: (path: string) => Promise<T | undefined>,
): Promise<T[]> {
  const parts: T[] = [];
  if (!/\.swm$/i.test(path)) return parts;
  for (let part = 2; part <= MOST_PARTS; part++) {
    const found = await find(path.replace(/\.swm$/i, `${part}.swm`));
    if (found !== undefined) parts.push(found);
  }
  return parts;
}

/**
 * The largest file that FAT32 can hold: 2^32 - 1 bytes. Tools that go on after the full size leave
 * exactly this many. Source: Microsoft Learn, "File System Functionality Comparison".
 */
export const FAT32_LARGEST = 0xffff_ffff;

/** What is wrong with an image file, as its reader says: missing parts, an unfinished write. */
export function wimProblems(wim: Wim): string[] {
  return wim.problems.map((problem) => problem.message);
}

/** Says whether the header speaks of bytes that are not there. Undefined if it does not. */
async function cutOff(source: ByteSource, name: string): Promise<string | undefined> {
  let header;
  try {
    header = await readHeader(source, name);
  } catch (error) {
    if (error instanceof MedicError) return undefined;
    throw error;
  }
  const { blobTable, xml, bootMetadata, integrity } = header;
  const ends = [blobTable, xml, bootMetadata, integrity].map(({ offset, size }) => offset + size);
  const end = Math.max(...ends);
  if (end <= source.size) return undefined;
  const cause = source.size === FAT32_LARGEST ? ": FAT32 holds no more of a file" : "";
  return `"${name}" is cut off: it has ${source.size} bytes, its header says at least ${end}${cause}`;
}
