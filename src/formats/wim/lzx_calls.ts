/**
 * LZX's call translation: a compressor turns the relative targets behind 0xE8 bytes (x86 CALL)
 * into absolute ones, which compress better. In a WIM it is always on, restarts with each chunk
 * and takes a fixed number for the size of the file.
 *
 * Source: [MS-PATCH] 2.8 (E8 call translation); the fixed size as wimlib's notes give it.
 */

const CALL = 0xe8;
const FILE_SIZE = 12_000_000;
/** No CALL begins in the last ten bytes of a chunk. */
const TAIL = 10;

/** Turns absolute targets back into relative ones, in place. */
export function undoCallTranslation(
  bytes: Uint8Array,
  { start, length }: { readonly start: number; readonly length: number },
): void {
  const chunk = bytes.subarray(start, start + length);
  const end = length - TAIL;
  for (let at = chunk.indexOf(CALL); at >= 0 && at < end; at = chunk.indexOf(CALL, at + 5)) {
    const target = chunk[at + 1]! | chunk[at + 2]! << 8 | chunk[at + 3]! << 16 |
      chunk[at + 4]! << 24;
    if (target >= FILE_SIZE || target < -at) continue;
    const relative = target >= 0 ? target - at : target + FILE_SIZE;
    chunk[at + 1] = relative;
    chunk[at + 2] = relative >> 8;
    chunk[at + 3] = relative >> 16;
    chunk[at + 4] = relative >> 24;
  }
}
