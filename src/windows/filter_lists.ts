/**
 * Where drivers are named as filters of devices: `UpperFilters` and `LowerFilters` of classes
 * (`Control\Class`) and of single devices (`Enum`), to which an upgrade of Windows may move
 * them. Source: Microsoft KB 976267.
 */
import type { HiveKey } from "../formats/regf/mod.ts";
import type { OfflineWindows } from "./offline_windows.ts";
import type { OfflineKey } from "./registry.ts";
import { inControlSet } from "./services.ts";
import { unlessDamaged } from "./unless_damaged.ts";

/** Values that list filters. */
const FILTER_VALUES = ["UpperFilters", "LowerFilters"] as const;

/** One list that is there. */
export interface FilterList {
  /** Of all devices of a class, or of one device. */
  readonly scope: "class" | "device";
  /** GUID of the device class, as it is written; "" for a device that names none. */
  readonly guid: string;
  /** Whose it is, for people: `class DiskDrive`, `device PCI\VEN_8086…\3&11583659`. */
  readonly owner: string;
  readonly list: typeof FILTER_VALUES[number];
  /** Names of services, in the order in which they attach. May be empty. */
  readonly names: readonly string[];
  /** The key that holds the value. */
  readonly place: OfflineKey;
}

/** All filter lists of a control set. Damaged keys and values of other types are left out. */
export async function listFilterLists(
  windows: OfflineWindows,
  set: number,
): Promise<FilterList[]> {
  const classes = await windows.registry.key(inControlSet(set, "Control\\Class"));
  const devices = await windows.registry.key(inControlSet(set, "Enum"));
  return [...children(classes).flatMap(ofClass), ...devicesBelow(devices).flatMap(ofDevice)];
}

function ofClass(place: OfflineKey): FilterList[] {
  const { key } = place;
  const name = unlessDamaged(() => key.value("Class")?.string());
  return listsOf(place, { scope: "class", guid: key.name, owner: `class ${name ?? key.name}` });
}

function ofDevice(place: OfflineKey): FilterList[] {
  const guid = unlessDamaged(() => place.key.value("ClassGUID")?.string()) ?? "";
  const owner = `device ${place.path.split("\\").slice(-3).join("\\")}`;
  return listsOf(place, { scope: "device", guid, owner });
}

/** `Enum\<enumerator>\<device>\<instance>` */
function devicesBelow(devices: OfflineKey | undefined): OfflineKey[] {
  return children(devices).flatMap((enumerator) => children(enumerator).flatMap(children));
}

function children(place: OfflineKey | undefined): OfflineKey[] {
  if (place === undefined) return [];
  const keys: readonly HiveKey[] = unlessDamaged(() => place.key.subkeys(() => {})) ?? [];
  return keys.map((key) => ({ ...place, path: `${place.path}\\${key.name}`, key }));
}

function listsOf(
  place: OfflineKey,
  whose: Pick<FilterList, "scope" | "guid" | "owner">,
): FilterList[] {
  return FILTER_VALUES.flatMap((list) => {
    const names = unlessDamaged(() => place.key.value(list)?.strings());
    return names === undefined ? [] : [{ ...whose, list, names, place }];
  });
}

/** Says whether a list names a service. */
export function listsService(list: FilterList, service: string): boolean {
  return list.names.some((name) => name.toUpperCase() === service.toUpperCase());
}
