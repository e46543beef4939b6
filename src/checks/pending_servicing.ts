/** Is an update half done? Files and registry marks together name it. */
import { MedicError } from "../base/mod.ts";
import { findHiveFile, PENDING_MARKERS, type PendingMarkerRow } from "../knowledge/mod.ts";
import { type Evidence, type OfflineWindows, registryEvidence } from "../windows/mod.ts";
import { type Check, commandFor, type Finding } from "./finding.ts";
import { findServicingLeftovers } from "./servicing_leftovers.ts";
import { CLEAR_LEFTOVERS, unprovenUpdate } from "./leftovers.ts";
import { shownValue } from "./shown_value.ts";

/** A mark that was found. */
export interface FoundMarker {
  readonly row: PendingMarkerRow;
  readonly evidence: Evidence;
}

/** Marks of a running Setup are no marks of an update. */
const SETUP = /^setup-(?:child|in-progress)/;

const ROWS = PENDING_MARKERS.filter((row) => !SETUP.test(row.id));

/** All marks of pending servicing that are there and not in their normal state. */
export async function findPendingMarkers(windows: OfflineWindows): Promise<FoundMarker[]> {
  return (await lookEverywhere(windows)).found;
}

interface Looked {
  readonly found: FoundMarker[];
  /** Places that could not be looked at, and why: a mark may be there. */
  readonly unread: Evidence[];
}

async function lookEverywhere(windows: OfflineWindows): Promise<Looked> {
  const found: FoundMarker[] = [];
  const unread = await unreadHives(windows);
  for (const row of ROWS) {
    try {
      const evidence = await look(windows, row);
      if (evidence !== undefined) found.push({ row, evidence });
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      unread.push({ kind: "file", path: placeOf(row), detail: error.message });
    }
  }
  return { found, unread };
}

/** A hive that is missing holds no mark if Windows starts without it, too. */
async function unreadHives(windows: OfflineWindows): Promise<Evidence[]> {
  const unread: Evidence[] = [];
  for (const name of ["SYSTEM", "SOFTWARE", "COMPONENTS"]) {
    const state = await windows.hives.read(name);
    const missing = state.state === "absent" && findHiveFile(name)?.neededToStart === true;
    if (state.state !== "unreadable" && !missing) continue;
    const detail = state.state === "unreadable" ? state.problem : "not there";
    unread.push({ kind: "file", path: state.path, detail });
  }
  return unread;
}

function placeOf(row: PendingMarkerRow): string {
  return row.place.kind === "file" ? row.place.path : `${row.place.hive}\\${row.place.key}`;
}

/** Asks for half-done updates. */
export const pendingServicing: Check = {
  id: "servicing.pending",
  question: "Is an update half done?",
  deep: false,
  async run(windows): Promise<Finding[]> {
    const looked = await lookEverywhere(windows);
    const evidence = (["blocks", "waits", "hint"] as const).flatMap((weight) =>
      looked.found.filter(({ row }) => row.weight === weight).map((marker) => marker.evidence)
    );
    const all = [...evidence, ...looked.unread, ...await staleHives(windows)];
    return [await judge(windows, looked, all)];
  },
};

async function judge(
  windows: OfflineWindows,
  looked: Looked,
  evidence: readonly Evidence[],
): Promise<Finding> {
  const check = "servicing.pending";
  const blocks = looked.found.filter(({ row }) => row.weight === "blocks");
  const waits = looked.found.filter(({ row }) => row.weight === "waits");
  if (blocks.length > 0) {
    const summary = `An update is half done: ${lowerFirst(blocks[0]!.row.meaning)}` +
      (blocks.length > 1 ? ` (and ${blocks.length - 1} more marks)` : "");
    const next = await nextCommand(windows);
    return { check, outcome: "problem", blocking: true, summary, evidence, next };
  }
  if (looked.unread.length > 0) {
    const summary = "Whether an update is half done cannot be told: some places cannot be read";
    const next = commandFor(windows, "disk check");
    const code = "damagedFile";
    return { check, outcome: "unknown", blocking: false, summary, evidence, next, code };
  }
  if (waits.length > 0) {
    const summary = `A restart is due: ${lowerFirst(waits[0]!.row.meaning)}`;
    return { check, outcome: "notice", blocking: false, summary, evidence };
  }
  const place = windows.volume.letter ?? windows.root;
  const detail = `none of ${ROWS.length} marks says that servicing is blocked or waits`;
  return {
    check,
    outcome: "ok",
    blocking: false,
    summary: "No update is half done",
    evidence: [{ kind: "volume", volume: place, detail }, ...evidence],
  };
}

/** Reverting comes first, unless it was in vain or nothing but traces is left to revert. */
async function nextCommand(windows: OfflineWindows): Promise<string> {
  const found = await findServicingLeftovers(windows);
  const traces = found.proven.length > 0 && !unprovenUpdate(found);
  return found.update.state === "dead" || traces
    ? `${commandFor(windows, "repair")} --only ${CLEAR_LEFTOVERS}`
    : commandFor(windows, "image revert-pending");
}

/** What was found or not found in a dirty hive may be older than what Windows will see. */
async function staleHives(windows: OfflineWindows): Promise<Evidence[]> {
  const stale: Evidence[] = [];
  for (const name of ["SYSTEM", "SOFTWARE", "COMPONENTS"]) {
    const state = await windows.hives.read(name);
    if (state.state !== "dirty") continue;
    const detail = "dirty, and its logs cannot be used: Windows may see something else";
    stale.push({ kind: "file", path: state.path, detail });
  }
  return stale;
}

function lowerFirst(sentence: string): string {
  return sentence.slice(0, 1).toLowerCase() + sentence.slice(1);
}

async function look(windows: OfflineWindows, row: PendingMarkerRow): Promise<Evidence | undefined> {
  const { place } = row;
  if (place.kind === "file") {
    const entry = await windows.files.stat(place.path);
    if (entry === undefined) return undefined;
    const time = entry.modified === null ? "" : `, of ${entry.modified.toISOString().slice(0, 16)}`;
    return { kind: "file", path: place.path, detail: `${entry.size} bytes${time}` };
  }
  const path = [place.hive, ...place.key.split("\\").filter((name) => name !== "")]
    .map((name) => name === "ControlSet" ? "CurrentControlSet" : name).join("\\");
  if (place.kind === "key") {
    const key = await windows.registry.key(path);
    return key === undefined ? undefined : registryEvidence(key, "the key is there");
  }
  const found = await windows.registry.value(path, place.name);
  if (found === undefined || isNormal(row, found.value)) return undefined;
  return registryEvidence(found.key, shownValue(found.value), place.name);
}

type Value = NonNullable<Awaited<ReturnType<OfflineWindows["registry"]["value"]>>>["value"];

function isNormal(row: PendingMarkerRow, value: Value): boolean {
  const data = shownValue(value);
  return value.size === 0 || data === "" || data === row.normal;
}
