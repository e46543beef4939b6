/** Opens the hive that a `registry` command reads, with its logs in place, and finds keys in it. */
import { FormatError, MedicError, wrap } from "../base/mod.ts";
import type { ReadableFileSystem } from "../host/mod.ts";
import {
  type Hive,
  type HiveKey,
  type HiveReplay,
  openHive,
  readHiveSet,
} from "../formats/regf/mod.ts";
import { CONFIG_FOLDER, describeReplay, findKey } from "../windows/mod.ts";
import type { CommandContext } from "./context.ts";
import {
  BCD_HIVE,
  below,
  parseHivePath,
  parseRegistryPath,
  pathAdvice,
  quoted,
  quotedPath,
  registryPrefix,
} from "./registry_path.ts";
import type { RegistryTarget } from "./registry_target.ts";

/** Where a hive lies, and what it is called. */
export interface HivePlace {
  /** `SYSTEM`, or the name of the file. */
  readonly name: string;
  readonly files: ReadableFileSystem;
  /** Path of the primary file in `files`. */
  readonly path: string;
  /** Path of its root as regedit writes it. */
  readonly prefix: string;
  /** The volume or hive file as it is named on a command line. */
  readonly target: string;
  readonly onVolume: boolean;
}

/** Arguments that name a key of this hive on a command line, or the hive itself. */
export function argumentsFor(place: HivePlace, path = ""): string {
  const key = place.onVolume ? below(place.name, path) : path;
  const target = quoted(place.target);
  return key === "" ? target : `${target} ${quotedPath(place.target, key)}`;
}

/** BCD stores on the volume of Windows itself. Source: Microsoft Learn, bcdboot. */
const BCD_PATHS = ["Boot\\BCD", "EFI\\Microsoft\\Boot\\BCD"];

/** The place of a hive of the target. `hive` is not looked at for a hive file. */
export async function hivePlace(target: RegistryTarget, hive: string): Promise<HivePlace> {
  if (target.kind === "file") {
    return {
      name: target.name,
      files: target.files,
      path: target.name,
      prefix: `HKEY_LOCAL_MACHINE\\${target.name}`,
      target: target.place,
      onVolume: false,
    };
  }
  const { files } = target.windows;
  const path = hive === BCD_HIVE ? await bcdPath(files) : `${CONFIG_FOLDER}\\${hive}`;
  if (path === undefined || await files.stat(path) === undefined) {
    throw new MedicError("nothingToDo", `There is no hive ${hive} on "${target.place}"`, {
      next: hive === BCD_HIVE
        ? "It mostly lies on the EFI system partition: name the file EFI\\Microsoft\\Boot\\BCD there"
        : `See which are there: pemedic registry check ${quoted(target.place)}`,
    });
  }
  return {
    name: hive,
    files,
    path,
    prefix: registryPrefix(hive),
    target: target.place,
    onVolume: true,
  };
}

async function bcdPath(files: ReadableFileSystem): Promise<string | undefined> {
  for (const path of BCD_PATHS) {
    if ((await files.stat(path))?.kind === "file") return path;
  }
  return undefined;
}

/** How to open. */
export interface OpenOptions {
  /** False shows the file as it lies. */
  readonly replay: boolean;
}

/** A hive with what became of its logs. */
export interface OpenedHive {
  readonly place: HivePlace;
  readonly hive: Hive;
  readonly replay: HiveReplay | undefined;
}

/** Reads a file of the hive, or nothing if it is not there. */
export async function readIfThere(
  files: ReadableFileSystem,
  path: string,
): Promise<Uint8Array | undefined> {
  return await files.stat(path) === undefined ? undefined : await files.read(path);
}

/**
 * Opens a hive and says so if its logs were replayed, or could not be.
 *
 * @throws {MedicError} `damagedFile` if it cannot be opened.
 */
export async function openHivePlace(
  context: CommandContext,
  place: HivePlace,
  options: OpenOptions,
): Promise<OpenedHive> {
  try {
    const replay = options.replay
      ? await readHiveSet(place.path, (path) => readIfThere(place.files, path))
      : undefined;
    const bytes = replay?.bytes ?? await place.files.read(place.path);
    const hive = openHive(bytes, { name: place.name });
    tellState(context, { place, hive, replay });
    return { place, hive, replay };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new MedicError("damagedFile", error.message, {
      next: `See what is wrong with it: pemedic registry check ${argumentsFor(place)}`,
      cause: error,
    });
  }
}

function tellState(context: CommandContext, opened: OpenedHive): void {
  const { place, hive, replay } = opened;
  const state = replay === undefined
    ? hive.dirty ? "dirty, shown as it lies" : undefined
    : describeReplay(replay);
  const rest = replay?.state === "unrecovered" ? "; it is shown as it lies" : "";
  if (state !== undefined) context.output.talk(wrap(`${place.name}: ${state}${rest}`));
  if (hive.truncated) {
    context.output.talk(wrap(`${place.name}: the file is cut off; what lay behind is missing`));
  }
}

/** What programs get to know of the logs. */
export function replayFacts(replay: HiveReplay | undefined, hive: { readonly dirty: boolean }) {
  if (replay === undefined) return { dirty: hive.dirty, replayed: false };
  return {
    dirty: replay.state !== "clean",
    replayed: replay.state === "replayed",
    ...(replay.dirtyReason === undefined ? {} : { dirtyReason: replay.dirtyReason }),
    pages: replay.pages,
    logsUsed: replay.used,
    logsRefused: replay.refused,
    ...(replay.headerFrom === undefined ? {} : { headerFrom: replay.headerFrom }),
  };
}

/** A key that was asked for. */
export interface OpenedKey extends OpenedHive {
  /** Path below the root, in the spelling of the hive; "" for the root. */
  readonly path: string;
  readonly key: HiveKey;
}

/**
 * Opens the key at a path as typed: below the registry's root on a volume, below the hive's
 * root in a hive file. `CurrentControlSet` is the one that `Select` names.
 *
 * @throws {MedicError} `nothingToDo` if it is not there.
 * @throws {RefusalError} if a symbolic link is on the way.
 */
export async function openKey(
  context: CommandContext,
  target: RegistryTarget,
  options: OpenOptions & { readonly path: string },
): Promise<OpenedKey> {
  const typed = target.kind === "windows"
    ? parseRegistryPath(options.path)
    : { hive: "", path: parseHivePath(options.path) };
  const place = await hivePlace(target, typed.hive);
  const opened = await openHivePlace(context, place, options);
  try {
    const path = withControlSet(opened.hive.root, typed.path);
    const { key, present } = findKey(opened.hive.root, path);
    if (key === undefined) throw noKey(place, path, present);
    return { ...opened, path: present, key };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new MedicError("damagedFile", error.message, {
      next: `See what is wrong with the hive: pemedic registry check ${argumentsFor(place)}`,
      cause: error,
    });
  }
}

/** Offline there is no `CurrentControlSet`: `Select\Current` says which one it would be. */
export function withControlSet(root: HiveKey, path: string): string {
  const [first = "", ...rest] = path.split("\\");
  if (first.toUpperCase() !== "CURRENTCONTROLSET" || root.subkey(first) !== undefined) return path;
  const current = root.subkey("Select")?.value("Current")?.number();
  if (current === undefined) return path;
  return [`ControlSet${String(current).padStart(3, "0")}`, ...rest].join("\\");
}

function noKey(place: HivePlace, path: string, present: string): MedicError {
  const missing = present === "" ? path : path.slice(present.length + 1);
  return new MedicError("nothingToDo", `There is no key "${path}" in ${place.name}`, {
    next: pathAdvice(missing) ??
      `${present === "" ? belowRoot(place) : "See what is above it"}: pemedic registry query ${
        argumentsFor(place, present)
      }`,
  });
}

/** Not even its first name is there: it may begin with the hive, as on a volume. */
function belowRoot(place: HivePlace): string {
  return place.onVolume
    ? "See what the hive begins with"
    : "In a hive file a path begins below the root; see what is there";
}
