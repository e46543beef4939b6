/**
 * LZX's call translation: a compressor turns the relative targets behind 0xE8 bytes (x86 CALL)
 * into absolute ones, which compress better. In a WIM it is always on, restarts with each chunk
 * and takes a fixed number for the size of the file.
 *
 * Source: [MS-PATCH] 2.8 (E8 call translation); the fixed size as wimlib's notes give it.
 */

/** CALL in each of four bytes. */
const CALLS = 0xe8e8e8e8 | 0;
const FILE_SIZE = 12_000_000;
/** No CALL begins in the last ten bytes of a chunk. */
const TAIL = 10;

/** Turns absolute targets back into relative ones, in place. */
export function undoCallTranslation(
  bytes: Uint8Array,
  { start, length }: { readonly start: number; readonly length: number },
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const last = start + length - TAIL;
  for (let at = start; at < last;) {
    // Four bytes at once: a byte that is CALL becomes 0, and the lowest 0 sets its top bit.
    const others = view.getInt32(at, true) ^ CALLS;
    const found = (others - 0x01010101) & ~others & 0x80808080;
    if (found === 0) {
      at += 4;
      continue;
    }
    at += (31 - Math.clz32(found & -found)) >>> 3;
    if (at >= last) break;
    const position = at - start;
    const target = view.getInt32(at + 1, true);
    if (target < FILE_SIZE && target >= -position) {
      view.setInt32(at + 1, target >= 0 ? target - position : target + FILE_SIZE, true);
    }
    at += 5;
  }
}
