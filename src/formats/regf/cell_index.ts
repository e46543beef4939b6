/** How bins are divided into cells: from the header of each to its end, without gaps. */
import { BASE_BLOCK_SIZE, BIN_HEADER_SIZE, CELL_ALIGNMENT } from "./layout.ts";
import type { CellSpace } from "./cell_space.ts";

/** Receives an allocated cell: where it begins, counted from the base block, and its bytes. */
export type CellVisitor = (offset: number, size: number) => void;

/** A place where a bin cannot be divided any further. */
export interface BrokenBin {
  /** Of the cell that is wrong, from the end of the base block. */
  readonly offset: number;
  readonly end: number;
  /** What is wrong with it, behind "a cell". */
  readonly state: string;
}

/** The cells of all bins. */
export class CellIndex {
  readonly #space: CellSpace;
  readonly #starts: Int32Array;
  /** Bins that are only partly divided into cells. */
  readonly broken: readonly BrokenBin[];

  constructor(space: CellSpace) {
    this.#space = space;
    this.#starts = new Int32Array(Math.ceil(space.size / CELL_ALIGNMENT / 32));
    const broken: BrokenBin[] = [];
    for (const { start, end } of space.bins()) {
      const fault = walkCells(space, { start, end }, this.#markStart);
      if (fault === undefined) continue;
      broken.push(fault);
      for (let at = fault.offset; at < end; at += CELL_ALIGNMENT) this.#markStart(at);
    }
    this.broken = broken;
  }

  readonly #markStart = (offset: number): void => {
    const unit = offset / CELL_ALIGNMENT;
    this.#starts[unit >>> 5] = this.#starts[unit >>> 5]! | (1 << (unit & 31));
  };

  /** False if the proven cell at `offset` lies inside another one. Broken bins prove nothing. */
  begins(offset: number): boolean {
    const unit = offset / CELL_ALIGNMENT;
    return (this.#starts[unit >>> 5]! & (1 << (unit & 31))) !== 0;
  }

  /** Visits the allocated cells in the order of the file, without the rest of broken bins. */
  forEachAllocated(visit: CellVisitor): void {
    const { data } = this.#space;
    for (const bin of this.#space.bins()) {
      walkCells(this.#space, bin, (offset) => {
        const size = -data.getInt32(offset + BASE_BLOCK_SIZE, true);
        if (size > 0) visit(offset, size);
      });
    }
  }
}

/** Visits the cells of a bin, free ones too; returns what stopped it before the end. */
export function walkCells(
  space: CellSpace,
  bin: { readonly start: number; readonly end: number },
  visit: (offset: number) => void,
): BrokenBin | undefined {
  const { end } = bin;
  let offset = bin.start + BIN_HEADER_SIZE;
  while (offset < end) {
    // A file that is cut off may end in the middle of a size.
    const cut = offset + 4 > end;
    const size = cut ? 0 : Math.abs(space.data.getInt32(offset + BASE_BLOCK_SIZE, true));
    const state = cut ? "is cut off" : cellFault(size, end - offset);
    if (state !== undefined) return { offset, end, state };
    visit(offset);
    offset += size;
  }
  return undefined;
}

function cellFault(size: number, room: number): string | undefined {
  if (size === 0) return "has a size of zero";
  if (size % CELL_ALIGNMENT !== 0) return `has ${size} bytes, which is no multiple of 8`;
  return size > room ? `of ${size} bytes does not fit into the ${room} bytes left` : undefined;
}
