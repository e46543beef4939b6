/**
 * Reading what Deno keeps for programs with all permissions: `/proc`, `/sys` and devices. PE
 * Medic runs without the permission for the network, so it asks libc (open(2), pread(2)).
 */

const LIBC = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** O_RDONLY | O_CLOEXEC. */
const READ_ONLY = 0x8_0000;
const CHUNK = 1 << 16;

type Libc = Deno.DynamicLibrary<typeof LIBC>["symbols"];

let loaded: Libc | undefined;

function libc(): Libc {
  loaded ??= Deno.dlopen("libc.so.6", LIBC).symbols;
  return loaded;
}

/** Exactly `length` bytes at `offset` of a device or an image, or undefined. */
export function readBytes(
  path: string,
  range: { readonly offset: number; readonly length: number },
): Uint8Array | undefined {
  return withFile(path, (file) => {
    const bytes = new Uint8Array(range.length);
    let filled = 0;
    while (filled < bytes.length) {
      const count = readPiece(file, {
        into: bytes.subarray(filled),
        offset: range.offset + filled,
      });
      if (count <= 0) return undefined;
      filled += count;
    }
    return bytes;
  });
}

/** The text of a small file of `/proc` or `/sys`, which do not know their size; or undefined. */
export function readText(path: string): string | undefined {
  return withFile(path, (file) => {
    const decoder = new TextDecoder();
    let text = "";
    const buffer = new Uint8Array(CHUNK);
    for (let offset = 0;;) {
      const count = readPiece(file, { into: buffer, offset });
      if (count < 0) return undefined;
      if (count === 0) return text + decoder.decode();
      text += decoder.decode(buffer.subarray(0, count), { stream: true });
      offset += count;
    }
  });
}

function withFile<T>(path: string, use: (file: number) => T): T | undefined {
  const file = libc().open(new TextEncoder().encode(`${path}\0`), READ_ONLY);
  if (file < 0) return undefined;
  try {
    return use(file);
  } finally {
    libc().close(file);
  }
}

function readPiece(
  file: number,
  piece: { readonly into: Uint8Array<ArrayBuffer>; readonly offset: number },
): number {
  return Number(libc().pread(file, piece.into, BigInt(piece.into.length), BigInt(piece.offset)));
}
