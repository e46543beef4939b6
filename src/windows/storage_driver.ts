/**
 * Whether the offline Windows starts through a storage driver that the running system does
 * not have: Intel RST or VMD, or a RAID driver.
 */
import type { HiveKey } from "../formats/regf/mod.ts";
import { type Host, RootedFileSystem } from "../host/mod.ts";
import { STORAGE_DRIVERS, type StorageDriverRow } from "../knowledge/mod.ts";
import type { Evidence } from "./evidence.ts";
import type { OfflineWindows } from "./offline_windows.ts";
import { registryEvidence } from "./registry.ts";
import { unlessDamaged } from "./unless_damaged.ts";

const SERVICES = "SYSTEM\\CurrentControlSet\\Services";
const PCI = "SYSTEM\\CurrentControlSet\\Enum\\PCI";
/** `Start` of a driver that the boot loader loads. */
const BOOT_START = 0;

/** A driver that is missing here. */
export interface MissingStorageDriver {
  readonly row: StorageDriverRow;
  readonly evidence: Evidence;
}

/**
 * The first driver that starts the target's disk, drives a PCI device of it, and is not in the
 * driver folder of the running Windows. Undefined on other systems: there the question is moot.
 */
export async function findMissingStorageDriver(
  windows: OfflineWindows,
  host: Host,
): Promise<MissingStorageDriver | undefined> {
  if (host.platform.system !== "windows") return undefined;
  const own = new RootedFileSystem(host.files, host.platform.systemRoot);
  for (const row of STORAGE_DRIVERS.filter((driver) => driver.matters && !driver.inbox)) {
    const start = await windows.registry.value(`${SERVICES}\\${row.service}`, "Start");
    if (start === undefined || unlessDamaged(() => start.value.number()) !== BOOT_START) continue;
    if (!await hasDevice(windows, row.service)) continue;
    const file = `Windows\\System32\\drivers\\${row.service}.sys`;
    if (await own.stat(file) !== undefined) continue;
    return { row, evidence: registryEvidence(start.key, String(BOOT_START), "Start") };
  }
  return undefined;
}

async function hasDevice(windows: OfflineWindows, service: string): Promise<boolean> {
  const pci = await windows.registry.key(PCI);
  for (const device of subkeys(pci?.key)) {
    for (const instance of subkeys(device)) {
      const name = unlessDamaged(() => instance.value("Service")?.string());
      if (name?.toUpperCase() === service.toUpperCase()) return true;
    }
  }
  return false;
}

/** Damaged keys are left out; the check of the hives tells of them. */
function subkeys(key: HiveKey | undefined): readonly HiveKey[] {
  return unlessDamaged(() => key?.subkeys(() => {})) ?? [];
}
