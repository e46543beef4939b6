/** The integrity table: SHA-1s of the file itself, ten megabytes at a time. */
import { ByteView, FormatError } from "../../base/mod.ts";
import { HEADER_SIZE, INTEGRITY_HEADER_SIZE } from "./layout.ts";
import { requireInside } from "./resource_entry.ts";
import { SHA1_LENGTH } from "./sha1.ts";
import { type NewHash, pureSha1 } from "./content_hash.ts";
import type { VerifyOptions } from "./verify.ts";
import type { WimPart } from "./wim.ts";

/** Bytes that are read at a time. */
const PIECE = 1 << 20;

/** A range of the file that does not have its SHA-1. */
export interface DamagedRange {
  /** In bytes from the beginning of the file. */
  readonly offset: number;
  readonly length: number;
}

/** What the integrity table says. */
export type IntegrityOutcome =
  | { readonly kind: "absent" }
  | {
    readonly kind: "checked";
    /** Number of ranges. */
    readonly ranges: number;
    readonly damaged: readonly DamagedRange[];
  };

/**
 * Checks one file against its integrity table, which covers everything between header and image
 * XML.
 *
 * @throws {FormatError} if the table itself is damaged.
 */
export async function verifyIntegrity(
  part: WimPart,
  options: VerifyOptions & { readonly hash?: NewHash } = {},
): Promise<IntegrityOutcome> {
  if (part.header.integrity.offset === 0) return { kind: "absent" };
  const { chunkSize, hashes, end } = await readTable(part);
  const damaged: DamagedRange[] = [];
  for (let i = 0; i < hashes.length; i++) {
    const offset = HEADER_SIZE + i * chunkSize;
    const length = Math.min(chunkSize, end - offset);
    const hash = (options.hash ?? pureSha1)();
    for (let at = 0; at < length; at += PIECE) {
      options.signal?.throwIfAborted();
      hash.update(await part.source.read(offset + at, Math.min(PIECE, length - at)));
      const done = offset + Math.min(at + PIECE, length) - HEADER_SIZE;
      options.progress?.({ done, total: end - HEADER_SIZE });
    }
    if (hash.hex() !== hashes[i]) damaged.push({ offset, length });
  }
  return { kind: "checked", ranges: hashes.length, damaged };
}

async function readTable(
  { source, header, name }: WimPart,
): Promise<{ chunkSize: number; hashes: readonly string[]; end: number }> {
  const what = `the integrity table of "${name}"`;
  const { offset, size } = header.integrity;
  const refuse = (reason: string): never => {
    throw new FormatError(`Cannot read ${what}: ${reason}`, { offset });
  };
  requireInside(header.integrity, { fileSize: source.size, what });
  requireInside(header.blobTable, { fileSize: source.size, what: `the blob table of "${name}"` });
  const end = header.blobTable.offset + header.blobTable.size;
  const view = new ByteView(await source.read(offset, Math.min(size, INTEGRITY_HEADER_SIZE)), what);
  const [tableSize, count, chunkSize] = [view.u32(0), view.u32(4), view.u32(8)];
  if (tableSize !== size || size !== INTEGRITY_HEADER_SIZE + SHA1_LENGTH * count) {
    refuse(`it has ${size} bytes for ${count} ranges`);
  }
  if (chunkSize === 0 || count !== Math.ceil(Math.max(0, end - HEADER_SIZE) / chunkSize)) {
    refuse(`${count} ranges of ${chunkSize} bytes do not cover the file`);
  }
  const bytes = await source.read(offset + INTEGRITY_HEADER_SIZE, SHA1_LENGTH * count);
  const hashes = Array.from({ length: count }, (_, i) =>
    Array.from(
      bytes.subarray(i * SHA1_LENGTH, (i + 1) * SHA1_LENGTH),
      (byte) => byte.toString(16).padStart(2, "0"),
    ).join(""));
  return { chunkSize, hashes, end };
}
