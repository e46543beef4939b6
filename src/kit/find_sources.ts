/**
 * Finds what may serve as a repair source on this machine: ISO files, images and updates on every
 * volume, the own stick first, and at the places that the user names. Nothing is opened here.
 */
import { MedicError, UsageError } from "../base/mod.ts";
import type { Host, VolumeInfo } from "../host/mod.ts";
import { type FolderFindings, searchFolder, type SearchLimits } from "./search_folder.ts";
import type { UpdateFolder } from "./update_files.ts";

/** What to search. */
export interface SourceSearch {
  /** Root of the volume of the Windows to repair: only folders named like media count there. */
  readonly targetVolume: string;
  /** Files, folders and drives that the user names; they come first. */
  readonly paths?: readonly string[];
  readonly limits?: Partial<SearchLimits>;
}

/** What was found. Paths are native ones. */
export interface FoundSources {
  /** Volumes and folders that were searched, in order. */
  readonly searched: readonly string[];
  /** ISO files, images and first parts of split images, in order and each once. */
  readonly files: readonly string[];
  readonly updates: readonly UpdateFolder[];
  /** What was not looked at and why: one sentence each. */
  readonly leftOut: readonly string[];
}

/** Enough for any stick, and seconds on a disk full of other things. */
export const SEARCH_LIMITS: SearchLimits = {
  depth: 3,
  folders: 2000,
  files: 200,
  milliseconds: 20_000,
};

/**
 * Searches the places that the user names, then every volume.
 *
 * @throws {UsageError} if there is nothing at a place that the user names.
 */
export async function findSources(host: Host, search: SourceSearch): Promise<FoundSources> {
  const limits = { ...SEARCH_LIMITS, ...search.limits };
  const found = new Findings();
  for (const path of search.paths ?? []) {
    if (await isFile(host, path)) found.files.push(path);
    else {
      const root = /^[A-Za-z]:$/.test(path) ? `${path}\\` : path;
      found.add(root, await searchFolder(host, { root, onlyMediaFolders: false, limits }));
    }
  }
  const volumes = await host.volumes.list();
  for (const volume of await inOrder(host, volumes, search.targetVolume)) {
    if (!volume.mounted) {
      if (volume.drive !== "cdrom") found.leftOut.push(unreadable(volume));
      continue;
    }
    const onlyMediaFolders = volume.root === search.targetVolume;
    found.add(
      volume.root,
      await searchFolder(host, { root: volume.root, onlyMediaFolders, limits }),
    );
  }
  return found.result();
}

class Findings {
  readonly files: string[] = [];
  readonly leftOut: string[] = [];
  readonly #searched: string[] = [];
  readonly #updates: UpdateFolder[] = [];

  add(root: string, found: FolderFindings): void {
    this.#searched.push(root);
    this.files.push(...found.files);
    this.#updates.push(...found.updates);
    this.leftOut.push(...found.leftOut);
  }

  result(): FoundSources {
    return {
      searched: unique(this.#searched, (root) => root),
      files: unique(this.files, (path) => path),
      updates: unique(this.#updates, (folder) => folder.path),
      leftOut: unique(this.leftOut, (sentence) => sentence),
    };
  }
}

/** The first of each; paths of drives are compared as Windows does it. */
function unique<T>(items: readonly T[], key: (item: T) => string): T[] {
  const seen = new Map<string, T>();
  for (const item of items) {
    const text = key(item);
    const folded = /^[A-Za-z]:/.test(text) ? text.replaceAll("/", "\\").toLowerCase() : text;
    if (!seen.has(folded)) seen.set(folded, item);
  }
  return [...seen.values()];
}

async function isFile(host: Host, path: string): Promise<boolean> {
  if (/^[A-Za-z]:\\?$/.test(path) && await host.volumes.at(path) !== undefined) return false;
  const entry = await host.files.stat(path);
  if (entry !== undefined) return entry.kind === "file";
  throw new UsageError(`Cannot find a source at "${path}"`, {
    next: "Name an ISO, WIM, ESD or SWM file, a folder or a drive",
  });
}

function unreadable(volume: VolumeInfo): string {
  return `${volume.letter ?? volume.root} cannot be read: it is locked or has no file system`;
}

const DRIVES: readonly VolumeInfo["drive"][] = ["removable", "cdrom", "fixed", "unknown"];

/** The stick first, the volume of the target last; never the RAM disk and the running system. */
async function inOrder(
  host: Host,
  volumes: readonly VolumeInfo[],
  target: string,
): Promise<VolumeInfo[]> {
  const stick = await stickRoot(host);
  const place = ({ root, drive }: VolumeInfo) =>
    root === stick ? -1 : root === target ? DRIVES.length : DRIVES.indexOf(drive);
  return volumes
    .filter(({ root, drive }) =>
      (DRIVES.includes(drive) && root !== host.platform.systemRoot) || root === target
    )
    .sort((a, b) => place(a) - place(b));
}

async function stickRoot(host: Host): Promise<string | undefined> {
  const folder = host.platform.programFolder;
  if (folder === undefined) return undefined;
  try {
    return (await host.volumes.at(folder))?.root;
  } catch (error) {
    if (error instanceof MedicError) return undefined; // the stick was pulled out
    throw error;
  }
}
