/**
 * Lays the bins of a damaged hive out as if they were whole. Every offset stays what it was; a
 * bin whose header is damaged is mended if its cells fit into each other, a page that belongs to
 * no bin becomes an empty one, and a file that is cut off ends with a free cell.
 */
import type { HiveHeader } from "./base_block.ts";
import { CellSpace } from "./cell_space.ts";
import type { FaultList } from "./fault_list.ts";
import {
  BASE_BLOCK_SIZE,
  BIN_ALIGNMENT,
  BIN_HEADER_SIZE,
  BinHeader,
  CELL_ALIGNMENT,
  Magic,
} from "./layout.ts";

/** What is left of a hive, ready to be read. */
export interface SalvageImage {
  readonly space: CellSpace;
  /** True if what lay at this offset was cut off or in a page that could not be used. */
  lostAt(offset: number): boolean;
}

/** Makes an image of a file; `header` is undefined if it has none. Tells what is lost. */
export function salvageImage(
  bytes: Uint8Array,
  options: { readonly name: string; readonly header: HiveHeader | undefined },
  lost: FaultList,
): SalvageImage {
  const { name, header } = options;
  const mending = new Mending(bytes, header);
  mending.run(lost);
  const whole: HiveHeader = {
    ...(header ?? NO_HEADER),
    // Without a header that can be trusted, big data may lie in segments.
    ...(header?.checksumValid === true ? {} : { minorVersion: 5 }),
    checksumValid: true,
    binsSize: mending.size,
  };
  const space = new CellSpace(mending.bytes, { name, header: whole, badBins: "refuse" });
  return { space, lostAt: (offset) => mending.lostAt(offset) };
}

const NO_HEADER: HiveHeader = {
  primarySequence: 1,
  secondarySequence: 1,
  lastWritten: null,
  majorVersion: 1,
  minorVersion: 5,
  fileType: 0,
  format: 1,
  clustering: 1,
  rootOffset: 0,
  binsSize: 0,
  storedName: "",
  flags: 0,
  checksumValid: false,
};

/**
 * A bin with a damaged header is looked for up to this size. It keeps the search linear, and
 * hardly any bin is larger.
 */
const LARGEST_MENDED_BIN = 0x100000;

class Mending {
  readonly bytes: Uint8Array;
  /** Bytes of bins in the image: whole pages. */
  readonly size: number;
  readonly #data: DataView;
  /** Bytes of bins that the file has. */
  readonly #present: number;
  /** What the header says, if it can be trusted. */
  readonly #announced: number | undefined;
  /** Per page: 1 if it could not be used. */
  readonly #lostPages: Uint8Array;
  /** Per page: where the next bin with a good header begins. */
  readonly #nextBins: Uint32Array;

  constructor(bytes: Uint8Array, header: HiveHeader | undefined) {
    const behind = Math.max(0, bytes.length - BASE_BLOCK_SIZE);
    const trusted = header?.checksumValid === true && header.binsSize >= BIN_ALIGNMENT;
    this.#announced = trusted ? header.binsSize : undefined;
    this.#present = Math.min(behind, this.#announced ?? behind);
    const pages = Math.ceil(this.#present / BIN_ALIGNMENT);
    this.size = pages * BIN_ALIGNMENT;
    this.#lostPages = new Uint8Array(pages);
    this.bytes = new Uint8Array(BASE_BLOCK_SIZE + this.size);
    this.bytes.set(
      bytes.subarray(BASE_BLOCK_SIZE, BASE_BLOCK_SIZE + this.#present),
      BASE_BLOCK_SIZE,
    );
    this.#data = new DataView(this.bytes.buffer);
    this.#nextBins = new Uint32Array(pages);
    let next = this.size;
    for (let page = pages - 1; page >= 0; page--) {
      this.#nextBins[page] = next;
      if (this.#headerFits(page * BIN_ALIGNMENT)) next = page * BIN_ALIGNMENT;
    }
  }

  lostAt(offset: number): boolean {
    const announced = this.#announced ?? 0;
    if (offset >= this.size) return offset < announced;
    return this.#lostPages[Math.floor(offset / BIN_ALIGNMENT)] === 1;
  }

  run(lost: FaultList): void {
    let offset = 0;
    let bin = 0;
    let used = 0;
    while (offset < this.size) {
      const end = this.#binEnd(offset);
      if (end === undefined) {
        this.#giveUpPage(offset);
        offset += BIN_ALIGNMENT;
      } else {
        this.#writeHeader(offset, end - offset);
        bin = offset;
        used = offset = end;
      }
    }
    if (used >= this.#present && this.#present % BIN_ALIGNMENT > 0) this.#cutLastCell(bin);
    this.#tellLost(lost, this.#announced === undefined ? used : this.size);
  }

  /** Where the bin at `offset` ends, whatever its header says; undefined if there is no bin. */
  #binEnd(offset: number): number | undefined {
    const next = this.#nextBins[offset / BIN_ALIGNMENT]!;
    if (!this.#headerFits(offset)) return this.#mendedEnd(offset, next);
    const end = offset + this.#u32(offset + BinHeader.size);
    if (end > offset && end % BIN_ALIGNMENT === 0 && end <= this.size) {
      if (this.#cellsFill(offset, end)) return end;
      // Its cells do not fill it: perhaps it is its size that is wrong.
      return this.#mendedEnd(offset, next) ?? end;
    }
    const room = Math.max(offset + BIN_ALIGNMENT, Math.min(end, next));
    return this.#mendedEnd(offset, next) ?? room - room % BIN_ALIGNMENT;
  }

  #mendedEnd(offset: number, next: number): number | undefined {
    if (next - offset > LARGEST_MENDED_BIN) return undefined;
    return this.#cellsFill(offset, next) ? next : undefined;
  }

  /** True for the right signature and the right place. */
  #headerFits(offset: number): boolean {
    return this.#u32(offset + BinHeader.signature) === Magic.hbin &&
      this.#u32(offset + BinHeader.offset) === offset;
  }

  /** True if the cells from `offset` on fit into each other up to `end`. */
  #cellsFill(offset: number, end: number): boolean {
    let at = offset + BIN_HEADER_SIZE;
    while (at < end) {
      const size = Math.abs(this.#data.getInt32(at + BASE_BLOCK_SIZE, true));
      if (size === 0 || size % CELL_ALIGNMENT !== 0) return false;
      at += size;
    }
    return at === end;
  }

  #u32(offset: number): number {
    return this.#data.getUint32(offset + BASE_BLOCK_SIZE, true);
  }

  #writeHeader(offset: number, size: number): void {
    const at = offset + BASE_BLOCK_SIZE;
    this.#data.setUint32(at + BinHeader.signature, Magic.hbin, true);
    this.#data.setUint32(at + BinHeader.offset, offset, true);
    this.#data.setUint32(at + BinHeader.size, size, true);
  }

  #giveUpPage(offset: number): void {
    const at = offset + BASE_BLOCK_SIZE;
    this.bytes.fill(0, at, at + BIN_ALIGNMENT);
    this.#writeHeader(offset, BIN_ALIGNMENT);
    this.#data.setInt32(at + BIN_HEADER_SIZE, BIN_ALIGNMENT - BIN_HEADER_SIZE, true);
    this.#lostPages[offset / BIN_ALIGNMENT] = 1;
  }

  /** Frees the cell that the end of a cut file goes through: its last bytes are not there. */
  #cutLastCell(bin: number): void {
    let at = bin + BIN_HEADER_SIZE;
    while (at < this.size) {
      const size = Math.abs(this.#data.getInt32(at + BASE_BLOCK_SIZE, true));
      const whole = size > 0 && size % CELL_ALIGNMENT === 0 && at + size <= this.#present;
      if (!whole) {
        this.#data.setInt32(at + BASE_BLOCK_SIZE, this.size - at, true);
        return;
      }
      at += size;
    }
  }

  #tellLost(lost: FaultList, end: number): void {
    const add = (offset: number, message: string) =>
      lost.add({ kind: "bin", weight: "damage", offset: offset + BASE_BLOCK_SIZE, message });
    for (let offset = 0; offset < end;) {
      const start = offset;
      while (offset < end && this.lostAt(offset)) offset += BIN_ALIGNMENT;
      if (offset > start) add(start, `${offset - start} bytes belong to no bin and are left out`);
      offset += BIN_ALIGNMENT;
    }
    const announced = this.#announced ?? this.#present;
    if (announced <= this.#present) return;
    add(
      this.#present,
      `The file is cut off: ${announced - this.#present} bytes of bins are missing`,
    );
  }
}
