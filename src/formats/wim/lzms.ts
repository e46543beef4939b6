/**
 * LZMS, the compression of solid resources (ESD). Microsoft has not documented it.
 *
 * Source: wimlib's LZMS notes.
 */
import type { ChunkDecoder, ChunkTarget } from "./chunk_decoder.ts";
import { CallFilter } from "./lzms_calls.ts";
import { AdaptiveCode } from "./lzms_code.ts";
import { Decision, LzmsInput } from "./lzms_input.ts";
import { RecentQueue } from "./lzms_queue.ts";
import { LENGTH_SLOTS, OFFSET_SLOTS, offsetSlotCount } from "./lzms_slots.ts";

/** Largest chunk that is decoded; Microsoft writes up to 64 MiB. A chunk is held in memory. */
export const LZMS_MAX_CHUNK = 1 << 27;

const POWER_UNIT = 2 ** 32;

/** Decodes chunks of up to {@linkcode LZMS_MAX_CHUNK} bytes. */
export class LzmsDecoder implements ChunkDecoder {
  readonly #input = new LzmsInput();
  readonly #filter = new CallFilter();
  readonly #literals = new AdaptiveCode({ symbols: 256, interval: 1024, tableBits: 10 });
  readonly #lengths = new AdaptiveCode({ symbols: 54, interval: 512, tableBits: 9 });
  readonly #powers = new AdaptiveCode({ symbols: 8, interval: 512, tableBits: 7 });
  /** Of the chunk that is being decoded. */
  #view: DataView = new DataView(new ArrayBuffer(0));
  #slots = 0;
  #lzOffsets = offsetCode(0);
  #deltaOffsets = offsetCode(0);
  readonly #recentLz = new RecentQueue();
  /** Items are `power * 2^32 + raw offset`. */
  readonly #recentDelta = new RecentQueue();

  decode(input: Uint8Array, { output, start, length }: ChunkTarget): boolean {
    if (!this.#input.open(input)) return false;
    this.#reset(length);
    const chunk = output.subarray(start, start + length);
    this.#view = new DataView(chunk.buffer, chunk.byteOffset, length);
    for (let at = 0; at < length;) {
      if (!this.#input.decide(Decision.match)) {
        chunk[at++] = this.#input.symbol(this.#literals);
        if (this.#input.exhausted) return false;
        if (!this.#recentLz.idle) this.#recentLz.endItem(0);
        if (!this.#recentDelta.idle) this.#recentDelta.endItem(0);
        continue;
      }
      const copied = this.#input.decide(Decision.deltaMatch)
        ? this.#deltaMatch(chunk, at)
        : this.#lzMatch(chunk, at);
      if (copied === 0 || this.#input.exhausted) return false;
      at += copied;
    }
    this.#filter.undo(chunk);
    return true;
  }

  #reset(length: number): void {
    const slots = offsetSlotCount(length);
    if (slots !== this.#slots) {
      this.#slots = slots;
      this.#lzOffsets = offsetCode(slots);
      this.#deltaOffsets = offsetCode(slots);
    }
    for (const code of [this.#literals, this.#lengths, this.#powers]) code.reset();
    this.#lzOffsets.reset();
    this.#deltaOffsets.reset();
    this.#recentLz.reset();
    this.#recentDelta.reset();
  }

  /** Copies earlier bytes; returns how many, 0 if the match is impossible. */
  #lzMatch(chunk: Uint8Array, at: number): number {
    const input = this.#input;
    let offset: number;
    if (!input.decide(Decision.lzRepeat)) offset = input.value(this.#lzOffsets, OFFSET_SLOTS);
    else if (!input.decide(Decision.lzRepeatNotFirst)) offset = this.#recentLz.take(0);
    else offset = this.#recentLz.take(input.decide(Decision.lzRepeatThird) ? 2 : 1);
    this.#recentLz.endItem(offset);
    if (!this.#recentDelta.idle) this.#recentDelta.endItem(0);
    const length = input.value(this.#lengths, LENGTH_SLOTS);
    if (offset > at || length > chunk.length - at) return 0;
    this.#copy(chunk, at, { offset, length });
    return length;
  }

  /** Copies forwards, byte by byte in effect: source and target may overlap. */
  #copy(
    chunk: Uint8Array,
    at: number,
    { offset, length }: { readonly offset: number; readonly length: number },
  ): void {
    const end = at + length;
    if (offset < 4 || end + 4 > chunk.length) {
      for (let to = at; to < end; to++) chunk[to] = chunk[to - offset]!;
      return;
    }
    // Up to three bytes too many are written: the next item writes over them.
    const view = this.#view;
    for (let to = at; to < end; to += 4) view.setInt32(to, view.getInt32(to - offset, true), true);
  }

  /**
   * Continues a series of numbers: each byte is the earlier one at `offset` plus what changed
   * since `span` bytes ago. Returns how many bytes, 0 if the match is impossible.
   */
  #deltaMatch(chunk: Uint8Array, at: number): number {
    const input = this.#input;
    let pair: number;
    if (!input.decide(Decision.deltaRepeat)) {
      const power = input.symbol(this.#powers);
      pair = power * POWER_UNIT + input.value(this.#deltaOffsets, OFFSET_SLOTS);
    } else if (!input.decide(Decision.deltaRepeatNotFirst)) pair = this.#recentDelta.take(0);
    else pair = this.#recentDelta.take(input.decide(Decision.deltaRepeatThird) ? 2 : 1);
    this.#recentDelta.endItem(pair);
    if (!this.#recentLz.idle) this.#recentLz.endItem(0);
    const length = input.value(this.#lengths, LENGTH_SLOTS);
    const span = 2 ** Math.floor(pair / POWER_UNIT);
    const offset = pair % POWER_UNIT * span;
    if (offset + span > at || length > chunk.length - at) return 0;
    for (let to = at; to < at + length; to++) {
      chunk[to] = chunk[to - offset]! + chunk[to - span]! - chunk[to - offset - span]!;
    }
    return length;
  }
}

function offsetCode(symbols: number): AdaptiveCode {
  return new AdaptiveCode({ symbols, interval: 1024, tableBits: 11 });
}
