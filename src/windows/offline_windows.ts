/**
 * One Windows installation that is not running now: everything checks and steps may know of
 * it. It only reads; changes go through the journal.
 */
import { isFileFault, joinWindowsPath, MedicError } from "../base/mod.ts";
import {
  type Host,
  type ReadableFileSystem,
  RootedFileSystem,
  ToolRunner,
  type VolumeInfo,
} from "../host/mod.ts";
import { type BootStore, findBootStores, storesOn } from "./boot_stores.ts";
import { type Hibernation, readHibernation } from "./hibernation.ts";
import { HiveStore } from "./hives.ts";
import { readIdentity, type WindowsIdentity } from "./identity.ts";
import { OfflineRegistry } from "./registry.ts";
import { takeHives } from "./scanned_hives.ts";
import { type DirtyState, readDirtyState, readSignature } from "./volume_state.ts";

/** An installation on a volume. */
export interface OfflineWindows {
  readonly volume: VolumeInfo;
  /** Root of the volume as given to foreign programs: `D:\`. */
  readonly root: string;
  /** Files with volume-relative paths. */
  readonly files: ReadableFileSystem;
  readonly identity: WindowsIdentity;
  readonly hives: HiveStore;
  readonly registry: OfflineRegistry;
  /** Runs foreign programs that only read. */
  readonly tools: ToolRunner;
  /** True where Windows tools can run at all. */
  readonly onWindows: boolean;
  /** Build of the running system: its DISM services images up to this build. */
  readonly hostBuild: number | undefined;
  /** A hash of the machine's own, for files that are too large to be held whole. */
  readonly newHash: Host["newHash"];
  /** Free bytes on the volume, asked anew. */
  freeBytes(): Promise<number>;
  dirty(): Promise<DirtyState>;
  hibernation(): Promise<Hibernation>;
  /** The boot configurations of other volumes: the ESP's, for example. */
  bootStores(): Promise<BootStore[]>;
  /** The boot configurations on its own volume: that of a BIOS machine, for example. */
  ownBootStores(): Promise<BootStore[]>;
  /** All volumes of the machine that we run on, by which partitions get their letters. */
  volumes(): Promise<VolumeInfo[]>;
  /** Forgets what was read, so that the next question reads the disk again. */
  refresh(): void;
}

const CONFIG = "Windows\\System32\\config";

/**
 * Says whether a volume holds a Windows installation: its SYSTEM hive, or, where that is what
 * is broken, `ntdll.dll` beside the folder of the hives. A folder of repair files has none.
 */
export async function holdsWindows(files: ReadableFileSystem): Promise<boolean> {
  const hive = await statOrNothing(files, `${CONFIG}\\SYSTEM`);
  if (hive?.kind === "file") return true;
  const folder = await statOrNothing(files, CONFIG);
  const ntdll = await statOrNothing(files, "Windows\\System32\\ntdll.dll");
  return folder?.kind === "directory" && ntdll?.kind === "file";
}

async function statOrNothing(files: ReadableFileSystem, path: string) {
  try {
    return await files.stat(path);
  } catch (error) {
    if (error instanceof MedicError) return undefined;
    throw error;
  }
}

/** Options of {@linkcode openWindows}. */
export interface OpenWindowsOptions {
  /** A scan that was made just before: hives that it has read are not read again. */
  readonly scan?: object;
}

/**
 * Opens the installation on the volume at `path`.
 *
 * @throws {MedicError} `notAVolume` for a file or a missing path, `locked` for BitLocker,
 * `noWindows` if there is none.
 */
export async function openWindows(
  host: Host,
  path: string,
  options: OpenWindowsOptions = {},
): Promise<OfflineWindows> {
  const volume = await volumeAt(host, path);
  if (!volume.mounted || await readSignature(host, volume) === "bitlocker") {
    await refuseLocked(host, volume);
  }
  const files = new RootedFileSystem(host.files, volume.root);
  if (!await holdsWindows(files)) {
    throw new MedicError("noWindows", `Cannot find Windows on "${volume.root}"`, {
      next: "List the volumes and what is on them: pemedic scan",
    });
  }
  return await openWith(host, volume, takeHives(options.scan, volume.root) ?? new HiveStore(files));
}

async function volumeAt(host: Host, path: string): Promise<VolumeInfo> {
  const letter = /^([A-Za-z]):?$/.exec(path)?.[1];
  const onWindows = host.platform.system === "windows";
  const native = letter !== undefined && onWindows ? `${letter}:\\` : path;
  let volume: VolumeInfo | undefined;
  try {
    volume = await host.volumes.at(native);
  } catch (error) {
    if (!isFileFault(error, "not-a-directory")) throw error;
    throw new MedicError("notAVolume", `Cannot use "${path}": it is a file, not a volume`, {
      next: "Name the volume of the Windows to repair, for example: pemedic diagnose D:",
    });
  }
  if (volume !== undefined) return volume;
  throw new MedicError("notAVolume", `Cannot use "${path}": there is no such volume or folder`, {
    next: "List the volumes: pemedic scan",
  });
}

async function refuseLocked(host: Host, volume: VolumeInfo): Promise<void> {
  const signature = await readSignature(host, volume);
  const files = new RootedFileSystem(host.files, volume.root);
  if (signature === "bitlocker" && !await holdsWindows(files)) {
    const place = volume.letter ?? volume.root;
    throw new MedicError("locked", `Cannot read "${volume.root}": BitLocker has locked it`, {
      next: `Unlock it with the recovery key: manage-bde -unlock ${place} -RecoveryPassword KEY`,
    });
  }
  if (volume.mounted) return;
  throw new MedicError(
    "notAVolume",
    `Cannot read "${volume.root}": it has no readable file system`,
    {
      next: "If the disk needs a storage driver, load it first: drvload DRIVER.INF",
    },
  );
}

/** Opens a volume without asking whether Windows is on it: for sessions of a ruined one. */
export async function openVolume(host: Host, volume: VolumeInfo): Promise<OfflineWindows> {
  return await openWith(host, volume, new HiveStore(new RootedFileSystem(host.files, volume.root)));
}

async function openWith(
  host: Host,
  volume: VolumeInfo,
  hives: HiveStore,
): Promise<OfflineWindows> {
  const files = new RootedFileSystem(host.files, volume.root);
  const registry = new OfflineRegistry(hives);
  const tools = new ToolRunner(host, { limit: "reads", targetRoot: volume.root });
  const build = host.platform.build;
  return {
    volume,
    root: volume.root,
    files,
    identity: await readIdentity(files, registry),
    hives,
    registry,
    tools,
    onWindows: host.platform.system === "windows",
    hostBuild: build,
    newHash: (name) => host.newHash(name),
    freeBytes: async () => (await host.volumes.at(volume.root))?.freeBytes ?? volume.freeBytes,
    dirty: () => readDirtyState(host, volume, tools),
    hibernation: () => readHibernation(files),
    bootStores: () => findBootStores(host, volume),
    ownBootStores: () => storesOn(files),
    volumes: () => host.volumes.list(),
    refresh: () => hives.forget(),
  };
}

/** Joins the target's root and a volume-relative path, for arguments of foreign programs. */
export function onTarget(windows: Pick<OfflineWindows, "root">, path: string): string {
  const separator = windows.root.includes("/") ? "/" : "\\";
  const root = windows.root.endsWith(separator) ? windows.root : windows.root + separator;
  return root + joinWindowsPath(path).replaceAll("\\", separator);
}
