/** Reading a file from beginning to end in few large reads. */
import type { ByteSource } from "../../base/mod.ts";

const WINDOW = 4 << 20;

/**
 * A source that reads 4 MiB at a time and answers small requests from them. For readers that
 * keep nothing of what they get longer than they decode it.
 */
export function readAhead(source: ByteSource): ByteSource {
  let start = 0;
  let window: Uint8Array = new Uint8Array(0);
  return {
    size: source.size,
    read: async (offset, length) => {
      if (length > WINDOW / 2) return await source.read(offset, length);
      if (offset < start || offset + length > start + window.length) {
        // What is outside the source is the source's to refuse.
        if (!(offset >= 0 && offset + length <= source.size)) {
          return await source.read(offset, length);
        }
        window = await source.read(offset, Math.min(WINDOW, source.size - offset));
        start = offset;
      }
      return window.subarray(offset - start, offset - start + length);
    },
  };
}
