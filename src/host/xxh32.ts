/**
 * XXH32: tells whether bytes are still what they were, several times faster than SHA-256. It is no
 * protection against somebody who forges them. Source: the xxHash specification, version 0.1.1.
 */
import type { StreamingHash } from "./host.ts";

const PRIME_1 = 0x9e3779b1 | 0;
const PRIME_2 = 0x85ebca77 | 0;
const PRIME_3 = 0xc2b2ae3d | 0;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;

/** Bytes that are mixed in one step. */
const STRIPE = 16;

/** XXH32 with the seed 0, of bytes that come in pieces. */
export class Xxh32 implements StreamingHash {
  #a = PRIME_1 + PRIME_2 | 0;
  #b = PRIME_2;
  #c = 0;
  #d = -PRIME_1 | 0;
  #length = 0;
  /** Bytes that are no whole stripe yet. */
  readonly #rest = new Uint8Array(STRIPE);
  #restLength = 0;

  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let at = 0;
    if (this.#restLength > 0) {
      at = Math.min(STRIPE - this.#restLength, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#restLength);
      this.#restLength += at;
      if (this.#restLength < STRIPE) return;
      this.#stripes(this.#rest);
      this.#restLength = 0;
    }
    const end = at + (bytes.length - at & ~(STRIPE - 1));
    this.#stripes(bytes.subarray(at, end));
    this.#rest.set(bytes.subarray(end));
    this.#restLength = bytes.length - end;
  }

  hex(): string {
    let hash = this.#length >= STRIPE
      ? rotate(this.#a, 1) + rotate(this.#b, 7) + rotate(this.#c, 12) + rotate(this.#d, 18)
      : PRIME_5;
    hash = hash + this.#length % 2 ** 32 | 0;
    const view = new DataView(this.#rest.buffer);
    let at = 0;
    for (; at + 4 <= this.#restLength; at += 4) {
      hash = hash + Math.imul(view.getInt32(at, true), PRIME_3) | 0;
      hash = Math.imul(rotate(hash, 17), PRIME_4);
    }
    for (; at < this.#restLength; at++) {
      hash = hash + Math.imul(view.getUint8(at), PRIME_5) | 0;
      hash = Math.imul(rotate(hash, 11), PRIME_1);
    }
    hash = Math.imul(hash ^ hash >>> 15, PRIME_2);
    hash = Math.imul(hash ^ hash >>> 13, PRIME_3);
    return ((hash ^ hash >>> 16) >>> 0).toString(16).padStart(8, "0");
  }

  // One loop with everything in locals, because it is all the time there is.
  #stripes(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let a = this.#a, b = this.#b, c = this.#c, d = this.#d;
    for (let at = 0; at < bytes.length; at += STRIPE) {
      a = a + Math.imul(view.getInt32(at, true), PRIME_2) | 0;
      a = Math.imul(a << 13 | a >>> 19, PRIME_1);
      b = b + Math.imul(view.getInt32(at + 4, true), PRIME_2) | 0;
      b = Math.imul(b << 13 | b >>> 19, PRIME_1);
      c = c + Math.imul(view.getInt32(at + 8, true), PRIME_2) | 0;
      c = Math.imul(c << 13 | c >>> 19, PRIME_1);
      d = d + Math.imul(view.getInt32(at + 12, true), PRIME_2) | 0;
      d = Math.imul(d << 13 | d >>> 19, PRIME_1);
    }
    this.#a = a, this.#b = b, this.#c = c, this.#d = d;
  }
}

function rotate(value: number, bits: number): number {
  return value << bits | value >>> 32 - bits;
}
