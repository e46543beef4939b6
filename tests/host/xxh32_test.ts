import assert from "node:assert/strict";
import { newHash } from "../../src/host/streaming_hash.ts";
import { Xxh32 } from "../../src/host/xxh32.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

function sum(bytes: Uint8Array, size = bytes.length): string {
  const hash = newHash("crc32-xxh32");
  for (let at = 0; at < bytes.length; at += size) hash.update(bytes.subarray(at, at + size));
  return hash.hex();
}

Deno.test("Xxh32 gives the published sums", () => {
  const published = {
    "": "02cc5d05",
    a: "550d7456",
    abc: "32d153ff",
    "Nobody inspects the spammish repetition": "e2293b2f",
  };
  for (const [text, expected] of Object.entries(published)) {
    const hash = new Xxh32();
    hash.update(utf8(text));
    assert.equal(hash.hex(), expected, text);
  }
});

Deno.test("crc32-xxh32 is CRC-32 and XXH32 in 16 digits, of pieces of any size", () => {
  // The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
  assert.match(sum(utf8("123456789")), /^cbf43926[0-9a-f]{8}$/);
  assert.equal(sum(new Uint8Array()), "0000000002cc5d05");
  const bytes = Uint8Array.from({ length: 5003 }, (_, index) => index * 7 ^ index >> 5);
  for (const size of [1, 3, 15, 16, 17, 64, 1000, 5002]) {
    assert.equal(sum(bytes, size), sum(bytes), `pieces of ${size}`);
  }
  // Wherever the bytes lie in memory.
  const moved = new Uint8Array(bytes.length + 3);
  moved.set(bytes, 3);
  assert.equal(sum(moved.subarray(3)), sum(bytes));
});

Deno.test("crc32-xxh32: both halves see each flipped bit, exchanged blocks and a lost end", () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, index) => index * 31);
  const right = sum(bytes);
  const differ = (other: Uint8Array, what: string) => {
    assert.notEqual(sum(other).slice(0, 8), right.slice(0, 8), what);
    assert.notEqual(sum(other).slice(8), right.slice(8), what);
  };
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    differ(flipped, `bit ${bit}`);
  }
  const exchanged = bytes.slice();
  exchanged.set(bytes.subarray(32, 48), 0);
  exchanged.set(bytes.subarray(0, 16), 32);
  differ(exchanged, "exchanged");
  differ(bytes.subarray(0, 299), "cut");
});
