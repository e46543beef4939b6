/**
 * What a file in memory holds. Content never changes: writing makes new content, so snapshots
 * are cheap and a 300 MB log costs nothing until somebody reads it.
 */
import { createHash } from "node:crypto";

/** Immutable bytes of a file, perhaps made up on demand. */
export interface FileContent {
  /** Bytes. */
  readonly size: number;
  /** A fresh copy of up to `length` bytes at `offset`; fewer only at the end. */
  read(offset: number, length: number): Uint8Array;
  /** Equal for equal content of the same kind: the SHA-256, or the recipe of made-up bytes. */
  readonly fingerprint: string;
}

/** Content made of bytes. They are copied. */
export function bytesContent(bytes: Uint8Array): FileContent {
  return ownedContent(bytes.slice());
}

/** Content of `size` zero bytes that takes no memory. */
export function zeroContent(size: number): FileContent {
  return madeUpContent(size, { recipe: "zero", read: (_, length) => new Uint8Array(length) });
}

/**
 * Content that `read` makes up. `recipe` must differ where the bytes differ: it stands for them
 * in snapshots.
 */
export function madeUpContent(
  size: number,
  made: { readonly recipe: string; read(offset: number, length: number): Uint8Array },
): FileContent {
  return {
    size,
    fingerprint: `${made.recipe}:${size}`,
    read: (offset, length) => {
      const available = within(size, offset, length);
      return available === 0 ? new Uint8Array() : made.read(offset, available);
    },
  };
}

/** `count` bytes of `unit`, over and over: a log of any length. */
export function repeatedContent(unit: Uint8Array, count: number): FileContent {
  const block = unit.slice();
  return madeUpContent(count, {
    recipe: `repeat ${sha256Hex(block)}`,
    read: (offset, length) => {
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length;) {
        const start = (offset + done) % block.length;
        const piece = block.subarray(start, start + Math.min(block.length - start, length - done));
        bytes.set(piece, done);
        done += piece.length;
      }
      return bytes;
    },
  });
}

/** The first content followed by the second. */
export function joinContent(first: FileContent, second: FileContent): FileContent {
  if (first.size === 0) return second;
  if (second.size === 0) return first;
  const size = first.size + second.size;
  const read = (offset: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(within(size, offset, length));
    const head = offset < first.size ? first.read(offset, bytes.length) : new Uint8Array();
    bytes.set(head);
    const rest = bytes.length - head.length;
    if (rest > 0) bytes.set(second.read(Math.max(0, offset - first.size), rest), head.length);
    return bytes;
  };
  if (size <= JOIN_LIMIT) return ownedContent(read(0, size));
  return {
    size,
    read,
    get fingerprint() {
      return `${first.fingerprint}+${second.fingerprint}`;
    },
  };
}

/** Joins up to this many bytes are flattened, so that a journal is one piece. */
const JOIN_LIMIT = 1 << 22;

/** The first `length` bytes. */
export function headContent(content: FileContent, length: number): FileContent {
  return length >= content.size ? content : ownedContent(content.read(0, length));
}

/** Lower-case hex. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function ownedContent(bytes: Uint8Array): FileContent {
  let hash: string | undefined;
  return {
    size: bytes.length,
    read: (offset, length) => bytes.slice(offset, offset + within(bytes.length, offset, length)),
    get fingerprint() {
      return hash ??= sha256Hex(bytes);
    },
  };
}

function within(size: number, offset: number, length: number): number {
  return Math.max(0, Math.min(length, size - offset));
}
