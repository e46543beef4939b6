/**
 * One hive on the target: read with its logs, and put in place by one swap. The new file waits
 * in the session's folder and is read back before it takes the old one's place; the old file and
 * its logs are kept together. The logs stay where they are: the new file is clean and carries
 * higher sequence numbers, so Windows does not look at them.
 */
import {
  FormatError,
  MedicError,
  RefusalError,
  windowsBaseName,
  windowsParent,
} from "../base/mod.ts";
import type { ReadableFileSystem } from "../host/mod.ts";
import {
  type HiveReplay,
  readHiveLogs,
  readHiveSet,
  type ReadOrNothing,
} from "../formats/regf/mod.ts";
import { expandPath } from "./change.ts";
import { ensureFolder } from "./guarded_path.ts";
import type { JournalWriter } from "./journal_writer.ts";
import { sameAsBytes, sameContent } from "./same_content.ts";
import { keepPartial, stagedPlace } from "./settle.ts";

/** Endings of the files that belong to a hive and travel with it. */
export const LOG_SUFFIXES = [".LOG1", ".LOG2", ".LOG"] as const;

/** A hive that was read to be changed. */
export interface LoadedHive {
  readonly path: string;
  readonly replay: HiveReplay;
  /** SHA-256 of primary file and logs as they lay on the disk. */
  readonly fingerprint: string;
}

/** How to read a hive. */
export interface LoadOptions {
  /** What is no hive any more is read all the same, as bytes: something may be saved out of it. */
  readonly unreadable?: boolean;
}

/**
 * Reads a hive with its logs.
 *
 * @throws {MedicError} `damagedFile` if it is not there, or is no hive.
 */
export async function loadHive(
  files: ReadableFileSystem,
  path: string,
  options: LoadOptions = {},
): Promise<LoadedHive> {
  const digests: string[] = [];
  const read = digesting(files, digests);
  const replay = await replayOrRaw(path, read, options);
  if (replay === undefined) throw notThere(path);
  return { path, replay, fingerprint: digests.join(" ") };
}

function notThere(path: string): MedicError {
  return new MedicError("damagedFile", `Cannot change the hive "${path}": it is not there`);
}

/** The fingerprint of {@linkcode LoadedHive} alone: the same files in the same order, no replay. */
async function fingerprintOf(files: ReadableFileSystem, path: string): Promise<string> {
  const digests: string[] = [];
  const read = digesting(files, digests);
  if (await read(path) === undefined) throw notThere(path);
  await readHiveLogs(path, read);
  return digests.join(" ");
}

/** Reads files and notes the digest of each. */
function digesting(files: ReadableFileSystem, digests: string[]): ReadOrNothing {
  return async (file) => {
    const bytes = await readOrNothing(files, file);
    digests.push(await digestOf(bytes));
    return bytes;
  };
}

async function replayOrRaw(
  path: string,
  read: ReadOrNothing,
  options: LoadOptions,
): Promise<HiveReplay | undefined> {
  let primary: Uint8Array | undefined;
  try {
    return await readHiveSet(path, async (file) => {
      const bytes = await read(file);
      if (file === path) primary = bytes;
      return bytes;
    });
  } catch (error) {
    if (!(error instanceof FormatError) || !options.unreadable || primary === undefined) {
      throw error;
    }
    return {
      state: "unrecovered",
      bytes: primary,
      dirtyReason: error.message,
      used: [],
      refused: [],
      pages: 0,
      nextSequence: 1,
    };
  }
}

async function readOrNothing(
  files: ReadableFileSystem,
  path: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const entry = await files.stat(path);
  if (entry === undefined) return undefined;
  if (entry.kind === "file" && !entry.reparse) {
    return await files.read(path) as Uint8Array<ArrayBuffer>;
  }
  throw new RefusalError(`Cannot change the hive: "${path}" is no plain file`);
}

async function digestOf(bytes: Uint8Array<ArrayBuffer> | undefined): Promise<string> {
  if (bytes === undefined) return "none";
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What a swap needs besides the new bytes. */
export interface HiveSwap {
  readonly hive: LoadedHive;
  readonly bytes: Uint8Array;
  /** Where the old file is kept, with `{session}`; its logs are copied beside it. */
  readonly kept: string;
}

/**
 * Puts new bytes in the place of a hive.
 *
 * @throws {RefusalError} if the hive has changed since it was read.
 * @throws {MedicError} `notVerified` if what was written does not read back the same.
 */
export async function swapHive(writer: JournalWriter, swap: HiveSwap): Promise<void> {
  const { target, host } = writer.context;
  const { path } = swap.hive;
  const kept = expandPath(swap.kept, writer.folder);
  const staged = expandPath(stagedPlace(swap.kept), writer.folder);
  await ensureFolder(target, windowsParent(staged), writer.folder);
  await ensureFolder(target, windowsParent(kept), writer.folder);
  await keepLogs(writer, path, kept);
  // An undo that was cut off left its own attempt there.
  if (await target.stat(staged) !== undefined) await keepPartial(writer, staged);
  await target.createFile(staged, swap.bytes);
  await requireBytes(target, staged, swap.bytes);
  await host.checkpoint("hive-staged");
  await requireUnchanged(target, swap.hive);
  await target.replaceFile(path, staged, kept);
  await host.checkpoint("hive-swapped");
  try {
    await requireBytes(target, path, swap.bytes);
  } catch (error) {
    await takeOldBack(writer, path, kept);
    throw error;
  }
}

/** A hive that cannot be trusted must not be what Windows starts with while the old one is there. */
async function takeOldBack(writer: JournalWriter, path: string, kept: string): Promise<void> {
  await keepPartial(writer, path);
  await writer.context.target.move(kept, path);
}

async function keepLogs(writer: JournalWriter, path: string, kept: string): Promise<void> {
  const { target } = writer.context;
  for (const suffix of LOG_SUFFIXES) {
    const log = await target.stat(path + suffix);
    if (log?.kind !== "file" || log.reparse) continue;
    // An undo that was cut off, or refused, has copied the logs of its own day.
    if (await target.stat(kept + suffix) !== undefined) {
      if (await sameContent(target, path + suffix, kept + suffix)) continue;
      await keepPartial(writer, kept + suffix);
    }
    await target.copyFile(path + suffix, kept + suffix);
  }
}

async function requireBytes(
  files: ReadableFileSystem,
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  if (await sameAsBytes(files, path, bytes)) return;
  const name = windowsBaseName(path);
  throw new MedicError("notVerified", `Cannot trust "${name}": it reads back other than written`, {
    next: "The disk may be failing: save its data first",
  });
}

/** Another program at work on the hive would lose what it wrote. */
async function requireUnchanged(files: ReadableFileSystem, hive: LoadedHive): Promise<void> {
  if (await fingerprintOf(files, hive.path) === hive.fingerprint) return;
  throw new RefusalError(`Cannot change the hive "${hive.path}": it changed while it was edited`, {
    next: "Unload it where it is loaded (reg unload), then run the command again",
  });
}
