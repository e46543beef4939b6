/** Open files of Deno: read in ranges, only growing, or written once from end to end. */
import { asFileError } from "./file_faults.ts";
import type { AppendFile, FileWriter, ReadableFile } from "./file_system.ts";

/** A {@linkcode ReadableFile}; it owns `file`. */
export class DenoReadableFile implements ReadableFile {
  readonly size: number;
  readonly #path: string;
  readonly #file: Deno.FsFile;
  /** Ranges are read one after the other: the file has one position. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(path: string, file: Deno.FsFile, size: number) {
    this.#path = path;
    this.#file = file;
    this.size = size;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    const result = this.#queue.then(() =>
      asFileError({ action: "read", path: this.#path }, () => this.#readNow(offset, length))
    );
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #readNow(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    await this.#file.seek(offset, Deno.SeekMode.Start);
    let filled = 0;
    while (filled < bytes.length) {
      const count = await this.#file.read(bytes.subarray(filled));
      if (count === null) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  }

  async close(): Promise<void> {
    await this.#queue;
    this.#file.close();
  }
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
      if (this.#unflushed < FLUSH_EVERY) return;
      await this.#file.sync();
      this.#unflushed = 0;
    });
  }

  async finish(modified?: Date): Promise<void> {
    try {
      await asFileError({ action: "write to", path: this.#path }, async () => {
        if (modified !== undefined) await this.#file.utime(modified, modified);
        await this.#file.sync();
      });
    } finally {
      await this.close();
    }
  }

  close(): Promise<void> {
    if (this.#open) this.#file.close();
    this.#open = false;
    return Promise.resolve();
  }
}

/** Writes all bytes at the current position. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += await file.write(bytes.subarray(written));
}
