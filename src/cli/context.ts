/** What every command gets: the host, its options, and where to talk. */
import { FileError, joinWindowsPath, MedicError, UsageError, wrap } from "../base/mod.ts";
import { type Host, RootedFileSystem } from "../host/mod.ts";
import {
  ensureDirectory,
  type JournalContext,
  journalFor,
  type Mirror,
  SESSIONS_FOLDER,
} from "../journal/mod.ts";
import {
  chooseInstallation,
  describeIdentity,
  holdsWindows,
  type OfflineWindows,
  openWindows,
  scanMachine,
} from "../windows/mod.ts";
import { lazyContents } from "./lazy_contents.ts";
import type { Output } from "./output.ts";

/** Options that every command has. */
export interface GlobalOptions {
  readonly json?: boolean | undefined;
  readonly log?: string | undefined;
  readonly windows?: string | undefined;
  readonly tools?: string | undefined;
  readonly mirror?: string | undefined;
}

/** A command's surroundings. */
export interface CommandContext {
  readonly host: Host;
  readonly output: Output;
  readonly options: GlobalOptions;
  /** The command line as typed, for the journal. */
  readonly commandLine: string;
}

/** Folder of journal copies beside the program on the stick. */
const STICK_FOLDER = "PEMedic-journals";

/**
 * The installation a command works on: the named volume, `--windows`, or the only one found.
 *
 * @throws {MedicError} if there is none, or if there are several.
 */
export async function chooseWindows(
  context: CommandContext,
  volume: string | undefined,
): Promise<OfflineWindows> {
  const { host, options, output } = context;
  if (volume !== undefined && options.windows !== undefined && volume !== options.windows) {
    throw new UsageError(`Cannot use both "${volume}" and --windows "${options.windows}"`);
  }
  const named = volume ?? options.windows;
  const windows = named === undefined ? await findWindows(context) : await openNamed(host, named);
  const place = windows.volume.letter ?? windows.root;
  const letter = windows.identity.systemLetter;
  const when = letter === undefined || letter === place ? "" : `, ${letter} when it runs`;
  output.talk(wrap(`${describeIdentity(windows.identity)} on ${place}${when}`));
  return windows;
}

async function openNamed(host: Host, root: string): Promise<OfflineWindows> {
  await refuseFile(host, root);
  return await openWindows(host, root);
}

/** The only installation of the machine. What the scan has read is not read again. */
async function findWindows(context: CommandContext): Promise<OfflineWindows> {
  const scan = await scanMachine(context.host);
  const root = chooseInstallation(scan);
  const locked = scan.volumes.filter((entry) => entry.locked)
    .map((entry) => entry.volume.letter ?? entry.volume.root);
  if (locked.length > 0) {
    context.output.talk(
      wrap(`Note: ${locked.join(", ")} is locked by BitLocker; it may hold another Windows`),
    );
  }
  return await openWindows(context.host, root, { scan });
}

/** A mistyped path must not be taken for the volume that it lies on. */
async function refuseFile(host: Host, path: string): Promise<void> {
  let kind: string | undefined;
  try {
    kind = (await host.files.stat(path))?.kind;
  } catch (error) {
    if (!(error instanceof MedicError)) throw error; // openWindows says what is wrong with it
  }
  if (kind !== "file") return;
  throw new MedicError("notAVolume", `Cannot use "${path}": it is a file, not a volume`, {
    next: "Name the volume of the Windows to repair, for example: pemedic diagnose D:",
  });
}

/**
 * Does something with a file that the user named. That it is not there, or cannot be used, is
 * a wrong command line; a full or failing disk is what it is.
 *
 * @throws {MedicError} with the path and the reason.
 */
export async function onUserFile<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FileError) || error.code !== "partial") throw error;
    throw new UsageError(`Cannot use the ${what}: ${error.message}`, { cause: error });
  }
}

/** The journal of an installation, with its copy on the stick. */
export async function openJournal(
  context: CommandContext,
  windows: Pick<OfflineWindows, "root">,
): Promise<JournalContext> {
  return {
    ...journalFor(context.host, windows.root, await findMirror(context, windows)),
    contents: lazyContents(context.host),
  };
}

/**
 * The folder of a hive file that was edited on its own: it keeps a journal, and no Windows does
 * so there. Undefined for a volume, and for a folder that holds a Windows.
 */
export async function journalFolder(
  context: CommandContext,
  place: string,
): Promise<string | undefined> {
  const { host } = context;
  if (/^[A-Za-z]:?[\\/]?$/.test(place)) return undefined;
  const files = new RootedFileSystem(host.files, place);
  try {
    if ((await files.stat(SESSIONS_FOLDER))?.kind !== "directory") return undefined;
    return await holdsWindows(files) ? undefined : place;
  } catch (error) {
    if (error instanceof MedicError) return undefined; // opening it as a volume says what is wrong
    throw error;
  }
}

/** The stick is known when the compiled program runs from another volume than the target's. */
async function findMirror(
  context: CommandContext,
  windows: Pick<OfflineWindows, "root">,
): Promise<Mirror | undefined> {
  const { host, options } = context;
  const chosen = options.mirror;
  const folder = chosen ?? host.platform.programFolder;
  if (folder === undefined) return undefined;
  if (chosen === undefined && !await isOtherVolume(context, folder, windows)) return undefined;
  const base = new RootedFileSystem(host.files, folder);
  try {
    if (chosen !== undefined) return { files: base, place: folder };
    await ensureDirectory(base, STICK_FOLDER);
    const place = await base.nativePath(joinWindowsPath(STICK_FOLDER));
    return { files: new RootedFileSystem(host.files, place), place };
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    context.output.talk(`The journal cannot be copied to the stick: ${error.message}`);
    return undefined;
  }
}

async function isOtherVolume(
  context: CommandContext,
  folder: string,
  windows: Pick<OfflineWindows, "root">,
): Promise<boolean> {
  const { host } = context;
  const volume = await host.volumes.at(folder);
  if (volume === undefined || volume.readOnly) return false;
  return volume.root !== windows.root && volume.root !== host.platform.systemRoot;
}
