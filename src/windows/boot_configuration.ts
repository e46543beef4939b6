/**
 * What boots what: the entries of every boot configuration of the machine in the order of the
 * menu, where each leads, whether that is the Windows to be repaired, and what Setup left there.
 */
import { MedicError } from "../base/mod.ts";
import {
  type BcdObject,
  type BcdStore,
  describeObjectType,
  ElementType,
  openBcd,
} from "../formats/bcd/mod.ts";
import { openHive } from "../formats/regf/mod.ts";
import {
  type BootLocation,
  locationOf,
  type PartitionMap,
  readPartitionMap,
} from "./boot_location.ts";
import type { BootStore } from "./boot_stores.ts";
import type { Evidence } from "./evidence.ts";
import { describeReplay } from "./hives.ts";
import type { OfflineWindows } from "./offline_windows.ts";

/** One entry of a boot configuration. */
export interface BootEntry {
  /** Lower case, without braces. */
  readonly id: string;
  /** As bcdedit calls it: `{default}`, `{memdiag}`, or the id in braces. */
  readonly name: string;
  readonly description: string | undefined;
  /** `Windows Boot Loader` */
  readonly kind: string;
  /** Where it is found: in the menu, among its tools, as the recovery of another, or nowhere. */
  readonly place: "menu" | "tools" | "recovery" | "unlisted";
  /** It starts if nobody chooses. */
  readonly isDefault: boolean;
  /** It starts at the next start only (`bootsequence`). */
  readonly isNext: boolean;
  /** Of the program that is started. */
  readonly device: BootLocation | undefined;
  /** `\Windows\system32\winload.efi` */
  readonly path: string | undefined;
  readonly osDevice: BootLocation | undefined;
  readonly systemRoot: string | undefined;
  readonly winpe: boolean;
  /** It starts the target Windows; undefined where that cannot be told. */
  readonly startsTarget: boolean | undefined;
  /** What says that Setup made it for itself: one sentence each. Empty for all others. */
  readonly setupMarks: readonly string[];
  /** An initial machine configuration is named; stop code 0x67 if it is damaged or gone. */
  readonly initialConfiguration: boolean;
  /** The file on the target's volume that it needs and that is not there. */
  readonly missingFile: string | undefined;
}

/** One store. */
export type BootStoreView =
  | { readonly state: "unreadable"; readonly place: string; readonly problem: string }
  | {
    readonly state: "read";
    /** `S:\EFI\Microsoft\Boot\BCD` */
    readonly place: string;
    /** What became of a dirty store's logs; undefined for a clean one. */
    readonly replay: string | undefined;
    /** Dirty, and its logs cannot be used. */
    readonly stale: boolean;
    /** Seconds that the menu waits. */
    readonly timeout: number | undefined;
    readonly entries: readonly BootEntry[];
    /** What could not be read and was left out. */
    readonly problems: readonly string[];
  };

/** Reads every store that can be reached. Never throws for damaged ones. */
export async function readBootConfiguration(windows: OfflineWindows): Promise<BootStoreView[]> {
  const stores = [...await windows.bootStores(), ...await windows.ownBootStores()];
  if (stores.length === 0) return [];
  const map = await readPartitionMap(windows);
  const views: BootStoreView[] = [];
  for (const store of stores) views.push(await viewStore(windows, { store, map }));
  return views;
}

/** Evidence that cites an entry. */
export function bootEvidence(place: string, entry: BootEntry): Evidence {
  const marks = [entry.isDefault ? "default" : "", entry.isNext ? "next start only" : ""]
    .filter((mark) => mark !== "");
  const role = marks.length === 0 ? "" : ` (${marks.join(", ")})`;
  const where = entry.osDevice?.text ?? entry.device?.text ?? "no device";
  return {
    kind: "file",
    path: place,
    detail: `{${entry.id}}${role} "${entry.description ?? ""}" starts ${entry.path ?? "?"} ` +
      `with ${where}`,
  };
}

async function viewStore(
  windows: OfflineWindows,
  source: { readonly store: BootStore; readonly map: PartitionMap },
): Promise<BootStoreView> {
  const { place } = source.store;
  try {
    const { bytes, ...replay } = await source.store.replay();
    const store = openBcd(openHive(bytes, { name: place }));
    const entries: BootEntry[] = [];
    for (const object of inMenuOrder(store)) {
      entries.push(await viewEntry(windows, { store, object, map: source.map }));
    }
    const timeout = store.bootManager?.element(ElementType.timeout)?.value;
    return {
      state: "read",
      place,
      replay: describeReplay(replay),
      stale: replay.state === "unrecovered",
      timeout: timeout?.format === "integer" ? Number(timeout.number) : undefined,
      entries,
      problems: store.problems.map((problem) => problem.message),
    };
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    return { state: "unreadable", place, problem: error.message };
  }
}

/** Applications that can be started: the menu first, then tools, recovery, and the rest. */
function inMenuOrder(store: BcdStore): BcdObject[] {
  const { menu, tools, recovery } = listed(store);
  const order = [...menu, ...tools, ...recovery, ...store.objects.map(({ id }) => id)];
  return [...new Set(order)].map((id) => store.object(id))
    .filter((object) => object !== undefined)
    .filter(isStartable);
}

function isStartable({ type }: BcdObject): boolean {
  return type.kind === "application" &&
    type.application !== "boot manager" && type.application !== "firmware boot manager";
}

function listed(store: BcdStore) {
  const ids = (type: number) => store.bootManager?.objects(type) ?? [];
  const menu = ids(ElementType.displayOrder);
  return {
    menu,
    tools: ids(ElementType.toolsDisplayOrder),
    recovery: store.objects.flatMap((object) => object.objects(ElementType.recoverySequence)),
    next: ids(ElementType.bootSequence),
  };
}

interface EntrySource {
  readonly store: BcdStore;
  readonly object: BcdObject;
  readonly map: PartitionMap;
}

async function viewEntry(windows: OfflineWindows, source: EntrySource): Promise<BootEntry> {
  const { store, object, map } = source;
  const device = locationOf(object.device(ElementType.device), map);
  const isLoader = object.type.application === "boot loader";
  const osDevice = isLoader ? locationOf(object.device(ElementType.osDevice), map) : undefined;
  const entry: Omit<BootEntry, "missingFile"> = {
    id: object.id,
    name: store.nameOf(object.id),
    description: object.text(ElementType.description),
    kind: describeObjectType(object.type),
    place: placeOf(object.id, store),
    isDefault: object.id === store.defaultId,
    isNext: listed(store).next.includes(object.id),
    device,
    path: object.text(ElementType.path),
    osDevice,
    systemRoot: isLoader ? object.text(ElementType.systemRoot) : undefined,
    winpe: isLoader && object.flag(ElementType.winpe) === true,
    startsTarget: isLoader ? leadsToTarget(osDevice) : false,
    setupMarks: setupMarks(object, [device, osDevice]),
    initialConfiguration: isLoader &&
      (object.element(ElementType.imcDevice) !== undefined ||
        object.element(ElementType.imcHiveName) !== undefined),
  };
  return { ...entry, missingFile: await missingFile(windows, entry) };
}

function placeOf(id: string, store: BcdStore): BootEntry["place"] {
  const { menu, tools, recovery } = listed(store);
  if (menu.includes(id)) return "menu";
  if (tools.includes(id)) return "tools";
  return recovery.includes(id) ? "recovery" : "unlisted";
}

/** A Windows that is started from a file (WinRE, a virtual disk) is another one. */
function leadsToTarget(osDevice: BootLocation | undefined): boolean | undefined {
  return osDevice?.file === undefined ? osDevice?.onTarget : false;
}

/** The work folder of an in-place upgrade. */
const SETUP_FOLDER = /[\\/]\$WINDOWS\.~BT[\\/]/i;

/**
 * Descriptions of Setup's own entries; they are English on every Windows that was seen. Sources:
 * the boot configuration of Windows' media; mvaferreira/RepairAzVMDisk (default entry that names
 * Windows Setup); "Windows Rollback" is a text of setupplatform.dll, no store with it was read.
 */
const SETUP_DESCRIPTION = /^windows (?:setup|rollback)\b/i;

function setupMarks(
  object: BcdObject,
  locations: readonly (BootLocation | undefined)[],
): string[] {
  const marks: string[] = [];
  const description = object.text(ElementType.description) ?? "";
  const places = [object.text(ElementType.path), ...locations.map((location) => location?.file)];
  const inside = places.find((place) => place !== undefined && SETUP_FOLDER.test(place));
  if (inside !== undefined) marks.push(`It starts ${inside}, which is of an upgrade`);
  if (SETUP_DESCRIPTION.test(description)) marks.push(`It is called "${description}"`);
  return marks;
}

/** Looks for the entry's file where it can be looked for: on the target's volume. */
async function missingFile(
  windows: OfflineWindows,
  entry: Pick<BootEntry, "device" | "path">,
): Promise<string | undefined> {
  if (entry.device?.onTarget !== true) return undefined;
  const path = entry.device.file ?? (isInFile(entry.device) ? undefined : entry.path);
  if (path === undefined || path === "") return undefined;
  try {
    return await windows.files.stat(path.replace(/^[\\/]+/, "")) === undefined ? path : undefined;
  } catch (error) {
    if (error instanceof MedicError) return undefined;
    throw error;
  }
}

function isInFile(location: BootLocation): boolean {
  return !location.text.startsWith("partition=");
}
