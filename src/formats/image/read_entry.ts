/** The bytes of a file as a stream of bounded pieces. */
import { type ByteSource, FormatError, UsageError } from "../../base/mod.ts";
import type { ImageEntry, ImageRange } from "./disc_image.ts";

const PIECE = 1024 * 1024;

/**
 * Streams a file from byte `from` on.
 *
 * @throws {UsageError} for a directory, or a start outside the file.
 * @throws {FormatError} after the last readable byte of a file that is not all there.
 */
export async function* readEntry(
  source: ByteSource,
  { entry, from }: { readonly entry: ImageEntry; readonly from: number },
): AsyncGenerator<Uint8Array> {
  if (entry.kind === "directory") {
    throw new UsageError(`Cannot read "${entry.path}": it is a directory`);
  }
  if (!Number.isSafeInteger(from) || from < 0 || from > entry.size) {
    throw new UsageError(`Cannot read "${entry.path}" from byte ${from}: it has ${entry.size}`);
  }
  let skip = from;
  for (const range of entry.ranges()) {
    if (skip >= range.length) {
      skip -= range.length;
      continue;
    }
    yield* readRange(source, { range, skip });
    skip = 0;
  }
  const unreadable = entry.problems.find(({ kind }) => kind === "data" || kind === "size");
  if (unreadable === undefined) return;
  throw new FormatError(`Cannot read all of "${entry.path}": ${unreadable.message}`, {
    offset: unreadable.offset,
  });
}

async function* readRange(
  source: ByteSource,
  { range, skip }: { readonly range: ImageRange; readonly skip: number },
): AsyncGenerator<Uint8Array> {
  const zeros = range.kind === "hole" ? new Uint8Array(Math.min(PIECE, range.length)) : undefined;
  for (let done = skip; done < range.length;) {
    const length = Math.min(PIECE, range.length - done);
    if (range.kind === "data") yield await source.read(range.offset + done, length);
    else yield zeros!.slice(0, length);
    done += length;
  }
}
