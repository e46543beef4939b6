/**
 * The hives of an offline Windows, read once and kept. A hive that cannot be read is an
 * answer, not an exception: the diagnosis must go on.
 */
import { FileError, FormatError, joinWindowsPath } from "../base/mod.ts";
import type { ReadableFileSystem } from "../host/mod.ts";
import { type Hive, openHive } from "../formats/regf/mod.ts";

/** Folder of the machine's hives. */
export const CONFIG_FOLDER = "Windows\\System32\\config";

/** What became of reading one hive. */
export type HiveState =
  | { readonly state: "absent"; readonly path: string }
  | {
    readonly state: "unreadable";
    readonly path: string;
    readonly problem: string;
    readonly disk: boolean;
  }
  | {
    /** `dirty`: Windows was switched off before it had written everything; the newest data is in the logs. */
    readonly state: "clean" | "dirty";
    readonly path: string;
    readonly hive: Hive;
    readonly bytes: number;
    /** Names of the logs beside it that are not empty. */
    readonly logs: readonly string[];
    readonly dirtyReason?: string;
  };

/** Reads and keeps hives by their file name in `System32\config`. */
export class HiveStore {
  readonly #files: ReadableFileSystem;
  readonly #states = new Map<string, Promise<HiveState>>();

  constructor(files: ReadableFileSystem) {
    this.#files = files;
  }

  /** The hive of that name (`SYSTEM`, `SOFTWARE`, …), read at the first call. */
  read(name: string): Promise<HiveState> {
    const key = name.toUpperCase();
    let state = this.#states.get(key);
    if (state === undefined) {
      state = this.#load(key);
      this.#states.set(key, state);
    }
    return state;
  }

  /** Forgets what was read: after a repair the next question reads the disk again. */
  forget(): void {
    this.#states.clear();
  }

  async #load(name: string): Promise<HiveState> {
    const path = joinWindowsPath(CONFIG_FOLDER, name);
    try {
      if (await this.#files.stat(path) === undefined) return { state: "absent", path };
      const content = await this.#files.read(path);
      return await this.#open(path, content);
    } catch (error) {
      if (error instanceof FormatError) {
        return { state: "unreadable", path, problem: error.message, disk: false };
      }
      if (error instanceof FileError) {
        return {
          state: "unreadable",
          path,
          problem: error.message,
          disk: error.fault === "disk-error",
        };
      }
      throw error;
    }
  }

  async #open(path: string, content: Uint8Array): Promise<HiveState> {
    const hive = openHive(content, { name: path });
    if (hive.truncated) {
      const problem =
        `The hive is cut off: ${content.length} bytes are there, its header says more`;
      return { state: "unreadable", path, problem, disk: false };
    }
    const logs = await this.#logs(path);
    const common = { path, hive, bytes: content.length, logs };
    if (!hive.dirty) return { state: "clean", ...common };
    return {
      state: "dirty",
      ...common,
      ...(hive.dirtyReason === undefined ? {} : { dirtyReason: hive.dirtyReason }),
    };
  }

  async #logs(path: string): Promise<string[]> {
    const found: string[] = [];
    for (const suffix of [".LOG", ".LOG1", ".LOG2"]) {
      const entry = await this.#files.stat(path + suffix);
      if (entry !== undefined && entry.size > 0) found.push(entry.name);
    }
    return found;
  }
}
