/** The files of media, whether they lie in a folder, on a drive, or in an image that nobody mounts. */
import {
  type ByteSource,
  isFileFault,
  joinWindowsPath,
  MedicError,
  splitWindowsPath,
} from "../base/mod.ts";
import { entryNameProblem, type ImageEntry, openImage } from "../formats/image/mod.ts";
import { type Host, type ReadableFileSystem, RootedFileSystem } from "../host/mod.ts";
import { type OpenSource, openSource, rangesSource } from "./sources.ts";

/** One file or folder of media. */
export interface MediaEntry {
  readonly kind: "file" | "directory";
  /** Names from the root of the media, joined by `\`. */
  readonly path: string;
  readonly size: number;
  /** Nothing tells its size: {@linkcode size} is 0 then. */
  readonly sizeUnknown?: boolean;
  readonly modified: Date | undefined;
  /** It may be created under this path on Windows. */
  readonly safe: boolean;
  /** All of its bytes are there. */
  readonly complete: boolean;
  /** Its record has changed since it was written: size and content may be wrong. */
  readonly damaged?: boolean;
  /** What people must know of it: one sentence each. */
  readonly problems: readonly string[];
}

/** An open source with a way to let go of it. */
export interface MediaSource extends ByteSource {
  close(): Promise<void>;
}

/** Something that people should know of media as a whole. */
export interface MediaWarning {
  /**
   * - `tolerated`: unusual, but everything is there.
   * - `damaged`: bytes are not what was recorded; what they say was had from elsewhere.
   * - `lost`: files cannot be listed because of it.
   * - `cut`: the image ends too early; {@linkcode MediaTree.missingBytes} says by how much.
   * - `passed`: a link, or a folder that may not be read: no damage, but it is left out.
   */
  readonly effect: "tolerated" | "damaged" | "lost" | "cut" | "passed";
  /** One sentence without full stop. */
  readonly message: string;
}

/** The files of media. */
export interface MediaTree {
  readonly kind: "image" | "folder";
  /** As given: `E:\Win11.iso`, `F:\`. */
  readonly place: string;
  /** `UDF 1.02`, or `folder`. */
  readonly format: string;
  readonly label: string | undefined;
  /** Bytes of an image; undefined for a folder. */
  readonly bytes: number | undefined;
  /** Bytes that an image should have and has not. */
  readonly missingBytes: number;
  /** What was tolerated or left out; grows while entries are listed. */
  warnings(): readonly MediaWarning[];
  /** All files and folders, each folder before what it holds. Links are left out. */
  entries(): AsyncIterable<MediaEntry>;
  find(path: string): Promise<MediaEntry | undefined>;
  /** A file for random access. */
  open(entry: MediaEntry): Promise<MediaSource>;
  /** The bytes of a file in pieces, from an offset on. */
  read(entry: MediaEntry, from?: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Bytes that are read at a time. */
const PIECE = 1 << 20;

/**
 * Opens a disc image.
 *
 * @throws {FormatError} if it is none, and {RefusalError} for a kind of UDF that is not read.
 */
export async function openImageTree(host: Host, path: string): Promise<MediaTree> {
  const source = await openSource(host.files, path);
  try {
    const image = await openImage(source, { name: path });
    return new ImageTree(path, source, image);
  } catch (error) {
    await source.close();
    throw error;
  }
}

class ImageTree implements MediaTree {
  readonly kind = "image";
  readonly place: string;
  readonly #source: OpenSource;
  readonly #image: Awaited<ReturnType<typeof openImage>>;
  readonly #entries = new WeakMap<MediaEntry, ImageEntry>();

  constructor(place: string, source: OpenSource, image: Awaited<ReturnType<typeof openImage>>) {
    this.place = place;
    this.#source = source;
    this.#image = image;
  }

  get bytes(): number {
    return this.#source.size;
  }

  get format(): string {
    return this.#image.format;
  }

  get label(): string | undefined {
    return this.#image.label || undefined;
  }

  get missingBytes(): number {
    return this.#image.missingBytes;
  }

  warnings(): readonly MediaWarning[] {
    return this.#image.warnings;
  }

  async *entries(): AsyncIterable<MediaEntry> {
    for await (const entry of this.#image.entries()) yield this.#shown(entry);
  }

  async find(path: string): Promise<MediaEntry | undefined> {
    const entry = await this.#image.find(path);
    return entry === undefined ? undefined : this.#shown(entry);
  }

  open(entry: MediaEntry): Promise<MediaSource> {
    const own = this.#own(entry);
    const source = rangesSource(this.#source, own.ranges(), `${this.place}: ${entry.path}`);
    return Promise.resolve({ ...source, close: () => Promise.resolve() });
  }

  read(entry: MediaEntry, from = 0): AsyncIterable<Uint8Array> {
    return this.#image.read(this.#own(entry), { from });
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  #shown(entry: ImageEntry): MediaEntry {
    const shown: MediaEntry = {
      kind: entry.kind,
      path: entry.path,
      size: entry.size,
      modified: entry.modified,
      safe: entry.safe,
      complete: entry.complete,
      damaged: entry.problems.some(({ kind }) => kind === "damage"),
      problems: entry.problems.map((problem) => problem.message),
    };
    this.#entries.set(shown, entry);
    return shown;
  }

  #own(entry: MediaEntry): ImageEntry {
    const own = this.#entries.get(entry);
    if (own === undefined) throw new TypeError("An entry comes from the tree that is asked");
    return own;
  }
}

/** What Windows keeps at the root of every drive: no part of media, and not open to everybody. */
const OF_THE_DRIVE = /^(?:System Volume Information|\$RECYCLE\.BIN|RECYCLER)$/i;

/** Opens a folder or drive as media. */
export function openFolderTree(host: Host, root: string, label?: string): MediaTree {
  return new FolderTree(root, new RootedFileSystem(host.files, root), label);
}

class FolderTree implements MediaTree {
  readonly kind = "folder";
  readonly format = "folder";
  readonly bytes = undefined;
  readonly missingBytes = 0;
  readonly place: string;
  readonly label: string | undefined;
  readonly #files: ReadableFileSystem;
  readonly #warnings: MediaWarning[] = [];

  constructor(place: string, files: ReadableFileSystem, label: string | undefined) {
    this.place = place;
    this.#files = files;
    this.label = label;
  }

  warnings(): readonly MediaWarning[] {
    return this.#warnings;
  }

  async *entries(folder = ""): AsyncIterable<MediaEntry> {
    let entries;
    try {
      entries = await this.#files.list(folder);
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      // What may not be read is not for us; what the disk does not give any more is lost.
      const effect = isFileFault(error, "denied") ? "passed" : "lost";
      this.#warnings.push({ effect, message: error.message });
      return;
    }
    for (const entry of entries) {
      if (folder === "" && OF_THE_DRIVE.test(entry.name)) continue;
      const path = pathBelow(folder, entry.name);
      if (path === undefined) {
        const where = folder === "" ? "the root" : `"${folder}"`;
        const message = `"${shown(entry.name)}" in ${where} is left out: no path can name it`;
        this.#warnings.push({ effect: "passed", message });
        continue;
      }
      if (entry.reparse) {
        const message = `"${path}" is a link and is left out`;
        this.#warnings.push({ effect: "passed", message });
        continue;
      }
      yield shownFile(path, entry);
      if (entry.kind === "directory") yield* this.entries(path);
    }
  }

  async find(path: string): Promise<MediaEntry | undefined> {
    const normal = joinWindowsPath(path.replaceAll("/", "\\"));
    const entry = await this.#files.stat(normal);
    return entry === undefined || entry.reparse ? undefined : shownFile(normal, entry);
  }

  async open(entry: MediaEntry): Promise<MediaSource> {
    return await openSource(this.#files, entry.path);
  }

  async *read(entry: MediaEntry, from = 0): AsyncIterable<Uint8Array> {
    const source = await this.open(entry);
    try {
      for (let at = from; at < source.size; at += PIECE) {
        yield await source.read(at, Math.min(PIECE, source.size - at));
      }
    } finally {
      await source.close();
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Undefined for a name that only other systems than Windows can give a file: `a:b`. */
function pathBelow(folder: string, name: string): string | undefined {
  try {
    return splitWindowsPath(name).length === 1 ? joinWindowsPath(folder, name) : undefined;
  } catch (error) {
    if (error instanceof MedicError) return undefined;
    throw error;
  }
}

/** A name in a sentence: nothing in it separates or steers. */
function shown(name: string): string {
  // deno-lint-ignore no-control-regex
  return name.replace(/[\u0000-\u001f\u007f-\u009f\\/:]/g, "_");
}

function shownFile(
  path: string,
  entry: { kind: "file" | "directory"; size: number; modified: Date | null; name: string },
): MediaEntry {
  const problem = entryNameProblem(entry.name);
  return {
    kind: entry.kind,
    path,
    size: entry.size,
    modified: entry.modified ?? undefined,
    safe: problem === undefined,
    complete: true,
    problems: problem === undefined ? [] : [problem],
  };
}
