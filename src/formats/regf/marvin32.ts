/**
 * Marvin32 with the seed of the registry: the hash of the log entries of Windows 8.1 and later.
 * Plain 32-bit numbers; a log of many megabytes is hashed in the time it takes to read it.
 */

/** A 64-bit hash, as the two numbers in which it is stored: the low one first. */
export interface Marvin32Hash {
  readonly low: number;
  readonly high: number;
}

/**
 * The seed that the specification gives as the bytes 82 EF 4D 88 7A 4E 55 C5. It is a number
 * with the highest byte first: every log entry that Windows wrote agrees.
 */
const SEED_LOW = 0x7a4e55c5;
const SEED_HIGH = 0x82ef4d88;

/** The mark behind the last byte. */
const END_MARK = 0x80;

/** The hash of some bytes, of any number. */
export function marvin32(bytes: Uint8Array): Marvin32Hash {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~3;
  let low = SEED_LOW | 0;
  let high = SEED_HIGH | 0;
  // The tail is one word with the end mark, then a word of zero, as if they followed the bytes.
  for (let at = 0; at <= whole + 4; at += 4) {
    const word = at < whole ? data.getInt32(at, true) : at === whole ? lastWord(bytes) : 0;
    low = (low + word) | 0;
    high ^= low;
    low = (((low << 20) | (low >>> 12)) + high) | 0;
    high = ((high << 9) | (high >>> 23)) ^ low;
    low = (((low << 27) | (low >>> 5)) + high) | 0;
    high = (high << 19) | (high >>> 13);
  }
  return { low: low >>> 0, high: high >>> 0 };
}

/** The zero to three bytes behind the last whole word, and the mark behind them. */
function lastWord(bytes: Uint8Array): number {
  let word = END_MARK;
  for (let at = bytes.length - 1; at >= (bytes.length & ~3); at--) {
    word = (word << 8) | bytes[at]!;
  }
  return word;
}
