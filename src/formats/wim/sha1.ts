/**
 * SHA-1 of data that comes in pieces. Web Crypto wants everything at once, and a file of an
 * image can have gigabytes.
 *
 * Source: FIPS 180-4, 6.1.
 */

/** Length of a digest in bytes. */
export const SHA1_LENGTH = 20;

const BLOCK = 64;

/** A SHA-1 computation: {@linkcode update} as often as wanted, then {@linkcode hex} once. */
export class Sha1 {
  readonly #state = Int32Array.of(
    0x67452301,
    0xefcdab89 | 0,
    0x98badcfe | 0,
    0x10325476,
    0xc3d2e1f0 | 0,
  );
  readonly #schedule = new Int32Array(80);
  readonly #partial = new Uint8Array(BLOCK);
  #partialLength = 0;
  #length = 0;

  /** Adds bytes. */
  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let offset = 0;
    if (this.#partialLength > 0) {
      offset = Math.min(BLOCK - this.#partialLength, bytes.length);
      this.#partial.set(bytes.subarray(0, offset), this.#partialLength);
      this.#partialLength += offset;
      if (this.#partialLength < BLOCK) return;
      this.#blocks(this.#partial, { from: 0, to: BLOCK });
      this.#partialLength = 0;
    }
    const to = bytes.length - (bytes.length - offset) % BLOCK;
    this.#blocks(bytes, { from: offset, to });
    this.#partial.set(bytes.subarray(to));
    this.#partialLength = bytes.length - to;
  }

  /** Ends the computation and returns the digest as 40 lower-case hexadecimal digits. */
  hex(): string {
    const bits = this.#length * 8;
    const padded = this.#partialLength < BLOCK - 8 ? BLOCK : 2 * BLOCK;
    const tail = new Uint8Array(padded - this.#partialLength);
    const view = new DataView(tail.buffer);
    tail[0] = 0x80;
    view.setUint32(tail.length - 8, Math.floor(bits / 2 ** 32));
    view.setUint32(tail.length - 4, bits >>> 0);
    this.update(tail);
    return Array.from(this.#state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  // One loop over everything with the state in locals: calls between the rounds cost more than
  // the rounds.
  #blocks(bytes: Uint8Array, range: { readonly from: number; readonly to: number }): void {
    const w = this.#schedule;
    const state = this.#state;
    let h0 = state[0]!, h1 = state[1]!, h2 = state[2]!, h3 = state[3]!, h4 = state[4]!;
    for (let p = range.from; p < range.to; p += BLOCK) {
      for (let i = 0, q = p; i < 16; i++, q += 4) {
        w[i] = bytes[q]! << 24 | bytes[q + 1]! << 16 | bytes[q + 2]! << 8 | bytes[q + 3]!;
      }
      for (let i = 16; i < 80; i++) {
        const x = w[i - 3]! ^ w[i - 8]! ^ w[i - 14]! ^ w[i - 16]!;
        w[i] = x << 1 | x >>> 31;
      }
      let a = h0, b = h1, c = h2, d = h3, e = h4, i = 0;
      for (; i < 20; i++) {
        const t = (a << 5 | a >>> 27) + (b & c | ~b & d) + e + 0x5a827999 + w[i]! | 0;
        e = d, d = c, c = b << 30 | b >>> 2, b = a, a = t;
      }
      for (; i < 40; i++) {
        const t = (a << 5 | a >>> 27) + (b ^ c ^ d) + e + 0x6ed9eba1 + w[i]! | 0;
        e = d, d = c, c = b << 30 | b >>> 2, b = a, a = t;
      }
      for (; i < 60; i++) {
        const t = (a << 5 | a >>> 27) + (b & c | b & d | c & d) + e + 0x8f1bbcdc + w[i]! | 0;
        e = d, d = c, c = b << 30 | b >>> 2, b = a, a = t;
      }
      for (; i < 80; i++) {
        const t = (a << 5 | a >>> 27) + (b ^ c ^ d) + e + 0xca62c1d6 + w[i]! | 0;
        e = d, d = c, c = b << 30 | b >>> 2, b = a, a = t;
      }
      h0 = h0 + a | 0, h1 = h1 + b | 0, h2 = h2 + c | 0, h3 = h3 + d | 0, h4 = h4 + e | 0;
    }
    state[0] = h0, state[1] = h1, state[2] = h2, state[3] = h3, state[4] = h4;
  }
}
