/**
 * The storage controllers that this machine has or had, by what `Enum` says of them: those of PCI,
 * and those of virtual machines and small devices, which are on other buses (`VMBUS`, `XENBUS`,
 * `ACPI`).
 */
import { BOOT_CLASSES, CONTROLLER_CLASSES, findStorageDriver } from "../knowledge/mod.ts";
import type { HiveKey } from "../formats/regf/mod.ts";
import type { OfflineWindows } from "./offline_windows.ts";
import { inControlSet, readService, type ServiceEntry } from "./services.ts";
import { unlessDamaged } from "./unless_damaged.ts";

const GUIDS = BOOT_CLASSES.filter(({ name }) => CONTROLLER_CLASSES.includes(name))
  .map(({ guid }) => guid);

/**
 * Enumerators whose controllers say nothing about the system disk: `ROOT` holds Storage Spaces,
 * iSCSI and virtual disks on every machine, `USB` the docks that were plugged in once.
 */
const NEVER_THE_SYSTEM_DISK = ["ROOT", "USB"];

/** The driver services of the storage controllers of a control set, each once. */
export async function findStorageControllers(
  windows: OfflineWindows,
  set: number,
): Promise<ServiceEntry[]> {
  const enumerators = await windows.registry.key(inControlSet(set, "Enum"));
  const names = new Map<string, string>();
  for (const enumerator of subkeys(enumerators?.key)) {
    if (NEVER_THE_SYSTEM_DISK.includes(enumerator.name.toUpperCase())) continue;
    for (const instance of subkeys(enumerator).flatMap(subkeys)) {
      const name = controllerService(instance);
      if (name !== undefined) names.set(name.toUpperCase(), name);
    }
  }
  const services: ServiceEntry[] = [];
  for (const name of names.values()) {
    const service = await readService(windows, set, name);
    if (service !== undefined) services.push(service);
  }
  return services;
}

/** Drivers of RAID and VMD count in any class: some of their devices are of class System. */
function controllerService(instance: HiveKey): string | undefined {
  const name = unlessDamaged(() => instance.value("Service")?.string());
  if (name === undefined || name === "") return undefined;
  const guid = unlessDamaged(() => instance.value("ClassGUID")?.string())?.toLowerCase();
  const ofClass = guid !== undefined && GUIDS.includes(guid);
  return ofClass || findStorageDriver(name) !== undefined ? name : undefined;
}

/**
 * Says whether Windows starts from a removable disk (Windows To Go): no controller of the
 * machine it was plugged in last need start at boot. Source: Microsoft Learn, Windows To Go
 * (`PortableOperatingSystem`).
 */
export async function isPortable(windows: OfflineWindows, set: number): Promise<boolean> {
  return await windows.registry.number(inControlSet(set, "Control"), "PortableOperatingSystem") ===
    1;
}

function subkeys(key: HiveKey | undefined): readonly HiveKey[] {
  return unlessDamaged(() => key?.subkeys(() => {})) ?? [];
}
