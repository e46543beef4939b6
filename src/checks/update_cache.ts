/** What state is the update cache in, and how much room does it take? */
import { FileError, formatBytes, MedicError } from "../base/mod.ts";
import { ESE_HEADER_BYTES, eseState } from "../formats/ese/mod.ts";
import { movableUpdateCache, type UpdateCacheRow } from "../knowledge/mod.ts";
import type { Evidence, OfflineWindows } from "../windows/mod.ts";
import { type Check, commandFor, type Finding } from "./finding.ts";

/** One existing place of the update cache. */
export interface CachePlace {
  readonly row: UpdateCacheRow;
  readonly path: string;
  readonly kind: "file" | "directory";
  /** Bytes that could be counted. */
  readonly bytes: number;
  readonly reparse: boolean;
  /** Folders inside that could not be listed: they are not in `bytes`. */
  readonly uncounted?: readonly string[];
}

/** The places that a reset would move, as they are on the volume. */
export async function findCachePlaces(windows: OfflineWindows): Promise<CachePlace[]> {
  return (await lookAround(windows)).places;
}

interface Looked {
  readonly places: CachePlace[];
  /** Folders whose entries are places, and which cannot be listed. */
  readonly unlisted: string[];
}

async function lookAround(windows: OfflineWindows): Promise<Looked> {
  const places: CachePlace[] = [];
  const unlisted: string[] = [];
  for (const row of movableUpdateCache()) {
    for (const path of await pathsOf(windows, row, unlisted)) {
      const entry = await windows.files.stat(path);
      if (entry === undefined) continue;
      const uncounted: string[] = [];
      const bytes = entry.reparse ? 0 : await sizeOf(windows, { path, entry }, uncounted);
      const { kind, reparse } = entry;
      places.push({
        row,
        path,
        kind,
        bytes,
        reparse,
        ...(uncounted.length > 0 ? { uncounted } : {}),
      });
    }
  }
  return { places, unlisted };
}

async function pathsOf(
  windows: OfflineWindows,
  row: UpdateCacheRow,
  unlisted: string[],
): Promise<string[]> {
  if (row.names === undefined) return [row.path];
  const folder = await windows.files.stat(row.path);
  if (folder?.kind !== "directory" || folder.reparse) return [];
  const entries = await listed(windows, row.path, unlisted);
  return entries.filter((e) => e.kind === "file" && row.names!.test(e.name))
    .map((entry) => `${row.path}\\${entry.name}`);
}

/** Bytes below a path. Links are not followed; what cannot be listed is named in `uncounted`. */
async function sizeOf(
  windows: OfflineWindows,
  place: { readonly path: string; readonly entry: Entry },
  uncounted: string[],
): Promise<number> {
  const { path, entry } = place;
  if (entry.reparse) return 0;
  if (entry.kind === "file") return entry.size;
  let bytes = 0;
  for (const child of await listed(windows, path, uncounted)) {
    bytes += await sizeOf(windows, { path: `${path}\\${child.name}`, entry: child }, uncounted);
  }
  return bytes;
}

type Entry = NonNullable<Awaited<ReturnType<OfflineWindows["files"]["stat"]>>>;

/** Names on the disk can be such as no path may hold: they cannot be listed either. */
async function listed(
  windows: OfflineWindows,
  path: string,
  uncounted: string[],
): Promise<readonly Entry[]> {
  try {
    return await windows.files.list(path);
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    uncounted.push(path);
    return [];
  }
}

const DATA_STORE = "Windows\\SoftwareDistribution\\DataStore\\DataStore.edb";

/** Asks the state and the size of the update cache. */
export const updateCache: Check = {
  id: "updates.cache",
  question: "Is the update cache in order?",
  deep: false,
  async run(windows): Promise<Finding[]> {
    const looked = await lookAround(windows);
    const { places } = looked;
    const evidence = [...places.map(placeEvidence), ...looked.unlisted.map(unlistedEvidence)];
    const size = sizeText(looked);
    const check = "updates.cache";
    const fault = await dataStoreFault(windows);
    if (fault !== undefined) {
      const summary = `The update cache is not in order: ${fault.summary} (${size})`;
      const next = commandFor(windows, "cache reset");
      const proof = [fault.evidence, ...evidence];
      return [{ check, outcome: "problem", blocking: true, summary, evidence: proof, next }];
    }
    const link = places.find((place) => place.reparse);
    if (link !== undefined) {
      const summary = `Part of the update cache lies elsewhere: ${link.path} is a junction or link`;
      return [{ check, outcome: "notice", blocking: false, summary, evidence }];
    }
    const summary = `Nothing is wrong with the update cache (${size})`;
    const proof = evidence.length > 0 ? evidence : [absent()];
    return [{ check, outcome: "ok", blocking: false, summary, evidence: proof }];
  },
};

function sizeText({ places, unlisted }: Looked): string {
  if (places.length === 0 && unlisted.length === 0) return "it is empty";
  const bytes = formatBytes(places.reduce((sum, place) => sum + place.bytes, 0));
  const whole = unlisted.length === 0 && places.every((place) => place.uncounted === undefined);
  return whole ? bytes : `at least ${bytes}`;
}

function unlistedEvidence(path: string): Evidence {
  return { kind: "file", path, detail: "cannot be listed; it may hold parts of the update cache" };
}

function placeEvidence(place: CachePlace): Evidence {
  const { path, reparse, bytes, uncounted } = place;
  if (reparse) return { kind: "file", path, detail: "a junction or another reparse point" };
  const missing = uncounted === undefined
    ? ""
    : `, and what is in ${uncounted.length} folders that cannot be listed: ${uncounted[0]}`;
  return { kind: "file", path, detail: formatBytes(bytes) + missing };
}

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
  if (state === "damaged") {
    return fault("its data base is damaged", "no ESE header, or no known state in it");
  }
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
