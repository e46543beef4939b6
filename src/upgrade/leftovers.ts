/**
 * The folders that an upgrade has left, and whether they may be moved aside: never while somebody
 * may still go on with the upgrade or take it back.
 */
import { formatBytes, joinWindowsPath, MedicError } from "../base/mod.ts";
import { UPGRADE_LEFTOVERS, type UpgradeLeftoverRow, WAY_BACK_FOLDER } from "../knowledge/mod.ts";
import {
  type BootStoreView,
  isOfUpgrade,
  type OfflineWindows,
  type SetupState,
} from "../windows/mod.ts";
import { ABORT_RULES, consents, isOldWindows, startsDeadSetup } from "./abort_rules.ts";

/** A folder that is there. */
export interface UpgradeLeftover {
  readonly row: UpgradeLeftoverRow;
  readonly kind: "file" | "directory";
  readonly reparse: boolean;
  readonly size: number;
}

/** The folders that a table lets move. */
export async function findLeftovers(windows: OfflineWindows): Promise<UpgradeLeftover[]> {
  const found: UpgradeLeftover[] = [];
  for (const row of UPGRADE_LEFTOVERS.filter(({ treatment }) => treatment === "move-aside")) {
    const entry = await windows.files.stat(row.path);
    if (entry === undefined) continue;
    found.push({ row, kind: entry.kind, reparse: entry.reparse, size: entry.size });
  }
  return found;
}

/** What holds the folders back. */
export interface LeftoverObstacle {
  /** One sentence without full stop. */
  readonly reason: string;
  /** The computer still starts something out of the folder; once it does not, it may be moved. */
  readonly boots?: true;
}

/** Why the folders stay, or undefined if they may be moved aside. */
export async function whyLeftoversStay(
  windows: OfflineWindows,
  { state, force }: { readonly state: SetupState; readonly force: boolean },
): Promise<LeftoverObstacle | undefined> {
  const { name, reason } = state;
  if (state.reset === "child") {
    return { reason: `${reason}; once that is taken back, Windows goes on with Setup's files` };
  }
  if (name === "finished") return await whyFinishedStays(windows, { state, force });
  const rule = ABORT_RULES[name];
  if (startsDeadSetup(state)) return { reason, boots: true };
  if (!consents(rule.putAside, force)) return { reason: `${reason}; ${sentencePart(rule.why)}` };
  if (name === "in-flight" && !isOldWindows(state)) {
    return { reason: `${reason}; the new Windows is in its place and needs Setup's files` };
  }
  return state.bootsSetup === undefined
    ? undefined
    : { reason: `${reason}; as long as it does, its folder stays`, boots: true };
}

function sentencePart(sentence: string): string {
  return sentence.slice(0, 1).toLowerCase() + sentence.slice(1);
}

/**
 * A Setup that ended takes its boot entries away: one that is left, and no Windows before this
 * one to go back to, prove that the folder is of no use any more.
 */
async function whyFinishedStays(
  windows: OfflineWindows,
  { state, force }: { readonly state: SetupState; readonly force: boolean },
): Promise<LeftoverObstacle | undefined> {
  if (consents(ABORT_RULES.finished.putAside, force)) return undefined;
  if (await hasWayBack(windows)) {
    const reason = `${state.reason}; the folder belongs to the way back, ${WAY_BACK_FOLDER}`;
    return { reason };
  }
  if (hasDeadEntry(state.facts.boot)) return undefined;
  return { reason: `${state.reason}; what it left behind is moved only with --force` };
}

/** The Windows before is kept; what cannot be looked at counts as kept. */
export async function hasWayBack({ files }: Pick<OfflineWindows, "files">): Promise<boolean> {
  try {
    return await files.stat(WAY_BACK_FOLDER) !== undefined;
  } catch (error) {
    if (error instanceof MedicError) return true;
    throw error;
  }
}

function hasDeadEntry(stores: readonly BootStoreView[]): boolean {
  return stores.some((store) =>
    store.state === "read" &&
    store.entries.some((entry) =>
      isOfUpgrade(entry) && entry.device?.onTarget === true && !entry.isDefault && !entry.isNext
    )
  );
}

/** Bytes below a path, and how many folders could not be looked into. Links are not followed. */
export async function measure(
  windows: Pick<OfflineWindows, "files">,
  path: string,
): Promise<{ readonly bytes: number; readonly unlisted: number }> {
  let bytes = 0;
  let unlisted = 0;
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    try {
      for (const entry of await windows.files.list(folder)) {
        if (entry.reparse) continue;
        if (entry.kind === "file") bytes += entry.size;
        else folders.push(joinWindowsPath(folder, entry.name));
      }
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      unlisted++;
    }
  }
  return { bytes, unlisted };
}

/** `$WINDOWS.~BT (4.1 GB)` and its kin, for people. */
export function describeLeftovers(
  found: readonly { readonly path: string; readonly bytes: number }[],
): string {
  return found.map(({ path, bytes }) => `${path} (${formatBytes(bytes)})`).join(", ");
}
