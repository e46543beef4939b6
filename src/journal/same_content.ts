/** Compares files piece by piece, so that nothing is read whole. */
import type { ReadableFile, ReadableFileSystem } from "../host/mod.ts";

const COMPARE_BYTES = 4 * 1024 * 1024;

/** Compares two files. */
export async function sameContent(
  files: ReadableFileSystem,
  a: string,
  b: string,
): Promise<boolean> {
  const first = await files.open(a);
  try {
    const second = await files.open(b);
    try {
      return await samePieces(first, second.size, (at, length) => second.read(at, length));
    } finally {
      await second.close();
    }
  } finally {
    await first.close();
  }
}

/** Compares a file with bytes in memory. */
export async function sameAsBytes(
  files: ReadableFileSystem,
  path: string,
  bytes: Uint8Array,
): Promise<boolean> {
  const file = await files.open(path);
  try {
    return await samePieces(
      file,
      bytes.length,
      (at, length) => Promise.resolve(bytes.subarray(at, at + length)),
    );
  } finally {
    await file.close();
  }
}

async function samePieces(
  file: ReadableFile,
  size: number,
  other: (offset: number, length: number) => Promise<Uint8Array>,
): Promise<boolean> {
  if (file.size !== size) return false;
  for (let offset = 0; offset < size; offset += COMPARE_BYTES) {
    const piece = await file.read(offset, COMPARE_BYTES);
    if (!sameBytes(piece, await other(offset, COMPARE_BYTES))) return false;
  }
  return true;
}

/** Compares bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
