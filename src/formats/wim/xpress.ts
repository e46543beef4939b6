/**
 * XPRESS with Huffman codes, as chunks of a WIM carry it: one code for the whole chunk, matches
 * back to the start of the chunk, literal bytes of long match lengths between the bit words.
 *
 * Source: [MS-XCA] 2.2 (LZ77+Huffman decompression).
 */
import { ENTRY_LENGTH_BITS, ENTRY_LENGTH_MASK, HuffmanCode } from "./huffman_code.ts";
import type { ChunkDecoder, ChunkTarget } from "./chunk_decoder.ts";

const SYMBOLS = 512;
const TABLE_BITS = 11;
const LENGTHS_SIZE = SYMBOLS / 2;
const MIN_MATCH = 3;

/** Largest chunk: matches reach 64 KiB back at most. */
export const XPRESS_MAX_CHUNK = 0x10000;

/** Decodes chunks of up to {@linkcode XPRESS_MAX_CHUNK} bytes. */
export class XpressDecoder implements ChunkDecoder {
  readonly #code = new HuffmanCode(SYMBOLS, TABLE_BITS);

  decode(input: Uint8Array, target: ChunkTarget): boolean {
    if (input.length < LENGTHS_SIZE) return false;
    const lengths = this.#code.lengths;
    for (let i = 0; i < LENGTHS_SIZE; i++) {
      lengths[2 * i] = input[i]! & 15;
      lengths[2 * i + 1] = input[i]! >> 4;
    }
    return this.#code.build() && this.#items(input, target);
  }

  // The bit buffer holds `bits` valid low bits, at least 16 wherever something is decoded: that
  // is also what fixes the places of the literal bytes. Kept in locals of one long loop, because
  // this loop is all the time there is.
  #items(input: Uint8Array, { output, start, length: size }: ChunkTarget): boolean {
    const code = this.#code;
    const table = code.table;
    const end = start + size;
    const inputEnd = input.length;
    const view = new DataView(output.buffer, output.byteOffset, output.length);
    let at = start, next = LENGTHS_SIZE, buffer = 0, bits = 0;
    while (at < end) {
      if (bits < 16) {
        buffer = next + 1 < inputEnd
          ? buffer << 16 | input[next + 1]! << 8 | input[next]!
          : buffer << 16;
        next += 2, bits += 16;
      }
      let entry = table[buffer >>> (bits - TABLE_BITS) & ((1 << TABLE_BITS) - 1)]!;
      if (entry === 0) {
        entry = code.decodeLong(buffer >>> (bits - 16) & 0xffff);
        if (entry === 0) return false;
      }
      bits -= entry & ENTRY_LENGTH_MASK;
      const symbol = entry >>> ENTRY_LENGTH_BITS;
      if (symbol < 256) {
        output[at++] = symbol;
        continue;
      }
      if (bits < 16) {
        buffer = next + 1 < inputEnd
          ? buffer << 16 | input[next + 1]! << 8 | input[next]!
          : buffer << 16;
        next += 2, bits += 16;
      }
      let length = symbol & 15;
      if (length === 15) {
        if (next >= inputEnd) return false;
        length += input[next++]!;
        if (length === 15 + 255) {
          if (next + 1 >= inputEnd) return false;
          length = input[next]! | input[next + 1]! << 8;
          next += 2;
        }
      }
      length += MIN_MATCH;
      const offsetBits = symbol >> 4 & 15;
      bits -= offsetBits;
      const offset = 1 << offsetBits | buffer >>> bits & ((1 << offsetBits) - 1);
      let from = at - offset;
      const to = at + length;
      if (from < start || to > end || next > inputEnd + 4) return false;
      if (offset >= 4 && to + 4 <= end) {
        // Up to three bytes too many are written: the next item writes over them.
        do {
          view.setInt32(at, view.getInt32(from, true), true);
          at += 4, from += 4;
        } while (at < to);
        at = to;
      } else while (at < to) output[at++] = output[from++]!;
    }
    return true;
  }
}
