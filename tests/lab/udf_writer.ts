/**
 * Writes UDF volumes as small as a test needs and as large as Windows media are: sparse, with
 * every form of allocation, holes, gaps, chains and the odd records that real discs have.
 */
import { SparseImage } from "./sparse_image.ts";
import { encodeCs0, sealTag, writeLongAddress, writeTimestamp } from "./udf_descriptors.ts";
import { type UdfDirectory, udfDirectory, type UdfFile, type UdfItem } from "./udf_items.ts";
import { fileSet, UdfSector, writeVolume } from "./udf_volume.ts";

/** How the volume is written. */
export interface UdfOptions {
  readonly blockSize?: number;
  readonly label?: string;
  readonly revision?: number;
  readonly date?: Date;
  /** Extended file entries (tag 266). */
  readonly extendedEntries?: boolean;
  readonly anchors?: readonly number[];
  readonly pointer?: boolean;
}

/** A written volume, and where its parts lie in the image. */
export interface WrittenUdf {
  readonly image: SparseImage;
  /** Byte offset of the file entry of each item. */
  readonly entryOffset: ReadonlyMap<UdfItem, number>;
  /** Byte offset of the name record of each item. */
  readonly nameOffset: ReadonlyMap<UdfItem, number>;
  /** Byte offsets of the allocation extents (tag 258), in order. */
  readonly continuations: readonly number[];
  readonly partitionOffset: number;
}

/** Writes a volume with these items in its root. */
export function writeUdf(items: readonly UdfItem[], options: UdfOptions = {}): WrittenUdf {
  return new UdfWriter(options).write(items);
}

const FORMS = { short: 0, long: 1, extended: 2, embedded: 3 } as const;
const STEPS = { short: 8, long: 16, extended: 20 } as const;

class UdfWriter {
  readonly #image = new SparseImage();
  readonly #blockSize: number;
  readonly #options: UdfOptions;
  readonly #date: Date;
  readonly #entryBlock = new Map<UdfItem, number>();
  readonly #nameOffset = new Map<UdfItem, number>();
  readonly #continuations: number[] = [];
  #next = 2;

  constructor(options: UdfOptions) {
    this.#options = options;
    this.#blockSize = options.blockSize ?? 2048;
    this.#date = options.date ?? new Date("2024-05-06T07:08:09Z");
  }

  write(items: readonly UdfItem[]): WrittenUdf {
    const { label = "CCCOMA_X64FRE", revision = 0x0102, anchors = [256, -1] } = this.#options;
    const root = udfDirectory("", items);
    this.#entryBlock.set(root, this.#take(1));
    this.#writeDirectory(root, root);
    const facts = { blockSize: this.#blockSize, label, revision, date: this.#date };
    const rootAt = { block: this.#entryBlock.get(root)!, length: this.#blockSize };
    this.#image.write(this.#at(0), fileSet(facts, rootAt));
    this.#image.write(this.#at(1), sealTag(new Uint8Array(512), { id: 8, location: 1 }));
    this.#image.size = this.#at(this.#next) + 258 * this.#blockSize;
    const { pointer = false } = this.#options;
    writeVolume(this.#image, { ...facts, partitionBlocks: this.#next, anchors, pointer });
    const entryOffset = new Map(
      [...this.#entryBlock].map(([item, block]) => [item, this.#at(block)] as const),
    );
    return {
      image: this.#image,
      entryOffset,
      nameOffset: this.#nameOffset,
      continuations: this.#continuations,
      partitionOffset: this.#at(0),
    };
  }

  #take(blocks: number): number {
    const block = this.#next;
    this.#next += blocks;
    return block;
  }

  #at(block: number): number {
    return (UdfSector.partition + block) * this.#blockSize;
  }

  #blocks(bytes: number): number {
    return Math.ceil(bytes / this.#blockSize);
  }

  #writeDirectory(directory: UdfDirectory, parent: UdfDirectory): void {
    for (const item of directory.items) {
      const known = item.sameAs === undefined ? undefined : this.#entryBlock.get(item.sameAs);
      this.#entryBlock.set(item, known ?? this.#take(1));
    }
    const length = directory.items.reduce((sum, item) => sum + nameBytes(item), 40);
    if (directory.embedded) {
      const offset = this.#at(this.#entryBlock.get(directory)!) + this.#header;
      const names = this.#names(directory, { parent, place: (at) => offset + at });
      this.#writeEntry(directory, { form: 3, size: length, descriptors: names });
    } else {
      this.#writeNames(directory, { parent, length });
    }
    for (const item of directory.items) {
      if (item.sameAs !== undefined || item.unwritten) continue;
      if (item.kind === "directory") this.#writeDirectory(item, directory);
      else this.#writeFile(item);
    }
  }

  #writeNames(
    directory: UdfDirectory,
    { parent, length }: { readonly parent: UdfDirectory; readonly length: number },
  ): void {
    const count = this.#blocks(length);
    const start = this.#take(directory.scattered ? 2 * count : count);
    const blockOf = (index: number) =>
      directory.scattered ? start + 2 * (count - 1 - index) : start + index;
    const size = this.#blockSize;
    const place = (at: number) => this.#at(blockOf(Math.floor(at / size))) + at % size;
    const names = this.#names(directory, { parent, place });
    for (let index = 0; index < count; index++) {
      const part = names.subarray(index * size, (index + 1) * size);
      this.#image.write(this.#at(blockOf(index)), part);
    }
    const pieces = directory.scattered
      ? Array.from({ length: count }, (_, index) => ({
        block: blockOf(index),
        length: Math.min(size, length - index * size),
      }))
      : [{ block: start, length }];
    const all = pieces.map((piece) => this.#descriptor("short", piece));
    this.#writeEntry(directory, { form: 0, size: length, descriptors: concat(all) });
  }

  #names(
    directory: UdfDirectory,
    { parent, place }: {
      readonly parent: UdfDirectory;
      /** Where a byte of the names lies in the image. */
      readonly place: (at: number) => number;
    },
  ): Uint8Array {
    const bytes = new Uint8Array(directory.items.reduce((sum, item) => sum + nameBytes(item), 40));
    const location = (at: number) => Math.floor(place(at) / this.#blockSize) - UdfSector.partition;
    const icb = (item: UdfItem) => ({
      block: this.#entryBlock.get(item)!,
      length: this.#blockSize,
    });
    bytes.set(nameRecord({ characteristics: 10, icb: icb(parent), location: location(0) }));
    let at = 40;
    for (const item of directory.items) {
      const kind = item.kind === "directory" ? 2 : 0;
      bytes.set(
        nameRecord({
          characteristics: (item.characteristics ?? 0) | kind,
          icb: icb(item),
          location: location(at),
          name: item.rawName ?? encodeCs0(item.name),
          implementationUse: item.implementationUse ?? 0,
        }),
        at,
      );
      this.#nameOffset.set(item, place(at));
      at += nameBytes(item);
    }
    return bytes;
  }

  #writeFile(file: UdfFile): void {
    const size = file.runs.reduce((sum, run) => sum + run.length, 0);
    const form = file.form ?? "long";
    if (form === "embedded") {
      const bytes = new Uint8Array(size);
      for (const piece of file.runs[0]?.pieces ?? []) bytes.set(piece.bytes, piece.at);
      this.#writeEntry(file, { form: FORMS[form], size, descriptors: bytes });
      return;
    }
    const all = file.runs.map((run) => {
      if (run.type === 2) return this.#descriptor(form, { block: 0, length: run.length, type: 2 });
      this.#take(run.gap ?? 0);
      const block = this.#take(this.#blocks(run.length));
      for (const { at, bytes } of run.pieces ?? []) this.#image.write(this.#at(block) + at, bytes);
      return this.#descriptor(form, { block, length: run.length, type: run.type ?? 0 });
    });
    const descriptors = this.#chained(form, { all, perBlock: file.perBlock ?? all.length });
    this.#writeEntry(file, { form: FORMS[form], size, descriptors });
  }

  /** The descriptors for the file entry; those beyond `perBlock` go to blocks of their own. */
  #chained(
    form: keyof typeof STEPS,
    { all, perBlock }: { readonly all: readonly Uint8Array[]; readonly perBlock: number },
  ): Uint8Array {
    if (all.length <= perBlock) return concat(all);
    const block = this.#take(1);
    this.#continuations.push(this.#at(block));
    const rest = this.#chained(form, { all: all.slice(perBlock), perBlock });
    const bytes = new Uint8Array(24 + rest.length);
    new DataView(bytes.buffer).setUint32(20, rest.length, true);
    bytes.set(rest, 24);
    this.#image.write(this.#at(block), sealTag(bytes, { id: 258, location: block }));
    const onward = this.#descriptor(form, { block, length: this.#blockSize, type: 3 });
    return concat([...all.slice(0, perBlock), onward]);
  }

  #descriptor(
    form: keyof typeof STEPS,
    { block, length, type = 0 }: { block: number; length: number; type?: number },
  ): Uint8Array {
    const bytes = new Uint8Array(STEPS[form]);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, (length | (type << 30)) >>> 0, true);
    if (form === "extended") {
      view.setUint32(4, length, true);
      view.setUint32(8, length, true);
    }
    view.setUint32(form === "extended" ? 12 : 4, block, true);
    return bytes;
  }

  get #header(): number {
    return this.#options.extendedEntries ? 216 : 176;
  }

  #writeEntry(
    item: UdfItem,
    { form, size, descriptors }: { form: number; size: number; descriptors: Uint8Array },
  ): void {
    const extended = this.#options.extendedEntries === true;
    const bytes = new Uint8Array(this.#header + descriptors.length);
    const view = new DataView(bytes.buffer);
    view.setUint16(20, item.strategy ?? 4, true);
    view.setUint16(24, 1, true);
    view.setUint8(27, item.fileType ?? (item.kind === "directory" ? 4 : 5));
    view.setUint16(34, form, true);
    view.setUint32(44, 0x14a5, true);
    view.setUint16(48, 1, true);
    view.setBigUint64(56, item.recordedSize ?? BigInt(size), true);
    if (extended) view.setBigUint64(64, item.recordedSize ?? BigInt(size), true);
    for (const at of extended ? [80, 92, 104, 116] : [72, 84, 96]) {
      writeTimestamp(bytes.subarray(at, at + 12), item.modified ?? this.#date);
    }
    view.setUint32(this.#header - 4, descriptors.length, true);
    bytes.set(descriptors, this.#header);
    const block = this.#entryBlock.get(item)!;
    const tag = { id: extended ? 266 : 261, location: block };
    this.#image.write(this.#at(block), sealTag(bytes, tag));
  }
}

function nameBytes(item: UdfItem): number {
  const name = item.rawName ?? encodeCs0(item.name);
  return (38 + (item.implementationUse ?? 0) + name.length + 3) & ~3;
}

function nameRecord(
  { characteristics, icb, location, name = new Uint8Array(0), implementationUse = 0 }: {
    readonly characteristics: number;
    readonly icb: { readonly block: number; readonly length: number };
    readonly location: number;
    readonly name?: Uint8Array;
    readonly implementationUse?: number;
  },
): Uint8Array {
  const bytes = new Uint8Array((38 + implementationUse + name.length + 3) & ~3);
  const view = new DataView(bytes.buffer);
  view.setUint16(16, 1, true);
  bytes[18] = characteristics;
  bytes[19] = name.length;
  writeLongAddress(view, 20, icb);
  view.setUint16(36, implementationUse, true);
  bytes.set(name, 38 + implementationUse);
  return sealTag(bytes, { id: 257, location });
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
