/**
 * Boot configurations that lie on other volumes than Windows itself: on the EFI system
 * partition or the "System Reserved" one, which mostly have no letter.
 */
import { MedicError } from "../base/mod.ts";
import { type Host, RootedFileSystem, type VolumeInfo } from "../host/mod.ts";

/** A BCD store. */
export interface BootStore {
  /** Where it is, for people: `S:\EFI\Microsoft\Boot\BCD`. */
  readonly place: string;
  read(): Promise<Uint8Array>;
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
    const files = new RootedFileSystem(host.files, volume.root);
    for (const path of BCD_PATHS) {
      if (!await isFile(files, path)) continue;
      stores.push({ place: await files.nativePath(path), read: () => files.read(path) });
    }
  }
  return stores;
}

function isOurs(host: Host, volume: VolumeInfo): boolean {
  const { systemRoot, programFolder } = host.platform;
  const root = volume.root.toUpperCase();
  return root === systemRoot.toUpperCase() ||
    (volume.drive === "removable" && (programFolder?.toUpperCase().startsWith(root) ?? false));
}

async function isFile(files: RootedFileSystem, path: string): Promise<boolean> {
  try {
    const entry = await files.stat(path);
    return entry?.kind === "file" && !entry.reparse;
  } catch (error) {
    if (error instanceof MedicError) return false;
    throw error;
  }
}
