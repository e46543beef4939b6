/** What a `registry` command works on: the hives of an offline Windows, or one hive file. */
import { foldCase, MedicError, UsageError } from "../base/mod.ts";
import { RootedFileSystem } from "../host/mod.ts";
import { HIVE_FILES } from "../knowledge/mod.ts";
import { holdsWindows, type OfflineWindows } from "../windows/mod.ts";
import { chooseWindows, type CommandContext } from "./context.ts";
import { quoted } from "./registry_path.ts";

/** A hive file on its own. */
export interface HiveFileTarget {
  readonly kind: "file";
  /** As typed. */
  readonly place: string;
  /** Native path of the folder that it lies in. */
  readonly folder: string;
  /** Its name in that folder. */
  readonly name: string;
  /** The files of that folder. */
  readonly files: RootedFileSystem;
}

/** The hives of an installation. */
export interface WindowsTarget {
  readonly kind: "windows";
  readonly place: string;
  readonly windows: OfflineWindows;
}

/** What a command works on. */
export type RegistryTarget = HiveFileTarget | WindowsTarget;

/**
 * Decides by looking: a file is a hive file, everything else a volume or folder with a Windows.
 *
 * @throws {MedicError} if it is neither.
 */
export async function chooseTarget(
  context: CommandContext,
  place: string,
): Promise<RegistryTarget> {
  const file = await chooseHiveFile(context, place);
  if (file !== undefined) return file;
  const windows = await chooseWindows(context, place);
  return { kind: "windows", place: windows.volume.letter ?? windows.root, windows };
}

/**
 * The hive file that a command was given; undefined if it is a volume or folder.
 *
 * @throws {UsageError} for a path of the registry: it comes second.
 */
export async function chooseHiveFile(
  context: CommandContext,
  place: string,
): Promise<HiveFileTarget | undefined> {
  if (/^"?(?:Computer\\|Registry::)?(?:HKLM|HKU|HKCU|HKCR|HKEY_)/i.test(place)) {
    throw new UsageError(`Cannot use "${place}" here: the volume or the hive file comes first`, {
      next: `For example: pemedic registry query D: ${quoted(place.replaceAll('"', ""))}`,
    });
  }
  return await isFile(context, place) ? fileTarget(context, place) : undefined;
}

async function isFile(context: CommandContext, place: string): Promise<boolean> {
  try {
    return (await context.host.files.stat(place))?.kind === "file";
  } catch (error) {
    if (error instanceof MedicError) return false; // opening it as a volume says what is wrong
    throw error;
  }
}

function fileTarget(context: CommandContext, place: string): HiveFileTarget {
  const windowsStyle = context.host.platform.system === "windows" || /^[A-Za-z]:/.test(place);
  const separators = windowsStyle ? /[\\/]/g : /\//g;
  const last = Math.max(-1, ...[...place.matchAll(separators)].map(({ index }) => index));
  const separator = windowsStyle ? "\\" : "/";
  const folder = last < 0 ? `.${separator}` : place.slice(0, last + 1);
  return {
    kind: "file",
    place,
    folder,
    name: place.slice(last + 1),
    files: new RootedFileSystem(context.host.files, folder),
  };
}

/**
 * A hive of a Windows is edited through that Windows, where guards and the one journal are.
 *
 * @throws {UsageError} naming the command.
 */
export async function refuseHiveOfWindows(
  context: CommandContext,
  target: HiveFileTarget,
): Promise<void> {
  const full = foldCase(target.place.replaceAll("/", "\\"));
  for (const row of HIVE_FILES) {
    if (!full.endsWith(foldCase(`\\${row.path}`))) continue;
    const root = target.place.slice(0, target.place.length - row.path.length);
    if (!await holdsWindows(new RootedFileSystem(context.host.files, root))) continue;
    const volume = root.replace(/[\\/]$/, "") || root;
    throw new UsageError(`Cannot edit "${target.place}" alone: it belongs to a Windows`, {
      next: `Name the volume and the path: ${volume} ${row.name}\\…`,
    });
  }
}
