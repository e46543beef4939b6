/**
 * What the boot configurations say about an upgrade: by which firmware the computer starts, from
 * which partition, whether in Safe Mode or out of a virtual disk, and whether other disks have a
 * boot configuration of their own.
 */
import { MedicError } from "../base/mod.ts";
import { type BcdDevice, type BcdStore, ElementType, openBcd } from "../formats/bcd/mod.ts";
import { openHive } from "../formats/regf/mod.ts";
import {
  type BootEntry,
  bootEvidence,
  type BootStore,
  type Evidence,
  type OfflineWindows,
  readBootConfiguration,
  samePartition,
} from "../windows/mod.ts";

/** A fact that is either found, with where, or not. */
export interface Found {
  /** For people, as a part of a sentence. */
  readonly text: string;
  readonly evidence: readonly Evidence[];
}

/** The entry that starts the Windows, and a flag in it. */
export interface SafeBootFlag extends Found {
  /** Native path of the store. */
  readonly store: string;
  /** Of the entry, without braces. */
  readonly id: string;
}

/** The volume that the computer starts from. */
export interface SystemPartition {
  /** `S:` */
  readonly place: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly fileSystem: string;
}

/** What was found out. */
export interface BootFacts {
  /** By the loader that the entry of this Windows names: `winload.efi` or `winload.exe`. */
  readonly firmware: "uefi" | "bios" | "unknown";
  readonly firmwareEvidence: readonly Evidence[];
  /** Undefined if it is the volume of Windows itself, or cannot be reached. */
  readonly systemPartition: SystemPartition | undefined;
  /** Entries that start other systems, where it is certain that none starts this Windows. */
  readonly noEntry: readonly Evidence[];
  /** The entry that starts next has Safe Mode switched on. */
  readonly safeBoot: SafeBootFlag | undefined;
  /** Windows is started out of a file: a virtual disk. */
  readonly virtualDisk: Found | undefined;
  /** Boot configurations on other volumes that do not start this Windows. */
  readonly otherSystems: readonly Found[];
  /** Stores that cannot be read: whatever they say is not known. */
  readonly unread: readonly Evidence[];
}

/** One store with what both readings of it say. */
interface ReadStore {
  readonly place: string;
  readonly entries: readonly BootEntry[];
  readonly bcd: BcdStore;
}

/** Reads the facts. Never throws for damaged stores. */
export async function readBootFacts(windows: OfflineWindows): Promise<BootFacts> {
  const { stores, unread } = await readStores(windows);
  const starting = stores.flatMap((store) =>
    store.entries.filter((entry) => startsThis(windows, store, entry)).map((entry) => ({
      store,
      entry,
    }))
  ).toSorted((a, b) => rank(a) - rank(b));
  return {
    ...firmwareOf(starting),
    systemPartition: await systemPartitionOf(windows, starting),
    noEntry: starting.length > 0 || unread.length > 0 ? [] : otherLoaders(stores),
    safeBoot: safeBootOf(starting),
    virtualDisk: virtualDiskOf(starting),
    otherSystems: otherSystems(windows, stores, starting),
    unread,
  };
}

interface Starting {
  readonly store: ReadStore;
  readonly entry: BootEntry;
}

/** UEFI starts from `EFI\Microsoft\Boot`, a BIOS from `Boot`: what fits its loader comes first. */
function rank({ store, entry }: Starting): number {
  const byUefi = /[\\/]EFI[\\/]/i.test(store.place);
  return byUefi === /\.efi$/i.test(entry.path ?? "") ? 0 : 1;
}

async function readStores(windows: OfflineWindows) {
  const files = [...await windows.bootStores(), ...await windows.ownBootStores()];
  const stores: ReadStore[] = [];
  const unread: Evidence[] = [];
  for (const view of await readBootConfiguration(windows)) {
    const file = files.find(({ place }) => place === view.place);
    const bcd = file === undefined ? undefined : await openStore(file);
    if (view.state === "read" && bcd !== undefined) {
      stores.push({ place: view.place, entries: view.entries, bcd });
      continue;
    }
    const detail = view.state === "unreadable" ? view.problem : "it cannot be read";
    unread.push({ kind: "file", path: view.place, detail });
  }
  return { stores, unread };
}

async function openStore(file: BootStore): Promise<BcdStore | undefined> {
  try {
    return openBcd(openHive((await file.replay()).bytes, { name: file.place }));
  } catch (error) {
    if (error instanceof MedicError) return undefined;
    throw error;
  }
}

/** Recovery and Setup start something else, whatever volume their files are on. */
function startsThis(windows: OfflineWindows, store: ReadStore, entry: BootEntry): boolean {
  if (
    entry.winpe || entry.setupMarks.length > 0 || !/winload\.(?:efi|exe)$/i.test(entry.path ?? "")
  ) {
    return false;
  }
  return entry.startsTarget === true || insideVirtualDisk(windows, store, entry) !== undefined;
}

/** The virtual disk that holds the volume of this Windows; undefined for all others. */
function insideVirtualDisk(
  windows: OfflineWindows,
  store: ReadStore,
  entry: BootEntry,
): Extract<BcdDevice, { kind: "vhd" }> | undefined {
  const device = store.bcd.object(entry.id)?.device(ElementType.osDevice)?.device;
  const own = windows.volume.partition;
  if (device?.kind !== "vhd" || device.partition === undefined || own === undefined) {
    return undefined;
  }
  const { partition } = device;
  const identity = partition.style === "gpt"
    ? { style: "gpt" as const, id: partition.id }
    : partition;
  return samePartition(identity, own) ? device : undefined;
}

function firmwareOf(
  starting: readonly Starting[],
): Pick<BootFacts, "firmware" | "firmwareEvidence"> {
  const [chosen] = starting;
  if (chosen === undefined) return { firmware: "unknown", firmwareEvidence: [] };
  return {
    firmware: /\.efi$/i.test(chosen.entry.path ?? "") ? "uefi" : "bios",
    firmwareEvidence: [bootEvidence(chosen.store.place, chosen.entry)],
  };
}

/** Empty where an entry may lead here all the same, or where nothing but WinPE is started. */
function otherLoaders(stores: readonly ReadStore[]): Evidence[] {
  const loaders = stores.flatMap(({ place, entries }) =>
    entries.filter(({ path = "", winpe }) => /winload\.(?:efi|exe)$/i.test(path) && !winpe)
      .map((entry) => ({ place, entry }))
  );
  return loaders.every(({ entry }) => entry.startsTarget === false)
    ? loaders.map(({ place, entry }) => bootEvidence(place, entry))
    : [];
}

/** The volume of the store; the target's own counts for nothing, its space is asked for anyway. */
async function systemPartitionOf(
  windows: OfflineWindows,
  starting: readonly Starting[],
): Promise<SystemPartition | undefined> {
  for (const { store } of starting) {
    const volume = await volumeOf(windows, store.place);
    if (volume === undefined || volume.root === windows.root) continue;
    return {
      place: volume.letter ?? volume.root,
      freeBytes: volume.freeBytes,
      totalBytes: volume.totalBytes,
      fileSystem: volume.fileSystem,
    };
  }
  return undefined;
}

/** The longest root wins: mount points lie in each other. */
async function volumeOf(windows: OfflineWindows, place: string) {
  const upper = place.toUpperCase();
  return (await windows.volumes()).filter(({ root }) => upper.startsWith(root.toUpperCase()))
    .toSorted((a, b) => b.root.length - a.root.length)[0];
}

const SAFE_MODES = ["minimal", "network", "directory repair"];

/** Only what starts next matters: a Safe Mode entry of its own in the menu does no harm. */
function safeBootOf(starting: readonly Starting[]): SafeBootFlag | undefined {
  for (const { store, entry } of starting) {
    const value = store.bcd.object(entry.id)?.element(ElementType.safeBoot)?.value;
    if (value === undefined || !(entry.isDefault || entry.isNext)) continue;
    const mode = value.format === "integer" ? SAFE_MODES[Number(value.number)] : undefined;
    const text = `Safe Mode (${mode ?? "unknown kind"})`;
    const cited = bootEvidence(store.place, entry);
    const evidence = cited.kind === "file"
      ? [{ ...cited, detail: `${cited.detail}, safeboot ${mode ?? "set"}` }]
      : [cited];
    return { store: store.place, id: entry.id, text, evidence };
  }
  return undefined;
}

function virtualDiskOf(starting: readonly Starting[]): Found | undefined {
  const found = starting.find(({ store, entry }) =>
    store.bcd.object(entry.id)?.device(ElementType.osDevice)?.device.kind === "vhd"
  );
  if (found === undefined || starting.some(({ entry }) => entry.startsTarget === true)) {
    return undefined;
  }
  const { store, entry } = found;
  return {
    text: entry.osDevice?.file ?? "a virtual disk",
    evidence: [bootEvidence(store.place, entry)],
  };
}

/** Setup looks for the system partition among all disks. The target's own volume is none of them. */
function otherSystems(
  windows: OfflineWindows,
  stores: readonly ReadStore[],
  starting: readonly Starting[],
): Found[] {
  const elsewhere = stores.filter(({ place }) =>
    !place.toUpperCase().startsWith(windows.root.toUpperCase())
  );
  const startsIt = (store: ReadStore) => starting.some((one) => one.store === store);
  const own = starting.find(({ store }) => elsewhere.includes(store))?.store;
  if (starting.length === 0) return [];
  return elsewhere.filter((store) => store !== own).map((store) => {
    const menu = store.entries.filter((entry) => entry.place === "menu").length;
    const detail = startsIt(store)
      ? "a second boot configuration that starts this Windows"
      : `a boot configuration with ${menu === 1 ? "one entry" : `${menu} entries`} in its menu, ` +
        "none of which starts this Windows";
    return { text: store.place, evidence: [{ kind: "file", path: store.place, detail }] };
  });
}
