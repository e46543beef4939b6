/** The seven bytes of a recording time. Source: ECMA-119 9.1.5. */

/** A time, or undefined if there is none or it cannot be. */
export function readRecordTime(bytes: Uint8Array): Date | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zone = 0] = bytes;
  const possible = month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 23 &&
    minute <= 59 && second <= 59;
  if (!possible) return undefined;
  /** Quarters of an hour from UTC, -48 to 52. */
  const quarters = (zone << 24) >> 24;
  const offset = quarters >= -48 && quarters <= 52 ? quarters * 15 : 0;
  return new Date(Date.UTC(1900 + year, month - 1, day, hour, minute - offset, second));
}
