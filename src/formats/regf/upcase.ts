/**
 * Names as the Windows registry compares them: code unit by code unit, each in upper case by
 * Windows' own table. Length never changes, surrogates are plain units.
 */
import { UPCASE_RUNS } from "./upcase_table.ts";

let expanded: Uint16Array | undefined;

/** The table, made when a name is first compared: most commands never do. */
function upcaseTable(): Uint16Array {
  return expanded ??= expand(UPCASE_RUNS);
}

function expand(runs: string): Uint16Array {
  const table = new Uint16Array(0x10000);
  for (let unit = 0; unit < table.length; unit++) table[unit] = unit;
  let start = 0;
  for (const run of runs.split(" ")) {
    const [, gap, form, count, sign, delta] = /^(\w+)(?:([-*])(\w+))?([+~])(\w+)$/.exec(run)!;
    start += parseInt(gap!, 36);
    const change = parseInt(delta!, 36) * (sign === "+" ? 1 : -1);
    const step = form === "*" ? 2 : 1;
    const end = start + step * (count === undefined ? 1 : parseInt(count, 36));
    for (let unit = start; unit < end; unit += step) table[unit] = unit + change;
  }
  return table;
}

/** The upper case of one UTF-16 code unit (0 to 0xFFFF). */
export function upcaseUnit(unit: number): number {
  return upcaseTable()[unit]!;
}

/** A text in upper case. Two names are the same to Windows if this is equal. */
export function upcaseText(text: string): string {
  const table = upcaseTable();
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (table[unit] !== unit) return text.slice(0, i) + upcaseRest(text, i);
  }
  return text;
}

function upcaseRest(text: string, start: number): string {
  const table = upcaseTable();
  let upper = "";
  for (let i = start; i < text.length; i++) {
    upper += String.fromCharCode(table[text.charCodeAt(i)]!);
  }
  return upper;
}

/** Orders two names as subkey lists are ordered: negative, 0 (same name) or positive. */
export function compareNames(a: string, b: string): number {
  const table = upcaseTable();
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = table[a.charCodeAt(i)]! - table[b.charCodeAt(i)]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** The hash of a key name in an `lh` list: unsigned 32-bit. */
export function lhHash(name: string): number {
  const table = upcaseTable();
  let hash = 0;
  for (let i = 0; i < name.length; i++) {
    hash = (Math.imul(hash, 37) + table[name.charCodeAt(i)]!) | 0;
  }
  return hash >>> 0;
}
