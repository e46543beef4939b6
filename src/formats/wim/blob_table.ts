/**
 * The blob table ("lookup table"): which contents a WIM file holds, by their SHA-1, and where.
 * A file of an image names its content by hash, so equal files are stored once.
 */
import { type ByteSource, ByteView, FormatError } from "../../base/mod.ts";
import type { WimHeader } from "./header.ts";
import {
  BLOB_ENTRY_SIZE,
  MAX_BLOB_TABLE,
  ResourceFlag,
  SOLID_COMPRESSION,
  SOLID_HEADER_SIZE,
  SOLID_MARK,
  SOLID_VERSION,
} from "./layout.ts";
import type { WimProblem } from "./problem.ts";
import { readAll } from "./read_all.ts";
import { compressedResource, type Resource, resourceOf } from "./resource.ts";
import { readResourceEntry, requireInside, type ResourceEntry } from "./resource_entry.ts";
import type { ResourceReader } from "./resource_reader.ts";
import { SHA1_LENGTH } from "./sha1.ts";

/** A content that is stored once, however many files have it. */
export interface WimBlob {
  /** SHA-1 of the content, 40 lower-case hexadecimal digits. */
  readonly hash: string;
  /** Size of the content in bytes; never 0. */
  readonly size: number;
  /** The part that holds it. */
  readonly part: number;
  /** How often the images refer to it, as the table says. */
  readonly references: number;
  /**
   * Where it lies: the resource and the place in its decompressed data.
   *
   * @throws {FormatError} if the table contradicts itself there.
   * @throws {RefusalError} if the resource cannot be decompressed by this program.
   */
  readonly place: () => BlobPlace;
}

/** Where a blob lies. */
export interface BlobPlace {
  readonly resource: Resource;
  /** In the decompressed resource, in bytes; 0 unless that is solid. */
  readonly offset: number;
}

/** The table of one part. */
export interface PartBlobs {
  readonly blobs: readonly WimBlob[];
  /** The trees of the images, in the images' order. */
  readonly metadata: readonly WimBlob[];
  /** Blobs that are listed here but lie in another part: hash and part. */
  readonly elsewhere: ReadonlyMap<string, number>;
  readonly problems: readonly WimProblem[];
}

/** A solid resource and where its data begins in its run of resources. */
interface SolidResource {
  readonly start: number;
  readonly originalSize: number;
  readonly resource: () => Resource;
}

/**
 * Reads the table of one part.
 *
 * @throws {FormatError} if the table is not inside the file or a solid resource is damaged.
 */
export async function readBlobTable(
  source: ByteSource,
  { header, name, reader }: {
    readonly header: WimHeader;
    readonly name: string;
    readonly reader: ResourceReader;
  },
): Promise<PartBlobs> {
  const what = `the blob table of "${name}"`;
  const { blobTable } = header;
  requireInside(blobTable, { fileSize: source.size, what });
  if (blobTable.originalSize > MAX_BLOB_TABLE) {
    throw new FormatError(`Cannot read ${what}: it has ${blobTable.originalSize} bytes`, {
      offset: blobTable.offset,
    });
  }
  const resource = resourceOf(blobTable, { header, what });
  const bytes = await readAll(reader.read(resource, { from: 0, to: blobTable.originalSize }));
  const table = new TableReader({ source, header, name, offset: blobTable.offset });
  await table.read(new ByteView(bytes, what));
  return table.result();
}

class TableReader {
  readonly #source: ByteSource;
  readonly #header: WimHeader;
  readonly #name: string;
  readonly #offset: number;
  readonly #blobs: WimBlob[] = [];
  readonly #metadata: WimBlob[] = [];
  readonly #elsewhere = new Map<string, number>();
  readonly #problems: WimProblem[] = [];
  #run: SolidResource[] | undefined;

  constructor(
    { source, header, name, offset }: {
      readonly source: ByteSource;
      readonly header: WimHeader;
      readonly name: string;
      readonly offset: number;
    },
  ) {
    this.#source = source;
    this.#header = header;
    this.#name = name;
    this.#offset = offset;
  }

  async read(view: ByteView): Promise<void> {
    const end = view.length - view.length % BLOB_ENTRY_SIZE;
    if (end !== view.length) this.#problem(`it ends inside an entry`);
    for (let at = 0; at < end; at += BLOB_ENTRY_SIZE) {
      const entry = readResourceEntry(view, { at, what: `the blob table of "${this.#name}"` });
      if (!isSolid(entry, this.#header)) {
        this.#run = undefined;
        this.#add(view, at, { size: entry.originalSize, flags: entry.flags, entry });
        continue;
      }
      // All resources of a run come to be known before its first blob needs one.
      this.#run ??= await this.#readRun(view, { from: at, to: end });
      if (entry.originalSize !== SOLID_MARK) {
        this.#add(view, at, { size: entry.size, flags: entry.flags, entry, run: this.#run });
      }
    }
  }

  result(): PartBlobs {
    return {
      blobs: this.#blobs,
      metadata: this.#metadata,
      elsewhere: this.#elsewhere,
      problems: this.#problems,
    };
  }

  #add(
    view: ByteView,
    at: number,
    { size, flags, entry, run }: {
      readonly size: number;
      readonly flags: number;
      readonly entry: ResourceEntry;
      readonly run?: readonly SolidResource[];
    },
  ): void {
    const part = view.u16(at + 24);
    const references = view.u32(at + 26);
    const hash = hexOf(view.bytes(at + 30, SHA1_LENGTH));
    // Free entries, and what some writers leave behind: no content.
    if (/^0+$/.test(hash) || size === 0) return;
    if (part !== this.#header.part) {
      this.#elsewhere.set(hash, part);
      return;
    }
    const place = run === undefined
      ? this.#ownPlace(entry, hash)
      : solidPlace(entry, { run, hash });
    const blob: WimBlob = { hash, size, part, references, place };
    if ((flags & ResourceFlag.metadata) === 0) this.#blobs.push(blob);
    // Trees that nothing refers to are left over from deleted images.
    else if (references > 0) this.#metadata.push(blob);
  }

  #ownPlace(entry: ResourceEntry, hash: string): () => BlobPlace {
    let place: BlobPlace | undefined;
    return () => {
      if (place !== undefined) return place;
      const what = `blob ${hash} of "${this.#name}"`;
      requireInside(entry, { fileSize: this.#source.size, what });
      place = { resource: resourceOf(entry, { header: this.#header, what }), offset: 0 };
      return place;
    };
  }

  async #readRun(
    view: ByteView,
    { from, to }: { readonly from: number; readonly to: number },
  ): Promise<SolidResource[]> {
    const run: SolidResource[] = [];
    let start = 0;
    for (let at = from; at < to; at += BLOB_ENTRY_SIZE) {
      const entry = readResourceEntry(view, { at, what: `the blob table of "${this.#name}"` });
      if (!isSolid(entry, this.#header)) break;
      if (entry.originalSize !== SOLID_MARK) continue;
      const solid = await this.#readSolid(entry, start);
      run.push(solid);
      start += solid.originalSize;
    }
    return run;
  }

  async #readSolid({ offset, size }: ResourceEntry, start: number): Promise<SolidResource> {
    const what = `solid resource of "${this.#name}"`;
    requireInside({ offset, size, flags: 0, originalSize: 0 }, {
      fileSize: this.#source.size,
      what,
    });
    const view = new ByteView(await this.#source.read(offset, SOLID_HEADER_SIZE), what);
    const originalSize = Number(view.u64(0));
    const number = view.u32(12);
    const compression = SOLID_COMPRESSION[number];
    if (!Number.isSafeInteger(start + originalSize) || compression === undefined) {
      throw new FormatError(`Cannot read ${what}: its header is damaged`, { offset });
    }
    const chunkSize = view.u32(8);
    let resource: Resource | undefined;
    return {
      start,
      originalSize,
      resource: () =>
        resource ??= compressedResource({
          layout: "solid",
          offset,
          size,
          originalSize,
          compression,
          chunkSize,
          what,
        }),
    };
  }

  #problem(reason: string): void {
    this.#problems.push({
      kind: "blob-table",
      message: `The blob table of "${this.#name}" at 0x${this.#offset.toString(16)}: ${reason}`,
    });
  }
}

function isSolid(entry: ResourceEntry, header: WimHeader): boolean {
  return header.version === SOLID_VERSION && (entry.flags & ResourceFlag.solid) !== 0;
}

/** A blob's offset counts through all resources of its run. */
function solidPlace(
  { offset, size }: ResourceEntry,
  { run, hash }: { readonly run: readonly SolidResource[]; readonly hash: string },
): () => BlobPlace {
  return () => {
    const solid = run.find(({ start, originalSize }) =>
      offset >= start && offset + size <= start + originalSize
    );
    if (solid !== undefined) return { resource: solid.resource(), offset: offset - solid.start };
    throw new FormatError(`Cannot read blob ${hash}: it lies in no solid resource`, { offset });
  };
}

function hexOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte < 16 ? "0" + byte.toString(16) : byte.toString(16);
  return text;
}
