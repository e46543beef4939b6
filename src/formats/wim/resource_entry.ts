/** Where a resource lies in a WIM file: the 24 bytes that header and blob table share. */
import { type ByteView, FormatError } from "../../base/mod.ts";

/** Location of a resource. All numbers in bytes. */
export interface ResourceEntry {
  /** Size in the file, with chunk table. */
  readonly size: number;
  /** Bits of {@linkcode ResourceFlag}. */
  readonly flags: number;
  /** Where it begins in the file. */
  readonly offset: number;
  /** Size after decompression. */
  readonly originalSize: number;
}

/**
 * Reads a resource entry.
 *
 * @throws {FormatError} if a number is beyond 2^53.
 */
export function readResourceEntry(
  view: ByteView,
  { at, what }: { readonly at: number; readonly what: string },
): ResourceEntry {
  const first = view.u64(at);
  return {
    size: safe(first & 0xff_ffff_ffff_ffffn, { at, what }),
    flags: Number(first >> 56n),
    offset: safe(view.u64(at + 8), { at: at + 8, what }),
    originalSize: safe(view.u64(at + 16), { at: at + 16, what }),
  };
}

/**
 * Throws unless the resource lies inside a file of `fileSize` bytes.
 *
 * @throws {FormatError} with the place where it begins.
 */
export function requireInside(
  entry: ResourceEntry,
  { fileSize, what }: { readonly fileSize: number; readonly what: string },
): void {
  if (entry.offset + entry.size <= fileSize) return;
  throw new FormatError(
    `Cannot read ${what}: it ends at ${
      entry.offset + entry.size
    }, the file after ${fileSize} bytes`,
    { offset: entry.offset },
  );
}

function safe(value: bigint, { at, what }: { readonly at: number; readonly what: string }): number {
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  throw new FormatError(`Cannot read ${what}: it has an impossible size or place`, { offset: at });
}
