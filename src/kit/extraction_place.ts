/** Where files of media are put: a folder whose volume has room for them and can hold them. */
import { formatBytes, MedicError, RefusalError, UsageError } from "../base/mod.ts";
import { type Host, liesOn, RootedFileSystem, type VolumeInfo } from "../host/mod.ts";
import { readHibernation } from "../windows/mod.ts";
import { FAT32_LARGEST } from "./install_image.ts";

/** A destination that may be written to. */
export interface ExtractionPlace {
  /** Native path. */
  readonly path: string;
  /** It has to be made first. */
  readonly isNew: boolean;
  readonly volume: VolumeInfo | undefined;
}

/** Folders that Windows keeps in the root of every volume: an empty stick is empty with them. */
const KEPT_BY_WINDOWS = ["SYSTEM VOLUME INFORMATION", "$RECYCLE.BIN", "RECYCLER"];

/**
 * Looks at a destination; changes nothing.
 *
 * @throws {UsageError} if it is no folder, or its parent is not there.
 * @throws {RefusalError} if it is a link or lies below one, holds files (unless `resume`), lies
 * inside the source, or its volume must not be written to.
 */
export async function findPlace(
  host: Host,
  path: string,
  { source, resume }: { readonly source: string | undefined; readonly resume: boolean },
): Promise<ExtractionPlace> {
  const native = nativeFolder(path);
  await refuseLinks(host, native);
  if (source !== undefined) await refuseInside(host, native, source);
  const root = isDrive(native) ? await requireVolume(host, native) : undefined;
  const entry = root === undefined ? await host.files.stat(native) : undefined;
  const isNew = root === undefined && entry === undefined;
  if (entry?.kind === "file") {
    throw new UsageError(`Cannot extract to "${path}": it is a file`, {
      next: "Name a folder, or a new one in a folder that is there",
    });
  }
  if (entry?.reparse) throw linked(path);
  if (isNew) await requireFolder(host, parentOf(native));
  else if (!resume) await requireEmpty(host, native);
  const volume = root ?? await host.volumes.at(isNew ? parentOf(native) : native);
  if (volume !== undefined) await requireWritable(host, volume);
  return { path: native, isNew, volume };
}

/** Without a separator at the end, but for roots. */
function nativeFolder(path: string): string {
  if (/^[A-Za-z]:[\\/]*$/.test(path)) return `${path.slice(0, 2)}\\`;
  return path.length > 1 ? path.replace(/(?<=.)[\\/]+$/, "") : path;
}

function isDrive(path: string): boolean {
  return /^[A-Za-z]:\\$/.test(path);
}

async function requireVolume(host: Host, drive: string): Promise<VolumeInfo> {
  const volume = await host.volumes.at(drive);
  if (volume !== undefined) return volume;
  throw new UsageError(`Cannot extract to "${drive}": there is no such volume`, {
    next: "See the letters of here with: pemedic scan",
  });
}

/** A link above the destination leads elsewhere, perhaps into the source. */
async function refuseLinks(host: Host, dest: string): Promise<void> {
  for (const folder of foldersAbove(dest)) {
    if ((await host.files.stat(folder))?.reparse) throw linked(folder);
  }
}

async function refuseInside(host: Host, dest: string, source: string): Promise<void> {
  if (!liesOn(lexical(dest), lexical(source)) && !await isBelowSame(host, dest, source)) return;
  throw new RefusalError(`Cannot extract to "${dest}": it lies inside "${source}"`, {
    next: "Name a folder outside of what is copied",
  });
}

/** One folder has many spellings (short names, letters of `subst`): what it holds tells more. */
async function isBelowSame(host: Host, dest: string, source: string): Promise<boolean> {
  const wanted = await contentsOf(host, source);
  if (wanted === "") return false;
  for (const folder of foldersAbove(dest)) {
    if (await contentsOf(host, folder) === wanted) return true;
  }
  return false;
}

/** All that a folder shows of itself; "" for one that is empty or cannot be listed. */
async function contentsOf(host: Host, folder: string): Promise<string> {
  try {
    return (await host.files.list(folder))
      .map(({ name, kind, size, modified }) => `${name}|${kind}|${size}|${modified?.getTime()}`)
      .join("\n");
  } catch (error) {
    if (error instanceof MedicError) return "";
    throw error;
  }
}

/** The folders that a path lies in, without the root; the nearest first. */
function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let folder = parentOf(path); !/^(?:\.|[\\/]|[A-Za-z]:[\\/]?)$/.test(folder);) {
    folders.push(folder);
    const above = parentOf(folder);
    if (above.length >= folder.length) break;
    folder = above;
  }
  return folders;
}

/** The path without `.` and `..`, with one kind of separator. */
function lexical(path: string): string {
  const separator = path.includes("\\") || /^[A-Za-z]:/.test(path) ? "\\" : "/";
  const names: string[] = [];
  for (const name of path.split(separator === "\\" ? /[\\/]/ : /\//)) {
    if (name === "..") names.pop();
    else if (name !== "." && (name !== "" || names.length === 0)) names.push(name);
  }
  return names.join(separator);
}

function linked(path: string): RefusalError {
  return new RefusalError(`Cannot extract to "${path}": it is a link, and links are not followed`, {
    next: "Name the folder that it leads to",
  });
}

/** The folder that a native path lies in. */
function parentOf(path: string): string {
  const cut = path.replace(/[\\/]+$/, "").replace(/[^\\/]+$/, "");
  if (cut === "") return ".";
  return /^(?:[A-Za-z]:)?[\\/]$/.test(cut) ? cut : cut.replace(/[\\/]+$/, "");
}

async function requireFolder(host: Host, parent: string): Promise<void> {
  if (isDrive(parent)) return void await requireVolume(host, parent);
  if ((await host.files.stat(parent))?.kind === "directory") return;
  throw new UsageError(`Cannot extract there: there is no folder "${parent}"`, {
    next: "See the letters of here with: pemedic scan",
  });
}

async function requireEmpty(host: Host, path: string): Promise<void> {
  const there = (await host.files.list(path))
    .filter(({ name }) => !KEPT_BY_WINDOWS.includes(name.toUpperCase()));
  if (there.length === 0) return;
  throw new RefusalError(
    `Cannot extract to "${path}": it is not empty ("${there[0]!.name}" is there)`,
    { next: "Name a new folder; or add --resume to go on with a copy that was cut off" },
  );
}

async function requireWritable(host: Host, volume: VolumeInfo): Promise<void> {
  const name = volume.letter ?? volume.root;
  if (volume.readOnly) {
    throw new RefusalError(`Cannot extract to ${name}: the volume is read-only`, {
      code: "readOnly",
      next: "Name a folder on another volume; some sticks have a switch against writing",
    });
  }
  if (volume.fileSystem !== "NTFS") return;
  const state = await readHibernation(new RootedFileSystem(host.files, volume.root));
  if (!state.active && !state.unknown) return;
  const reason = state.active
    ? "the Windows on it is hibernated or was shut down with Fast Startup"
    : `whether the Windows on it is hibernated cannot be told (${state.detail})`;
  throw new RefusalError(`Cannot extract to ${name}: ${reason}`, {
    code: "hibernated",
    next: "Name a folder on another volume",
  });
}

/** What is to be written to a volume. */
export interface SpaceNeed {
  readonly path: string;
  readonly size: number;
  /** Bytes that still have to be found room for. */
  readonly missing: number;
}

/**
 * Refuses what the volume cannot hold, before the first byte.
 *
 * @throws {RefusalError} for files that are too large for FAT.
 * @throws {MedicError} `noSpace` if the room does not suffice.
 */
export function requireRoom(place: ExtractionPlace, needs: readonly SpaceNeed[]): void {
  const { volume } = place;
  if (volume === undefined) return;
  const name = volume.letter ?? volume.root;
  const tooLarge = needs.filter(({ size }) => size > FAT32_LARGEST);
  if (/^FAT/i.test(volume.fileSystem) && tooLarge.length > 0) {
    const files = tooLarge.map(({ path, size }) => `${path} (${formatBytes(size)})`).join(", ");
    throw new RefusalError(
      `Cannot extract to ${name}: ${volume.fileSystem} holds no file of 4 GB or more: ${files}`,
      {
        next: "Format the stick as NTFS or exFAT; or leave the file out " +
          `(--only "!${tooLarge[0]!.path}"), extract it to an NTFS volume, and split it there: ` +
          "dism /Split-Image /ImageFile:install.wim /SWMFile:install.swm /FileSize:3800",
      },
    );
  }
  const cluster = clusterOf(volume);
  const needed = needs.reduce((sum, need) => sum + Math.ceil(need.missing / cluster) * cluster, 0);
  if (needed <= volume.freeBytes) return;
  throw new MedicError(
    "noSpace",
    `Cannot extract to ${name}: ${formatBytes(needed)} are needed, ` +
      `${formatBytes(volume.freeBytes)} are free; nothing was written`,
    { next: "Free some space there, name another volume, or copy less with --only" },
  );
}

/** The usual size of a cluster, in bytes: a guess that errs by some megabytes at most. */
function clusterOf(volume: VolumeInfo): number {
  return volume.fileSystem === "NTFS" ? 4096 : 32768;
}

/** What lies in the destination under a name; a link is told as such. */
export async function lookAt(
  files: RootedFileSystem,
  path: string,
): Promise<{ kind: "none" | "file" | "folder" | "link"; size: number; modified: Date | null }> {
  const entry = await files.stat(path);
  if (entry === undefined) return { kind: "none", size: 0, modified: null };
  const { size, modified } = entry;
  if (entry.reparse) return { kind: "link", size, modified };
  return { kind: entry.kind === "file" ? "file" : "folder", size, modified };
}

/** Refuses what is in the way, each with its reason. */
export function refuseAll(dest: string, reasons: readonly string[], next: string): void {
  if (reasons.length === 0) return;
  const shown = reasons.slice(0, MOST_REASONS).join("; ");
  const more = reasons.length > MOST_REASONS ? `; and ${reasons.length - MOST_REASONS} more` : "";
  throw new RefusalError(`Cannot extract to "${dest}": ${shown}${more}; nothing was written`, {
    next,
  });
}

/** A list of reasons has to fit a screen; the first ones show what is wrong. */
const MOST_REASONS = 10;
