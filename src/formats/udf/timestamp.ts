/** Times of ECMA-167 1/7.3: twelve bytes, local time with its distance from UTC. */
import { ByteView } from "../../base/mod.ts";

/** "No time zone given"; OSTA UDF 2.1.4.1 says to read such a time as UTC. */
const UNSPECIFIED_ZONE = -2047;

/** The time at `offset`, or undefined if there is none or it cannot be. */
export function readTimestamp(view: ByteView, offset: number): Date | undefined {
  const typeAndZone = view.u16(offset);
  const signed = ((typeAndZone & 0xfff) ^ 0x800) - 0x800;
  const zone = signed === UNSPECIFIED_ZONE || Math.abs(signed) > 1440 ? 0 : signed;
  const year = view.u16(offset + 2);
  const [month, day] = [view.u8(offset + 4), view.u8(offset + 5)];
  const [hour, minute, second] = [6, 7, 8].map((at) => view.u8(offset + at)) as [
    number,
    number,
    number,
  ];
  const possible = year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
    day <= 31 && hour <= 23 && minute <= 59 && second <= 59;
  if (!possible) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const centiseconds = Math.min(view.u8(offset + 9), 99);
  date.setUTCHours(hour, minute - zone, second, centiseconds * 10);
  return date;
}
