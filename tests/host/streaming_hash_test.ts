import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { newHash } from "../../src/host/streaming_hash.ts";

Deno.test("newHash() gives the hash of all that was given, in pieces of any size", () => {
  const bytes = Uint8Array.from({ length: 5000 }, (_, index) => index * 7);
  for (const name of ["sha1", "sha256"] as const) {
    const expected = createHash(name).update(bytes).digest("hex");
    for (const size of [1, 63, 64, 5000]) {
      const hash = newHash(name);
      for (let at = 0; at < bytes.length; at += size) hash.update(bytes.subarray(at, at + size));
      assert.equal(hash.hex(), expected);
    }
  }
  assert.equal(newHash("sha1").hex(), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
});
