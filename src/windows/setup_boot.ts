/** What the boot configurations say about Setup: whether its own entry starts next. */
import { type BootEntry, bootEvidence, type BootStoreView } from "./boot_configuration.ts";
import type { Evidence } from "./evidence.ts";

/** The boot entry of Setup that starts next. */
export interface SetupBootEntry {
  /** Of the store. */
  readonly place: string;
  readonly entry: BootEntry;
  /** The entry of the same store that starts the target Windows. */
  readonly loader: BootEntry | undefined;
}

type ReadStore = Extract<BootStoreView, { state: "read" }>;

/** What a store starts next: the entries for one start only, else the default one. */
function startsNext(store: ReadStore): BootEntry[] {
  const next = store.entries.filter((entry) => entry.isNext);
  return next.length > 0 ? next : store.entries.filter((entry) => entry.isDefault);
}

/** It starts something out of an upgrade's folder. */
export function isOfUpgrade(entry: BootEntry): boolean {
  return entry.setupMarks.some((mark) => /\$WINDOWS\.~BT/i.test(mark));
}

/** The first entry of Setup that a store starts next, if it is not known to be of another volume. */
export function setupEntryOf(stores: readonly BootStoreView[]): SetupBootEntry | undefined {
  for (const store of stores) {
    if (store.state !== "read" || store.stale) continue;
    const entry = startsNext(store).find((candidate) =>
      candidate.setupMarks.length > 0 && candidate.device?.onTarget !== false
    );
    if (entry === undefined) continue;
    const loader = store.entries.find((other) =>
      other.startsTarget === true && other.setupMarks.length === 0
    );
    return { place: store.place, entry, loader };
  }
  return undefined;
}

/** Another store than the one at `place` starts the target Windows next. */
export function otherStoreStartsWindows(
  stores: readonly BootStoreView[],
  place: string,
): boolean {
  return stores.some((store) =>
    store.state === "read" && store.place !== place &&
    startsNext(store).some((entry) => entry.startsTarget === true)
  );
}

/** Every store can be read, and there is one. */
export function isBootKnown(stores: readonly BootStoreView[]): boolean {
  return stores.length > 0 && stores.every((store) => store.state === "read" && !store.stale);
}

/** Some entry, whether it starts next or not, leads into an upgrade's folder and finds its file. */
export function hasUpgradeEntry(stores: readonly BootStoreView[]): boolean {
  return stores.flatMap((store) => store.state === "read" ? store.entries : []).some((entry) =>
    isOfUpgrade(entry) && entry.device?.onTarget !== false && entry.missingFile === undefined
  );
}

/** What each store starts next, as evidence. */
export function nextStartEvidence(stores: readonly BootStoreView[]): Evidence[] {
  return stores.flatMap((store) =>
    store.state === "read" ? startsNext(store).map((entry) => bootEvidence(store.place, entry)) : []
  );
}
