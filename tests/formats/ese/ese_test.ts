import assert from "node:assert/strict";
import fc from "fast-check";
import { ESE_HEADER_BYTES, eseState } from "../../../src/formats/ese/mod.ts";

function header(state: number, signature = 0x89abcdef): Uint8Array {
  const bytes = new Uint8Array(ESE_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, signature, true);
  view.setUint32(52, state, true);
  return bytes;
}

Deno.test("eseState() tells every state of a database", () => {
  assert.deepEqual([1, 2, 3, 4, 5].map((state) => eseState(header(state))), [
    "just-created",
    "dirty-shutdown",
    "clean-shutdown",
    "being-converted",
    "force-detach",
  ]);
});

Deno.test("eseState() says undefined for states and signatures that it does not know", () => {
  for (const state of [0, 6, 7, 0x80000003, 0xffffffff]) {
    assert.equal(eseState(header(state)), undefined);
  }
  for (const signature of [0, 0xefcdab89, 0x89abcdee]) {
    assert.equal(eseState(header(3, signature)), undefined);
  }
});

Deno.test("eseState() says undefined for a header that is cut short", () => {
  for (let length = 0; length < ESE_HEADER_BYTES; length++) {
    assert.equal(eseState(header(3).subarray(0, length)), undefined);
  }
  assert.equal(eseState(new Uint8Array([...header(3), 1, 2, 3])), "clean-shutdown");
});

Deno.test("eseState() reads a header that lies in the middle of a buffer", () => {
  const buffer = new Uint8Array(200);
  buffer.set(header(2), 100);
  assert.equal(eseState(buffer.subarray(100)), "dirty-shutdown");
});

Deno.test("eseState() never throws, whatever the bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const state = eseState(bytes);
      assert.ok(state === undefined || typeof state === "string");
    }),
    { seed: 1, numRuns: 500 },
  );
});
