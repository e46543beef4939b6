/**
 * The two streams of an LZMS chunk, both of 16-bit little-endian words: range-coded decisions
 * from its beginning forwards, Huffman codewords and plain bits from its end backwards.
 *
 * Source: wimlib's LZMS notes.
 */
import { ENTRY_LENGTH_BITS, ENTRY_LENGTH_MASK } from "./huffman_code.ts";
import type { AdaptiveCode } from "./lzms_code.ts";
import type { Slots } from "./lzms_slots.ts";

/** A kind of decision: how many of its last bits select the probability. */
const DECISION_BITS = [4, 5, 6, 6, 6, 6, 6, 6] as const;

/** The kinds of decisions, by number. */
export const Decision = {
  match: 0,
  deltaMatch: 1,
  lzRepeat: 2,
  lzRepeatNotFirst: 3,
  lzRepeatThird: 4,
  deltaRepeat: 5,
  deltaRepeatNotFirst: 6,
  deltaRepeatThird: 7,
} as const;

const MASKS = Int32Array.from(DECISION_BITS, (bits) => (1 << bits) - 1);
const BASES = Int32Array.from(
  DECISION_BITS,
  (_, kind) => DECISION_BITS.slice(0, kind).reduce((sum, bits) => sum + (1 << bits), 0),
);
const PROBABILITIES = DECISION_BITS.reduce((sum, bits) => sum + (1 << bits), 0);

/** The last 64 bits that each probability is taken to have seen at first: 48 of them zeros. */
const FIRST_RECENT = 0x55555555;
const FIRST_ZEROS = 48;

/** Reads both streams. */
export class LzmsInput {
  #words: Uint16Array = new Uint16Array(0);
  // Forwards.
  #next = 0;
  #range = 0;
  #code = 0;
  readonly #states = new Int32Array(DECISION_BITS.length);
  /** Per probability: how many of the last 64 bits were zeros, and those bits. */
  readonly #zeros = new Int32Array(PROBABILITIES);
  readonly #recentHigh = new Int32Array(PROBABILITIES);
  readonly #recentLow = new Int32Array(PROBABILITIES);
  // Backwards.
  #previous = 0;
  #buffer = 0;
  #bits = 0;

  /** Starts with a new chunk; false if it cannot be one. */
  open(input: Uint8Array): boolean {
    if (input.length < 4 || input.length % 2 === 1) return false;
    const aligned = input.byteOffset % 2 === 0 ? input : input.slice();
    this.#words = new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
    this.#range = 0xffffffff;
    this.#code = (this.#words[0]! << 16 | this.#words[1]!) >>> 0;
    this.#next = 2;
    this.#previous = this.#words.length;
    this.#buffer = this.#bits = 0;
    this.#states.fill(0);
    this.#zeros.fill(FIRST_ZEROS);
    this.#recentHigh.fill(0);
    this.#recentLow.fill(FIRST_RECENT);
    return true;
  }

  /** True if reading went past both ends, which no intact chunk does. */
  get exhausted(): boolean {
    return this.#previous < -2;
  }

  /** Decodes one decision. */
  decide(kind: number): boolean {
    const state = this.#states[kind]!;
    const slot = BASES[kind]! + state;
    if (this.#range < 0x10000) {
      this.#range = (this.#range << 16) >>> 0;
      this.#code = (this.#code << 16 | (this.#words[this.#next++] ?? 0)) >>> 0;
    }
    const zeros = this.#zeros[slot]!;
    // Certainty is not allowed: 0 and 64 of 64 become 1 and 63.
    const probability = zeros === 0 ? 1 : zeros === 64 ? 63 : zeros;
    const bound = Math.imul(this.#range >>> 6, probability) >>> 0;
    const bit = this.#code < bound ? 0 : 1;
    if (bit === 0) this.#range = bound;
    else {
      this.#range = (this.#range - bound) >>> 0;
      this.#code = (this.#code - bound) >>> 0;
    }
    const high = this.#recentHigh[slot]!, low = this.#recentLow[slot]!;
    this.#zeros[slot] = zeros + (high >>> 31) - bit;
    this.#recentHigh[slot] = high << 1 | low >>> 31;
    this.#recentLow[slot] = low << 1 | bit;
    this.#states[kind] = (state << 1 | bit) & MASKS[kind]!;
    return bit === 1;
  }

  /** Decodes a symbol and counts it. */
  symbol(adaptive: AdaptiveCode): number {
    this.#fill();
    const code = adaptive.code;
    let entry = code.table[
      this.#buffer >>> (this.#bits - code.tableBits) & ((1 << code.tableBits) - 1)
    ]!;
    if (entry === 0) entry = code.decodeLong(this.#buffer >>> (this.#bits - 16) & 0xffff);
    this.#bits -= entry & ENTRY_LENGTH_MASK;
    const symbol = entry >>> ENTRY_LENGTH_BITS;
    adaptive.count(symbol);
    return symbol;
  }

  /** Decodes a slot and what is added to its base. */
  value(adaptive: AdaptiveCode, slots: Slots): number {
    const slot = this.symbol(adaptive);
    const bits = slots.bits[slot]!;
    const base = slots.bases[slot]!;
    if (bits === 0) return base;
    if (bits <= 16) return base + this.#read(bits);
    return base + this.#read(bits - 16) * 0x10000 + this.#read(16);
  }

  #read(count: number): number {
    this.#fill();
    this.#bits -= count;
    return this.#buffer >>> this.#bits & ((1 << count) - 1);
  }

  #fill(): void {
    if (this.#bits >= 16) return;
    this.#buffer = this.#buffer << 16 | (this.#words[--this.#previous] ?? 0);
    this.#bits += 16;
  }
}
