/** Looks for images and updates below one folder, breadth first and within limits. */
import { joinWindowsPath, MedicError, windowsBaseName } from "../base/mod.ts";
import { type FileEntry, type Host, RootedFileSystem } from "../host/mod.ts";
import { parseUpdateNames, type UpdateFolder } from "./update_files.ts";

/** How far a search below one folder or on one volume goes. */
export interface SearchLimits {
  /** Folders below the first: 1 looks into the folders of the root. */
  readonly depth: number;
  readonly folders: number;
  readonly files: number;
  readonly milliseconds: number;
}

/** Where to search. */
export interface FolderSearch {
  /** Native path of the folder or volume. */
  readonly root: string;
  /** Only folders that are named like media, as on the volume of the Windows to repair. */
  readonly onlyMediaFolders: boolean;
  readonly limits: SearchLimits;
}

/** What was found below one folder; paths are native ones. */
export interface FolderFindings {
  readonly files: readonly string[];
  readonly updates: readonly UpdateFolder[];
  /** What was not looked at and why: one sentence each. */
  readonly leftOut: readonly string[];
}

/** Folders of the root in which people and Setup keep images; they are looked at first. */
const MEDIA_FOLDERS = [
  "sources",
  "x64",
  "x86",
  "arm64",
  "iso",
  "isos",
  "images",
  "image",
  "wim",
  "esd",
  "media",
  "windows10",
  "windows11",
  "win10",
  "win11",
  "updates",
  "recovery",
  "$windows.~bt",
  "$windows.~ws",
];

/** Folders of the root that hold programs and data of a Windows, or what PE Medic keeps. */
const PASSED = [
  "$recycle.bin",
  "boot",
  "efi",
  "pemedic",
  "pemedic-journals",
  "perflogs",
  "program files",
  "program files (x86)",
  "programdata",
  "system volume information",
  "windows.old",
];

/** Where downloads of a person lie: `Users\NAME\Downloads`. */
const PERSONAL = ["downloads", "desktop", "documents"];

/** Windows PE and the recovery environment lack most files: never a source. */
const NEVER = ["boot.wim", "winre.wim"];

/** Searches one folder. What cannot be listed is told, never thrown. */
export async function searchFolder(host: Host, search: FolderSearch): Promise<FolderFindings> {
  return await new Search(host, search).run();
}

interface Waiting {
  readonly path: string;
  readonly depth: number;
}

class Search {
  readonly #host: Host;
  readonly #search: FolderSearch;
  readonly #rooted: RootedFileSystem;
  readonly #files: string[] = [];
  readonly #updates: UpdateFolder[] = [];
  readonly #unreadable: string[] = [];
  #unopened = 0;
  #passedFolders = 0;
  #links = 0;
  #deeper = 0;

  constructor(host: Host, search: FolderSearch) {
    this.#host = host;
    this.#search = search;
    this.#rooted = new RootedFileSystem(host.files, search.root);
  }

  async run(): Promise<FolderFindings> {
    const { limits } = this.#search;
    const end = this.#host.clock.monotonicMs() + limits.milliseconds;
    const queue: Waiting[] = [{ path: "", depth: 0 }];
    let at = 0;
    for (; at < queue.length && this.#host.clock.monotonicMs() < end; at++) {
      await this.#look(queue[at]!, queue);
    }
    return {
      files: this.#files,
      updates: this.#updates,
      leftOut: this.#leftOut(queue.length - at),
    };
  }

  async #look(waiting: Waiting, queue: Waiting[]): Promise<void> {
    let entries: FileEntry[];
    try {
      entries = await this.#rooted.list(waiting.path);
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      this.#unreadable.push(error.message);
      return;
    }
    await this.#takeFiles(waiting.path, entries);
    const names = this.#foldersOf(waiting.path, entries);
    if (waiting.depth >= this.#search.limits.depth) {
      this.#deeper += names.length;
      return;
    }
    for (const name of names) {
      const path = pathOf(waiting.path, name);
      if (path === undefined || queue.length >= this.#search.limits.folders) {
        this.#passedFolders++;
      } else queue.push({ path, depth: waiting.depth + 1 });
    }
  }

  async #takeFiles(folder: string, entries: readonly FileEntry[]): Promise<void> {
    const files = entries.filter((entry) => entry.kind === "file");
    const names = new Set(files.map((entry) => entry.name.toLowerCase()));
    const updates = parseUpdateNames(
      files.map(({ name }) => name),
      folder === "" ? "" : windowsBaseName(folder),
    );
    for (const { name, reparse } of files) {
      if (!isImage(name, names)) continue;
      const path = pathOf(folder, name);
      if (reparse) this.#links++;
      else if (path === undefined || this.#files.length >= this.#search.limits.files) {
        this.#unopened++;
      } else this.#files.push(await this.#rooted.nativePath(path));
    }
    if (updates.length === 0) return;
    this.#updates.push({ path: await this.#rooted.nativePath(folder), updates });
  }

  /** Names of the folders to look into, the likely ones first. */
  #foldersOf(parent: string, entries: readonly FileEntry[]): string[] {
    const folders = entries.filter((entry) => entry.kind === "directory" && !entry.reparse);
    const names = folders.map((entry) => entry.name);
    if (names.some((name) => name.toLowerCase() === "system32")) return []; // a Windows
    const above = parent.toLowerCase().split("\\").filter((name) => name !== "");
    return names
      .filter((name) => this.#isSearched(above, name.toLowerCase()))
      .sort((a, b) => likelihood(a) - likelihood(b));
  }

  #isSearched(above: readonly string[], name: string): boolean {
    if (above[0] === "users") return above.length === 1 || PERSONAL.includes(name);
    if (above.length > 0) return true;
    if (this.#search.onlyMediaFolders) return MEDIA_FOLDERS.includes(name) || name === "users";
    return !PASSED.includes(name) || this.#holdsProgram(name);
  }

  /** What lies beside the program is meant for it, whatever its folder is called. */
  #holdsProgram(name: string): boolean {
    const { programFolder } = this.#host.platform;
    if (programFolder === undefined) return false;
    const start = `${this.#search.root.replace(/[\\/]$/, "")}\\${name}\\`.toLowerCase();
    return `${programFolder.replaceAll("/", "\\")}\\`.toLowerCase().startsWith(start);
  }

  #leftOut(waiting: number): string[] {
    const { root, limits } = this.#search;
    const told: string[] = this.#unreadable.slice(0, 3);
    if (this.#unreadable.length > 3) {
      told.push(`${root}: ${this.#unreadable.length - 3} more folders cannot be listed`);
    }
    if (waiting > 0) {
      const seconds = Math.round(limits.milliseconds / 1000);
      told.push(`${root}: ${waiting} folders were not looked at: ${seconds} seconds had passed`);
    }
    if (this.#passedFolders > 0) {
      told.push(`${root}: ${this.#passedFolders} folders were not looked at: there are too many`);
    }
    if (this.#deeper > 0 && !this.#search.onlyMediaFolders) {
      told.push(`${root}: folders more than ${limits.depth} deep were not looked at`);
    }
    if (this.#unopened > 0) {
      told.push(`${root}: ${this.#unopened} image files were not opened: there are too many`);
    }
    if (this.#links > 0) told.push(`${root}: ${this.#links} image files are links`);
    return told;
  }
}

function likelihood(name: string): number {
  const place = MEDIA_FOLDERS.indexOf(name.toLowerCase());
  return place < 0 ? MEDIA_FOLDERS.length : place;
}

/** Undefined for a name that no Windows file can have, as Linux allows it. */
function pathOf(folder: string, name: string): string | undefined {
  try {
    return joinWindowsPath(folder, name);
  } catch (error) {
    if (error instanceof MedicError) return undefined;
    throw error;
  }
}

/** An ISO, an image, or the first part of a split one that is there. */
function isImage(name: string, beside: ReadonlySet<string>): boolean {
  const lower = name.toLowerCase();
  if (!/\.(?:iso|wim|esd|swm)$/.test(lower) || NEVER.includes(lower)) return false;
  const digits = /(\d+)\.swm$/.exec(lower)?.[1] ?? "";
  const stem = lower.slice(0, lower.length - ".swm".length);
  // "win11.swm" is a first part unless "win1.swm" or "win.swm" lies beside it.
  return !Array.from(digits, (_, i) => stem.slice(0, stem.length - i - 1))
    .some((first) => beside.has(`${first}.swm`));
}
