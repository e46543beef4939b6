/** Bytes of files as the formats want them: at random, exact, from a file or from a part of one. */
import { type ByteSource, FormatError } from "../base/mod.ts";
import type { ReadableFile, ReadableFileSystem } from "../host/mod.ts";

/** A source that holds a file open. */
export interface OpenSource extends ByteSource {
  close(): Promise<void>;
}

/**
 * Opens a file for random access.
 *
 * @throws {FileError} if it cannot be opened.
 */
export async function openSource(files: ReadableFileSystem, path: string): Promise<OpenSource> {
  return new FileSource(await files.open(path), path);
}

class FileSource implements OpenSource {
  readonly size: number;
  readonly #file: ReadableFile;
  readonly #name: string;

  constructor(file: ReadableFile, name: string) {
    this.#file = file;
    this.#name = name;
    this.size = file.size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = await this.#file.read(offset, length);
    if (bytes.length === length) return bytes;
    throw new FormatError(`Cannot read "${this.#name}": it ends too early`, {
      offset: offset + bytes.length,
    });
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** A run of bytes of a file inside another one, or zeros that are recorded nowhere. */
export type SourceRange =
  | { readonly kind: "data"; readonly offset: number; readonly length: number }
  | { readonly kind: "hole"; readonly length: number };

/** A file that lies in runs of another source: one of a disc image. */
export function rangesSource(
  source: ByteSource,
  ranges: readonly SourceRange[],
  name: string,
): ByteSource {
  const starts: number[] = [];
  let size = 0;
  for (const range of ranges) {
    starts.push(size);
    size += range.length;
  }
  return {
    size,
    read: async (offset, length) => {
      if (offset < 0 || length < 0 || offset + length > size) {
        throw new FormatError(`Cannot read "${name}": it ends too early`, { offset: size });
      }
      const first = rangeAt(starts, offset);
      const whole = ranges[first];
      if (whole?.kind === "data" && offset + length <= starts[first]! + whole.length) {
        return await source.read(whole.offset + offset - starts[first]!, length);
      }
      const bytes = new Uint8Array(length);
      for (let index = first, at = offset; at < offset + length; index++) {
        const range = ranges[index]!;
        const inside = at - starts[index]!;
        const count = Math.min(range.length - inside, offset + length - at);
        if (range.kind === "data") {
          bytes.set(await source.read(range.offset + inside, count), at - offset);
        }
        at += count;
      }
      return bytes;
    },
  };
}

/** Number of the range that holds an offset; ranges of no bytes are passed over. */
function rangeAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}
