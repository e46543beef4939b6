/**
 * Looks for damage in media: the structure of a disc image, every content of its Windows images
 * against their SHA-1, files against a list of hashes, and the file itself against one. What has
 * no hash is counted, for nobody can say whether it is whole.
 */
import { CancelledError, foldCase, MedicError, UsageError } from "../base/mod.ts";
import type { Host } from "../host/mod.ts";
import { type Media, openMedia } from "./media.ts";
import type { MediaEntry, MediaTree } from "./media_tree.ts";
import { openSource } from "./sources.ts";
import { HASH_LIST, verifyHashList } from "./verify_hash_list.ts";
import { imageFiles, verifyImageFiles, verifyWim } from "./verify_images.ts";

/** Something that is not as it should be. */
export interface MediaDamage {
  /** Path inside the media, or the media file itself. */
  readonly file: string;
  /** Why: a sentence. */
  readonly reason: string;
  /** Files inside of it that are hit: `image:path`. */
  readonly inside: readonly string[];
}

/** What was looked at. */
export interface CheckedCounts {
  /** Files and folders whose records are sound. */
  readonly entries: number;
  /** Contents of Windows images. */
  readonly contents: number;
  /** Ranges of integrity tables. */
  readonly ranges: number;
  /** Files of `SHA256SUMS`. */
  readonly listed: number;
  /** Bytes that were hashed. */
  readonly bytes: number;
}

/** Files that nothing is known of to compare their content with. */
export interface UncheckedFiles {
  readonly files: number;
  /** Bytes of them. */
  readonly bytes: number;
}

/** The outcome. */
export interface MediaVerification {
  readonly place: string;
  readonly kind: "iso" | "folder" | "wim";
  readonly checked: CheckedCounts;
  /** None where the SHA-256 of the whole file is the expected one. */
  readonly unchecked: UncheckedFiles;
  readonly damaged: readonly MediaDamage[];
  /** What could not be checked, and oddities that do no harm. */
  readonly notes: readonly string[];
  /** SHA-256 of the file, if it was asked for. */
  readonly sha256: string | undefined;
}

/** How it is done. */
export interface VerifyMediaOptions {
  /** What the SHA-256 of the file should be, in hexadecimal digits. */
  readonly sha256?: string;
  readonly signal?: AbortSignal;
  /** A new piece of work begins. */
  readonly stage?: (title: string) => void;
  /** Bytes of the current piece of work. */
  readonly progress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** Where checks report to. */
export interface VerificationLog {
  readonly watch: Pick<VerifyMediaOptions, "signal" | "progress">;
  stage(title: string): void;
  checked(counts: Partial<CheckedCounts>): void;
  damaged(damage: MediaDamage): void;
  /** The content of these files has a hash and was compared with it, or is told as damaged. */
  settled(paths: readonly string[]): void;
  note(text: string): void;
}

/** Bytes that are hashed at a time. */
const PIECE = 1 << 20;

/**
 * Verifies media. Damage does not end it.
 *
 * @throws {UsageError} if there is nothing at that path or a folder holds nothing to check,
 * {FormatError} if it cannot be read at all, and {CancelledError} once stopped.
 */
export async function verifyMedia(
  host: Host,
  path: string,
  options: VerifyMediaOptions = {},
): Promise<MediaVerification> {
  try {
    return await verifyAll(host, path, options);
  } catch (error) {
    // The readers below throw the signal's reason.
    if (options.signal?.aborted && !(error instanceof MedicError)) throw new CancelledError();
    throw error;
  }
}

async function verifyAll(
  host: Host,
  path: string,
  options: VerifyMediaOptions,
): Promise<MediaVerification> {
  const log = new Log(options);
  const sha256 = options.sha256 === undefined
    ? undefined
    : await verifyFile(host, { path, expected: options.sha256.toLowerCase() }, log);
  const media = await openMedia(host, path);
  try {
    const unchecked = media.tree !== undefined
      ? await verifyTree(host, media.tree, log)
      : await verifyAlone(host, media, log);
    const proven = sha256 !== undefined && sha256 === options.sha256?.toLowerCase();
    const { place, kind } = media;
    return {
      place,
      kind,
      checked: log.counts,
      unchecked: proven ? { files: 0, bytes: 0 } : unchecked,
      damaged: log.damages,
      notes: log.notes,
      sha256,
    };
  } finally {
    await media.close();
  }
}

class Log implements VerificationLog {
  readonly damages: MediaDamage[] = [];
  readonly notes: string[] = [];
  /** Folded paths of files whose content needs no other check. */
  readonly settledFiles = new Set<string>();
  counts: CheckedCounts = { entries: 0, contents: 0, ranges: 0, listed: 0, bytes: 0 };
  readonly watch: Pick<VerifyMediaOptions, "signal" | "progress">;
  readonly #options: VerifyMediaOptions;

  constructor(options: VerifyMediaOptions) {
    const { signal, progress } = options;
    this.#options = options;
    this.watch = {
      ...(signal === undefined ? {} : { signal }),
      ...(progress === undefined ? {} : { progress }),
    };
  }

  stage(title: string): void {
    this.#options.signal?.throwIfAborted();
    this.#options.stage?.(title);
  }

  checked(counts: Partial<CheckedCounts>): void {
    const { entries = 0, contents = 0, ranges = 0, listed = 0, bytes = 0 } = counts;
    this.counts = {
      entries: this.counts.entries + entries,
      contents: this.counts.contents + contents,
      ranges: this.counts.ranges + ranges,
      listed: this.counts.listed + listed,
      bytes: this.counts.bytes + bytes,
    };
  }

  damaged(damage: MediaDamage): void {
    this.damages.push(damage);
  }

  settled(paths: readonly string[]): void {
    for (const path of paths) this.settledFiles.add(foldCase(path));
  }

  note(text: string): void {
    this.notes.push(text);
  }
}

async function verifyFile(
  host: Host,
  { path, expected }: { readonly path: string; readonly expected: string },
  log: VerificationLog,
): Promise<string> {
  if ((await host.files.stat(path))?.kind !== "file") {
    throw new UsageError(`Cannot compare the SHA-256 of "${path}": it is no file`, {
      next: "A hash is that of one ISO, WIM or ESD file",
    });
  }
  log.stage(`Computing the SHA-256 of ${path}`);
  const source = await openSource(host.files, path);
  try {
    const hash = host.newHash("sha256");
    for (let at = 0; at < source.size; at += PIECE) {
      log.watch.signal?.throwIfAborted();
      hash.update(await source.read(at, Math.min(PIECE, source.size - at)));
      const done = Math.min(source.size, at + PIECE);
      log.watch.progress?.({ done, total: source.size });
    }
    const actual = hash.hex();
    log.checked({ bytes: source.size });
    if (actual !== expected) {
      const reason = `its SHA-256 is ${actual}, not ${expected}`;
      log.damaged({ file: path, reason, inside: [] });
    }
    return actual;
  } finally {
    await source.close();
  }
}

/** An image file without media around it: encrypted contents are all that cannot be checked. */
async function verifyAlone(host: Host, { install, place }: Media, log: Log) {
  if (install === undefined) return { files: 0, bytes: 0 };
  await verifyWim(host, { wim: install.wim, name: place, files: install.parts }, log);
  if (install.parts.every((part) => log.settledFiles.has(foldCase(part)))) {
    return { files: 0, bytes: 0 };
  }
  return { files: install.parts.length, bytes: install.bytes };
}

async function verifyTree(host: Host, tree: MediaTree, log: Log): Promise<UncheckedFiles> {
  const { files, images, otherMedia } = await verifyStructure(tree, log);
  const found = imageFiles(images);
  if (found.length === 0 && log.damages.length === 0) {
    await requireSomething(tree, otherMedia);
  }
  for (const image of found) {
    if (image.entries.some(({ complete }) => !complete)) continue; // told already
    await verifyImageFiles(host, { tree, image }, log);
  }
  await verifyHashList(host, tree, log);
  const unchecked = [...files].filter(([path]) => !log.settledFiles.has(path));
  return { files: unchecked.length, bytes: unchecked.reduce((sum, [, size]) => sum + size, 0) };
}

/** A folder has no structure of its own to check: "no damage" would be said of nothing. */
async function requireSomething(tree: MediaTree, otherMedia: string | undefined): Promise<void> {
  if (tree.kind !== "folder" || (await tree.find(HASH_LIST))?.kind === "file") return;
  const inside = otherMedia === undefined ? undefined : nativeBelow(tree.place, otherMedia);
  throw new UsageError(
    `Cannot verify "${tree.place}": it holds no image of Windows (WIM, ESD or SWM) and no ` +
      HASH_LIST,
    {
      next: inside === undefined
        ? "Name an ISO, WIM, ESD or SWM file, or the folder or drive that holds sources"
        : `An ISO is verified by its own name: pemedic media verify "${inside}"`,
    },
  );
}

/** The native path of a file below a folder, on Windows as on other systems. */
function nativeBelow(folder: string, path: string): string {
  const separator = folder.includes("/") ? "/" : "\\";
  return folder.replace(/[\\/]+$/, "") + separator + path.replaceAll("\\", separator);
}

/** What a walk through media shows. */
interface Structure {
  /** Sizes of the files that are not empty, by their folded path. */
  readonly files: ReadonlyMap<string, number>;
  readonly images: readonly MediaEntry[];
  /** An ISO among the files. */
  readonly otherMedia: string | undefined;
}

async function verifyStructure(tree: MediaTree, log: VerificationLog): Promise<Structure> {
  log.stage(`Checking the structure of ${tree.place}`);
  if (tree.missingBytes > 0) {
    const reason = `the image is cut off: ${tree.missingBytes} bytes are missing at its end`;
    log.damaged({ file: tree.place, reason, inside: [] });
  }
  const files = new Map<string, number>();
  const images: MediaEntry[] = [];
  let otherMedia: string | undefined;
  let count = 0;
  for await (const entry of tree.entries()) {
    log.watch.signal?.throwIfAborted();
    count++;
    if (!entry.complete || entry.damaged) {
      log.damaged({ file: entry.path, reason: entry.problems.join("; "), inside: [] });
      log.settled([entry.path]);
    } else for (const problem of entry.problems) log.note(`"${entry.path}": ${problem}`);
    if (/\.(wim|esd|swm)$/i.test(entry.path)) images.push(entry);
    if (entry.kind === "file" && entry.size > 0) files.set(foldCase(entry.path), entry.size);
    if (entry.kind === "file" && /\.iso$/i.test(entry.path)) otherMedia ??= entry.path;
  }
  log.checked({ entries: count });
  for (const { effect, message } of tree.warnings()) {
    if (effect === "lost" || effect === "damaged") {
      log.damaged({ file: tree.place, reason: message, inside: [] });
    } else if (effect !== "cut") log.note(message); // how much is cut off was told above
  }
  return { files, images, otherMedia };
}
