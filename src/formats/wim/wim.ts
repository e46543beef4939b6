/** An opened WIM, ESD or set of SWM files. */
import { type ByteSource, FormatError, RefusalError } from "../../base/mod.ts";
import { type PartBlobs, readBlobTable, type WimBlob } from "./blob_table.ts";
import { type NewHash, pureSha1 } from "./content_hash.ts";
import { type WimHeader } from "./header.ts";
import type { WimImage } from "./image.ts";
import type { ImageXml } from "./image_xml.ts";
import { type ImageTree, readImageTree } from "./image_tree.ts";
import { MAX_METADATA } from "./layout.ts";
import type { WimProblem } from "./problem.ts";
import { readAll } from "./read_all.ts";
import { type DataRange, ResourceReader } from "./resource_reader.ts";

/** A file of a WIM: the only one, or one part of a set. */
export interface WimPart {
  /** Names it in messages. */
  readonly name: string;
  readonly source: ByteSource;
  readonly header: WimHeader;
}

/** The blobs of a WIM. */
export interface WimBlobs {
  /** By hash. */
  readonly byHash: ReadonlyMap<string, WimBlob>;
  /** The trees of the images: the first belongs to image 1. */
  readonly metadata: readonly WimBlob[];
  readonly problems: readonly WimProblem[];
}

/** What {@linkcode Wim} is made of. */
export interface WimContents {
  /** In order; at least one. */
  readonly parts: readonly WimPart[];
  readonly xml: ImageXml;
  /** See {@linkcode Wim.hash}. */
  readonly hash?: NewHash;
}

/** Reads images and files. Nothing but header and XML is read before it is asked for. */
export class Wim {
  readonly parts: readonly WimPart[];
  /** Of the first part that is there. */
  readonly header: WimHeader;
  /** The image XML as it is stored. */
  readonly xml: string;
  readonly images: readonly WimImage[];
  /** The content is encrypted; only what the XML says can be read. */
  readonly encrypted: boolean;
  /** Parts of the set that are not there. */
  readonly missingParts: readonly number[];
  readonly problems: readonly WimProblem[];
  /** Makes the hashes that contents are checked with. */
  readonly hash: NewHash;
  readonly #readers: ReadonlyMap<number, ResourceReader>;
  #blobs: Promise<WimBlobs> | undefined;
  #elsewhere: ReadonlyMap<string, number> = new Map();

  constructor({ parts, xml, hash = pureSha1 }: WimContents) {
    this.parts = parts;
    this.header = parts[0]!.header;
    this.xml = xml.text;
    this.images = xml.images;
    this.encrypted = xml.encrypted;
    this.hash = hash;
    this.#readers = new Map(
      parts.map(({ header, source }) => [header.part, new ResourceReader(source)]),
    );
    this.missingParts = Array.from({ length: this.header.parts }, (_, i) => i + 1)
      .filter((part) => !this.#readers.has(part));
    this.problems = [...xml.problems, ...this.#ownProblems()];
  }

  /** Name for messages: that of the first part. */
  get name(): string {
    return this.parts[0]!.name;
  }

  /** The image of that number, or undefined. */
  image(index: number): WimImage | undefined {
    return this.images.find((image) => image.index === index);
  }

  /**
   * The blobs of all parts that are there.
   *
   * @throws {FormatError} if a blob table is damaged.
   * @throws {RefusalError} if the content is encrypted.
   */
  blobs(): Promise<WimBlobs> {
    this.#refuseEncrypted();
    this.#blobs ??= this.#readBlobs();
    return this.#blobs;
  }

  /**
   * The tree of an image.
   *
   * @throws {FormatError} if there is no such image or its tree is damaged.
   * @throws {RefusalError} if the content is encrypted.
   */
  async tree(index: number): Promise<ImageTree> {
    const blob = (await this.blobs()).metadata[index - 1];
    const what = `the tree of image ${index} of "${this.name}"`;
    if (blob === undefined) {
      const missing = this.missingParts.includes(1) ? ": part 1 is missing" : "";
      throw new FormatError(`Cannot find ${what}${missing}`, {});
    }
    if (blob.size > MAX_METADATA) {
      throw new FormatError(`Cannot read ${what}: it has ${blob.size} bytes`, {});
    }
    return readImageTree(await readAll(this.read(blob)), what);
  }

  /**
   * Yields the content of a blob in pieces of about 1 MiB (a chunk where chunks are larger). The
   * last thing it does is to compare the SHA-1: until the stream has ended, nothing is proven.
   *
   * @throws {FormatError} if the content is damaged; the message names the hash.
   */
  async *read(blob: WimBlob): AsyncGenerator<Uint8Array> {
    const hash = this.hash();
    for await (const piece of this.readRange(blob, { from: 0, to: blob.size })) {
      hash.update(piece);
      yield piece;
    }
    const actual = hash.hex();
    if (actual !== blob.hash) throw wrongHash(blob, actual);
  }

  /**
   * Yields a range of a blob without a check of its hash.
   *
   * @throws {FormatError} if the blob cannot be decompressed or the range is not inside it.
   */
  async *readRange(blob: WimBlob, { from, to }: DataRange): AsyncGenerator<Uint8Array> {
    const reader = this.#readers.get(blob.part);
    if (reader === undefined) throw this.#absent(blob.hash, blob.part);
    if (from < 0 || to > blob.size || from > to) {
      throw new FormatError(`Cannot read bytes ${from} to ${to} of blob ${blob.hash}`, {
        offset: from,
      });
    }
    const { resource, offset } = blob.place();
    yield* reader.read(resource, { from: offset + from, to: offset + to });
  }

  /**
   * Finds the blob of a stream's hash.
   *
   * @throws {FormatError} if it is in none of the parts that are there.
   */
  async blobOf(hash: string): Promise<WimBlob> {
    const blob = (await this.blobs()).byHash.get(hash);
    if (blob !== undefined) return blob;
    throw this.#absent(hash, this.#elsewhere.get(hash));
  }

  async #readBlobs(): Promise<WimBlobs> {
    const byHash = new Map<string, WimBlob>();
    const elsewhere = new Map<string, number>();
    const tables: PartBlobs[] = [];
    for (const { source, header, name } of this.parts) {
      const reader = this.#readers.get(header.part)!;
      const table = await readBlobTable(source, { header, name, reader });
      tables.push(table);
      for (const blob of table.blobs) if (!byHash.has(blob.hash)) byHash.set(blob.hash, blob);
      for (const [hash, part] of table.elsewhere) elsewhere.set(hash, part);
    }
    this.#elsewhere = elsewhere;
    const metadata = tables.flatMap((table, i) =>
      this.parts[i]!.header.part === 1 ? table.metadata : []
    );
    return {
      byHash,
      metadata,
      problems: [
        ...tables.flatMap(({ problems }) => problems),
        ...this.#countProblem(metadata.length),
      ],
    };
  }

  #countProblem(trees: number): WimProblem[] {
    const { imageCount } = this.header;
    if (this.missingParts.includes(1) || trees === imageCount) return [];
    const message = `"${this.name}" says it has ${imageCount} images, but has ${trees} trees`;
    return [{ kind: "image-count", message }];
  }

  #ownProblems(): WimProblem[] {
    const problems: WimProblem[] = [];
    for (const { name, header } of this.parts) {
      if (!header.writeInProgress) continue;
      const message = `"${name}" is being written, or writing it was interrupted`;
      problems.push({ kind: "write-in-progress", message });
    }
    const { imageCount } = this.header;
    if (this.images.length !== imageCount) {
      const message =
        `"${this.name}" says it has ${imageCount} images, but describes ${this.images.length}`;
      problems.push({ kind: "image-count", message });
    }
    if (this.missingParts.length > 0) {
      const message = `"${this.name}" has ${this.header.parts} parts; missing: ` +
        this.missingParts.join(", ");
      problems.push({ kind: "missing-part", message });
    }
    return problems;
  }

  #absent(hash: string, part: number | undefined): FormatError {
    const missing = this.missingParts.join(", ");
    const reason = part !== undefined
      ? `it lies in part ${part}, which is missing`
      : missing !== ""
      ? `it is not in the parts that are there (missing: ${missing})`
      : "no blob has this hash";
    return new FormatError(`Cannot find blob ${hash} in "${this.name}": ${reason}`, {});
  }

  #refuseEncrypted(): void {
    if (!this.encrypted) return;
    throw new RefusalError(`Cannot read files of "${this.name}": the ESD is encrypted`, {
      next: "Use an ISO or install.wim of the same build, or download an unencrypted ESD",
    });
  }
}

/** The error for a content that is not what its hash says. */
export function wrongHash(blob: WimBlob, actual: string): FormatError {
  return new FormatError(
    `Cannot trust blob ${blob.hash} (${blob.size} bytes): its content is damaged, ` +
      `its SHA-1 is ${actual}`,
    {},
  );
}
