/** Open files of Deno: read in ranges, only growing, or written once from end to end. */
import { asFileError } from "./file_faults.ts";
import type { AppendFile, FileWriter, ReadableFile } from "./file_system.ts";

/**
 * Reads of up to so many bytes are done at once: the way to another thread and back would cost ten
 * times more than they do, and a directory of an image is read in hundreds of them.
 */
const SMALL_READ = 1 << 16;

/** A {@linkcode ReadableFile}; it owns `file`. */
export class DenoReadableFile implements ReadableFile {
  readonly size: number;
  readonly #path: string;
  readonly #file: Deno.FsFile;
  /** Ranges are read one after the other: the file has one position. */
  #queue: Promise<unknown> = Promise.resolve();
  #queued = 0;
  /** Where the system would read next; NaN if that is not known. */
  #position = 0;

  constructor(path: string, file: Deno.FsFile, size: number) {
    this.#path = path;
    this.#file = file;
    this.size = size;
  }

  read(offset: number, length: number, memory?: Uint8Array): Promise<Uint8Array> {
    const now = () =>
      asFileError(
        { action: "read", path: this.#path },
        () => this.#readNow({ offset, length, memory }),
      );
    // Begun before this returns if nothing else is: the caller may go on to compute for long.
    const result = this.#queued++ === 0 ? now() : this.#queue.then(now);
    const done = () => void this.#queued--;
    this.#queue = result.then(done, done);
    return result;
  }

  async #readNow(
    { offset, length, memory }: {
      readonly offset: number;
      readonly length: number;
      readonly memory: Uint8Array | undefined;
    },
  ): Promise<Uint8Array> {
    const count = Math.max(0, Math.min(length, this.size - offset));
    const fits = memory !== undefined && memory.length >= count;
    const bytes = fits ? memory.subarray(0, count) : new Uint8Array(count);
    if (bytes.length === 0) return bytes;
    const small = bytes.length <= SMALL_READ;
    if (offset !== this.#position) seekTo(this.#file, offset);
    this.#position = NaN;
    let filled = 0;
    while (filled < bytes.length) {
      const rest = bytes.subarray(filled);
      const read = small ? readAtOnce(this.#file, rest) : await this.#file.read(rest);
      if (read === null) break;
      filled += read;
    }
    this.#position = offset + filled;
    return bytes.subarray(0, filled);
  }

  async close(): Promise<void> {
    await this.#queue;
    this.#file.close();
  }
}

/** Tells the system a position, which touches no disk. */
function seekTo(file: Deno.FsFile, offset: number): void {
  file.seekSync(offset, Deno.SeekMode.Start);
}

function readAtOnce(file: Deno.FsFile, bytes: Uint8Array): number | null {
  return file.readSync(bytes);
}

/** An {@linkcode AppendFile} that continues at `end`; it owns `file`. */
export class DenoAppendFile implements AppendFile {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #end: number;

  constructor(path: string, file: Deno.FsFile, end: number) {
    this.#path = path;
    this.#file = file;
    this.#end = end;
  }

  async append(bytes: Uint8Array): Promise<void> {
    await asFileError({ action: "append to", path: this.#path }, async () => {
      try {
        await writeAll(this.#file, bytes);
        await this.#file.sync();
      } catch (error) {
        await this.#cutBack();
        throw error;
      }
      this.#end += bytes.length;
    });
  }

  /** Takes a half-written piece off again, so that the next one starts on a line of its own. */
  async #cutBack(): Promise<void> {
    try {
      await this.#file.truncate(this.#end);
      await this.#file.seek(this.#end, Deno.SeekMode.Start);
    } catch {
      // The first error is the one to tell.
    }
  }

  close(): Promise<void> {
    this.#file.close();
    return Promise.resolve();
  }
}

/**
 * Bytes between two flushes of a file that is written in pieces. Without them the system would
 * take gigabytes into memory at once, tell a progress that is none, and stand still at the end.
 */
const FLUSH_EVERY = 64 << 20;

/** A {@linkcode FileWriter} from the current position on; it owns `file`. */
export class DenoFileWriter implements FileWriter {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  /** The same file once more: one handle would do one thing at a time. */
  #flusher: Deno.FsFile | undefined;
  /** What was written up to its beginning gets to the disk while more is written. */
  #flushing: Promise<void> = Promise.resolve();
  #unflushed = 0;
  #open = true;

  constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await asFileError({ action: "write to", path: this.#path }, async () => {
      await writeAll(this.#file, bytes);
      this.#unflushed += bytes.length;
      if (this.#unflushed >= FLUSH_EVERY) await this.#beginFlush();
    });
  }

  /** Waits for the flush before, so that never more than two times the bytes are unflushed. */
  async #beginFlush(): Promise<void> {
    await this.#flushing;
    this.#flusher ??= await Deno.open(this.#path, { write: true });
    this.#unflushed = 0;
    this.#flushing = this.#flusher.syncData();
    // Whoever writes or finishes next hears of the failure.
    this.#flushing.catch(() => undefined);
  }

  async finish(modified?: Date): Promise<void> {
    try {
      await asFileError({ action: "write to", path: this.#path }, async () => {
        await this.#flushing;
        if (modified !== undefined) await this.#file.utime(modified, modified);
        await this.#file.sync();
      });
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#flushing.catch(() => undefined);
    this.#flusher?.close();
    this.#file.close();
  }
}

/** Writes all bytes at the current position. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += await file.write(bytes.subarray(written));
}
