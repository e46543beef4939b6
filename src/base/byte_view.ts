/**
 * Bounds-checked little-endian reading. Every reader of foreign bytes goes through it, so
 * that a hostile length ends in a sentence with an offset and never in garbage.
 */
import { FormatError } from "./errors.ts";

/** Random access to bytes that need not fit into memory. */
export interface ByteSource {
  /** Length in bytes. */
  readonly size: number;
  /**
   * Reads exactly `length` bytes at `offset`.
   *
   * @throws {FormatError} if the range is not inside the source.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A {@linkcode ByteSource} over bytes in memory. */
export function memorySource(bytes: Uint8Array): ByteSource {
  const view = new ByteView(bytes, "source");
  return {
    size: bytes.length,
    read: (offset, length) => {
      try {
        return Promise.resolve(view.bytes(offset, length));
      } catch (error) {
        return Promise.reject(error);
      }
    },
  };
}

/** A little-endian window over bytes in memory whose every access is checked. */
export class ByteView {
  readonly #bytes: Uint8Array;
  readonly #data: DataView;
  readonly #what: string;

  /** `what` names the thing in error messages, for example `hive "SYSTEM"`. */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  get length(): number {
    return this.#bytes.length;
  }

  u8(offset: number): number {
    this.#check(offset, 1);
    return this.#data.getUint8(offset);
  }

  u16(offset: number): number {
    this.#check(offset, 2);
    return this.#data.getUint16(offset, true);
  }

  u32(offset: number): number {
    this.#check(offset, 4);
    return this.#data.getUint32(offset, true);
  }

  i32(offset: number): number {
    this.#check(offset, 4);
    return this.#data.getInt32(offset, true);
  }

  u64(offset: number): bigint {
    this.#check(offset, 8);
    return this.#data.getBigUint64(offset, true);
  }

  /** A window of `length` bytes at `offset`, sharing memory. */
  bytes(offset: number, length: number): Uint8Array {
    this.#check(offset, length);
    return this.#bytes.subarray(offset, offset + length);
  }

  /** `length` bytes at `offset` as Latin-1 text, for signatures. */
  ascii(offset: number, length: number): string {
    return String.fromCharCode(...this.bytes(offset, length));
  }

  #check(offset: number, length: number): void {
    const inside = Number.isSafeInteger(offset) && offset >= 0 && length >= 0 &&
      offset + length <= this.#bytes.length;
    if (inside) return;
    throw new FormatError(
      `Cannot read ${length} bytes of ${this.#what}: it ends after ${this.#bytes.length} bytes`,
      Number.isSafeInteger(offset) && offset >= 0 ? { offset } : {},
    );
  }
}
