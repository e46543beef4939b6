/** A value's data for people. */
import type { HiveValue } from "../formats/regf/mod.ts";

/** Characters that are shown. */
const SHOWN = 160;

/** A value's data in one line; long data is cut. */
export function shownValue(value: HiveValue): string {
  const strings = value.strings();
  const text = strings === undefined
    ? value.string() ?? value.number()?.toString() ?? `${value.data.length} bytes`
    : strings.join(" | ");
  return text.length > SHOWN ? text.slice(0, SHOWN - 3) + "..." : text;
}
