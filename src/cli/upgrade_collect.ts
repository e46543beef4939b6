/** `upgrade collect`: the logs of an upgrade in a new folder on another volume, with a list. */
import {
  count,
  ExitCode,
  formatBytes,
  isWithin,
  MedicError,
  RefusalError,
  UsageError,
  windowsParent,
  wrap,
} from "../base/mod.ts";
import { RootedFileSystem, sameRoot, type VolumeInfo } from "../host/mod.ts";
import { ensureDirectory, SESSIONS_FOLDER } from "../journal/mod.ts";
import { UPGRADE_LOGS } from "../knowledge/mod.ts";
import { findLogs, type FoundLog, type LeftLog, rangesOf } from "../upgrade/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import { chooseWindows, type CommandContext } from "./context.ts";
import { type CopiedLog, copyLog } from "./copy_log.ts";
import { PROGRAM } from "./version.ts";

/** What was typed. */
export interface CollectRequest {
  readonly volume: string | undefined;
  /** Folder in which a new one is made. */
  readonly destination: string;
  /** It may lie on the volume of the Windows itself. */
  readonly onTarget: boolean;
}

/** Copies, writes the list, and tells. Returns the exit code. */
export async function collectUpgradeLogs(
  context: CommandContext,
  request: CollectRequest,
): Promise<number> {
  const windows = await chooseWindows(context, request.volume);
  const volume = await destinationVolume(context, windows, request);
  const found = await findLogs(windows, UPGRADE_LOGS);
  if (found.files.length === 0) return nothingFound(context, found.left);
  requireRoom(volume, found.files);
  const place = await newFolder(context, windows, request.destination);
  const copies = await copyAll(context, { windows, place, files: found.files });
  const result: Collected = {
    windows,
    place,
    copied: copies.copied,
    left: [...found.left, ...copies.failed],
    stopped: copies.stopped,
  };
  await writeLists(context, result);
  return tell(context, result);
}

interface Place {
  /** Native path of the new folder. */
  readonly path: string;
  readonly files: RootedFileSystem;
}

interface Collected {
  readonly windows: OfflineWindows;
  readonly place: Place;
  readonly copied: readonly CopiedLog[];
  readonly left: readonly LeftLog[];
  /** Why it ended early: the destination is full or gone. */
  readonly stopped: MedicError | undefined;
}

async function destinationVolume(
  { host, output }: CommandContext,
  windows: OfflineWindows,
  { destination, onTarget }: CollectRequest,
): Promise<VolumeInfo> {
  const entry = await host.files.stat(destination);
  const volume = await host.volumes.at(destination);
  if (entry?.kind !== "directory" || volume === undefined) {
    const state = entry === undefined ? "there is no such folder" : "it is a file";
    throw new UsageError(`Cannot collect into "${destination}": ${state}`, {
      next: "Name a folder of the stick, for example: pemedic upgrade collect D: E:\\",
    });
  }
  if (volume.readOnly) {
    throw new MedicError("readOnly", `Cannot collect into "${destination}": it is read-only`);
  }
  const onWindows = sameRoot(volume.root, windows.root);
  if (onWindows && !onTarget) {
    throw new RefusalError(
      `Cannot collect into "${destination}": it is the volume of the Windows itself`,
      { next: "Name a folder of the stick; or say that it is meant: --on-target" },
    );
  }
  const relative = destination.slice(volume.root.length);
  if (onWindows && relative !== "" && isWithin(relative, SESSIONS_FOLDER)) {
    throw new RefusalError(
      `Cannot collect into "${destination}": PE Medic keeps its records there`,
    );
  }
  if (host.platform.winpe && sameRoot(volume.root, host.platform.systemRoot)) {
    const text = `Note: ${volume.root} is the RAM disk of WinPE: it is gone at the next restart`;
    output.talk(wrap(text));
  }
  return volume;
}

/** The list takes some kilobytes more. */
const LIST_BYTES = 1 << 20;

function requireRoom({ root, freeBytes }: VolumeInfo, files: readonly FoundLog[]): void {
  const bytes = files.flatMap((file) => rangesOf(file.bytes, file.row.tailBytes))
    .reduce((sum, { length }) => sum + length, LIST_BYTES);
  if (bytes <= freeBytes) return;
  throw new MedicError(
    "noSpace",
    `Cannot collect the logs: they take ${formatBytes(bytes)}, and ${formatBytes(freeBytes)} ` +
      `are free on "${root}"`,
    { next: "Free some space there, or name another volume" },
  );
}

const MOST_FOLDERS = 99;

async function newFolder(
  { host }: CommandContext,
  windows: OfflineWindows,
  destination: string,
): Promise<Place> {
  const computer = (windows.identity.computerName ?? "windows").replace(/[^A-Za-z0-9-]+/g, "-");
  const time = host.clock.now().toISOString().slice(0, 19).replace("T", "-").replaceAll(":", "");
  const base = new RootedFileSystem(host.files, destination);
  for (let n = 1; n <= MOST_FOLDERS; n++) {
    const name = `pemedic-upgrade-${computer}-${time}${n === 1 ? "" : `-${n}`}`;
    if (await base.stat(name) !== undefined) continue;
    await base.createDirectory(name);
    const path = await base.nativePath(name);
    return { path, files: new RootedFileSystem(host.files, path) };
  }
  throw new UsageError(`Cannot collect into "${destination}": all names are taken`);
}

/** Nothing more fits, or the stick was pulled: what is there is still worth its list. */
const ENDS: readonly MedicError["code"][] = ["noSpace", "readOnly", "cancelled"];

async function copyAll(
  { host }: CommandContext,
  { windows, place, files }: {
    readonly windows: OfflineWindows;
    readonly place: Place;
    readonly files: readonly FoundLog[];
  },
) {
  const copied: CopiedLog[] = [];
  const failed: LeftLog[] = [];
  for (const found of files) {
    try {
      await makeFolders(place.files, windowsParent(found.path));
      const places = { host, windows, destination: place.files, to: found.path };
      copied.push(await copyLog(found, places));
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      if (ENDS.includes(error.code)) return { copied, failed, stopped: error };
      failed.push({ path: found.path, reason: error.message, failed: true });
    }
  }
  return { copied, failed, stopped: undefined };
}

async function makeFolders(files: RootedFileSystem, folder: string): Promise<void> {
  if (folder === "" || await files.stat(folder) !== undefined) return;
  await makeFolders(files, windowsParent(folder));
  await ensureDirectory(files, folder);
}

/** The list for programs and the one for people; on a full disk there may be none. */
async function writeLists({ host, output }: CommandContext, result: Collected): Promise<void> {
  const { place, windows, copied, left, stopped } = result;
  const list = {
    program: PROGRAM,
    at: host.clock.now().toISOString(),
    windows: { serial: windows.volume.serial, identity: windows.identity },
    files: copied,
    left,
    stopped: stopped?.message ?? null,
  };
  const encoder = new TextEncoder();
  try {
    await place.files.createFile("collected.json", encoder.encode(JSON.stringify(list, null, 2)));
    await place.files.createFile("collected.txt", encoder.encode(renderList(result)));
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    output.talk(wrap(`Note: the list could not be written: ${error.message}`));
  }
}

function renderList({ copied, left, stopped }: Collected): string {
  const lines = ["Collected by PE Medic", ""];
  for (const file of copied) {
    lines.push(`${file.path}`, `  ${noteOn(file)}; sha256 of the copy ${file.sha256}`);
  }
  lines.push("", "Not collected:");
  for (const { path, reason } of left) lines.push(path, `  ${reason}`);
  if (stopped !== undefined) lines.push("", `It ended early: ${stopped.message}`);
  return `${lines.join("\r\n")}\r\n`;
}

function noteOn({ bytes, leftOut, hidden }: CopiedLog): string {
  const cut = leftOut === 0 ? "" : `, ${formatBytes(leftOut)} of the middle left out`;
  const secrets = hidden ? ", keys or recovery passwords hidden" : "";
  return `${formatBytes(bytes)}${cut}${secrets}`;
}

function nothingFound({ output }: CommandContext, left: readonly LeftLog[]): number {
  const failed = left.filter((each) => each.failed);
  output.document({ folder: null, files: [], left });
  output.result("No log of an upgrade was found; nothing was written");
  for (const { path, reason } of failed) output.talk(wrap(`${path}: ${reason}`, { indent: "  " }));
  return failed.length > 0 ? ExitCode.partial : ExitCode.nothingToDo;
}

function tell({ output }: CommandContext, result: Collected): number {
  const { copied, left, place, stopped } = result;
  const bytes = copied.reduce((sum, file) => sum + file.copied, 0);
  output.document({ folder: place.path, files: copied, left, stopped: stopped?.message ?? null });
  const lines = [
    wrap(`Collected ${count(copied.length, "file")} (${formatBytes(bytes)}) in ${place.path}`, {
      first: "",
      indent: "  ",
    }),
    ...copied.filter(({ leftOut, hidden }) => leftOut > 0 || hidden)
      .map((file) => row(`${file.path}: ${noteOn(file)}`)),
    ...left.filter(({ absent }) => !absent).map(({ path, reason }) => row(`${path}: ${reason}`)),
  ];
  const absent = left.filter((each) => each.absent).map(({ path }) => path);
  if (absent.length > 0) lines.push(row(`not there: ${absent.join(", ")}`));
  output.result(lines.join("\n"));
  if (stopped !== undefined) throw stopped;
  return left.some(({ failed }) => failed) ? ExitCode.partial : ExitCode.ok;
}

function row(text: string): string {
  return wrap(text, { first: "  - ", indent: "    " });
}
