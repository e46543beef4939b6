/** Is an update half done? Files and registry marks together name it. */
import { PENDING_MARKERS, type PendingMarkerRow } from "../knowledge/mod.ts";
import { type Evidence, type OfflineWindows, registryEvidence } from "../windows/mod.ts";
import { type Check, commandFor, type Finding } from "./finding.ts";

/** A mark that was found. */
export interface FoundMarker {
  readonly row: PendingMarkerRow;
  readonly evidence: Evidence;
}

/** Marks of a running Setup are no marks of an update. */
const SETUP = /^setup-(?:child|in-progress)/;

/** All marks of pending servicing that are there and not in their normal state. */
export async function findPendingMarkers(windows: OfflineWindows): Promise<FoundMarker[]> {
  const found: FoundMarker[] = [];
  for (const row of PENDING_MARKERS) {
    if (SETUP.test(row.id)) continue;
    const evidence = await look(windows, row);
    if (evidence !== undefined) found.push({ row, evidence });
  }
  return found;
}

/** Asks for half-done updates. */
export const pendingServicing: Check = {
  id: "servicing.pending",
  question: "Is an update half done?",
  deep: false,
  async run(windows): Promise<Finding[]> {
    const found = await findPendingMarkers(windows);
    const blocks = found.filter((marker) => marker.row.weight === "blocks");
    const waits = found.filter((marker) => marker.row.weight === "waits");
    const check = "servicing.pending";
    const evidence = [...blocks, ...waits, ...found.filter((m) => m.row.weight === "hint")]
      .map((marker) => marker.evidence);
    if (blocks.length > 0) {
      const summary = `An update is half done: ${blocks[0]!.row.meaning.toLowerCase()}` +
        (blocks.length > 1 ? ` (and ${blocks.length - 1} more marks)` : "");
      const next = commandFor(windows, "image revert-pending");
      return [{ check, outcome: "problem", blocking: true, summary, evidence, next }];
    }
    if (waits.length > 0) {
      const summary = `A restart is due: ${waits[0]!.row.meaning.toLowerCase()}`;
      return [{ check, outcome: "notice", blocking: false, summary, evidence }];
    }
    const summary = "No update is half done";
    return [{ check, outcome: "ok", blocking: false, summary, evidence: looked(windows) }];
  },
};

function looked(windows: OfflineWindows): Evidence[] {
  const detail = `none of ${PENDING_MARKERS.length} marks of pending servicing is there`;
  return [{ kind: "volume", volume: windows.volume.letter ?? windows.root, detail }];
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
  return registryEvidence(found.key, shown(found.value), place.name);
}

type Value = NonNullable<Awaited<ReturnType<OfflineWindows["registry"]["value"]>>>["value"];

function isNormal(row: PendingMarkerRow, value: Value): boolean {
  const data = shown(value);
  return data === "" || data === row.normal || (row.normal === "0" && data === "0");
}

/** A value's data for people; long data is cut. */
function shown(value: Value): string {
  const strings = value.strings();
  const text = strings === undefined
    ? value.string() ?? value.number()?.toString() ?? `${value.data.length} bytes`
    : strings.join(" | ");
  return text.length > 160 ? text.slice(0, 157) + "..." : text;
}
