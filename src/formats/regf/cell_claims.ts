/**
 * Who owns which bytes of a hive. Every cell has one owner; what a second one wants is damage,
 * also if its cell only overlaps: a walk that heeds this reads no byte twice, whatever it meets.
 */
import { BASE_BLOCK_SIZE, CELL_ALIGNMENT } from "./layout.ts";
import type { CellSpace } from "./cell_space.ts";

/** The cells of a hive that something owns: one bit for every eight bytes. */
export class CellClaims {
  readonly #space: CellSpace;
  readonly #owned: Int32Array;

  constructor(space: CellSpace) {
    this.#space = space;
    this.#owned = new Int32Array(Math.ceil(space.size / CELL_ALIGNMENT / 32));
  }

  /** Takes the proven cell at `offset`. False if a part of it is owned already. */
  readonly claim = (offset: number): boolean => {
    const size = -this.#space.data.getInt32(offset + BASE_BLOCK_SIZE, true);
    const first = offset / CELL_ALIGNMENT;
    const units = size / CELL_ALIGNMENT;
    const from = first & 31;
    // Most cells lie in one word: a walk of a big hive takes a million of them.
    if (from + units <= 32) {
      const mask = (units === 32 ? -1 : (1 << units) - 1) << from;
      const bits = this.#owned[first >>> 5]!;
      if ((bits & mask) !== 0) return false;
      this.#owned[first >>> 5] = bits | mask;
      return true;
    }
    const end = first + units;
    if (this.#anyOwned(first, end)) return false;
    for (let unit = first; unit < end;) {
      const word = unit >>> 5;
      this.#owned[word] = this.#owned[word]! | maskOf(unit, end);
      unit = (word + 1) << 5;
    }
    return true;
  };

  #anyOwned(first: number, end: number): boolean {
    for (let unit = first; unit < end;) {
      const word = unit >>> 5;
      if ((this.#owned[word]! & maskOf(unit, end)) !== 0) return true;
      unit = (word + 1) << 5;
    }
    return false;
  }

  /** True if the eight bytes at `offset` belong to a cell that was taken. */
  has(offset: number): boolean {
    const unit = Math.floor(offset / CELL_ALIGNMENT);
    return ((this.#owned[unit >>> 5] ?? 0) & (1 << (unit & 31))) !== 0;
  }
}

/** The bits from `unit` on that lie in its word and before `end`. */
function maskOf(unit: number, end: number): number {
  const from = unit & 31;
  const length = Math.min(32 - from, end - unit);
  return (length === 32 ? -1 : (1 << length) - 1) << from;
}
