/**
 * A window of the image in memory. Descriptors are small and lie close together, so that reading
 * them one by one would cost a system call each; the cache is bounded whatever the image says.
 */
import { type ByteSource, FormatError } from "../../base/mod.ts";

const WINDOW = 64 * 1024;
const WINDOWS = 16;

/** `source` behind a cache of 1 MB. For descriptors and directories; file data goes past it. */
export function cachedSource(source: ByteSource): ByteSource {
  const windows = new Map<number, Uint8Array>();
  const held = (index: number): Uint8Array | undefined => {
    const window = windows.get(index);
    if (window === undefined) return undefined;
    windows.delete(index);
    windows.set(index, window);
    return window;
  };
  const load = async (index: number): Promise<Uint8Array> => {
    const start = index * WINDOW;
    const bytes = await source.read(start, Math.min(WINDOW, source.size - start));
    if (windows.size >= WINDOWS) windows.delete(windows.keys().next().value!);
    windows.set(index, bytes);
    return bytes;
  };
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    checkRange(source, offset, length);
    const first = Math.floor(offset / WINDOW);
    const within = offset - first * WINDOW;
    if (within + length <= WINDOW) {
      const window = held(first) ?? await load(first);
      return window.subarray(within, within + length);
    }
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const index = Math.floor((offset + done) / WINDOW);
      const from = offset + done - index * WINDOW;
      const window = held(index) ?? await load(index);
      const part = window.subarray(from, from + length - done);
      bytes.set(part, done);
      done += part.length;
    }
    return bytes;
  };
  return { size: source.size, read };
}

function checkRange(source: ByteSource, offset: number, length: number): void {
  const inside = Number.isSafeInteger(offset) && offset >= 0 && length >= 0 &&
    offset + length <= source.size;
  if (inside) return;
  throw new FormatError(
    `Cannot read ${length} bytes of the image: it ends after ${source.size} bytes`,
    Number.isSafeInteger(offset) && offset >= 0 ? { offset } : {},
  );
}
