/**
 * Canonical Huffman codes as LZX, XPRESS and LZMS use them: shorter codewords first, equal
 * lengths in order of the symbols, decoded with one table look-up for nearly every symbol.
 *
 * Source: [MS-XCA] 2.1, [MS-PATCH] 2.4; RFC 1951, 3.2.2 describes the same construction.
 */

/** Longest codeword of all three formats, in bits. */
export const MAX_CODEWORD = 16;

/** Bits of a table entry that hold the codeword's length; the symbol is above them. */
export const ENTRY_LENGTH_BITS = 5;
export const ENTRY_LENGTH_MASK = 31;

/**
 * A code that can be rebuilt again and again without allocating.
 *
 * A decoder looks up `table[next tableBits bits]`: an entry is `symbol << 5 | length`, and 0
 * stands for a longer codeword, which {@linkcode decodeLong} finds.
 */
export class HuffmanCode {
  readonly table: Uint16Array;
  readonly tableBits: number;
  /** Codeword lengths by symbol: write them, then call {@linkcode build}. */
  readonly lengths: Uint8Array;
  readonly #sorted: Uint16Array;
  readonly #counts = new Int32Array(MAX_CODEWORD + 2);
  readonly #next = new Int32Array(MAX_CODEWORD + 2);
  /** By length: the first 16-bit window that belongs to a longer codeword. */
  readonly #limits = new Int32Array(MAX_CODEWORD + 1);
  /** By length: what to add to a codeword to get its place among the sorted symbols. */
  readonly #places = new Int32Array(MAX_CODEWORD + 1);

  /** A code of `symbols` symbols, at most 2048, decoded with `tableBits` bits at once. */
  constructor(symbols: number, tableBits: number) {
    this.tableBits = tableBits;
    this.table = new Uint16Array(1 << tableBits);
    this.lengths = new Uint8Array(symbols);
    this.#sorted = new Uint16Array(symbols);
  }

  /**
   * Builds the code from {@linkcode lengths}. Returns false if they are no complete code; no
   * codeword at all is allowed (a block without matches has no lengths to decode).
   */
  build(): boolean {
    const counts = this.#counts.fill(0);
    for (let symbol = 0; symbol < this.lengths.length; symbol++) counts[this.lengths[symbol]!]!++;
    const used = this.lengths.length - counts[0]!;
    this.#limits.fill(0);
    this.table.fill(0);
    if (used === 0) return true;
    return this.#place(counts) && this.#fill();
  }

  /** Decodes a codeword that is longer than the table, from the next 16 bits; 0 if there is none. */
  decodeLong(window: number): number {
    for (let length = this.tableBits + 1; length <= MAX_CODEWORD; length++) {
      if (window < this.#limits[length]!) {
        const place = (window >>> (MAX_CODEWORD - length)) + this.#places[length]!;
        return this.#sorted[place]! << ENTRY_LENGTH_BITS | length;
      }
    }
    return 0;
  }

  #place(counts: Int32Array): boolean {
    let codeword = 0;
    let place = 0;
    for (let length = 1; length <= MAX_CODEWORD; length++) {
      codeword <<= 1;
      this.#places[length] = place - codeword;
      codeword += counts[length]!;
      if (codeword > 1 << length) return false;
      place += counts[length]!;
      this.#limits[length] = codeword << (MAX_CODEWORD - length);
    }
    if (codeword !== 1 << MAX_CODEWORD) return false;
    const next = this.#next.fill(0);
    for (let length = 1; length <= MAX_CODEWORD; length++) {
      next[length + 1] = next[length]! + counts[length]!;
    }
    for (let symbol = 0; symbol < this.lengths.length; symbol++) {
      const length = this.lengths[symbol]!;
      if (length > 0) this.#sorted[next[length]!++] = symbol;
    }
    return true;
  }

  #fill(): boolean {
    const table = this.table;
    let at = 0;
    for (let place = 0; at < table.length; place++) {
      const symbol = this.#sorted[place]!;
      const length = this.lengths[symbol]!;
      if (length > this.tableBits) break;
      const end = at + (1 << (this.tableBits - length));
      const entry = symbol << ENTRY_LENGTH_BITS | length;
      // Calling fill costs more than a few entries.
      if (end - at > 32) table.fill(entry, at, at = end);
      else while (at < end) table[at++] = entry;
    }
    return true;
  }
}
