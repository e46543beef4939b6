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

/** The quicker of the two where the processor has instructions for it. */
const CHECK_SUM = "sha256";
/** Bytes that are read back at a time. */
const PIECE = 1 << 20;
/** Pieces that wait to be written while more is read and summed up. */
const WAITING = 4;

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
  const hash = host.newHash(CHECK_SUM);
  let old: ReadableFile | undefined = goesOn ? await files.open(part) : undefined;
  let writer: FileWriter | undefined;
  const writing = new WritesInOrder();
  let at = 0;
  let kept = 0;
  try {
    if (old === undefined) writer = await files.createWriter(part);
    for await (const piece of tree.read(entry)) {
      throwIfStopped(context.signal);
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
        await writing.add(writer, piece.subarray(same));
      }
      // While the piece is being written.
      hash.update(piece);
      at += piece.length;
      context.advance(piece.length);
    }
    await writing.finish();
    requireWhole(entry, at);
    await old?.close();
    old = undefined;
    writer ??= await files.createWriter(part, { continueAt: at });
    await writer.finish(timeOf(entry));
    return { hash: hash.hex(), kept };
  } finally {
    await writing.finish().catch(() => undefined);
    await old?.close();
    await writer?.close();
  }
}

/** Pieces that are written one after the other, a few of them behind the reader. */
class WritesInOrder {
  #pending: Promise<void>[] = [];
  #last: Promise<void> = Promise.resolve();
  #running = 0;

  /** Waits for a place among those that wait; fails if an earlier write failed. */
  async add(writer: FileWriter, bytes: Uint8Array): Promise<void> {
    if (this.#pending.length >= WAITING) await this.#pending.shift();
    // Begun before this returns if nothing else is: summing up would keep it waiting.
    this.#last = this.#running++ === 0
      ? writer.write(bytes)
      : this.#last.then(() => writer.write(bytes));
    this.#last.then(() => this.#running--, () => undefined);
    this.#pending.push(this.#last);
    // Whoever adds or finishes hears of the failure; a failure to read comes first all the same.
    this.#last.catch(() => undefined);
  }

  /** Waits for all that was added. */
  async finish(): Promise<void> {
    this.#pending = [];
    await this.#last;
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
  const hash = context.host.newHash(CHECK_SUM);
  const file = await context.files.open(path);
  try {
    // Two pieces in turn: the next one is read while this one is summed up.
    let [memory, other] = [newPiece(file.size), newPiece(file.size - PIECE)];
    let next = file.read(0, PIECE, memory);
    for (let at = 0; at < file.size; at += PIECE) {
      throwIfStopped(context.signal);
      const bytes = await next;
      [memory, other] = [other, memory];
      next = file.read(at + PIECE, PIECE, memory);
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

function newPiece(size: number): Uint8Array {
  return new Uint8Array(Math.max(0, Math.min(PIECE, size)));
}

/** FAT keeps times to two seconds. */
const SAME_TIME_MS = 2000;

/** What is known of a file that is there already: `believed` is one that was not compared. */
export type Sameness = "same" | "believed" | "different";

/**
 * Says whether a file of the right size that is there already is that of the media. With `quick`
 * the same time will do; another time says nothing, because FAT keeps local time and the zone of
 * WinPE is not that of Windows.
 */
export async function compareFile(
  context: CopyContext,
  { entry, quick }: { readonly entry: MediaEntry; readonly quick: boolean },
): Promise<Sameness> {
  const there = await context.files.stat(entry.path);
  const time = timeOf(entry)?.getTime();
  const sameTime = time !== undefined && there?.modified instanceof Date &&
    Math.abs(there.modified.getTime() - time) <= SAME_TIME_MS;
  if (quick && sameTime) {
    context.advance(2 * entry.size);
    return "believed";
  }
  const file = await context.files.open(entry.path);
  try {
    let at = 0;
    for await (const piece of context.tree.read(entry)) {
      throwIfStopped(context.signal);
      if (equalBytes(await file.read(at, piece.length), piece) < piece.length) {
        context.advance(2 * (entry.size - at));
        return "different";
      }
      at += piece.length;
      context.advance(2 * piece.length);
    }
    return at === file.size ? "same" : "different";
  } finally {
    await file.close();
  }
}

/** How many bytes are equal from the beginning on. */
function equalBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  let at = equalWords(a, b) * Int32Array.BYTES_PER_ELEMENT;
  while (at < length && a[at] === b[at]) at++;
  return at;
}

/** How many words of four bytes; none where they do not lie so that they can be had as such. */
function equalWords(a: Uint8Array, b: Uint8Array): number {
  const size = Int32Array.BYTES_PER_ELEMENT;
  if (a.byteOffset % size !== 0 || b.byteOffset % size !== 0) return 0;
  const count = Math.floor(Math.min(a.length, b.length) / size);
  const left = new Int32Array(a.buffer, a.byteOffset, count);
  const right = new Int32Array(b.buffer, b.byteOffset, count);
  let at = 0;
  while (at < count && left[at] === right[at]) at++;
  return at;
}

/** @throws {CancelledError} once the user has stopped the work. */
export function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CancelledError();
}
