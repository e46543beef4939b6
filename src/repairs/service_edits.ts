/** Edits of services and filter lists that several steps make. */
import { registryDword, registryStrings, RegistryType } from "../formats/regf/mod.ts";
import {
  type FilterList,
  mandatoryNetworkFilters,
  type OfflineKey,
  type OfflineWindows,
  type ServiceEntry,
} from "../windows/mod.ts";
import type { HiveChanges } from "./hive_changes.ts";

/** The whole path of a key, its hive first. */
export function keyPath(place: Pick<OfflineKey, "hive" | "path">): string {
  return `${place.hive}\\${place.path}`;
}

/** Sets a number. */
export async function setNumber(
  changes: HiveChanges,
  place: { readonly path: string; readonly name: string },
  value: number,
): Promise<void> {
  const wanted = { type: RegistryType.REG_DWORD, data: registryDword(value) };
  await changes.setValue(place.path, place.name, wanted);
}

/**
 * Sets how a service starts. `StartOverride\0`, which counts instead of `Start` where Windows
 * has made it, is set with it.
 */
export async function setStart(
  changes: HiveChanges,
  service: ServiceEntry,
  start: number,
): Promise<void> {
  const path = keyPath(service.place);
  await setNumber(changes, { path, name: "Start" }, start);
  if (service.startOverride === undefined) return;
  await setNumber(changes, { path: `${path}\\StartOverride`, name: "0" }, start);
}

/** Takes names out of filter lists. The other names keep their order; a list may become empty. */
export async function unlist(
  changes: HiveChanges,
  lists: readonly FilterList[],
  names: readonly string[],
): Promise<void> {
  const gone = new Set(names.map((name) => name.toUpperCase()));
  for (const list of lists) {
    const left = list.names.filter((name) => !gone.has(name.toUpperCase()));
    if (left.length === list.names.length) continue;
    const wanted = { type: RegistryType.REG_MULTI_SZ, data: registryStrings(left) };
    await changes.setValue(keyPath(list.place), list.list, wanted);
  }
}

/** What people should know if one of the drivers is a network filter that must run. */
export async function networkRemarks(
  windows: OfflineWindows,
  services: readonly ServiceEntry[],
): Promise<string[]> {
  const names = new Set<string>();
  for (const set of new Set(services.map((service) => service.set))) {
    const mandatory = await mandatoryNetworkFilters(windows, set);
    for (const { name } of services) {
      const bound = mandatory.some((other) => other.toUpperCase() === name.toUpperCase());
      if (bound) names.add(name);
    }
  }
  return names.size === 0 ? [] : [
    `Without its network filter (${[...names].join(", ")}) Windows has no network until the ` +
    "product is removed or switched on again",
  ];
}
