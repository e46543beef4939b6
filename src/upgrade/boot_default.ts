/**
 * Which boot configurations start Setup next, which entry of each starts this Windows, and what
 * has to be said to bcdedit so that it does again. Reads only.
 */
import { MedicError, sameWindowsPath, type ToolInvocation } from "../base/mod.ts";
import { ElementType, openBcd } from "../formats/bcd/mod.ts";
import { openHive } from "../formats/regf/mod.ts";
import { toolChange, type ToolRan } from "../journal/mod.ts";
import { deleteElement, moveInMenu, setDefault } from "../tools/bcdedit/mod.ts";
import {
  type BootEntry,
  type BootStore,
  type BootStoreView,
  isOfUpgrade,
  type OfflineWindows,
  setupEntryOf,
  type SetupState,
} from "../windows/mod.ts";

type ReadStore = Extract<BootStoreView, { state: "read" }>;

/** One boot configuration that starts Setup next, and how it comes to start Windows again. */
export interface BootRepair {
  readonly store: BootStore;
  readonly view: ReadStore;
  /** The entry of Setup. */
  readonly setup: BootEntry;
  /** The entry of this Windows. */
  readonly loader: BootEntry;
  readonly changes: readonly ToolRan[];
  /** Entries of an upgrade that stay in the menu. */
  readonly kept: readonly BootEntry[];
}

/** The repairs, or why there are none: one sentence without full stop. */
export type BootRepairs =
  | { readonly kind: "repairs"; readonly repairs: readonly BootRepair[] }
  | { readonly kind: "nothing" }
  | { readonly kind: "impossible"; readonly reason: string };

/** How the repairs are planned. */
export interface BootRepairOptions {
  /** What the upgrade's entries start will be moved aside: they leave the menu too. */
  readonly givenUp?: boolean;
}

/** Plans the repair of every store that starts Setup next. */
export async function findBootRepairs(
  windows: OfflineWindows,
  { facts }: Pick<SetupState, "facts">,
  { givenUp = false }: BootRepairOptions = {},
): Promise<BootRepairs> {
  const stores = [...await windows.bootStores(), ...await windows.ownBootStores()];
  const repairs: BootRepair[] = [];
  for (const view of facts.boot) {
    const setup = setupEntryOf([view])?.entry;
    if (view.state !== "read" || setup === undefined) continue;
    const store = stores.find(({ place }) => place === view.place);
    const repair = store === undefined
      ? `${view.place} is not there any more`
      : await repairOf({ store, view, setup }, givenUp);
    if (typeof repair === "string") return { kind: "impossible", reason: repair };
    repairs.push(repair);
  }
  return repairs.length === 0 ? { kind: "nothing" } : { kind: "repairs", repairs };
}

/** A path that can be given to bcdedit. */
const LETTER = /^[A-Za-z]:\\/;

async function repairOf(
  { store, view, setup }: Pick<BootRepair, "store" | "view" | "setup">,
  givenUp: boolean,
): Promise<BootRepair | string> {
  if (!LETTER.test(store.place)) {
    return `The boot configuration ${store.place} lies on a volume without a letter; give it one ` +
      "with diskpart, then run this again";
  }
  const loader = view.entries.find(startsThisWindows);
  if (loader === undefined) {
    return `No entry of ${store.place} starts this Windows; bcdboot makes one`;
  }
  const before = await readPointers(store);
  if (typeof before === "string") return before;
  const foreign = before.next.filter((id) =>
    !view.entries.some((entry) => entry.id === id && entry.setupMarks.length > 0)
  );
  if (setup.isNext && foreign.length > 0) {
    return `${store.place} is to start {${foreign[0]}} once as well, which is not of Setup`;
  }
  const dead = view.entries.filter((entry) => isDead(entry, givenUp));
  const kept = view.entries.filter((entry) =>
    isOfUpgrade(entry) && entry.place === "menu" && !dead.includes(entry)
  );
  const changes = changesOf({ place: store.place, loader, setup, before, dead });
  return { store, view, setup, loader, changes, kept };
}

/** Its own file is there, its Windows is this one, and Setup has not made it. */
function startsThisWindows(entry: BootEntry): boolean {
  return entry.startsTarget === true && entry.setupMarks.length === 0 && !entry.winpe &&
    entry.missingFile === undefined &&
    (entry.systemRoot === undefined || sameWindowsPath(entry.systemRoot, "Windows"));
}

/** In the menu, of an upgrade of this very volume, and what it starts is gone or about to be. */
function isDead(entry: BootEntry, givenUp: boolean): boolean {
  return entry.place === "menu" && isOfUpgrade(entry) && entry.device?.onTarget === true &&
    (givenUp || entry.missingFile !== undefined);
}

/** What the boot manager points to now: ids without braces. */
interface Pointers {
  /** As it is written there; undefined if the first of the menu starts instead. */
  readonly default: string | undefined;
  readonly next: readonly string[];
  readonly menu: readonly string[];
}

async function readPointers(store: BootStore): Promise<Pointers | string> {
  try {
    const { bytes } = await store.replay();
    const manager = openBcd(openHive(bytes, { name: store.place })).bootManager;
    return {
      default: manager?.objects(ElementType.default)[0],
      next: manager?.objects(ElementType.bootSequence) ?? [],
      menu: manager?.objects(ElementType.displayOrder) ?? [],
    };
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    return error.message;
  }
}

function changesOf(
  work: {
    readonly place: string;
    readonly loader: BootEntry;
    readonly setup: BootEntry;
    readonly before: Pointers;
    readonly dead: readonly BootEntry[];
  },
): ToolRan[] {
  const { place: store, loader, setup, before, dead } = work;
  const line = (command: string) => `To take it back: bcdedit /store "${store}" ${command}`;
  const braced = (ids: readonly string[]) => ids.map((id) => `{${id}}`).join(" ");
  const changes: ToolRan[] = [];
  // What starts comes last: a store that was cut off before it is found and gone on with.
  for (const { id } of dead) {
    const instead = line(`/displayorder ${braced(before.menu)}`);
    changes.push(inStore(store, { ...moveInMenu({ store, id, place: "remove" }), instead }));
  }
  if (setup.isNext) {
    const instead = line(`/bootsequence ${braced(before.next)}`);
    const call = deleteElement({ store, id: "{bootmgr}", element: "bootsequence" });
    changes.push(inStore(store, { ...call, instead }));
  }
  if (!loader.isDefault) {
    const instead = before.default === undefined
      ? line("/deletevalue {bootmgr} default")
      : line(`/default {${before.default}}`);
    changes.push(inStore(store, { ...setDefault({ store, id: loader.id }), instead }));
  }
  return changes;
}

/** A machine can have two stores: what is shown names the one that is meant. */
function inStore(store: string, invocation: ToolInvocation): ToolRan {
  return toolChange({ ...invocation, purpose: `${invocation.purpose} (${store})` });
}
