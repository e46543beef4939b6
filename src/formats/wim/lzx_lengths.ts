/**
 * Codeword lengths in an LZX block header: differences from the previous block's lengths,
 * themselves coded with a small code of 20 symbols.
 *
 * Source: [MS-PATCH] 2.5.
 */
import { ENTRY_LENGTH_BITS, ENTRY_LENGTH_MASK, HuffmanCode } from "./huffman_code.ts";
import type { LzxBits } from "./lzx_bits.ts";

const SYMBOLS = 20;
const TABLE_BITS = 8;
const ZEROS = 17;
const MANY_ZEROS = 18;
const SAME = 19;

/** Reads codeword lengths. */
export class LzxLengths {
  readonly #code = new HuffmanCode(SYMBOLS, TABLE_BITS);

  /** Updates `lengths` from `from` to `to`; false if the input is damaged. */
  read(
    bits: LzxBits,
    lengths: Uint8Array,
    { from, to }: { readonly from: number; readonly to: number },
  ): boolean {
    for (let i = 0; i < SYMBOLS; i++) this.#code.lengths[i] = bits.read(4);
    if (!this.#code.build()) return false;
    for (let at = from; at < to;) {
      const symbol = this.#symbol(bits);
      if (symbol < 0) return false;
      if (symbol < ZEROS) {
        lengths[at] = changed(lengths[at]!, symbol);
        at++;
        continue;
      }
      const run = symbol === ZEROS
        ? 4 + bits.read(4)
        : symbol === MANY_ZEROS
        ? 20 + bits.read(5)
        : 4 + bits.read(1);
      if (run > to - at) return false;
      let value = 0;
      if (symbol === SAME) {
        const change = this.#symbol(bits);
        if (change < 0 || change >= ZEROS) return false;
        value = changed(lengths[at]!, change);
      }
      lengths.fill(value, at, at + run);
      at += run;
    }
    return true;
  }

  #symbol(bits: LzxBits): number {
    const window = bits.peek16();
    let entry = this.#code.table[window >>> (16 - TABLE_BITS)]!;
    if (entry === 0) entry = this.#code.decodeLong(window);
    if (entry === 0) return -1;
    bits.position += entry & ENTRY_LENGTH_MASK;
    return entry >>> ENTRY_LENGTH_BITS;
  }
}

/** The new length: the old one less the difference, modulo 17. */
function changed(length: number, difference: number): number {
  return length >= difference ? length - difference : length - difference + 17;
}
