/**
 * What a staged upgrade takes along from outside of the target: the program itself, folders of
 * drivers and scripts, the file with the product key. Each is looked at before it is planned.
 */
import { FormatError, joinWindowsPath, RefusalError, UsageError } from "../base/mod.ts";
import { machineName, readPe } from "../formats/pe/mod.ts";
import { type Host, RootedFileSystem } from "../host/mod.ts";
import { openMedia, requireTree } from "../kit/mod.ts";
import {
  FIRST_WINDOWS_11,
  HIDDEN_KEY,
  hideProductKeys,
  setupConfigText,
} from "../tools/setup/mod.ts";
import type { StageRequest, UpgradeMedia, UpgradeOrder } from "../upgrade/mod.ts";
import { type OfflineWindows, readMountedLetters, samePartition } from "../windows/mod.ts";
import { type CommandContext, onUserFile } from "./context.ts";

type OutsideFile = StageRequest["program"];
type OutsideTree = NonNullable<StageRequest["media"]>;

/**
 * The program that is left on the target: this one, or the one that was named.
 *
 * @throws {MedicError} if there is none that the target could run.
 */
export async function programFile(
  { host }: CommandContext,
  windows: OfflineWindows,
  named: string | undefined,
): Promise<OutsideFile> {
  const place = named ?? host.platform.programFile;
  const next = "Name the program: --program E:\\pemedic.exe";
  if (place === undefined) {
    throw new UsageError("Cannot stage the upgrade: this is not the compiled pemedic.exe", {
      next,
    });
  }
  const file = await onUserFile("program", () => host.files.open(place));
  try {
    const machine = await machineOf(file, place);
    if (machine === undefined || !canRun(windows, machine)) {
      const found = machine === undefined ? "it is no program for Windows" : `it is for ${machine}`;
      throw new UsageError(`Cannot leave "${place}" on the target: ${found}`, { next });
    }
    return { place, bytes: file.size, sha256: await hashOf(host, file) };
  } finally {
    await file.close();
  }
}

/** Windows on ARM runs programs for x64 as well, since Windows 11. */
function canRun({ identity }: OfflineWindows, machine: string): boolean {
  const { architecture, build = 0 } = identity;
  if (machine === "x64" && architecture === "arm64") return build >= FIRST_WINDOWS_11;
  return machine === architecture;
}

interface Readable {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

async function machineOf(file: Readable, name: string): Promise<string | undefined> {
  try {
    return machineName((await readPe(file, { name })).machine);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** Bytes that are read at a time. */
const PIECE = 1 << 20;

async function hashOf(host: Host, file: Readable): Promise<string> {
  const hash = host.newHash("sha256");
  for (let at = 0; at < file.size; at += PIECE) {
    hash.update(await file.read(at, Math.min(PIECE, file.size - at)));
  }
  return hash.hex();
}

/**
 * A folder whose files go along. `needs` names a file that must be in it, or an ending.
 *
 * @throws {UsageError} if it is no folder, or holds no such file.
 */
export async function outsideFolder(
  host: Host,
  place: string,
  needs: { readonly option: string; readonly file: RegExp; readonly what: string },
): Promise<OutsideTree> {
  if ((await onUserFile("folder", () => host.files.stat(place)))?.kind !== "directory") {
    throw new UsageError(`Cannot use "${place}" for ${needs.option}: it is no folder`);
  }
  const media = await openMedia(host, place);
  try {
    const [count, found] = await countTree(media.tree, place, needs.file);
    if (found) return { place, ...count };
  } finally {
    await media.close();
  }
  throw new UsageError(`Cannot use "${place}" for ${needs.option}: it holds no ${needs.what}`);
}

async function countTree(
  tree: Parameters<typeof requireTree>[0],
  place: string,
  wanted: RegExp,
): Promise<[{ files: number; bytes: number }, boolean]> {
  let [files, bytes, found] = [0, 0, false];
  for await (const entry of requireTree(tree, place).entries()) {
    if (entry.kind !== "file") continue;
    files++;
    bytes += entry.size;
    found ||= wanted.test(entry.path);
  }
  return [{ files, bytes }, found];
}

/** What the file with the key looks like. */
const CONFIG_LINES = "[SetupConfig] and PKey=, followed by the key";
/** A key in place of a file, however its groups are kept apart: an error would repeat it. */
const TYPED_KEY = /^(?:[A-Za-z0-9]{5}[-_.,:\s]?){4}[A-Za-z0-9]{5}$/;
/** No such file is larger. */
const CONFIG_LIMIT = 1024;

/**
 * The file with the product key. It is left on the target as it is, so that the key itself gets
 * into no plan, journal, log or screen: they hold the file's place and hash.
 *
 * @throws {UsageError} for anything but a `SetupConfig.ini` with a product key and nothing else.
 */
export async function productKeyFile(
  { host }: CommandContext,
  place: string,
  build: number,
): Promise<{ readonly file: OutsideFile; readonly shown: string }> {
  if (hideProductKeys(place) !== place || TYPED_KEY.test(place)) {
    throw new UsageError(
      "Cannot take the product key from the command line: others could read it",
      {
        next: `Write it into a file of two lines, ${CONFIG_LINES}, and name that file`,
      },
    );
  }
  const bytes = await onUserFile("file with the product key", () => readSmall(host, place));
  const text = bytes === undefined ? "" : new TextDecoder("latin1").decode(bytes);
  const key = /^\[SetupConfig\]\r?\nPKey=([^\r\n]+?)\r?\n?$/i.exec(text)?.[1];
  const wrong = new UsageError(
    `Cannot use "${place}": it is no SetupConfig.ini with a product key`,
    {
      next: `It must be of two lines: ${CONFIG_LINES}`,
    },
  );
  if (key === undefined || bytes === undefined) throw wrong;
  setupConfigText({ productKey: key }, { media: { build }, secrets: "hide" });
  const hash = host.newHash("sha256");
  hash.update(bytes);
  return {
    file: { place, bytes: bytes.length, sha256: hash.hex() },
    shown: `[SetupConfig] PKey=${HIDDEN_KEY}`,
  };
}

async function readSmall(host: Host, place: string): Promise<Uint8Array | undefined> {
  const entry = await host.files.stat(place);
  if (entry !== undefined && entry.size > CONFIG_LIMIT) return undefined;
  return await host.files.read(place);
}

/**
 * Size and hash of the media's `setup.exe`: the starter runs no other.
 *
 * @throws {RefusalError} if there is none.
 */
export async function setupProgram(
  host: Host,
  { place, folder }: Pick<UpgradeMedia, "place" | "folder">,
): Promise<UpgradeOrder["media"]["setup"]> {
  const media = await openMedia(host, place);
  try {
    const tree = requireTree(media.tree, place);
    const entry = await tree.find(joinWindowsPath(folder, "setup.exe"));
    if (entry?.kind !== "file") {
      throw new RefusalError(`Cannot stage the upgrade: "${place}" holds no setup.exe`, {
        next: "Take installation media of Windows, whole",
      });
    }
    const hash = host.newHash("sha256");
    for await (const piece of tree.read(entry)) hash.update(piece);
    return { bytes: entry.size, sha256: hash.hex() };
  } finally {
    await media.close();
  }
}

/**
 * The path by which the running Windows will see media that stay where they are, without a
 * separator at its end.
 *
 * @throws {UsageError} for an ISO.
 * @throws {RefusalError} if it cannot be told, or the volume may be gone by then.
 */
export async function folderThatStays(
  host: Host,
  windows: OfflineWindows,
  { kind, place }: Pick<UpgradeMedia, "kind" | "place">,
): Promise<string> {
  if (kind === "folder") return await pathWhenRunning(host, windows, place);
  throw new UsageError(`Cannot leave "${place}" where it is: nobody mounts the ISO`, {
    next: "Leave --media-in-place out, or extract it first: pemedic media extract",
  });
}

async function pathWhenRunning(
  host: Host,
  windows: OfflineWindows,
  place: string,
): Promise<string> {
  const refuse = (reason: string) =>
    new RefusalError(`Cannot leave the media at "${place}": ${reason}`, {
      next: "Leave --media-in-place out: they are copied to the target then",
    });
  const native = /^[A-Za-z]:$/.test(place) ? `${place}\\` : place;
  const volume = await host.volumes.at(native);
  if (volume === undefined) throw refuse("there is no such folder");
  const isRoot = native.length <= volume.root.length;
  if (!isRoot && (await host.files.stat(native))?.kind !== "directory") {
    throw refuse("Setup is started from a folder, and this is a file");
  }
  const below = native.slice(volume.root.length).split(/[\\/]/).filter((name) => name !== "");
  const letter = volume.root === windows.root
    ? windows.identity.systemLetter
    : (await readMountedLetters(windows.registry)).find((known) =>
      volume.partition !== undefined && samePartition(known.partition, volume.partition)
    )?.letter;
  if (volume.root !== windows.root && volume.drive !== "fixed") {
    throw refuse("its drive may be gone when Windows starts");
  }
  if (letter === undefined) throw refuse("which letter Windows gives this volume cannot be told");
  const files = new RootedFileSystem(host.files, volume.root);
  const spelled: string[] = [];
  for (const name of below) {
    spelled.push((await files.stat([...spelled, name].join("\\")))?.name ?? name);
  }
  return [letter, ...spelled].join("\\");
}
