/**
 * The hives of an offline Windows, read once and kept. A hive that cannot be read is an
 * answer, not an exception: the diagnosis must go on.
 */
import { FileError, FormatError, joinWindowsPath } from "../base/mod.ts";
import type { ReadableFileSystem } from "../host/mod.ts";
import { type Hive, type HiveReplay, openHive, readHiveSet } from "../formats/regf/mod.ts";

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
    /**
     * `replayed`: Windows was switched off before it had written everything; the newest data of
     * the logs is in place, as Windows itself will do it. `dirty`: no log could be used, and what
     * is shown is the file as it lies.
     */
    readonly state: "clean" | "replayed" | "dirty";
    readonly path: string;
    readonly hive: Hive;
    /** Size of the primary file as it lies. */
    readonly bytes: number;
    readonly replay: Omit<HiveReplay, "bytes">;
  };

/** The hive of a state that has one. */
export function hiveOf(state: HiveState): Hive | undefined {
  return "hive" in state ? state.hive : undefined;
}

/** `dirty, 35 pages replayed from LOG1, LOG2`; undefined for a clean hive. */
export function describeReplay(replay: Omit<HiveReplay, "bytes">): string | undefined {
  if (replay.state === "clean") return undefined;
  if (replay.state === "replayed") {
    const logs = replay.used.map(({ name }) => name.replace(/^.*\.(?=LOG\d?$)/i, "")).join(", ");
    const header = replay.headerFrom === undefined ? "" : ", its header healed";
    const pages = `${replay.pages} page${replay.pages === 1 ? "" : "s"}`;
    const stopped = replay.used.find((use) => use.stopped !== undefined);
    const rest = stopped === undefined
      ? ""
      : `; more is there and cannot be used: ${stopped.stopped}`;
    return `dirty, ${pages} replayed from ${logs}${header}${rest}`;
  }
  const reasons = replay.refused.map(({ name, reason }) => `${name}: ${reason}`).join("; ");
  return `dirty, and no log can be used (${reasons === "" ? "none is there" : reasons})`;
}

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
      return await this.#open(path);
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

  async #open(path: string): Promise<HiveState> {
    let bytes = 0;
    const set = await readHiveSet(path, async (file) => {
      if (await this.#files.stat(file) === undefined) return undefined;
      const content = await this.#files.read(file);
      if (file === path) bytes = content.length;
      return content;
    });
    if (set === undefined) return { state: "absent", path };
    const { bytes: content, ...replay } = set;
    const hive = openHive(content, { name: path });
    if (hive.truncated) {
      const problem =
        `The hive is cut off: ${content.length} bytes are there, its header says more`;
      return { state: "unreadable", path, problem, disk: false };
    }
    const state = replay.state === "unrecovered" ? "dirty" : replay.state;
    return { state, path, hive, bytes, replay };
  }
}
