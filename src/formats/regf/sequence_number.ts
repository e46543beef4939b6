/** Sequence numbers of hives and logs: 32 bits that wrap around. */

/** How far `to` is ahead of `from`, modulo 2^32: negative if it lies behind. */
export function sequenceDistance(from: number, to: number): number {
  return (to - from) | 0;
}

/** The number after this one. */
export function nextNumber(sequence: number): number {
  return (sequence + 1) >>> 0;
}

/** The latest of the numbers and `start`: the one that is farthest ahead of `start`. */
export function latestNumber(start: number, numbers: Iterable<number>): number {
  let ahead = 0;
  for (const number of numbers) ahead = Math.max(ahead, sequenceDistance(start, number));
  return (start + ahead) >>> 0;
}
