/**
 * A file of any size of which only the written pages are in memory; everything else is zero. What
 * a five-gigabyte image needs to be built in a test.
 */
import { type ByteSource, FormatError } from "../../src/base/mod.ts";

const PAGE = 4096;

/** Bytes at places, zeros between. */
export class SparseImage {
  readonly #pages = new Map<number, Uint8Array>();
  size: number;

  constructor(size = 0) {
    this.size = size;
  }

  /** Writes `bytes` at `offset` and grows the image if needed. */
  write(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const index = Math.floor((offset + done) / PAGE);
      const from = offset + done - index * PAGE;
      const part = bytes.subarray(done, done + PAGE - from);
      const page = this.#pages.get(index) ?? new Uint8Array(PAGE);
      page.set(part, from);
      this.#pages.set(index, page);
      done += part.length;
    }
    this.size = Math.max(this.size, offset + bytes.length);
  }

  /** A copy of a range. */
  slice(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const index = Math.floor((offset + done) / PAGE);
      const from = offset + done - index * PAGE;
      const count = Math.min(PAGE - from, length - done);
      const page = this.#pages.get(index);
      if (page !== undefined) bytes.set(page.subarray(from, from + count), done);
      done += count;
    }
    return bytes;
  }

  /** Random access to it. */
  source(): ByteSource {
    return {
      size: this.size,
      read: (offset, length) => {
        if (offset >= 0 && length >= 0 && offset + length <= this.size) {
          return Promise.resolve(this.slice(offset, length));
        }
        return Promise.reject(new FormatError("Cannot read outside the sparse image", { offset }));
      },
    };
  }

  /** Writes it as a sparse file, where the file system can. */
  async writeTo(path: string): Promise<void> {
    const file = await Deno.open(path, { write: true, create: true, truncate: true });
    try {
      await file.truncate(this.size);
      for (const [index, page] of this.#pages) {
        const length = Math.min(PAGE, this.size - index * PAGE);
        if (length <= 0) continue;
        await file.seek(index * PAGE, Deno.SeekMode.Start);
        await file.write(page.subarray(0, length));
      }
    } finally {
      file.close();
    }
  }
}
