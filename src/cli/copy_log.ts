/** Copies one log to another volume: cut where it is giant, without secrets, and read back. */
import { formatBytes, MedicError } from "../base/mod.ts";
import type { FileSystem, Host } from "../host/mod.ts";
import { type FoundLog, rangesOf, SecretFilter } from "../upgrade/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";

/** A file that was copied. */
export interface CopiedLog {
  /** Volume-relative path of the original. */
  readonly path: string;
  /** Bytes of the original, and of the copy. */
  readonly bytes: number;
  readonly copied: number;
  /** Of the copy. */
  readonly sha256: string;
  /** Bytes of the middle that were left out. */
  readonly leftOut: number;
  /** A product key or a recovery password was hidden. */
  readonly hidden: boolean;
}

/** From where to where. */
export interface CopyLogPlaces {
  readonly host: Pick<Host, "newHash">;
  readonly windows: Pick<OfflineWindows, "files">;
  readonly destination: FileSystem;
  /** Path of the copy in the destination. */
  readonly to: string;
}

const PIECE = 1 << 20;

/**
 * Copies a log and compares the copy with what was written.
 *
 * @throws {MedicError} if it cannot be read or written, `notVerified` if the copy differs.
 */
export async function copyLog(found: FoundLog, places: CopyLogPlaces): Promise<CopiedLog> {
  const { windows, destination, to } = places;
  const source = await windows.files.open(found.path);
  try {
    const copy = new LogCopy(places);
    const ranges = rangesOf(source.size, found.row.tailBytes);
    const taken = ranges.reduce((sum, { length }) => sum + length, 0);
    const leftOut = source.size - taken;
    await copy.begin();
    try {
      for (const [index, range] of ranges.entries()) {
        if (index > 0) await copy.gap(leftOut);
        for (let at = 0; at < range.length; at += PIECE) {
          const length = Math.min(PIECE, range.length - at);
          const bytes = await source.read(range.offset + at, length);
          await copy.write(bytes);
          if (bytes.length < length) break; // a log that shrinks while Windows runs
        }
      }
      await copy.finish();
    } finally {
      await copy.close();
    }
    const { bytes, sha256, hidden } = copy;
    if (await hashBack(places) !== sha256) {
      throw new MedicError("notVerified", `Cannot trust the copy of "${found.path}": it differs`);
    }
    return { path: found.path, bytes: source.size, copied: bytes, sha256, leftOut, hidden };
  } finally {
    await source.close();
  }

  async function hashBack({ host }: CopyLogPlaces): Promise<string> {
    const hash = host.newHash("sha256");
    const file = await destination.open(to);
    try {
      for (let at = 0; at < file.size; at += PIECE) hash.update(await file.read(at, PIECE));
    } finally {
      await file.close();
    }
    return hash.hex();
  }
}

class LogCopy {
  bytes = 0;
  sha256 = "";
  readonly #places: CopyLogPlaces;
  readonly #filter = new SecretFilter();
  readonly #hash: ReturnType<Host["newHash"]>;
  #writer: Awaited<ReturnType<FileSystem["createWriter"]>> | undefined;

  constructor(places: CopyLogPlaces) {
    this.#places = places;
    this.#hash = places.host.newHash("sha256");
  }

  get hidden(): boolean {
    return this.#filter.hidden;
  }

  async begin(): Promise<void> {
    this.#writer = await this.#places.destination.createWriter(this.#places.to);
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#put(this.#filter.push(bytes));
  }

  /** Says where the middle is missing. */
  async gap(bytes: number): Promise<void> {
    await this.#put(this.#filter.flush());
    const text = `\r\n[${formatBytes(bytes)} (${bytes} bytes) are left out here]\r\n`;
    await this.#put(this.#filter.remark(text));
  }

  async finish(): Promise<void> {
    await this.#put(this.#filter.flush());
    await this.#writer?.finish();
    this.sha256 = this.#hash.hex();
  }

  async close(): Promise<void> {
    await this.#writer?.close();
  }

  async #put(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    await this.#writer?.write(bytes);
    this.#hash.update(bytes);
    this.bytes += bytes.length;
  }
}
