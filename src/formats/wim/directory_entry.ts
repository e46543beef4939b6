/** One entry of an image's tree, with the streams that follow it. */
import { type ByteView, decodeUtf16, FormatError } from "../../base/mod.ts";
import { DIRECTORY_ENTRY_SIZE, STREAM_ENTRY_SIZE } from "./layout.ts";
import { SHA1_LENGTH } from "./sha1.ts";

/** Windows' file attributes that decide how an entry is read (winnt.h). */
export const FileAttribute = {
  directory: 0x10,
  reparsePoint: 0x400,
  encrypted: 0x4000,
} as const;

/** What a stream of a file is. */
export type StreamKind =
  /** Content: unnamed, or an alternate data stream. */
  | "data"
  /** Data of a reparse point, without its eight-byte header. */
  | "reparse"
  /** An EFS-encrypted file as ReadEncryptedFileRaw gives it. */
  | "encrypted";

/** A stream of a file. */
export interface WimStream {
  readonly kind: StreamKind;
  /** "" for the unnamed stream. */
  readonly name: string;
  /** SHA-1 of the content, or undefined if it is empty. */
  readonly hash: string | undefined;
}

/** An entry as it is stored. Times are FILETIMEs in UTC. */
export interface StoredEntry {
  /** Where it begins in the metadata, in bytes. */
  readonly offset: number;
  /** Where the next entry of the same directory begins. */
  readonly next: number;
  readonly name: string;
  readonly shortName: string;
  readonly attributes: number;
  /** Index into the image's security descriptors, or undefined if it has none. */
  readonly securityId: number | undefined;
  /** Where the list of children begins, 0 if there is none. */
  readonly children: number;
  readonly creationTime: bigint;
  readonly lastAccessTime: bigint;
  readonly lastWriteTime: bigint;
  /** Tag of a reparse point, undefined for others. */
  readonly reparseTag: number | undefined;
  /** Names with the same group are hard links to one file; 0 for none. */
  readonly hardLinkGroup: bigint;
  readonly streams: readonly WimStream[];
}

const END_SIZE = 8;
const NO_SECURITY = 0xffffffff;
const NO_HASH = "0".repeat(2 * SHA1_LENGTH);

/**
 * Reads the entry at `offset`, or returns undefined at the end of a directory.
 *
 * @throws {FormatError} if it is not inside the metadata or its sizes contradict each other.
 */
export function readDirectoryEntry(view: ByteView, offset: number): StoredEntry | undefined {
  const length = aligned(view.u64(offset), offset);
  if (length <= END_SIZE) return undefined;
  const [shortSize, nameSize] = [view.u16(offset + 98), view.u16(offset + 100)];
  const needed = DIRECTORY_ENTRY_SIZE + terminated(nameSize) + terminated(shortSize);
  if (length < needed || (nameSize | shortSize) % 2 === 1) {
    throw new FormatError("Cannot read the image's tree: an entry has impossible sizes", {
      offset,
    });
  }
  // The whole entry must be there, also what is not understood of it.
  view.bytes(offset, length);
  const attributes = view.u32(offset + 8);
  const reparse = (attributes & FileAttribute.reparsePoint) !== 0;
  const nameAt = offset + DIRECTORY_ENTRY_SIZE;
  const { streams, next } = readStreams(view, { offset, at: offset + length, attributes });
  const securityId = view.u32(offset + 12);
  return {
    offset,
    next,
    name: decodeUtf16(view.bytes(nameAt, nameSize)),
    shortName: decodeUtf16(view.bytes(nameAt + terminated(nameSize), shortSize)),
    attributes,
    securityId: securityId === NO_SECURITY ? undefined : securityId,
    children: Number(view.u64(offset + 16)),
    creationTime: view.u64(offset + 40),
    lastAccessTime: view.u64(offset + 48),
    lastWriteTime: view.u64(offset + 56),
    reparseTag: reparse ? view.u32(offset + 88) : undefined,
    // A reparse point has its tag in the same place, and so cannot have hard links.
    hardLinkGroup: reparse ? 0n : view.u64(offset + 88),
    streams,
  };
}

/** Sizes are rounded up to eight; names have a terminator unless they are empty. */
function aligned(length: bigint, offset: number): number {
  const number = Number(length);
  if (Number.isSafeInteger(number + 7)) return Math.ceil(number / 8) * 8;
  throw new FormatError("Cannot read the image's tree: an entry has an impossible size", {
    offset,
  });
}

function terminated(size: number): number {
  return size === 0 ? 0 : size + 2;
}

/** A stream before it is known what it is. */
interface RawStream {
  readonly name: string;
  readonly hash: string | undefined;
  /** The hash in the entry itself, which is also there when it says nothing. */
  readonly own: boolean;
}

function readStreams(
  view: ByteView,
  { offset, at, attributes }: {
    readonly offset: number;
    readonly at: number;
    readonly attributes: number;
  },
): { streams: readonly WimStream[]; next: number } {
  const raw: RawStream[] = [{ name: "", hash: hashAt(view, offset + 64), own: true }];
  let next = at;
  for (let left = view.u16(offset + 96); left > 0; left--) {
    const length = aligned(view.u64(next), next);
    const nameSize = view.u16(next + 36);
    if (nameSize % 2 === 1 || length < STREAM_ENTRY_SIZE + nameSize) {
      throw new FormatError("Cannot read the image's tree: a stream has impossible sizes", {
        offset: next,
      });
    }
    view.bytes(next, length);
    const name = decodeUtf16(view.bytes(next + STREAM_ENTRY_SIZE, nameSize));
    raw.push({ name, hash: hashAt(view, next + 16), own: false });
    next += length;
  }
  const encrypted = (attributes & FileAttribute.encrypted) !== 0;
  return { streams: encrypted ? encryptedStream(raw) : plainStreams(raw, attributes), next };
}

/** An encrypted file has one stream that holds all others. */
function encryptedStream(raw: readonly RawStream[]): readonly WimStream[] {
  const stream = raw.find(({ name, hash }) => name === "" && hash !== undefined);
  return stream === undefined ? [] : [{ kind: "encrypted", name: "", hash: stream.hash }];
}

/**
 * Says which unnamed stream is which: the format does not. The first of a reparse point is its
 * reparse data, the next one its content; the entry's own hash does not count if it is empty
 * and there are others (so wimlib's notes describe what DISM does).
 */
function plainStreams(raw: readonly RawStream[], attributes: number): readonly WimStream[] {
  const unnamed = raw.filter(({ name, hash, own }) => name === "" && !(own && hash === undefined));
  const kinds: StreamKind[] = (attributes & FileAttribute.reparsePoint) !== 0
    ? ["reparse", "data"]
    : ["data"];
  const streams: WimStream[] = kinds.slice(0, Math.max(1, unnamed.length))
    .map((kind, i) => ({ kind, name: "", hash: unnamed[i]?.hash }));
  const isDirectory = (attributes & FileAttribute.directory) !== 0;
  const kept = isDirectory ? streams.filter(({ hash }) => hash !== undefined) : streams;
  return [
    ...kept,
    ...raw.filter(({ name }) => name !== "").map(({ name, hash }) => (
      { kind: "data", name, hash } as const
    )),
  ];
}

function hashAt(view: ByteView, at: number): string | undefined {
  let text = "";
  for (let i = 0; i < SHA1_LENGTH; i += 4) {
    const word = view.u32(at + i);
    const swapped = (word & 0xff) << 24 | (word >>> 8 & 0xff) << 16 | (word >>> 16 & 0xff) << 8 |
      word >>> 24;
    text += (swapped >>> 0).toString(16).padStart(8, "0");
  }
  return text === NO_HASH ? undefined : text;
}
