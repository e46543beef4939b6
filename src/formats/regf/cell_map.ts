/**
 * The allocated cells of a hive by their place, in bins that they and free cells fill exactly.
 * Who owns a cell is marked here, so that no two structures can share one.
 */
import { walkCells } from "./cell_index.ts";
import type { CellSpace } from "./cell_space.ts";
import { BASE_BLOCK_SIZE, CELL_ALIGNMENT } from "./layout.ts";

const UNCLAIMED = 1;
const CLAIMED = 2;

/** The cells of all bins. Offsets count from the end of the base block. */
export class CellMap {
  /** One state per place where a cell may start; 0 where none does, or a free one. */
  readonly #states: Uint8Array;

  /** @throws {FormatError} if the cells of a bin do not fill it exactly. */
  constructor(space: CellSpace) {
    const states = new Uint8Array(Math.ceil(space.size / CELL_ALIGNMENT));
    const mark = (offset: number) => {
      const size = space.data.getInt32(offset + BASE_BLOCK_SIZE, true);
      if (size < 0) states[offset / CELL_ALIGNMENT] = UNCLAIMED;
    };
    for (const bin of space.bins()) {
      const broken = walkCells(space, bin, mark);
      if (broken === undefined) continue;
      throw space.error("cell", `it ${broken.state}`, broken.offset + BASE_BLOCK_SIZE);
    }
    this.#states = states;
  }

  /** Makes a cell the property of one structure; false if it is free, taken or no cell. */
  claim(offset: number): boolean {
    const place = offset / CELL_ALIGNMENT;
    if (this.#states[place] !== UNCLAIMED) return false;
    this.#states[place] = CLAIMED;
    return true;
  }

  /** Whether an allocated cell starts there that nothing has claimed. */
  unclaimed(offset: number): boolean {
    return this.#states[offset / CELL_ALIGNMENT] === UNCLAIMED;
  }

  /** The first allocated cell at or behind `from` that nothing has claimed. */
  firstUnclaimed(from: number): number | undefined {
    const place = this.#states.indexOf(UNCLAIMED, from / CELL_ALIGNMENT);
    return place < 0 ? undefined : place * CELL_ALIGNMENT;
  }
}
