/**
 * Proves that media are whole: the structure of a disc image, every content of its Windows images
 * against their SHA-1, files against a list of hashes, and the file itself against one.
 */
import { CancelledError, MedicError, UsageError } from "../base/mod.ts";
import type { Host } from "../host/mod.ts";
import { parseHashList } from "./hash_list.ts";
import { openMedia } from "./media.ts";
import type { MediaEntry, MediaTree } from "./media_tree.ts";
import { openSource } from "./sources.ts";
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

/** The outcome. */
export interface MediaVerification {
  readonly place: string;
  readonly kind: "iso" | "folder" | "wim";
  readonly checked: CheckedCounts;
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
  note(text: string): void;
}

/** Bytes that are hashed at a time. */
const PIECE = 1 << 20;
/** The list of hashes in the root of a kit, and the longest that is read. */
const HASH_LIST = "SHA256SUMS";
const LONGEST_LIST = 16 << 20;

/**
 * Verifies media. Damage does not end it.
 *
 * @throws {UsageError} if there is nothing at that path, {FormatError} if it cannot be read at
 * all, and {CancelledError} once stopped.
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
    if (media.tree !== undefined) await verifyTree(host, media.tree, log);
    else if (media.install !== undefined) {
      await verifyWim(host, { wim: media.install.wim, name: media.place }, log);
    }
    const { place, kind } = media;
    return { place, kind, checked: log.counts, damaged: log.damages, notes: log.notes, sha256 };
  } finally {
    await media.close();
  }
}

class Log implements VerificationLog {
  readonly damages: MediaDamage[] = [];
  readonly notes: string[] = [];
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

async function verifyTree(host: Host, tree: MediaTree, log: VerificationLog): Promise<void> {
  const entries = await verifyStructure(tree, log);
  for (const image of imageFiles(entries)) {
    if (image.entries.some(({ complete }) => !complete)) continue; // told already
    await verifyImageFiles(host, { tree, image }, log);
  }
  await verifyList(host, tree, log);
}

async function verifyStructure(tree: MediaTree, log: VerificationLog): Promise<MediaEntry[]> {
  log.stage(`Checking the structure of ${tree.place}`);
  if (tree.missingBytes > 0) {
    const reason = `the image is cut off: ${tree.missingBytes} bytes are missing at its end`;
    log.damaged({ file: tree.place, reason, inside: [] });
  }
  const images: MediaEntry[] = [];
  let count = 0;
  for await (const entry of tree.entries()) {
    log.watch.signal?.throwIfAborted();
    count++;
    if (!entry.complete || entry.damaged) {
      log.damaged({ file: entry.path, reason: entry.problems.join("; "), inside: [] });
    } else for (const problem of entry.problems) log.note(`"${entry.path}": ${problem}`);
    if (/\.(wim|esd|swm)$/i.test(entry.path)) images.push(entry);
  }
  log.checked({ entries: count });
  for (const { effect, message } of tree.warnings()) {
    if (effect === "lost" || effect === "damaged") {
      log.damaged({ file: tree.place, reason: message, inside: [] });
    } else if (effect !== "cut") log.note(message); // how much is cut off was told above
  }
  return images;
}

async function verifyList(host: Host, tree: MediaTree, log: VerificationLog): Promise<void> {
  const entry = await tree.find(HASH_LIST);
  if (entry?.kind !== "file") return;
  if (entry.size > LONGEST_LIST) {
    log.note(`"${entry.path}" is too long to be a list of hashes: it was not used`);
    return;
  }
  let text: string;
  try {
    text = await readText(tree, entry);
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    log.damaged({ file: entry.path, reason: error.message, inside: [] });
    return;
  }
  const { files, unknownLines } = parseHashList(text);
  for (const line of unknownLines) {
    log.damaged({ file: entry.path, reason: `line ${line} cannot be understood`, inside: [] });
  }
  log.stage(`Comparing files with ${entry.path}`);
  const found: { readonly hash: string; readonly entry: MediaEntry }[] = [];
  for (const { path, hash } of files) {
    const listed = await tree.find(path);
    if (listed?.kind === "file") found.push({ hash, entry: listed });
    else {log.damaged({
        file: path,
        reason: `it is listed in ${entry.path}, but not there`,
        inside: [],
      });}
  }
  await compareHashes(host, { tree, found }, log);
}

async function readText(tree: MediaTree, entry: MediaEntry): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of tree.read(entry)) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}

async function compareHashes(
  host: Host,
  { tree, found }: {
    readonly tree: MediaTree;
    readonly found: readonly { readonly hash: string; readonly entry: MediaEntry }[];
  },
  log: VerificationLog,
): Promise<void> {
  const total = found.reduce((sum, { entry }) => sum + entry.size, 0);
  let done = 0;
  for (const { hash: expected, entry } of found) {
    const hash = host.newHash("sha256");
    try {
      for await (const piece of tree.read(entry)) {
        log.watch.signal?.throwIfAborted();
        hash.update(piece);
        done += piece.length;
        log.watch.progress?.({ done, total });
      }
      const actual = hash.hex();
      log.checked({ listed: 1, bytes: entry.size });
      if (actual === expected) continue;
      const reason = `its SHA-256 is ${actual}, not ${expected} as listed`;
      log.damaged({ file: entry.path, reason, inside: [] });
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      log.damaged({ file: entry.path, reason: error.message, inside: [] });
    }
  }
}
