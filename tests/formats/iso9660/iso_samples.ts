/** ISO9660 images of a few sectors, record by record as ECMA-119 lays them out. */
import { SparseImage } from "../../lab/sparse_image.ts";

export const SECTOR = 2048;
const FIRST_DIRECTORY = 24;

/** A file or directory. Sections name sectors of their own; bytes are placed by the builder. */
export interface IsoItem {
  /** As recorded, with version; Joliet names are encoded by the builder. */
  readonly name: string;
  readonly bytes?: Uint8Array;
  readonly sections?: readonly { readonly sector: number; readonly length: number }[];
  readonly items?: readonly IsoItem[];
  /** Added to the file flags: 1 hidden, 4 associated. */
  readonly flags?: number;
  /** Unit and gap of interleaved recording. */
  readonly interleave?: readonly [number, number];
  /** Seven bytes. */
  readonly time?: readonly number[];
  /** Flag 0x80 stays on the last section. */
  readonly unfinished?: boolean;
}

/** How the image is written. */
export interface IsoOptions {
  readonly label?: string;
  /** The tree of the Joliet descriptor. */
  readonly joliet?: readonly IsoItem[];
  readonly escape?: string;
  /** Platforms of the boot catalogue. */
  readonly boot?: readonly number[];
  /** Sectors of the volume, if not the true number. */
  readonly volumeSectors?: number;
  /** Directories without padding at sector ends. */
  readonly crossSectors?: boolean;
}

/** Writes an image. */
export function buildIso(items: readonly IsoItem[], options: IsoOptions = {}): SparseImage {
  return new IsoBuilder(options).build(items);
}

class IsoBuilder {
  readonly #image = new SparseImage();
  readonly #options: IsoOptions;
  #next = FIRST_DIRECTORY;

  constructor(options: IsoOptions) {
    this.#options = options;
  }

  build(items: readonly IsoItem[]): SparseImage {
    const { joliet, label = "TEST", escape = "%/E", boot } = this.#options;
    const descriptors: Uint8Array[] = [];
    const root = this.#directory(items, { wide: false });
    const wideRoot = joliet === undefined ? undefined : this.#directory(joliet, { wide: true });
    const catalogue = boot === undefined ? undefined : this.#catalogue(boot);
    const sectors = this.#options.volumeSectors ?? this.#next;
    descriptors.push(descriptor(1, { root, label, sectors, wide: false }));
    if (catalogue !== undefined) descriptors.push(bootRecord(catalogue));
    if (wideRoot !== undefined) {
      const bytes = descriptor(2, { root: wideRoot, label, sectors, wide: true });
      bytes.set(ascii(escape), 88);
      descriptors.push(bytes);
    }
    descriptors.push(descriptor(255, undefined));
    for (const [index, bytes] of descriptors.entries()) {
      this.#image.write((16 + index) * SECTOR, bytes);
    }
    this.#image.size = Math.max(this.#image.size, this.#next * SECTOR);
    return this.#image;
  }

  #take(bytes: number): number {
    const sector = this.#next;
    this.#next += Math.max(1, Math.ceil(bytes / SECTOR));
    return sector;
  }

  #catalogue(platforms: readonly number[]): number {
    const sector = this.#take(SECTOR);
    const bytes = new Uint8Array(SECTOR);
    bytes.set([1, platforms[0]!], 0);
    bytes.set([0x55, 0xaa], 30);
    bytes[32] = 0x88;
    for (const [index, platform] of platforms.slice(1).entries()) {
      const last = index === platforms.length - 2;
      bytes.set([last ? 0x91 : 0x90, platform, 1, 0], 64 + 64 * index);
    }
    this.#image.write(sector * SECTOR, bytes);
    return sector;
  }

  #directory(items: readonly IsoItem[], { wide }: { readonly wide: boolean }): Placed {
    const sizes = items.flatMap((item) =>
      sectionsOf(item).map(() => 33 + nameOf(item, wide).length)
    );
    const room = 68 + sizes.reduce((sum, size) => sum + size + 1, 0);
    const sectors = Math.ceil(room / (SECTOR - 256)) + 1;
    const sector = this.#take(sectors * SECTOR);
    const bytes = new Uint8Array(sectors * SECTOR);
    let at = 0;
    const put = (record: Uint8Array) => {
      if (!this.#options.crossSectors && at % SECTOR + record.length > SECTOR) {
        at = Math.ceil(at / SECTOR) * SECTOR;
      }
      bytes.set(record, at);
      at += record.length;
    };
    const self = { sector, length: bytes.length };
    put(record(Uint8Array.of(0), { ...self, flags: 2 }));
    put(record(Uint8Array.of(1), { ...self, flags: 2 }));
    for (const item of items) {
      for (const entry of this.#records(item, wide)) put(entry);
    }
    const length = this.#options.crossSectors ? at : Math.ceil(at / SECTOR) * SECTOR;
    put(new Uint8Array(0));
    this.#image.write(sector * SECTOR, bytes);
    return { sector, length };
  }

  #records(item: IsoItem, wide: boolean): Uint8Array[] {
    const name = nameOf(item, wide);
    const flags = item.flags ?? 0;
    const { interleave, time } = item;
    if (item.items !== undefined) {
      const place = this.#directory(item.items, { wide });
      return [record(name, { ...place, flags: flags | 2, time })];
    }
    const sections = item.sections ?? [this.#place(item.bytes ?? new Uint8Array(0))];
    return sections.map((section, index) => {
      const more = index < sections.length - 1 || item.unfinished ? 0x80 : 0;
      return record(name, { ...section, flags: flags | more, interleave, time });
    });
  }

  #place(bytes: Uint8Array): Placed {
    const sector = this.#take(bytes.length);
    this.#image.write(sector * SECTOR, bytes);
    return { sector, length: bytes.length };
  }
}

interface Placed {
  readonly sector: number;
  readonly length: number;
}

function sectionsOf(item: IsoItem): readonly unknown[] {
  return item.sections ?? [item];
}

function nameOf(item: IsoItem, wide: boolean): Uint8Array {
  if (!wide) return ascii(item.name);
  const codes = Array.from({ length: item.name.length }, (_, i) => item.name.charCodeAt(i));
  return Uint8Array.from(codes.flatMap((code) => [code >>> 8, code & 0xff]));
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function record(
  name: Uint8Array,
  { sector, length, flags, interleave = [0, 0], time = [124, 5, 6, 7, 8, 9, 0] }: Placed & {
    readonly flags: number;
    readonly interleave?: readonly [number, number] | undefined;
    readonly time?: readonly number[] | undefined;
  },
): Uint8Array {
  const bytes = new Uint8Array((33 + name.length + 1) & ~1);
  const view = new DataView(bytes.buffer);
  bytes[0] = bytes.length;
  view.setUint32(2, sector, true);
  view.setUint32(6, sector, false);
  view.setUint32(10, length, true);
  view.setUint32(14, length, false);
  bytes.set(time, 18);
  bytes[25] = flags;
  bytes.set(interleave, 26);
  bytes[32] = name.length;
  bytes.set(name, 33);
  return bytes;
}

function descriptor(
  type: number,
  facts: { root: Placed; label: string; sectors: number; wide: boolean } | undefined,
): Uint8Array {
  const bytes = new Uint8Array(SECTOR);
  bytes[0] = type;
  bytes.set(ascii("CD001"), 1);
  bytes[6] = 1;
  if (facts === undefined) return bytes;
  const view = new DataView(bytes.buffer);
  const label = facts.wide ? nameOf({ name: facts.label }, true) : ascii(facts.label.padEnd(32));
  bytes.set(label, 40);
  view.setUint32(80, facts.sectors, true);
  view.setUint16(128, SECTOR, true);
  bytes.set(record(Uint8Array.of(0), { ...facts.root, flags: 2 }), 156);
  return bytes;
}

function bootRecord(catalogue: number): Uint8Array {
  const bytes = descriptor(0, undefined);
  bytes.set(ascii("EL TORITO SPECIFICATION"), 7);
  new DataView(bytes.buffer).setUint32(0x47, catalogue, true);
  return bytes;
}
