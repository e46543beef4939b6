/**
 * Lays out cells in new bins: each cell in one bin, what is left of a bin as one free cell. The
 * buffer grows by doubling, so that a large hive is copied only a few times.
 */
import { FormatError } from "../../base/mod.ts";
import {
  BASE_BLOCK_SIZE,
  BIN_ALIGNMENT,
  BIN_HEADER_SIZE,
  BinHeader,
  CELL_ALIGNMENT,
  Magic,
} from "./layout.ts";

/**
 * The most bytes of bins: the kernel addresses cells with 31 bits, the top one means "volatile"
 * (Project Zero, "Windows Registry Low/Unclear Severity Bugs", report 16: about 2 GiB).
 */
const LARGEST_BINS = 0x7fffe000;

/** A hive under construction. Positions are file offsets, offsets are cell offsets. */
export class CellWriter {
  bytes: Uint8Array;
  data: DataView;
  /** Bytes of all bins so far. */
  binsSize: number;
  /** The bin that still has room: from where to where. */
  #free: number;
  #freeEnd: number;

  /** Begins a new hive, or goes on behind the bins of a copy of `file`: base block and bins. */
  constructor(file: Uint8Array = new Uint8Array(BASE_BLOCK_SIZE)) {
    this.bytes = new Uint8Array(file.length + 64 * BIN_ALIGNMENT);
    this.bytes.set(file);
    this.data = new DataView(this.bytes.buffer);
    this.binsSize = file.length - BASE_BLOCK_SIZE;
    this.#free = this.binsSize;
    this.#freeEnd = this.binsSize;
  }

  /**
   * Allocates a cell for `length` bytes of content and returns its offset.
   *
   * @throws {FormatError} if the hive would grow beyond what the kernel can address.
   */
  allocate(length: number): number {
    const size = Math.ceil((length + 4) / CELL_ALIGNMENT) * CELL_ALIGNMENT;
    if (this.#freeEnd - this.#free < size) this.#addBin(size);
    const offset = this.#free;
    this.#free += size;
    this.data.setInt32(offset + BASE_BLOCK_SIZE, -size, true);
    return offset;
  }

  /** Allocates a cell with this content and returns its offset. */
  store(content: Uint8Array): number {
    const offset = this.allocate(content.length);
    this.bytes.set(content, this.position(offset));
    return offset;
  }

  /** The position of the content of the cell at `offset`. */
  position(offset: number): number {
    return offset + BASE_BLOCK_SIZE + 4;
  }

  u16(position: number, value: number): void {
    this.data.setUint16(position, value, true);
  }

  u32(position: number, value: number): void {
    this.data.setUint32(position, value, true);
  }

  /** Closes the last bin and returns the file: base block and bins. */
  finish(): Uint8Array {
    this.#closeBin();
    return this.bytes.slice(0, BASE_BLOCK_SIZE + this.binsSize);
  }

  #addBin(cellSize: number): void {
    this.#closeBin();
    const start = this.binsSize;
    const size = Math.ceil((cellSize + BIN_HEADER_SIZE) / BIN_ALIGNMENT) * BIN_ALIGNMENT;
    if (start + size > LARGEST_BINS) {
      const state = `its bins would have ${start + size} bytes, the most is ${LARGEST_BINS}`;
      throw new FormatError(`Cannot write a hive: ${state}`);
    }
    this.#reserve(BASE_BLOCK_SIZE + start + size);
    const header = start + BASE_BLOCK_SIZE;
    this.u32(header + BinHeader.signature, Magic.hbin);
    this.u32(header + BinHeader.offset, start);
    this.u32(header + BinHeader.size, size);
    this.binsSize = start + size;
    this.#free = start + BIN_HEADER_SIZE;
    this.#freeEnd = this.binsSize;
  }

  #closeBin(): void {
    const left = this.#freeEnd - this.#free;
    if (left > 0) this.data.setInt32(this.#free + BASE_BLOCK_SIZE, left, true);
    this.#free = this.#freeEnd;
  }

  #reserve(size: number): void {
    if (size <= this.bytes.length) return;
    const most = BASE_BLOCK_SIZE + LARGEST_BINS;
    const larger = new Uint8Array(Math.min(most, Math.max(size, 2 * this.bytes.length)));
    larger.set(this.bytes);
    this.bytes = larger;
    this.data = new DataView(larger.buffer);
  }
}
