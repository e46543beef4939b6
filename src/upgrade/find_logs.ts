/**
 * Finds the files that tell of an upgrade. Links are never followed, and what cannot be looked at
 * is named instead of being an error: the rest is still worth having.
 */
import { joinWindowsPath, MedicError, splitWindowsPath } from "../base/mod.ts";
import { secretFileReason, type UpgradeLogRow } from "../knowledge/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";

/** A file that is there. */
export interface FoundLog {
  readonly row: UpgradeLogRow;
  /** Volume-relative. */
  readonly path: string;
  readonly bytes: number;
}

/** Something that is not taken, and why: one sentence without full stop. */
export interface LeftLog {
  readonly path: string;
  readonly reason: string;
  /** Nothing of it is there; else it is there and cannot or must not be taken. */
  readonly absent?: true;
  /** It could not be looked at. */
  readonly failed?: true;
}

/** What is there. */
export interface FoundLogs {
  readonly files: readonly FoundLog[];
  readonly left: readonly LeftLog[];
}

/** Files of one folder that are taken: thousands are no logs but a mistake. */
export const MOST_FILES = 500;

type Files = Pick<OfflineWindows, "files">;

/** Looks at the places of a table. Never throws for what is damaged or forbidden. */
export async function findLogs(windows: Files, rows: readonly UpgradeLogRow[]): Promise<FoundLogs> {
  const files: FoundLog[] = [];
  const left: LeftLog[] = [];
  for (const row of rows) {
    const search = new Search(windows, row);
    await search.run();
    files.push(...search.files);
    left.push(...search.left);
  }
  return { files, left };
}

class Search {
  readonly files: FoundLog[] = [];
  readonly left: LeftLog[] = [];
  readonly #windows: Files;
  readonly #row: UpgradeLogRow;

  constructor(windows: Files, row: UpgradeLogRow) {
    this.#windows = windows;
    this.#row = row;
  }

  async run(): Promise<void> {
    const { path, names, depth = 0, what, inEach } = this.#row;
    if (inEach !== undefined) return await this.#each(path, inEach, depth);
    const kind = await this.#kindOf(path);
    if (kind === undefined) return;
    if (names === undefined) {
      if (kind !== "file") this.left.push({ path, reason: "It is a folder, not a file" });
      return;
    }
    if (kind !== "directory") {
      this.left.push({ path, reason: "It is a file, not a folder" });
      return;
    }
    await this.#folder(path, depth);
    if (this.files.length === 0 && this.left.length === 0) {
      this.left.push({ path, reason: `It holds no file about ${what}`, absent: true });
    }
  }

  /** The folder of that name in each folder of the row's place; most have none. */
  async #each(path: string, name: string, depth: number): Promise<void> {
    try {
      if ((await this.#windows.files.stat(path))?.kind !== "directory") return;
      if (await this.#kindOf(path) !== "directory") return;
      for (const entry of await this.#windows.files.list(path)) {
        if (entry.reparse || entry.kind !== "directory") continue;
        const place = joinWindowsPath(path, entry.name, name);
        if (await this.#windows.files.stat(place) === undefined) continue;
        if (await this.#kindOf(place) === "directory") await this.#folder(place, depth);
      }
    } catch (error) {
      this.#failed(path, error);
    }
  }

  /** What lies at the row's place; every folder on the way must be a plain one. */
  async #kindOf(path: string): Promise<"file" | "directory" | undefined> {
    let part = "";
    try {
      for (const name of splitWindowsPath(path)) {
        part = joinWindowsPath(part, name);
        const entry = await this.#windows.files.stat(part);
        if (entry === undefined) {
          this.left.push({ path, reason: "It is not there", absent: true });
          return undefined;
        }
        if (entry.reparse) {
          this.#link(part);
          return undefined;
        }
        if (part.length < path.length) continue;
        if (entry.kind === "file") this.#take(path, entry.size);
        return entry.kind;
      }
    } catch (error) {
      this.#failed(path, error);
    }
    return undefined;
  }

  async #folder(path: string, depth: number): Promise<void> {
    let entries;
    try {
      entries = await this.#windows.files.list(path);
    } catch (error) {
      return this.#failed(path, error);
    }
    for (const entry of entries) {
      const place = joinWindowsPath(path, entry.name);
      if (entry.reparse) this.#link(place);
      else if (entry.kind === "directory") {
        if (depth > 0) await this.#folder(place, depth - 1);
      } else this.#file(place, entry);
    }
  }

  #file(path: string, entry: { readonly name: string; readonly size: number }): void {
    const secret = secretFileReason(entry.name);
    if (secret !== undefined) {
      this.left.push({ path, reason: secret });
      return;
    }
    if (this.#row.names?.test(entry.name)) this.#take(path, entry.size);
  }

  #take(path: string, bytes: number): void {
    if (this.files.length < MOST_FILES) {
      this.files.push({ row: this.#row, path, bytes });
      return;
    }
    const reason = `There are more than ${MOST_FILES} files of this kind`;
    if (this.left.at(-1)?.reason !== reason) this.left.push({ path, reason });
  }

  #link(path: string): void {
    this.left.push({ path, reason: "It is a link to another place, which is not followed" });
  }

  #failed(path: string, error: unknown): void {
    if (!(error instanceof MedicError)) throw error;
    this.left.push({ path, reason: error.message, failed: true });
  }
}
