/**
 * Finds what a half-done update left behind and what proves it, row by row of the table of
 * leftovers. Every edit that is offered cites its proof; what is not proven is told with the
 * reason why it is left alone.
 */
import { MedicError } from "../base/mod.ts";
import { type LeftoverRow, type PendingMarkerRow, SERVICING_LEFTOVERS } from "../knowledge/mod.ts";
import {
  type Evidence,
  hiveOf,
  inControlSet,
  type OfflineWindows,
  readControlSets,
} from "../windows/mod.ts";
import type { LeftAlone, Leftover, LeftoverContext, Seen } from "./leftover.ts";
import { proveKey, proveValue } from "./leftover_proofs.ts";
import { judgeUpdate, type UpdateState } from "./update_state.ts";

/** All that was found. */
export interface ServicingLeftovers {
  readonly proven: readonly Leftover[];
  readonly left: readonly LeftAlone[];
  readonly update: UpdateState;
}

/** How to look. */
export interface FindLeftoversOptions {
  /** Take the update for dead: to show what would be cleared, or because the user said so. */
  readonly assumeDead?: boolean;
}

/** Looks at every place of the table, in its order. Reads only. */
export async function findServicingLeftovers(
  windows: OfflineWindows,
  options: FindLeftoversOptions = {},
): Promise<ServicingLeftovers> {
  const judged = await judgeUpdate(windows);
  const update: UpdateState = options.assumeDead ? { ...judged, state: "dead" } : judged;
  const context: LeftoverContext = { windows, update };
  const found: Seen[] = [];
  for (const row of SERVICING_LEFTOVERS) {
    for (const place of await placesOf(windows, row.place)) {
      found.push(...await lookAt(context, row, place));
    }
  }
  return {
    proven: found.flatMap((seen) => "edits" in seen ? [seen] : []),
    left: found.flatMap((seen) => "edits" in seen ? [] : [seen]),
    update: judged,
  };
}

/** A place in words that the registry of an offline Windows understands. */
type Place =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "key"; readonly hive: string; readonly path: string }
  | {
    readonly kind: "value";
    readonly hive: string;
    readonly path: string;
    readonly name: string;
  };

/** One place for each control set in use. */
async function placesOf(
  windows: OfflineWindows,
  place: PendingMarkerRow["place"],
): Promise<Place[]> {
  if (place.kind === "file") return [place];
  const { hive, key } = place;
  const inSet = /^ControlSet\\(.*)$/.exec(key)?.[1];
  const paths = inSet === undefined
    ? [key === "" ? hive : `${hive}\\${key}`]
    : (await readControlSets(windows.hives)).inUse.map((set) => inControlSet(set, inSet));
  return paths.map((path) =>
    place.kind === "key"
      ? { kind: "key", hive, path }
      : { kind: "value", hive, path, name: place.name }
  );
}

async function lookAt(context: LeftoverContext, row: LeftoverRow, place: Place): Promise<Seen[]> {
  if (place.kind === "file") return await lookAtFile(context, row, place.path);
  const { windows } = context;
  const state = await windows.hives.read(place.hive);
  if (hiveOf(state) === undefined) return [];
  const seen = await lookInHive(context, row, place);
  if (state.state !== "dirty") return seen;
  const reason = "The logs of its hive cannot be used: Windows may see something else";
  return seen.map(({ evidence }) => ({
    row,
    reason,
    evidence: "kind" in evidence ? evidence : evidence[0]!,
  }));
}

async function lookInHive(
  context: LeftoverContext,
  row: LeftoverRow,
  place: Exclude<Place, { readonly kind: "file" }>,
): Promise<Seen[]> {
  try {
    return place.kind === "key"
      ? await proveKey(context, row, place.path)
      : await proveValue(context, row, place);
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    const evidence = { kind: "file", path: place.path, detail: error.message } as const;
    return [{ row, reason: "It cannot be read", evidence }];
  }
}

async function lookAtFile(
  { windows, update }: LeftoverContext,
  row: LeftoverRow,
  path: string,
): Promise<Seen[]> {
  const evidence = (detail: string): Evidence => ({ kind: "file", path, detail });
  try {
    const entry = await windows.files.stat(path);
    if (entry === undefined) return [];
    if (entry.kind !== "file" || entry.reparse) {
      const reason = "It is no ordinary file";
      return [{ row, reason, evidence: evidence("a folder or a link") }];
    }
    const there = evidence(`${entry.size} bytes`);
    if (update.state !== "dead") {
      return [{ row, reason: update.reason, evidence: there, waits: true }];
    }
    const edits = [{ edit: "set-aside", path, bytes: entry.size }] as const;
    return [{ row, proof: "update-dead", edits, evidence: [there, ...update.evidence] }];
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    return [{ row, reason: "It cannot be looked at", evidence: evidence(error.message) }];
  }
}
