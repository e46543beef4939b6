/**
 * Paths relative to the root of a Windows volume, always with `\`: what the journal, the
 * plans and the facts tables speak, because letters change at every boot of WinPE.
 */
import { UsageError } from "./errors.ts";

/** Characters that no Windows file name may hold, apart from the separators. */
// deno-lint-ignore no-control-regex
const FORBIDDEN = /[<>:"|?*\u0000-\u001f]/;

/**
 * Splits a volume-relative path into names. `/` counts as a separator too.
 *
 * @throws {UsageError} for `..`, a drive letter or a character that Windows forbids: such a
 * path could leave the volume.
 */
export function splitWindowsPath(path: string): string[] {
  const names = path.split(/[\\/]+/).filter((name) => name !== "" && name !== ".");
  for (const name of names) {
    if (name === ".." || FORBIDDEN.test(name)) {
      throw new UsageError(`Cannot use the path "${path}": "${name}" is not a plain file name`);
    }
  }
  return names;
}

/** Joins names with `\`. */
export function joinWindowsPath(...parts: readonly string[]): string {
  return parts.flatMap(splitWindowsPath).join("\\");
}

/** The last name of a path, or "" for the root. */
export function windowsBaseName(path: string): string {
  return splitWindowsPath(path).at(-1) ?? "";
}

/** The path without its last name, or "" for a name in the root. */
export function windowsParent(path: string): string {
  return splitWindowsPath(path).slice(0, -1).join("\\");
}

/** Compares two volume-relative paths as Windows does: separators and case do not count. */
export function sameWindowsPath(a: string, b: string): boolean {
  return windowsPathKey(a) === windowsPathKey(b);
}

/** A key under which two spellings of the same path are equal. */
export function windowsPathKey(path: string): string {
  return foldCase(splitWindowsPath(path).join("\\"));
}

/**
 * A text in upper case as file names are compared: each UTF-16 code unit on its own, so that
 * the length never changes. "ß" and "SS" stay two names, which `toUpperCase()` makes one, and no
 * foreign letter becomes an ASCII one ("ı" is no "I", as in the table of NTFS).
 */
export function foldCase(text: string): string {
  const upper = text.toUpperCase();
  if (upper === text) return text;
  let folded = "";
  for (let i = 0; i < text.length; i++) folded += foldUnit(text[i]!);
  return folded;
}

function foldUnit(unit: string): string {
  const upper = unit.toUpperCase();
  const becomesAscii = upper.charCodeAt(0) < 0x80 && unit.charCodeAt(0) >= 0x80;
  return upper.length === 1 && !becomesAscii ? upper : unit;
}

/** Says whether `path` is `ancestor` or lies below it. */
export function isWithin(path: string, ancestor: string): boolean {
  const key = windowsPathKey(path);
  const above = windowsPathKey(ancestor);
  return above === "" || key === above || key.startsWith(above + "\\");
}
