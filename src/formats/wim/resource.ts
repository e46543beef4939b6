/** A resource and how to read it: as it is, or in chunks of one compression. */
import { FormatError, RefusalError } from "../../base/mod.ts";
import type { ChunkDecoder } from "./chunk_decoder.ts";
import type { WimCompression, WimHeader } from "./header.ts";
import { ResourceFlag } from "./layout.ts";
import { LZMS_MAX_CHUNK, LzmsDecoder } from "./lzms.ts";
import { LZX_MAX_CHUNK, LzxDecoder } from "./lzx.ts";
import type { ResourceEntry } from "./resource_entry.ts";
import { XPRESS_MAX_CHUNK, XpressDecoder } from "./xpress.ts";

/** A resource that is stored as it is. */
export interface StoredResource {
  readonly kind: "stored";
  readonly offset: number;
  readonly originalSize: number;
  /** Names it in messages. */
  readonly what: string;
}

/** A resource of chunks that are compressed one by one. */
export interface CompressedResource {
  readonly kind: "compressed";
  /** Where the chunk table is: before the chunks, behind them, or with a header of its own. */
  readonly layout: "plain" | "pipable" | "solid";
  readonly offset: number;
  /** Size in the file, with table. */
  readonly size: number;
  readonly originalSize: number;
  readonly compression: Exclude<WimCompression, "none">;
  readonly chunkSize: number;
  readonly what: string;
}

/** Any resource. */
export type Resource = StoredResource | CompressedResource;

const MIN_CHUNK = 0x1000;

const MAX_CHUNK: Readonly<Record<Exclude<WimCompression, "none">, number>> = {
  xpress: XPRESS_MAX_CHUNK,
  lzx: LZX_MAX_CHUNK,
  lzms: LZMS_MAX_CHUNK,
};

/**
 * Says how a resource of the header or blob table that is not solid must be read.
 *
 * @throws {FormatError} if the entry contradicts the header or itself.
 */
export function resourceOf(
  entry: ResourceEntry,
  { header, what }: { readonly header: WimHeader; readonly what: string },
): Resource {
  const { offset, size, originalSize } = entry;
  if ((entry.flags & ResourceFlag.compressed) === 0) {
    if (size === originalSize) return { kind: "stored", offset, originalSize, what };
    throw new FormatError(
      `Cannot read ${what}: it is not compressed, but has two sizes (${size}, ${originalSize})`,
      { offset },
    );
  }
  return compressedResource({
    layout: header.pipable ? "pipable" : "plain",
    offset,
    size,
    originalSize,
    compression: header.compression,
    chunkSize: header.chunkSize,
    what,
  });
}

/**
 * A compressed resource with a compression and chunk size that exist.
 *
 * @throws {FormatError} if they do not exist.
 * @throws {RefusalError} if the chunks are too large to be held in memory.
 */
export function compressedResource(
  resource: Omit<CompressedResource, "kind" | "compression"> & {
    readonly compression: WimCompression;
  },
): CompressedResource {
  const { compression, chunkSize, what, offset } = resource;
  if (compression === "none") {
    throw new FormatError(`Cannot read ${what}: it is compressed, but the file says it is not`, {
      offset,
    });
  }
  if (chunkSize < MIN_CHUNK || !Number.isInteger(Math.log2(chunkSize))) {
    throw new FormatError(`Cannot read ${what}: a chunk size of ${chunkSize} is impossible`, {
      offset,
    });
  }
  if (chunkSize > MAX_CHUNK[compression]) {
    const name = compression.toUpperCase();
    const reason = `${name} chunks of ${chunkSize} bytes are larger than ${MAX_CHUNK[compression]}`;
    if (compression !== "lzms") throw new FormatError(`Cannot read ${what}: ${reason}`, { offset });
    throw new RefusalError(`Cannot read ${what}: ${reason}`, {
      next: "dism /Export-Image /SourceImageFile:FILE /SourceIndex:N " +
        "/DestinationImageFile:install.wim /Compress:max",
    });
  }
  return { ...resource, kind: "compressed", compression };
}

/** Makes the decoder of a compression for chunks of up to `chunkSize` bytes. */
export function newDecoder(
  { compression, chunkSize }: Pick<CompressedResource, "compression" | "chunkSize">,
): ChunkDecoder {
  switch (compression) {
    case "xpress":
      return new XpressDecoder();
    case "lzx":
      return new LzxDecoder(chunkSize);
    case "lzms":
      return new LzmsDecoder();
  }
}
