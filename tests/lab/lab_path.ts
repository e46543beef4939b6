/**
 * Absolute Windows paths of the lab (`D:\Windows`): parsed once, with the rules of Win32 and
 * NTFS, so that a test on Linux meets the same collisions as a stick on Windows.
 */
import { FileError } from "../../src/base/mod.ts";

/** A drive letter and the names below it. */
export interface LabPath {
  /** `D:`, upper case. */
  readonly letter: string;
  readonly names: readonly string[];
}

/** Characters that no Windows file name may hold. */
// deno-lint-ignore no-control-regex
const FORBIDDEN = /[<>:"|?*\u0000-\u001f]/;
const MAXIMUM_NAME_LENGTH = 255;

/**
 * Parses `D:\a\b`. `/` separates too, `.` and `..` are resolved, dots and blanks at the end of a
 * name are dropped as Win32 does, and the prefix `\\?\` is accepted.
 *
 * @throws {FileError} with the fault `other` for a path without a drive, or a name that cannot be.
 */
export function parseLabPath(path: string): LabPath {
  const match = /^(?:\\\\\?\\)?([A-Za-z]):(?:[\\/](.*))?$/s.exec(path);
  if (match === null) throw invalid(path, "the path does not start with a drive");
  const names: string[] = [];
  for (const part of (match[2] ?? "").split(/[\\/]+/)) {
    if (part === "" || part === ".") continue;
    if (part === "..") names.pop();
    else names.push(plainName(part, path));
  }
  return { letter: `${match[1]!.toUpperCase()}:`, names };
}

/** The path as text: `D:\a\b`, and `D:\` for a root. */
export function formatLabPath(path: LabPath): string {
  return `${path.letter}\\${path.names.join("\\")}`;
}

/** Joins a root such as `D:\` and a relative path. */
export function labPath(root: string, relative: string): string {
  if (relative === "") return root;
  return root.endsWith("\\") ? root + relative : `${root}\\${relative}`;
}

/**
 * The key under which NTFS finds a name: each UTF-16 code unit upcased on its own, so that
 * `ß` and `SS` stay two names (String.toUpperCase would merge them).
 */
export function nameKey(name: string): string {
  const upper = name.toUpperCase();
  if (upper.length === name.length) return upper;
  return Array.from({ length: name.length }, (_, i) => upcaseUnit(name[i]!)).join("");
}

function upcaseUnit(unit: string): string {
  const upper = unit.toUpperCase();
  return upper.length === 1 ? upper : unit;
}

function plainName(part: string, path: string): string {
  const name = part.replace(/[. ]+$/, "");
  if (name === "" || FORBIDDEN.test(name)) throw invalid(path, `"${part}" is no file name`);
  if (name.length > MAXIMUM_NAME_LENGTH) throw invalid(path, "a name is too long");
  return name;
}

function invalid(path: string, reason: string): FileError {
  return new FileError("use", path, "other", { cause: new Error(reason) });
}
