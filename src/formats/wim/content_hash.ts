/** SHA-1 of a content while it is read. */
import { Sha1 } from "./sha1.ts";

/** Computes a SHA-1 in steps. */
export interface StreamingHash {
  update(bytes: Uint8Array): void;
  /** Ends the computation: 40 lower-case hexadecimal digits. */
  hex(): string;
}

/** Makes streaming hashes: the pure one, or a faster one that the machine has. */
export type NewHash = () => StreamingHash;

/** The hash of this room, which needs nothing of the machine. */
export const pureSha1: NewHash = () => new Sha1();

/** SHA-1 of bytes in memory; runs beside the program, on another processor. */
export async function sha1Of(bytes: Uint8Array): Promise<string> {
  // Nothing here is shared between threads, which is what the type cannot say.
  const own = bytes as Uint8Array<ArrayBuffer>;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", own));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
