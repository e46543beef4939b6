/**
 * The chunk table of a compressed resource: where each chunk lies. It is read in pages, because
 * a file of an image can have a table of megabytes, and a hostile one of gigabytes.
 */
import { type ByteSource, ByteView, FormatError } from "../../base/mod.ts";
import { PIPABLE_CHUNK_HEADER, SOLID_HEADER_SIZE } from "./layout.ts";
import type { CompressedResource } from "./resource.ts";

/** Entries of a page. */
const PAGE = 4096;

/** Place of a chunk in the file, in bytes. */
export interface ChunkPlace {
  readonly offset: number;
  readonly size: number;
}

/** Finds chunks. */
export class ChunkTable {
  /** Number of chunks. */
  readonly count: number;
  readonly #source: ByteSource;
  readonly #resource: CompressedResource;
  readonly #entrySize: number;
  readonly #tableSize: number;
  /** The offsets (solid: sums of sizes) of the page that was read last, with one more. */
  #page: { readonly first: number; readonly starts: Float64Array } | undefined;

  /** @throws {FormatError} if the table alone is larger than the resource. */
  constructor(source: ByteSource, resource: CompressedResource) {
    this.#source = source;
    this.#resource = resource;
    this.count = Math.ceil(resource.originalSize / resource.chunkSize);
    const solid = resource.layout === "solid";
    this.#entrySize = solid || resource.originalSize < 2 ** 32 ? 4 : 8;
    this.#tableSize = this.#entrySize * (solid ? this.count : Math.max(0, this.count - 1));
    if (this.#dataSize() < this.count) {
      throw this.#damaged("its chunk table is larger than the resource");
    }
  }

  /**
   * Says where chunk `index` lies.
   *
   * @throws {FormatError} if the table gives it an impossible place.
   */
  async place(index: number): Promise<ChunkPlace> {
    if (this.#page === undefined || index < this.#page.first || index >= this.#page.first + PAGE) {
      this.#page = await this.#readPage(index - index % PAGE);
    }
    const { first, starts } = this.#page;
    const [start, end] = [starts[index - first]!, starts[index - first + 1]!];
    const size = end - start;
    const whole = this.#chunkLength(index);
    if (size < 1 || size > whole || start < 0 || end > this.#dataSize()) {
      throw this.#damaged(`chunk ${index} of ${this.count} has an impossible place`);
    }
    return { offset: this.#dataStart() + start + this.#headers(index + 1), size };
  }

  #chunkLength(index: number): number {
    const { originalSize, chunkSize } = this.#resource;
    return Math.min(chunkSize, originalSize - index * chunkSize);
  }

  async #readPage(first: number): Promise<{ first: number; starts: Float64Array }> {
    const length = Math.min(PAGE, this.count - first);
    const starts = new Float64Array(length + 1);
    if (this.#resource.layout === "solid") await this.#solidPage(first, starts);
    else await this.#offsetPage(first, starts);
    return { first, starts };
  }

  /** The first chunk has no entry: it begins at 0. The end of the data closes the last. */
  async #offsetPage(first: number, starts: Float64Array): Promise<void> {
    const from = Math.max(first, 1);
    const to = Math.min(first + starts.length, this.count);
    const view = await this.#entries(from - 1, to - from);
    for (let chunk = from; chunk < to; chunk++) {
      const at = (chunk - from) * this.#entrySize;
      starts[chunk - first] = this.#entrySize === 4 ? view.u32(at) : Number(view.u64(at));
    }
    if (first + starts.length > this.count) starts[this.count - first] = this.#dataSize();
  }

  /** Entries of a solid resource are sizes, so that all earlier ones must be added up. */
  async #solidPage(first: number, starts: Float64Array): Promise<void> {
    let sum = this.#page !== undefined && this.#page.first + PAGE === first
      ? this.#page.starts.at(-1)!
      : await this.#sumBefore(first);
    const view = await this.#entries(first, starts.length - 1);
    for (let i = 0; i < starts.length; i++) {
      starts[i] = sum;
      if (i < starts.length - 1) sum += view.u32(4 * i);
    }
  }

  async #sumBefore(end: number): Promise<number> {
    let sum = 0;
    for (let first = 0; first < end; first += PAGE) {
      const view = await this.#entries(first, PAGE);
      for (let i = 0; i < PAGE; i++) sum += view.u32(4 * i);
    }
    return sum;
  }

  async #entries(first: number, count: number): Promise<ByteView> {
    if (count <= 0) return new ByteView(new Uint8Array(0), "chunk table");
    const offset = this.#tableStart() + first * this.#entrySize;
    return new ByteView(await this.#source.read(offset, count * this.#entrySize), "chunk table");
  }

  #tableStart(): number {
    const { offset, size, layout } = this.#resource;
    if (layout === "pipable") return offset + size - this.#tableSize;
    return offset + (layout === "solid" ? SOLID_HEADER_SIZE : 0);
  }

  #dataStart(): number {
    const { offset, layout } = this.#resource;
    return layout === "pipable" ? offset : this.#tableStart() + this.#tableSize;
  }

  /** Bytes of all chunks together. */
  #dataSize(): number {
    const { size, layout } = this.#resource;
    return size - this.#tableSize - (layout === "solid" ? SOLID_HEADER_SIZE : 0) -
      this.#headers(this.count);
  }

  /** Bytes of the headers of the first `chunks` chunks, which offsets do not count. */
  #headers(chunks: number): number {
    return this.#resource.layout === "pipable" ? PIPABLE_CHUNK_HEADER * chunks : 0;
  }

  #damaged(reason: string): FormatError {
    return new FormatError(`Cannot read ${this.#resource.what}: ${reason}`, {
      offset: this.#resource.offset,
    });
  }
}
