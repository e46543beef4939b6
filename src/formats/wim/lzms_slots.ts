/**
 * LZMS's slots: an offset or length is coded as a slot, which has a base, and a number of
 * further bits that are added to it.
 *
 * Source: the tables of wimlib's LZMS notes, given here as runs of equal numbers of bits.
 */

/** `[bits, slots]`: so many slots in a row have so many further bits. */
type Run = readonly [bits: number, slots: number];

const OFFSET_RUNS: readonly Run[] = [
  [0, 8],
  [2, 9],
  [3, 7],
  [4, 10],
  [5, 15],
  [6, 15],
  [7, 20],
  [8, 20],
  [9, 30],
  [10, 33],
  [11, 40],
  [12, 42],
  [13, 45],
  [14, 60],
  [15, 73],
  [16, 80],
  [17, 85],
  [18, 95],
  [19, 105],
  [20, 6],
  [30, 1],
];

const LENGTH_RUNS: readonly Run[] = [
  [0, 26],
  [1, 4],
  [2, 6],
  [3, 4],
  [4, 5],
  [5, 2],
  [6, 1],
  [7, 1],
  [8, 1],
  [9, 1],
  [10, 1],
  [16, 1],
  [30, 1],
];

/** Bases and further bits by slot; the first base is 1. */
export interface Slots {
  readonly bases: Float64Array;
  readonly bits: Uint8Array;
}

function slotsOf(runs: readonly Run[]): Slots {
  const bits = Uint8Array.from(runs.flatMap(([count, slots]) => Array(slots).fill(count)));
  const bases = new Float64Array(bits.length);
  let base = 1;
  bits.forEach((count, slot) => {
    bases[slot] = base;
    base += 2 ** count;
  });
  return { bases, bits };
}

export const OFFSET_SLOTS: Slots = slotsOf(OFFSET_RUNS);
export const LENGTH_SLOTS: Slots = slotsOf(LENGTH_RUNS);

/** How many offset slots a chunk of `length` bytes uses: as many as offsets up to length − 1 need. */
export function offsetSlotCount(length: number): number {
  let slots = 0;
  while (slots < OFFSET_SLOTS.bases.length && OFFSET_SLOTS.bases[slots]! < length) slots++;
  return slots;
}
