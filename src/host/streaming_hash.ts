/** Hashes by the machine's own library: several times faster than any in JavaScript. */
import { createHash } from "node:crypto";
import type { HashName, StreamingHash } from "./host.ts";

/** Begins a hash. */
export function newHash(name: HashName): StreamingHash {
  const hash = createHash(name);
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest("hex") };
}
