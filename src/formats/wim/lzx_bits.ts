/**
 * The bits of an LZX chunk: 16-bit little-endian words, most significant bit first, with raw
 * bytes between them in stored blocks.
 */

/** Bytes behind the input that a look-ahead may touch. */
const SLACK = 16;

/**
 * Reads bits by position. The bytes of each word are exchanged first, so that any 25 bits can be
 * had with one unaligned big-endian load and one shift, without a branch.
 */
export class LzxBits {
  /** The input with the bytes of each word exchanged, and room for reading past its end. */
  readonly view: DataView;
  /** Position of the next bit. */
  position = 0;
  /** Position behind the last bit; a `position` above it is damage. */
  end = 0;
  readonly #swapped: Uint8Array;
  readonly #raw: Uint8Array;
  readonly #rawWords: Uint32Array;
  readonly #swappedWords: Uint32Array;
  readonly #maxInput: number;

  /** For chunks of up to `maxChunk` bytes, whose input is always shorter. */
  constructor(maxChunk: number) {
    this.#maxInput = maxChunk;
    // Literals are decoded without looking at the end: 16 bits for each byte of the chunk.
    const room = 4 * Math.ceil((3 * maxChunk + SLACK) / 4);
    this.#swapped = new Uint8Array(room);
    this.#raw = new Uint8Array(4 * Math.ceil((maxChunk + SLACK) / 4));
    this.view = new DataView(this.#swapped.buffer);
    this.#rawWords = new Uint32Array(this.#raw.buffer);
    this.#swappedWords = new Uint32Array(this.#swapped.buffer);
  }

  /** Starts with a new input; false if it is too long to be one. */
  open(input: Uint8Array): boolean {
    if (input.length > this.#maxInput) return false;
    this.#raw.set(input);
    this.#raw.fill(0, input.length, input.length + SLACK);
    const from = this.#rawWords, to = this.#swappedWords;
    const words = Math.ceil((input.length + SLACK) / 4);
    for (let i = 0; i < words; i++) {
      const word = from[i]!;
      to[i] = (word & 0xff00ff) << 8 | word >>> 8 & 0xff00ff;
    }
    this.end = 16 * Math.ceil(input.length / 2);
    this.position = 0;
    return true;
  }

  /** Reads 1 to 16 bits; zeros past the end. */
  read(count: number): number {
    const bits = this.peek16() >>> (16 - count);
    this.position += count;
    return bits;
  }

  /** The next 16 bits without consuming them; zeros past the end. */
  peek16(): number {
    if (this.position > this.end) return 0;
    return (this.view.getUint32(this.position >>> 3) << (this.position & 7)) >>> 16;
  }

  /**
   * Goes to the next word. On a word boundary a whole word is skipped: one to sixteen bits of
   * padding, never none.
   */
  align(): void {
    this.position = (this.position & ~15) + 16;
  }

  /** Reads 32 bits, least significant byte first, on a word boundary. */
  word32(): number {
    const low = this.read(16);
    return low | this.read(16) << 16;
  }

  /** Copies raw bytes on a word boundary; false if the input ends before. */
  copy(output: Uint8Array, range: { readonly from: number; readonly to: number }): boolean {
    const length = range.to - range.from;
    const start = this.position >>> 3;
    if (start + length > this.end >>> 3) return false;
    output.set(this.#raw.subarray(start, start + length), range.from);
    this.position += 16 * Math.ceil(length / 2);
    return true;
  }
}
