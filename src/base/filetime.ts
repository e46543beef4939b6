/** FILETIME: 100-nanosecond steps since 1601-01-01 UTC, as Windows stores times. */

/** Milliseconds between 1601-01-01 and 1970-01-01. */
const EPOCH_DIFFERENCE_MS = 11_644_473_600_000n;

/** Converts a FILETIME to a Date, or null for zero and for values no Date can hold. */
export function dateFromFiletime(filetime: bigint): Date | null {
  if (filetime <= 0n) return null;
  const milliseconds = filetime / 10_000n - EPOCH_DIFFERENCE_MS;
  const date = new Date(Number(milliseconds));
  return Number.isNaN(date.getTime()) ? null : date;
}

/** Converts a Date to a FILETIME. */
export function filetimeFromDate(date: Date): bigint {
  return (BigInt(date.getTime()) + EPOCH_DIFFERENCE_MS) * 10_000n;
}
