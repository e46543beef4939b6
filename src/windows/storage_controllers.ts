/** The storage controllers that this machine has or had, by what `Enum\PCI` says of them. */
import { BOOT_CLASSES, CONTROLLER_CLASSES } from "../knowledge/mod.ts";
import type { HiveKey } from "../formats/regf/mod.ts";
import type { OfflineWindows } from "./offline_windows.ts";
import { inControlSet, readService, type ServiceEntry } from "./services.ts";
import { unlessDamaged } from "./unless_damaged.ts";

const GUIDS = BOOT_CLASSES.filter(({ name }) => CONTROLLER_CLASSES.includes(name))
  .map(({ guid }) => guid);

/** The driver services of the PCI storage controllers of a control set, each once. */
export async function findStorageControllers(
  windows: OfflineWindows,
  set: number,
): Promise<ServiceEntry[]> {
  const pci = await windows.registry.key(inControlSet(set, "Enum\\PCI"));
  const names = new Map<string, string>();
  for (const device of subkeys(pci?.key)) {
    for (const instance of subkeys(device)) {
      const guid = unlessDamaged(() => instance.value("ClassGUID")?.string())?.toLowerCase();
      if (guid === undefined || !GUIDS.includes(guid)) continue;
      const name = unlessDamaged(() => instance.value("Service")?.string());
      if (name !== undefined && name !== "") names.set(name.toUpperCase(), name);
    }
  }
  const services: ServiceEntry[] = [];
  for (const name of names.values()) {
    const service = await readService(windows, set, name);
    if (service !== undefined) services.push(service);
  }
  return services;
}

function subkeys(key: HiveKey | undefined): readonly HiveKey[] {
  return unlessDamaged(() => key?.subkeys(() => {})) ?? [];
}
