/**
 * The cells of a hive under edit: new ones go behind the old bins, freed ones are joined with
 * their free neighbours and never used again.
 */
import { CellWriter } from "./cell_writer.ts";
import { editRefusal, type EditSource } from "./edit_source.ts";
import { BASE_BLOCK_SIZE, BIN_HEADER_SIZE } from "./layout.ts";

/** Writes into a copy of the hive; the hive itself is only read. */
export class EditCells {
  readonly writer: CellWriter;
  readonly #source: EditSource;
  readonly #freed: number[] = [];

  constructor(source: EditSource) {
    const { space } = source;
    this.#source = source;
    // What lies behind the bins (padding, remnants) is left out: new bins go there.
    this.writer = new CellWriter(space.bytes.subarray(0, BASE_BLOCK_SIZE + space.size));
  }

  /**
   * Marks a cell of the old hive as free.
   *
   * @throws {FormatError} if it is not the start of a cell in use, or was freed before.
   */
  free(offset: number): void {
    const { cells, name } = this.#source;
    if (!cells.claim(offset)) {
      throw editRefusal(name, `cell 0x${offset.toString(16)} belongs to two structures`);
    }
    const position = offset + BASE_BLOCK_SIZE;
    const { data } = this.writer;
    data.setInt32(position, -data.getInt32(position, true), true);
    this.#freed.push(offset);
  }

  /** {@linkcode EditCells.free} as the readers of lists and data call it for each cell. */
  readonly freeEach = (offset: number): boolean => {
    this.free(offset);
    return true;
  };

  /** Joins free neighbours, closes the last bin and returns the file. */
  finish(): Uint8Array {
    this.#joinFreeCells();
    return this.writer.finish();
  }

  #joinFreeCells(): void {
    const freed = this.#freed.sort((a, b) => a - b);
    let next = 0;
    for (const { start, end } of this.#source.space.bins()) {
      if (next === freed.length) return;
      if (freed[next]! >= end) continue;
      while (next < freed.length && freed[next]! < end) next++;
      this.#joinInBin(start + BIN_HEADER_SIZE, end);
    }
  }

  #joinInBin(from: number, end: number): void {
    const { data } = this.writer;
    const sizeAt = (offset: number) => data.getInt32(offset + BASE_BLOCK_SIZE, true);
    let offset = from;
    while (offset < end) {
      let after = offset + Math.abs(sizeAt(offset));
      if (sizeAt(offset) > 0) {
        while (after < end && sizeAt(after) > 0) after += sizeAt(after);
        data.setInt32(offset + BASE_BLOCK_SIZE, after - offset, true);
      }
      offset = after;
    }
  }
}
