/** The bytes of a directory in order, a piece at a time, however its runs lie. */
import { type ByteSource, FormatError } from "../../base/mod.ts";
import type { UdfNode } from "./file_entry.ts";

const PIECE = 32 * 1024;

/** Reads a node from its start to its recorded size. */
export class ExtentStream {
  readonly #source: ByteSource;
  readonly #pieces: AsyncIterator<{ readonly offset: number | undefined; readonly length: number }>;
  readonly #size: number;
  #buffer = new Uint8Array(0);
  /** Where the pieces in the buffer lie: position in the stream, offset in the image. */
  #marks: { readonly at: number; readonly offset: number }[];
  #taken = 0;
  #fetched = 0;

  constructor(source: ByteSource, node: UdfNode) {
    this.#source = source;
    this.#size = node.size;
    this.#marks = [{ at: 0, offset: node.offset }];
    this.#pieces = pieces(node);
  }

  /** Bytes not taken yet. */
  get left(): number {
    return this.#size - this.#taken;
  }

  /** Bytes that can be taken without waiting. */
  get buffered(): number {
    return this.#buffer.length;
  }

  /**
   * Brings the next `length` bytes into memory.
   *
   * @throws {FormatError} if there are fewer.
   */
  async fill(length: number): Promise<void> {
    while (this.#buffer.length < length) await this.#fetch();
  }

  /** Where the next byte lies in the image; it must be in memory. */
  get imageOffset(): number {
    while (this.#marks.length > 1 && this.#marks[1]!.at <= this.#taken) this.#marks.shift();
    const { at, offset } = this.#marks[0]!;
    return offset + this.#taken - at;
  }

  /** The next `length` bytes, which must be in memory. They stay where they are. */
  peek(length: number): Uint8Array {
    return this.#buffer.subarray(0, length);
  }

  /** Takes the next `length` bytes, which must be in memory. */
  take(length: number): Uint8Array {
    const taken = this.peek(length);
    this.#buffer = this.#buffer.subarray(length);
    this.#taken += length;
    return taken;
  }

  async #fetch(): Promise<void> {
    const next = await this.#pieces.next();
    const length = next.done ? 0 : Math.min(next.value.length, this.#size - this.#fetched);
    if (next.done || length <= 0) {
      throw new FormatError("Cannot read a directory: it ends before its length", {
        offset: this.imageOffset,
      });
    }
    const { offset } = next.value;
    const bytes = offset === undefined
      ? new Uint8Array(length)
      : await this.#source.read(offset, length);
    if (offset !== undefined) this.#marks.push({ at: this.#fetched, offset });
    this.#fetched += length;
    this.#buffer = joined(this.#buffer, bytes);
  }
}

async function* pieces(
  node: UdfNode,
): AsyncGenerator<{ offset: number | undefined; length: number }> {
  for await (const extent of node.extents()) {
    if (extent.fault !== undefined) {
      throw new FormatError(`Cannot read a directory: ${extent.fault}`, {
        offset: extent.offset ?? node.offset,
      });
    }
    for (let done = 0; done < extent.length; done += PIECE) {
      const length = Math.min(PIECE, extent.length - done);
      yield { offset: extent.offset === undefined ? undefined : extent.offset + done, length };
    }
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
