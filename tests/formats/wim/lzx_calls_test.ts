import assert from "node:assert/strict";
import { undoCallTranslation } from "../../../src/formats/wim/lzx_calls.ts";

/** The rule as [MS-PATCH] 2.8 says it, byte by byte. */
function asSpecified(chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length - 10; at++) {
    if (chunk[at] !== 0xe8) continue;
    const view = new DataView(chunk.buffer, chunk.byteOffset + at + 1, 4);
    const target = view.getInt32(0, true);
    if (target >= -at && target < 12_000_000) {
      view.setInt32(0, target >= 0 ? target - at : target + 12_000_000, true);
    }
    at += 4;
  }
}

/** Bytes of which many are CALL, or make targets near the limits. */
function calls(length: number, seed: number): Uint8Array {
  const values = [0xe8, 0xe8, 0xe7, 0x68, 0xe9, 0x00, 0x01, 0xff, 0x1b, 0xb7];
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    return values[(state >>> 16) % values.length]!;
  });
}

Deno.test("undoCallTranslation() does what the format says, wherever the chunk lies", () => {
  let changed = 0;
  for (let seed = 1; seed <= 400; seed++) {
    const bytes = calls(600, seed);
    const [start, length] = [seed % 7, seed % 13 === 0 ? seed % 24 : 500 + seed % 50];
    const expected = bytes.slice();
    asSpecified(expected.subarray(start, start + length));
    if (expected.some((byte, index) => byte !== bytes[index])) changed++;
    undoCallTranslation(bytes, { start, length });
    assert.deepEqual(bytes, expected, `seed ${seed}`);
  }
  assert.ok(changed > 300, `${changed} changed`);
});

Deno.test("undoCallTranslation() leaves the last ten bytes and what lies outside alone", () => {
  for (let length = 0; length <= 24; length++) {
    const bytes = new Uint8Array(40).fill(0xe8);
    bytes.set([0xe8, 1, 0, 0, 0], 8);
    const before = bytes.slice();
    undoCallTranslation(bytes, { start: 8, length });
    assert.deepEqual(bytes.subarray(0, 8), before.subarray(0, 8));
    assert.deepEqual(bytes.subarray(8 + length), before.subarray(8 + length), `length ${length}`);
    if (length <= 10) assert.deepEqual(bytes, before);
  }
});
