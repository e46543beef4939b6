/** A writer of small uncompressed WIM files, also of ones that no program would write. */
import { createHash } from "node:crypto";
import { encodeUtf16 } from "../../../src/base/mod.ts";

/** An entry of a tree to write. */
export interface NewEntry {
  readonly name: string;
  readonly shortName?: string;
  readonly attributes?: number;
  /** Content of the unnamed stream; its hash goes where the entry has one. */
  readonly content?: Uint8Array;
  /** Further streams; "" for an unnamed one. */
  readonly streams?: readonly { readonly name: string; readonly content: Uint8Array }[];
  readonly reparseTag?: number;
  readonly children?: readonly NewEntry[];
  /** Place of the children's list instead of the true one. */
  readonly childrenAt?: number;
}

/** What to write. */
export interface NewWim {
  readonly root?: NewEntry;
  /** Image XML, with its byte order mark; {@linkcode ONE_IMAGE} if absent. */
  readonly xml?: string;
  /** Bytes of the tree instead of the ones made from `root`. */
  readonly metadata?: Uint8Array;
  readonly part?: number;
  readonly parts?: number;
  readonly guid?: number;
  readonly flags?: number;
  readonly imageCount?: number;
}

const DIRECTORY = 0x10;

/** XML that describes one image. */
export const ONE_IMAGE = '\ufeff<WIM><IMAGE INDEX="1"><NAME>One</NAME></IMAGE></WIM>';

/** Writes a whole file. */
export function writeWim(wim: NewWim = {}): Uint8Array {
  const root = wim.root ?? { name: "", children: [] };
  const metadata = wim.metadata ?? writeTree(root);
  const contents = new Map<string, Uint8Array>();
  collect(root, contents);
  const file: Uint8Array[] = [new Uint8Array(208)];
  const table: Uint8Array[] = [];
  let offset = 208;
  const add = (bytes: Uint8Array) => {
    file.push(bytes);
    offset += bytes.length;
    return offset - bytes.length;
  };
  const blob = (bytes: Uint8Array, flags: number) => {
    const entry = new Uint8Array(50);
    entry.set(resourceEntry({ offset: add(bytes), size: bytes.length, flags }));
    const view = new DataView(entry.buffer);
    view.setUint16(24, wim.part ?? 1, true);
    view.setUint32(26, 1, true);
    entry.set(sha1(bytes), 30);
    table.push(entry);
  };
  blob(metadata, 2);
  for (const bytes of contents.values()) blob(bytes, 0);
  const tableBytes = concat(table);
  const tableAt = add(tableBytes);
  const xml = encodeUtf16(wim.xml ?? ONE_IMAGE);
  const xmlAt = add(xml);
  const header = file[0]!;
  const view = new DataView(header.buffer);
  header.set(new TextEncoder().encode("MSWIM\0\0\0"));
  view.setUint32(8, 208, true);
  view.setUint32(0xc, 0x10d00, true);
  view.setUint32(0x10, wim.flags ?? 0, true);
  header.fill(wim.guid ?? 7, 0x18, 0x28);
  view.setUint16(0x28, wim.part ?? 1, true);
  view.setUint16(0x2a, wim.parts ?? 1, true);
  view.setUint32(0x2c, wim.imageCount ?? 1, true);
  header.set(resourceEntry({ offset: tableAt, size: tableBytes.length, flags: 2 }), 0x30);
  header.set(resourceEntry({ offset: xmlAt, size: xml.length, flags: 2 }), 0x48);
  return concat(file);
}

/** Writes the 24 bytes of a resource that is not compressed. */
export function resourceEntry(
  { offset, size, flags }: {
    readonly offset: number;
    readonly size: number;
    readonly flags: number;
  },
): Uint8Array {
  const view = new DataView(new ArrayBuffer(24));
  view.setBigUint64(0, BigInt(size) | BigInt(flags) << 56n, true);
  view.setBigUint64(8, BigInt(offset), true);
  view.setBigUint64(16, BigInt(size), true);
  return new Uint8Array(view.buffer);
}

/** SHA-1 of bytes. */
export function sha1(bytes: Uint8Array): Uint8Array {
  return createHash("sha1").update(bytes).digest();
}

/** Writes a tree: no security descriptors, the root, then each directory's list. */
export function writeTree(root: NewEntry): Uint8Array {
  const security = new Uint8Array(8);
  new DataView(security.buffer).setUint32(0, 8, true);
  const places = new Map<NewEntry, number>();
  let at = 8 + sizeOf(root) + 8;
  const place = (entry: NewEntry) => {
    if (entry.children === undefined) return;
    places.set(entry, at);
    at += entry.children.reduce((sum, child) => sum + sizeOf(child), 8);
    entry.children.forEach(place);
  };
  place(root);
  const bytes: Uint8Array[] = [security, entryBytes(root, places), new Uint8Array(8)];
  const write = (entry: NewEntry) => {
    if (entry.children === undefined) return;
    bytes.push(...entry.children.map((child) => entryBytes(child, places)), new Uint8Array(8));
    entry.children.forEach(write);
  };
  write(root);
  return concat(bytes);
}

function align(size: number): number {
  return Math.ceil(size / 8) * 8;
}

function terminated(name: string): number {
  return name === "" ? 0 : 2 * name.length + 2;
}

function ownSize({ name, shortName = "" }: NewEntry): number {
  return align(102 + terminated(name) + terminated(shortName));
}

function sizeOf(entry: NewEntry): number {
  const streams = entry.streams ?? [];
  return streams.reduce((sum, { name }) => sum + align(38 + terminated(name)), ownSize(entry));
}

function entryBytes(entry: NewEntry, places: ReadonlyMap<NewEntry, number>): Uint8Array {
  const bytes = new Uint8Array(sizeOf(entry));
  const view = new DataView(bytes.buffer);
  const { name, shortName = "", content, streams = [], reparseTag } = entry;
  view.setBigUint64(0, BigInt(ownSize(entry)), true);
  const kind = entry.children === undefined ? 0x80 : DIRECTORY;
  view.setUint32(8, entry.attributes ?? kind, true);
  view.setUint32(12, 0xffffffff, true);
  view.setBigUint64(16, BigInt(entry.childrenAt ?? places.get(entry) ?? 0), true);
  for (const at of [40, 48, 56]) view.setBigUint64(at, 0x1dd7a583f6d20aen, true);
  if (content !== undefined && content.length > 0) bytes.set(sha1(content), 64);
  if (reparseTag !== undefined) view.setUint32(88, reparseTag, true);
  view.setUint16(96, streams.length, true);
  view.setUint16(98, 2 * shortName.length, true);
  view.setUint16(100, 2 * name.length, true);
  bytes.set(encodeUtf16(name), 102);
  bytes.set(encodeUtf16(shortName), 102 + terminated(name));
  let at = ownSize(entry);
  for (const stream of streams) {
    view.setBigUint64(at, BigInt(align(38 + terminated(stream.name))), true);
    if (stream.content.length > 0) bytes.set(sha1(stream.content), at + 16);
    view.setUint16(at + 36, 2 * stream.name.length, true);
    bytes.set(encodeUtf16(stream.name), at + 38);
    at += align(38 + terminated(stream.name));
  }
  return bytes;
}

function collect(entry: NewEntry, into: Map<string, Uint8Array>): void {
  for (const bytes of [entry.content, ...(entry.streams ?? []).map(({ content }) => content)]) {
    if (bytes !== undefined && bytes.length > 0) into.set(sha1(bytes).join(), bytes);
  }
  entry.children?.forEach((child) => collect(child, into));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
