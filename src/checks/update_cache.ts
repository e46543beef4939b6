/** What state is the update cache in, and how much room does it take? */
import { FileError, formatBytes } from "../base/mod.ts";
import { ESE_HEADER_BYTES, eseState } from "../formats/ese/mod.ts";
import { movableUpdateCache, type UpdateCacheRow } from "../knowledge/mod.ts";
import type { Evidence, OfflineWindows } from "../windows/mod.ts";
import { type Check, commandFor, type Finding } from "./finding.ts";

/** One existing place of the update cache. */
export interface CachePlace {
  readonly row: UpdateCacheRow;
  readonly path: string;
  readonly kind: "file" | "directory";
  readonly bytes: number;
  readonly reparse: boolean;
}

/** The places that a reset would move, as they are on the volume. */
export async function findCachePlaces(windows: OfflineWindows): Promise<CachePlace[]> {
  const places: CachePlace[] = [];
  for (const row of movableUpdateCache()) {
    for (const path of await pathsOf(windows, row)) {
      const entry = await windows.files.stat(path);
      if (entry === undefined) continue;
      const bytes = entry.reparse ? 0 : await sizeOf(windows, path);
      places.push({ row, path, kind: entry.kind, bytes, reparse: entry.reparse });
    }
  }
  return places;
}

async function pathsOf(windows: OfflineWindows, row: UpdateCacheRow): Promise<string[]> {
  if (row.names === undefined) return [row.path];
  const folder = await windows.files.stat(row.path);
  if (folder?.kind !== "directory" || folder.reparse) return [];
  const entries = await windows.files.list(row.path);
  return entries.filter((e) => e.kind === "file" && row.names!.test(e.name))
    .map((entry) => `${row.path}\\${entry.name}`);
}

/** Bytes below a path. Links are not followed; what cannot be listed counts as nothing. */
async function sizeOf(windows: OfflineWindows, path: string): Promise<number> {
  const entry = await windows.files.stat(path);
  if (entry === undefined || entry.reparse) return 0;
  if (entry.kind === "file") return entry.size;
  let bytes = 0;
  for (const child of await windows.files.list(path)) {
    if (child.reparse) continue;
    bytes += child.kind === "file" ? child.size : await sizeOf(windows, `${path}\\${child.name}`);
  }
  return bytes;
}

const DATA_STORE = "Windows\\SoftwareDistribution\\DataStore\\DataStore.edb";

/** Asks the state and the size of the update cache. */
export const updateCache: Check = {
  id: "updates.cache",
  question: "Is the update cache in order?",
  deep: false,
  async run(windows): Promise<Finding[]> {
    const places = await findCachePlaces(windows);
    const bytes = places.reduce((sum, place) => sum + place.bytes, 0);
    const evidence: Evidence[] = places.map((place) => ({
      kind: "file",
      path: place.path,
      detail: place.reparse ? "a junction or another reparse point" : formatBytes(place.bytes),
    }));
    const check = "updates.cache";
    const fault = await dataStoreFault(windows);
    if (fault !== undefined) {
      const summary = `The update cache is not in order: ${fault.summary} (${formatBytes(bytes)})`;
      const next = commandFor(windows, "cache reset");
      return [{
        check,
        outcome: "problem",
        blocking: true,
        summary,
        evidence: [fault.evidence, ...evidence],
        next,
      }];
    }
    const size = places.length === 0 ? "it is empty" : formatBytes(bytes);
    const summary = `Nothing is wrong with the update cache (${size})`;
    return [{
      check,
      outcome: "ok",
      blocking: false,
      summary,
      evidence: evidence.length > 0 ? evidence : [absent()],
    }];
  },
};

function absent(): Evidence {
  return {
    kind: "file",
    path: "Windows\\SoftwareDistribution",
    detail: "not there; Windows makes it anew",
  };
}

async function dataStoreFault(
  windows: OfflineWindows,
): Promise<{ summary: string; evidence: Evidence } | undefined> {
  const state = await readDataStore(windows);
  if (state === undefined) return undefined;
  const fault = (summary: string, detail: string) => ({
    summary,
    evidence: { kind: "file", path: DATA_STORE, detail } as const,
  });
  if (state instanceof FileError) return fault("its data base cannot be read", state.message);
  if (state === "damaged") return fault("its data base is damaged", "no ESE header");
  if (state === "clean-shutdown" || state === "just-created") return undefined;
  return fault("its data base was not closed", `ESE state: ${state}`);
}

async function readDataStore(windows: OfflineWindows) {
  try {
    if (await windows.files.stat(DATA_STORE) === undefined) return undefined;
    const file = await windows.files.open(DATA_STORE);
    try {
      return eseState(await file.read(0, ESE_HEADER_BYTES)) ?? "damaged";
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof FileError) return error;
    throw error;
  }
}
