/**
 * Boot configurations that lie on other volumes than Windows itself: on the EFI system
 * partition or the "System Reserved" one, which mostly have no letter.
 */
import { FormatError, MedicError } from "../base/mod.ts";
import { type HiveReplay, readHiveSet } from "../formats/regf/mod.ts";
import {
  type Host,
  type ReadableFileSystem,
  RootedFileSystem,
  type VolumeInfo,
} from "../host/mod.ts";

/** A BCD store. */
export interface BootStore {
  /** Where it is, for people: `S:\EFI\Microsoft\Boot\BCD`. */
  readonly place: string;
  /** The file as it lies. */
  read(): Promise<Uint8Array>;
  /**
   * The store with its logs replayed, as Windows will see it.
   *
   * @throws {FormatError} if it is no hive.
   */
  replay(): Promise<HiveReplay>;
}

/** UEFI keeps the store on the ESP, BIOS on the active partition. Source: Microsoft Learn, bcdboot. */
const BCD_PATHS = ["EFI\\Microsoft\\Boot\\BCD", "Boot\\BCD"];

const DISKS: readonly VolumeInfo["drive"][] = ["fixed", "removable", "unknown"];

/**
 * The BCD stores of all disks but the target's own, the running system's and the stick's. A
 * volume that cannot be read has none.
 */
export async function findBootStores(host: Host, target: VolumeInfo): Promise<BootStore[]> {
  const stores: BootStore[] = [];
  for (const volume of await host.volumes.list()) {
    if (!DISKS.includes(volume.drive) || isOurs(host, volume) || volume.root === target.root) {
      continue;
    }
    stores.push(...await storesOn(new RootedFileSystem(host.files, volume.root)));
  }
  return stores;
}

/** The BCD stores of one volume. */
export async function storesOn(files: RootedFileSystem): Promise<BootStore[]> {
  const stores: BootStore[] = [];
  for (const path of BCD_PATHS) {
    if (!await isFile(files, path)) continue;
    stores.push({
      place: await files.nativePath(path),
      read: () => files.read(path),
      replay: () => replayStore(files, path),
    });
  }
  return stores;
}

async function replayStore(files: ReadableFileSystem, path: string): Promise<HiveReplay> {
  const set = await readHiveSet(
    path,
    async (file) => await files.stat(file) === undefined ? undefined : await files.read(file),
  );
  if (set === undefined) throw new FormatError(`Cannot read "${path}": it is gone`);
  return set;
}

function isOurs(host: Host, volume: VolumeInfo): boolean {
  const { systemRoot, programFolder } = host.platform;
  const root = volume.root.toUpperCase();
  return root === systemRoot.toUpperCase() ||
    (volume.drive === "removable" && (programFolder?.toUpperCase().startsWith(root) ?? false));
}

async function isFile(files: ReadableFileSystem, path: string): Promise<boolean> {
  try {
    const entry = await files.stat(path);
    return entry?.kind === "file" && !entry.reparse;
  } catch (error) {
    if (error instanceof MedicError) return false;
    throw error;
  }
}
