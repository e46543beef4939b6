/**
 * LZX as chunks of a WIM carry it: every chunk stands alone with a window of its own size, block
 * sizes have a one-bit short form for 32768, and the call translation is always on.
 *
 * Source: [MS-PATCH] 2 (LZX DELTA); the differences of WIM as wimlib's notes describe them and
 * its output shows.
 */
import type { ChunkDecoder, ChunkTarget } from "./chunk_decoder.ts";
import { ENTRY_LENGTH_BITS, ENTRY_LENGTH_MASK, HuffmanCode } from "./huffman_code.ts";
import { LzxBits } from "./lzx_bits.ts";
import { undoCallTranslation } from "./lzx_calls.ts";
import { LzxLengths } from "./lzx_lengths.ts";

const LITERALS = 256;
const LENGTH_SYMBOLS = 249;
const MAIN_BITS = 11;
const LENGTH_BITS = 9;
const ALIGNED_BITS = 7;
/** Bits that one load gives at least. */
const WINDOW_BITS = 25;
const MIN_WINDOW = 0x8000;

/** Largest chunk that has an LZX window. */
export const LZX_MAX_CHUNK = 0x200000;

const VERBATIM = 1;
const ALIGNED = 2;
const UNCOMPRESSED = 3;
const DEFAULT_BLOCK = 0x8000;

/** Per position slot: how many bits follow and what they are added to. */
const SLOT_BITS = Uint8Array.from(
  { length: 50 },
  (_, slot) => slot < 4 ? 0 : Math.min(17, (slot >> 1) - 1),
);
const SLOT_BASE = slotBases();

/** Slots 0 to 2 are the recent offsets; an explicit offset is stored with 2 added. */
function slotBases(): Int32Array {
  const bases = new Int32Array(SLOT_BITS.length + 1).fill(-2, 0, 1);
  SLOT_BITS.forEach((bits, slot) => bases[slot + 1] = bases[slot]! + (1 << bits));
  return bases;
}

/** Number of position slots of a window: enough for the farthest offset, window size − 3. */
function slotCount(window: number): number {
  let slots = 30;
  while (window - 3 >= SLOT_BASE[slots]!) slots++;
  return slots;
}

/** Decodes chunks of up to `maxChunk` bytes, the chunk size of the WIM. */
export class LzxDecoder implements ChunkDecoder {
  readonly #main: HuffmanCode;
  readonly #lengths = new HuffmanCode(LENGTH_SYMBOLS, LENGTH_BITS);
  readonly #aligned = new HuffmanCode(8, ALIGNED_BITS);
  readonly #lengthReader = new LzxLengths();
  readonly #bits: LzxBits;
  readonly #wide: boolean;
  /** The three offsets used last, newest first. */
  readonly #recent = new Int32Array(3);

  constructor(maxChunk: number) {
    const window = Math.max(MIN_WINDOW, maxChunk);
    this.#wide = window > MIN_WINDOW;
    this.#main = new HuffmanCode(LITERALS + 8 * slotCount(window), MAIN_BITS);
    this.#bits = new LzxBits(maxChunk);
  }

  decode(input: Uint8Array, { output, start, length }: ChunkTarget): boolean {
    if (!this.#bits.open(input)) return false;
    this.#main.lengths.fill(0);
    this.#lengths.lengths.fill(0);
    this.#recent.fill(1);
    let calls = false;
    const end = start + length;
    for (let at = start; at < end;) {
      const type = this.#bits.read(3);
      const size = this.#blockSize();
      if (size === 0 || size > end - at) return false;
      const block = { output, start, from: at, to: at + size };
      if (!(type === UNCOMPRESSED ? this.#stored(block) : this.#compressed(type, block))) {
        return false;
      }
      calls ||= type === UNCOMPRESSED || this.#main.lengths[0xe8] !== 0;
      at += size;
    }
    if (calls) undoCallTranslation(output, { start, length });
    return true;
  }

  #blockSize(): number {
    if (this.#bits.read(1) === 1) return DEFAULT_BLOCK;
    const size = this.#bits.read(16);
    return this.#wide ? size << 8 | this.#bits.read(8) : size;
  }

  #stored({ output, from, to }: Block): boolean {
    this.#bits.align();
    for (let i = 0; i < 3; i++) this.#recent[i] = this.#bits.word32();
    // Offsets are at most the window's size: others, also "negative" ones, are damage.
    if (this.#recent.some((offset) => offset <= 0)) return false;
    return this.#bits.copy(output, { from, to });
  }

  #compressed(type: number, block: Block): boolean {
    if (type !== VERBATIM && type !== ALIGNED) return false;
    const bits = this.#bits;
    if (type === ALIGNED) {
      for (let i = 0; i < 8; i++) this.#aligned.lengths[i] = bits.read(3);
      if (!this.#aligned.build()) return false;
    }
    const main = this.#main.lengths;
    const reader = this.#lengthReader;
    if (!reader.read(bits, main, { from: 0, to: LITERALS })) return false;
    if (!reader.read(bits, main, { from: LITERALS, to: main.length })) return false;
    const lengths = this.#lengths.lengths;
    if (!reader.read(bits, lengths, { from: 0, to: lengths.length })) return false;
    if (!this.#main.build() || !this.#lengths.build()) return false;
    return this.#items(type === ALIGNED, block);
  }

  // One long loop with everything in locals, because it is all the time there is. `window` has the
  // next WINDOW_BITS bits or more at its top.
  #items(aligned: boolean, { output, start, from: blockStart, to: end }: Block): boolean {
    const source = this.#bits;
    const input = source.view, inputEnd = source.end;
    const main = this.#main, mainTable = main.table;
    const lengthCode = this.#lengths, lengthTable = lengthCode.table;
    const alignedTable = this.#aligned.table;
    const slotBase = SLOT_BASE, slotBits = SLOT_BITS;
    const alignedFrom = aligned ? 8 : 64;
    const view = new DataView(output.buffer, output.byteOffset, output.length);
    let recent0 = this.#recent[0]!, recent1 = this.#recent[1]!, recent2 = this.#recent[2]!;
    let position = source.position;
    let at = blockStart;
    if (position > inputEnd) return false;
    while (at < end) {
      let window = input.getUint32(position >>> 3) << (position & 7);
      let entry = mainTable[window >>> (32 - MAIN_BITS)]!;
      if (entry === 0) {
        entry = main.decodeLong(window >>> 16);
        if (entry === 0) return false;
      }
      const size = entry & ENTRY_LENGTH_MASK;
      position += size;
      let symbol = entry >>> ENTRY_LENGTH_BITS;
      if (symbol < LITERALS) {
        output[at++] = symbol;
        // Often the window has enough bits for one more item, which saves loading it again.
        entry = mainTable[window << size >>> (32 - MAIN_BITS)]!;
        if (size > WINDOW_BITS - MAIN_BITS || entry === 0 || at >= end) continue;
        position += entry & ENTRY_LENGTH_MASK;
        symbol = entry >>> ENTRY_LENGTH_BITS;
        if (symbol < LITERALS) {
          output[at++] = symbol;
          continue;
        }
      }
      if (position > inputEnd) return false;
      window = input.getUint32(position >>> 3) << (position & 7);
      let length = (symbol & 7) + 2;
      if (length === 9) {
        entry = lengthTable[window >>> (32 - LENGTH_BITS)]!;
        if (entry === 0) {
          entry = lengthCode.decodeLong(window >>> 16);
          if (entry === 0) return false;
        }
        position += entry & ENTRY_LENGTH_MASK;
        length += entry >>> ENTRY_LENGTH_BITS;
        window = input.getUint32(position >>> 3) << (position & 7);
      }
      const slot = (symbol - LITERALS) >> 3;
      let offset: number;
      if (slot > 2) {
        offset = slotBase[slot]!;
        let extra = slotBits[slot]!;
        if (slot >= alignedFrom) {
          extra -= 3;
          // Two shifts, because a shift by 32 would be one by 0.
          offset += (window >>> 1 >>> (31 - extra)) << 3;
          position += extra;
          window = input.getUint32(position >>> 3) << (position & 7);
          entry = alignedTable[window >>> (32 - ALIGNED_BITS)]!;
          if (entry === 0) return false;
          position += entry & ENTRY_LENGTH_MASK;
          offset += entry >>> ENTRY_LENGTH_BITS;
        } else {
          offset += window >>> 1 >>> (31 - extra);
          position += extra;
        }
        recent2 = recent1, recent1 = recent0, recent0 = offset;
      } else if (slot === 0) offset = recent0;
      else if (slot === 1) offset = recent1, recent1 = recent0, recent0 = offset;
      // Not a true queue: the third offset changes places with the first.
      else offset = recent2, recent2 = recent0, recent0 = offset;
      let from = at - offset;
      const to = at + length;
      if (from < start || to > end) return false;
      if (offset >= 4 && to + 8 <= end) {
        // Up to seven bytes too many are written: the next item writes over them.
        do {
          view.setInt32(at, view.getInt32(from, true), true);
          view.setInt32(at + 4, view.getInt32(from + 4, true), true);
          at += 8, from += 8;
        } while (at < to);
        at = to;
      } else while (at < to) output[at++] = output[from++]!;
    }
    source.position = position;
    this.#recent[0] = recent0, this.#recent[1] = recent1, this.#recent[2] = recent2;
    return position <= inputEnd;
  }
}

/** A block within a chunk: places in the output. */
interface Block {
  readonly output: Uint8Array;
  /** Where the chunk begins. */
  readonly start: number;
  readonly from: number;
  readonly to: number;
}
