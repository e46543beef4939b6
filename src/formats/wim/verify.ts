/** Checking every content of a WIM against its SHA-1. */
import { MedicError } from "../../base/mod.ts";
import type { WimBlob } from "./blob_table.ts";
import { pureSha1, sha1Of } from "./content_hash.ts";
import { type PlacedEntry, walkTree } from "./image_tree.ts";
import { readAll } from "./read_all.ts";
import { readAhead } from "./read_ahead.ts";
import { Wim, wrongHash } from "./wim.ts";

/** Contents up to this size are hashed as a whole, beside the decompression. */
const AT_ONCE = 16 << 20;
/** Bytes that may wait for their hash. */
const MAX_WAITING = 48 << 20;

/** How far a check has come. */
export interface VerifyProgress {
  /** Bytes of decompressed content. */
  readonly done: number;
  readonly total: number;
}

/** Options of {@linkcode verifyBlobs}. */
export interface VerifyOptions {
  readonly progress?: (progress: VerifyProgress) => void;
  /** Stops the check: {@linkcode verifyBlobs} throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A content that is not what it should be. */
export interface DamagedBlob {
  readonly hash: string;
  /** Why: a sentence. */
  readonly reason: string;
  /** `image:path` of the files that have it; an alternate stream follows a colon. */
  readonly files: readonly string[];
}

/** The outcome of a check. */
export interface Verification {
  /** Number of contents that were checked, with the images' trees. */
  readonly blobs: number;
  /** Bytes of them. */
  readonly bytes: number;
  readonly damaged: readonly DamagedBlob[];
}

/**
 * Checks the trees of all images and every blob, in the order of the file. A damaged blob does
 * not end the check.
 *
 * @throws {FormatError} if a blob table is damaged.
 * @throws {RefusalError} if the content is encrypted.
 */
export async function verifyBlobs(wim: Wim, options: VerifyOptions = {}): Promise<Verification> {
  const ahead = withReadAhead(wim);
  const { byHash, metadata } = await ahead.blobs();
  const blobs = inFileOrder([...metadata, ...byHash.values()]);
  const total = blobs.reduce((sum, { size }) => sum + size, 0);
  const check = new BlobCheck(ahead, { total, options });
  for (const blob of blobs) {
    options.signal?.throwIfAborted();
    await check.add(blob);
  }
  const faults = await check.finish();
  const files = faults.size === 0 ? new Map<string, string[]>() : await filesOf(wim, faults);
  const damaged = [...faults].map(([hash, reason]) => ({
    hash,
    reason,
    files: files.get(hash) ?? [],
  }));
  return { blobs: blobs.length, bytes: total, damaged };
}

/** The same WIM read in large pieces, for reading it from beginning to end. */
function withReadAhead(wim: Wim): Wim {
  const parts = wim.parts.map((part) => ({ ...part, source: readAhead(part.source) }));
  const { xml: text, images, encrypted, problems, hash } = wim;
  return new Wim({ parts, xml: { text, images, encrypted, problems }, hash });
}

interface BlobStart {
  readonly blob: WimBlob;
  readonly start: number;
  readonly inside: number;
}

function inFileOrder(blobs: readonly WimBlob[]): WimBlob[] {
  return blobs.map(placed)
    .sort((a, b) => a.blob.part - b.blob.part || a.start - b.start || a.inside - b.inside)
    .map(({ blob }) => blob);
}

/** A blob without a usable place comes first; reading it will say why. */
function placed(blob: WimBlob): BlobStart {
  try {
    const { resource, offset } = blob.place();
    return { blob, start: resource.offset, inside: offset };
  } catch (error) {
    if (error instanceof MedicError) return { blob, start: 0, inside: 0 };
    throw error;
  }
}

/** Decompresses in this thread while earlier contents are hashed in another one. */
class BlobCheck {
  readonly #wim: Wim;
  readonly #total: number;
  readonly #options: VerifyOptions;
  readonly #faults = new Map<string, string>();
  readonly #waiting: { readonly size: number; readonly done: Promise<void> }[] = [];
  #waitingBytes = 0;
  #done = 0;

  constructor(
    wim: Wim,
    { total, options }: { readonly total: number; readonly options: VerifyOptions },
  ) {
    this.#wim = wim;
    this.#total = total;
    this.#options = options;
  }

  async add(blob: WimBlob): Promise<void> {
    try {
      if (blob.size <= AT_ONCE && this.#wim.hash === pureSha1) await this.#hashBeside(blob);
      else for await (const piece of this.#wim.read(blob)) this.#advance(piece.length);
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      this.#faults.set(blob.hash, error.message);
    }
  }

  async finish(): Promise<ReadonlyMap<string, string>> {
    while (this.#waiting.length > 0) await this.#next();
    return this.#faults;
  }

  async #hashBeside(blob: WimBlob): Promise<void> {
    const bytes = await readAll(this.#wim.readRange(blob, { from: 0, to: blob.size }));
    const done = this.#compare(blob, bytes);
    this.#waiting.push({ size: blob.size, done });
    this.#waitingBytes += blob.size;
    while (this.#waitingBytes > MAX_WAITING) await this.#next();
    this.#advance(blob.size);
  }

  async #compare(blob: WimBlob, bytes: Uint8Array): Promise<void> {
    const actual = await sha1Of(bytes);
    if (actual !== blob.hash) this.#faults.set(blob.hash, wrongHash(blob, actual).message);
  }

  async #next(): Promise<void> {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    await next.done;
    this.#waitingBytes -= next.size;
  }

  #advance(bytes: number): void {
    this.#done += bytes;
    this.#options.progress?.({ done: this.#done, total: this.#total });
  }
}

/** Names the files of damaged contents, as far as the trees can be read. */
async function filesOf(
  wim: Wim,
  faults: ReadonlyMap<string, string>,
): Promise<Map<string, string[]>> {
  const files = new Map<string, string[]>();
  const { metadata } = await wim.blobs();
  for (let index = 1; index <= metadata.length; index++) {
    if (faults.has(metadata[index - 1]!.hash)) {
      files.set(metadata[index - 1]!.hash, [`${index}:\\ (the tree of the image)`]);
      continue;
    }
    for (const { path, entry } of await entriesOf(wim, index)) {
      for (const { hash, name } of entry.streams) {
        if (hash === undefined || !faults.has(hash)) continue;
        const list = files.get(hash) ?? [];
        list.push(`${index}:${path}${name === "" ? "" : `:${name}`}`);
        files.set(hash, list);
      }
    }
  }
  return files;
}

/** Nothing if the tree has its hash and is damaged all the same: there are no names then. */
async function entriesOf(wim: Wim, index: number): Promise<Iterable<PlacedEntry>> {
  try {
    return walkTree(await wim.tree(index));
  } catch (error) {
    if (error instanceof MedicError) return [];
    throw error;
  }
}
