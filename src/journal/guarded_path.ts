/**
 * Looks at a path before anything is written there. A junction on the way would lead a change
 * to another folder or volume, and a file where a folder should be means somebody else's data.
 */
import {
  isFileFault,
  isWithin,
  RefusalError,
  splitWindowsPath,
  windowsBaseName,
  windowsParent,
} from "../base/mod.ts";
import type { FileSystem, ReadableFileSystem } from "../host/mod.ts";

/**
 * Creates a directory unless it is there.
 *
 * @throws {RefusalError} if something else of that name is there: a file, or a junction.
 */
export async function ensureDirectory(files: FileSystem, path: string): Promise<void> {
  try {
    await files.createDirectory(path);
  } catch (error) {
    if (!isFileFault(error, "exists")) throw error;
    await requireDirectory(files, path);
  }
}

/** Creates the folders that are missing from `top`, which exists, down to `folder`. */
export async function ensureFolder(
  files: FileSystem,
  folder: string,
  top: string,
): Promise<void> {
  if (isWithin(top, folder)) return;
  await ensureFolder(files, windowsParent(folder), top);
  await ensureDirectory(files, folder);
}

/**
 * Insists on a plain directory.
 *
 * @throws {RefusalError} if there is none, or if it is a file, a junction or another reparse point.
 */
export async function requireDirectory(files: ReadableFileSystem, path: string): Promise<void> {
  const entry = await files.stat(path);
  if (entry?.kind === "directory" && !entry.reparse) return;
  const state = entry === undefined
    ? "it is not there"
    : entry.reparse
    ? "it is a junction or another reparse point"
    : "it is a file";
  throw new RefusalError(`Cannot use the folder "${path}": ${state}`, {
    next: "Look what it is and rename it, then run again",
  });
}

/** What {@linkcode guardPath} refuses. */
export interface GuardOptions {
  /** The thing itself may be a junction, because the junction itself is what is renamed. */
  readonly last?: "plain" | "any";
}

/**
 * Refuses a path that does not lead where it says.
 *
 * @throws {RefusalError} for a junction or another reparse point anywhere on it, and for a name
 * that ends in a dot or a blank: Windows drops those and means another entry.
 */
export async function guardPath(
  files: ReadableFileSystem,
  path: string,
  options: GuardOptions = {},
): Promise<void> {
  const names = splitWindowsPath(path);
  if (names.length === 0) throw new RefusalError("Cannot change the root of the volume itself");
  let part = "";
  for (const [index, name] of names.entries()) {
    part = part === "" ? name : `${part}\\${name}`;
    if (/[. ]$/.test(name)) {
      throw new RefusalError(
        `Cannot change "${path}": the name "${name}" ends in a dot or a blank`,
      );
    }
    if (options.last === "any" && index === names.length - 1) return;
    if ((await files.stat(part))?.reparse) throw onLink(path, part);
  }
}

function onLink(path: string, part: string): RefusalError {
  return new RefusalError(
    `Cannot change "${path}": "${part}" is a junction or another reparse point`,
    { next: "Look where it leads and remove it yourself, or leave this step out with --skip" },
  );
}

/** Code units of a name that are kept: with number and suffix it stays below NTFS's 255. */
const NAME_UNITS = 120;

/** A name for something kept in a session's folder: `0007-SoftwareDistribution`. */
export function storedName(number: number, path: string): string {
  const name = windowsBaseName(path).slice(0, NAME_UNITS).replace(/[. ]+$/, "");
  return `${String(number).padStart(4, "0")}-${name}`;
}

/** The first of `path`, `path.2`, `path.3` … that is free: nothing kept is ever written over. */
export async function freePlace(files: ReadableFileSystem, path: string): Promise<string> {
  let free = path;
  for (let n = 2; await files.stat(free) !== undefined; n++) free = `${path}.${n}`;
  return free;
}
