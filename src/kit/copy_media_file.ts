/**
 * Copies one file of media so that a power cut cannot leave half of it under its name: it is
 * written beside, flushed, read back, and renamed last.
 */
import { CancelledError, FormatError, MedicError } from "../base/mod.ts";
import type { FileWriter, Host, ReadableFile, RootedFileSystem } from "../host/mod.ts";
import { partPath, type PlannedFile } from "./extraction_plan.ts";
import type { MediaEntry, MediaTree } from "./media_tree.ts";

/** What a file is copied with. */
export interface CopyContext {
  readonly host: Host;
  readonly tree: MediaTree;
  /** The destination. */
  readonly files: RootedFileSystem;
  /** Called for bytes that were copied, and once more for each that was read back. */
  readonly advance: (bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** Bytes that are read back at a time. */
const PIECE = 1 << 20;

/**
 * Before 1980 there is no time on FAT and exFAT. Source: Microsoft, "DosDateTimeToFileTime" and
 * the exFAT specification, 7.4.8.
 */
const FIRST_TIME = Date.UTC(1980, 0, 2);

/**
 * Copies a file, or goes on where an earlier copy ended.
 *
 * @returns the number of bytes that an earlier copy had left.
 * @throws {MedicError} if it cannot be read or written, or is not what was written; the part that
 * is there stays for another try.
 */
export async function copyFile(
  context: CopyContext,
  { entry, action }: PlannedFile,
): Promise<number> {
  const { files, host } = context;
  const part = partPath(entry.path);
  const { hash, kept } = await writePart(context, { entry, part, goesOn: action === "continue" });
  if (await hashFile(context, part) !== hash) {
    throw new MedicError(
      "notVerified",
      `Cannot trust "${part}": what was read back is not what was written`,
      { next: "Use another stick or disk: this one does not keep what it is given" },
    );
  }
  await host.checkpoint("media-file-written");
  await files.move(part, entry.path);
  return kept;
}

async function writePart(
  context: CopyContext,
  { entry, part, goesOn }: {
    readonly entry: MediaEntry;
    readonly part: string;
    readonly goesOn: boolean;
  },
): Promise<{ hash: string; kept: number }> {
  const { files, tree, host } = context;
  const hash = host.newHash("sha256");
  let old: ReadableFile | undefined = goesOn ? await files.open(part) : undefined;
  let writer: FileWriter | undefined;
  /** A piece is written while the next one is read. */
  let writing: Promise<void> = Promise.resolve();
  let at = 0;
  let kept = 0;
  try {
    if (old === undefined) writer = await files.createWriter(part);
    for await (const piece of tree.read(entry)) {
      throwIfStopped(context.signal);
      hash.update(piece);
      let same = 0;
      if (old !== undefined) {
        same = equalBytes(await old.read(at, piece.length), piece);
        kept += same;
        if (same < piece.length) {
          await old.close();
          old = undefined;
          // A power cut can leave zeros at the end: only what is equal counts.
          writer = await files.createWriter(part, { continueAt: at + same });
        }
      }
      if (same < piece.length && writer !== undefined) {
        await writing;
        writing = writer.write(piece.subarray(same));
        // Whoever awaits it hears of the failure; a failure to read comes first all the same.
        writing.catch(() => undefined);
      }
      at += piece.length;
      context.advance(piece.length);
    }
    await writing;
    requireWhole(entry, at);
    await old?.close();
    old = undefined;
    writer ??= await files.createWriter(part, { continueAt: at });
    await writer.finish(timeOf(entry));
    return { hash: hash.hex(), kept };
  } finally {
    await writing.catch(() => undefined);
    await old?.close();
    await writer?.close();
  }
}

function requireWhole(entry: MediaEntry, read: number): void {
  if (read === entry.size) return;
  throw new FormatError(`Cannot read all of "${entry.path}": it ends too early`, { offset: read });
}

/** The time that the copy gets; undefined if it is one that not every disk can keep. */
function timeOf(entry: MediaEntry): Date | undefined {
  const { modified } = entry;
  return modified !== undefined && modified.getTime() >= FIRST_TIME ? modified : undefined;
}

async function hashFile(context: CopyContext, path: string): Promise<string> {
  const hash = context.host.newHash("sha256");
  const file = await context.files.open(path);
  try {
    let next = file.read(0, PIECE);
    for (let at = 0; at < file.size; at += PIECE) {
      throwIfStopped(context.signal);
      const bytes = await next;
      // The next piece is read while this one is hashed.
      next = file.read(at + PIECE, PIECE);
      next.catch(() => undefined);
      hash.update(bytes);
      context.advance(bytes.length);
    }
    await next;
    return hash.hex();
  } finally {
    await file.close();
  }
}

/** FAT keeps times to two seconds. */
const SAME_TIME_MS = 2000;

/**
 * Says whether a file of the right size that is there already is that of the media. With `quick`
 * the same time will do; another time says nothing, because FAT keeps local time and the zone of
 * WinPE is not that of Windows.
 */
export async function isSameFile(
  context: CopyContext,
  { entry, quick }: { readonly entry: MediaEntry; readonly quick: boolean },
): Promise<boolean> {
  const there = await context.files.stat(entry.path);
  const time = timeOf(entry)?.getTime();
  const sameTime = time !== undefined && there?.modified instanceof Date &&
    Math.abs(there.modified.getTime() - time) <= SAME_TIME_MS;
  if (quick && sameTime) {
    context.advance(2 * entry.size);
    return true;
  }
  const file = await context.files.open(entry.path);
  try {
    let at = 0;
    for await (const piece of context.tree.read(entry)) {
      throwIfStopped(context.signal);
      if (equalBytes(await file.read(at, piece.length), piece) < piece.length) {
        context.advance(2 * (entry.size - at));
        return false;
      }
      at += piece.length;
      context.advance(2 * piece.length);
    }
    return at === file.size;
  } finally {
    await file.close();
  }
}

/** How many bytes are equal from the beginning on. */
function equalBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return length;
}

/** @throws {CancelledError} once the user has stopped the work. */
export function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CancelledError();
}
