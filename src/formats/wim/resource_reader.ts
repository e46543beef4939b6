/**
 * Reads resources of one WIM file, piece by piece. Memory stays at a few chunks, whatever the
 * size of the resource.
 */
import { type ByteSource, FormatError } from "../../base/mod.ts";
import type { ChunkDecoder } from "./chunk_decoder.ts";
import { type ChunkPlace, ChunkTable } from "./chunk_table.ts";
import { type CompressedResource, newDecoder, type Resource } from "./resource.ts";

/** Bytes that are read and decoded in one go where chunks are smaller. */
const PIECE = 1 << 20;

/** A range of the decompressed data, in bytes. */
export interface DataRange {
  readonly from: number;
  readonly to: number;
}

/** Reads resources, keeping decoders and the last chunk of a solid resource. */
export class ResourceReader {
  readonly #source: ByteSource;
  readonly #decoders = new Map<string, ChunkDecoder>();
  readonly #tables = new WeakMap<CompressedResource, ChunkTable>();
  /** Many small files lie in one chunk of a solid resource, which takes seconds to decode. */
  #kept:
    | { readonly resource: Resource; readonly chunk: number; readonly data: Uint8Array }
    | undefined;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /**
   * Yields the bytes of a range in pieces of up to 1 MiB or one chunk. The pieces are the
   * caller's to keep.
   *
   * @throws {FormatError} if the resource is damaged.
   */
  async *read(resource: Resource, { from, to }: DataRange): AsyncGenerator<Uint8Array> {
    if (resource.kind === "compressed") {
      yield* this.#decoded(resource, { from, to });
      return;
    }
    for (let at = from; at < to; at += PIECE) {
      yield await this.#source.read(resource.offset + at, Math.min(PIECE, to - at));
    }
  }

  async *#decoded(resource: CompressedResource, range: DataRange): AsyncGenerator<Uint8Array> {
    const { chunkSize } = resource;
    const last = Math.ceil(range.to / chunkSize);
    const atOnce = Math.max(1, Math.floor(PIECE / chunkSize));
    for (let chunk = Math.floor(range.from / chunkSize); chunk < last; chunk += atOnce) {
      const end = Math.min(chunk + atOnce, last);
      const data = await this.#chunks(resource, { from: chunk, to: end });
      const start = chunk * chunkSize;
      yield data.subarray(Math.max(0, range.from - start), Math.min(data.length, range.to - start));
    }
  }

  async #chunks(resource: CompressedResource, { from, to }: DataRange): Promise<Uint8Array> {
    const kept = this.#kept;
    const keep = resource.layout === "solid" && to - from === 1;
    if (keep && kept?.resource === resource && kept.chunk === from) return kept.data;
    if (keep) this.#kept = undefined;
    const data = await this.#decode(resource, { from, to });
    if (keep) this.#kept = { resource, chunk: from, data };
    return data;
  }

  async #decode(resource: CompressedResource, { from, to }: DataRange): Promise<Uint8Array> {
    const table = this.#table(resource);
    const places: ChunkPlace[] = [];
    for (let chunk = from; chunk < to; chunk++) places.push(await table.place(chunk));
    const start = places[0]!.offset;
    const lastPlace = places.at(-1)!;
    const input = await this.#source.read(start, lastPlace.offset + lastPlace.size - start);
    const { chunkSize, originalSize } = resource;
    const output = new Uint8Array(Math.min(to * chunkSize, originalSize) - from * chunkSize);
    const decoder = this.#decoder(resource);
    places.forEach(({ offset, size }, i) => {
      const at = i * chunkSize;
      const length = Math.min(chunkSize, output.length - at);
      const bytes = input.subarray(offset - start, offset - start + size);
      // A chunk that did not become smaller is stored as it is.
      if (size === length) output.set(bytes, at);
      else if (!decoder.decode(bytes, { output, start: at, length })) {
        const name = `chunk ${from + i} of ${table.count}`;
        throw new FormatError(`Cannot decompress ${resource.what}: ${name} is damaged`, { offset });
      }
    });
    return output;
  }

  #table(resource: CompressedResource): ChunkTable {
    let table = this.#tables.get(resource);
    if (table === undefined) {
      table = new ChunkTable(this.#source, resource);
      this.#tables.set(resource, table);
    }
    return table;
  }

  #decoder(resource: CompressedResource): ChunkDecoder {
    const key = `${resource.compression} ${resource.chunkSize}`;
    let decoder = this.#decoders.get(key);
    if (decoder === undefined) {
      decoder = newDecoder(resource);
      this.#decoders.set(key, decoder);
    }
    return decoder;
  }
}
