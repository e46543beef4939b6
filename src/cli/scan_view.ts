/** The result of `scan`: a table for 80 columns, and a document for programs. */
import { formatBytes } from "../base/mod.ts";
import {
  describeIdentity,
  type MachineScan,
  type ScannedVolume,
  type StagedUpgrade,
} from "../windows/mod.ts";

const HEAD = ["HERE", "WHEN IT RUNS", "LABEL", "SYSTEM", "SIZE", "FREE"] as const;
const WIDTHS = [8, 13, 18, 8, 10, 10] as const;

/** The table: one line a volume, below it what is on it. */
export function renderScan(machine: MachineScan): string {
  const lines = [row(HEAD)];
  for (const entry of machine.volumes) {
    lines.push(row([
      entry.volume.letter ?? entry.volume.root,
      letters(entry),
      entry.volume.label,
      entry.locked ? "locked" : entry.volume.fileSystem || "?",
      entry.volume.totalBytes > 0 ? formatBytes(entry.volume.totalBytes) : "",
      entry.volume.mounted ? formatBytes(entry.volume.freeBytes) : "",
    ]));
    for (const remark of remarks(entry)) lines.push(`        ${remark}`);
  }
  if (machine.volumes.length === 0) lines.push("No volume was found");
  return lines.join("\n");
}

function row(cells: readonly string[]): string {
  return cells.map((cell, index) => fit(cell, WIDTHS[index]!)).join(" ").trimEnd();
}

/** A cell that is too long for its column pushes the rest: nothing is cut that may matter. */
function fit(cell: string, width: number): string {
  return cell.padEnd(width);
}

function letters(entry: ScannedVolume): string {
  return entry.lettersWhenRunning.map(({ letter }) => letter).join(" ");
}

/** What is worth saying of a volume, one line each. */
function remarks(entry: ScannedVolume): string[] {
  const lines: string[] = [];
  if (entry.windows !== undefined) {
    const kind = entry.windows.winpe ? "WinPE: " : "";
    lines.push(kind + describeIdentity(entry.windows.identity));
    if (!entry.windows.winpe && !entry.ownSystem) {
      const set = String(entry.windows.identity.controlSet).padStart(3, "0");
      lines.push(`control set ${set}, score ${entry.windows.score}`);
      lines.push(...stagedRemarks(entry));
    }
  }
  if (entry.locked) lines.push("! locked by BitLocker: manage-bde -unlock with the recovery key");
  if (entry.hibernation?.active) lines.push("! hibernated or Fast Startup: not to be written to");
  if (entry.dirty.state === "dirty") lines.push("! dirty: the file system wants chkdsk");
  if (entry.volume.readOnly && entry.volume.drive !== "cdrom") lines.push("! read-only");
  if (entry.ownSystem) lines.push("the system that is running now");
  if (entry.stick && !entry.ownSystem) lines.push("the stick that PE Medic runs from");
  return lines;
}

const STAGED: Readonly<Record<StagedUpgrade["state"], string>> = {
  "armed": "an upgrade is staged",
  "disabled": "an upgrade is staged, its service is disabled",
  "manual": "an upgrade is staged, its service is set to manual",
  "left": "left of an upgrade",
};

/** What was staged is called off from here, too. */
function stagedRemarks({ volume, windows }: ScannedVolume): string[] {
  if (windows?.stagedUpgrade === undefined) return [];
  return [
    `! ${STAGED[windows.stagedUpgrade]}: pemedic upgrade unstage ${volume.letter ?? volume.root}`,
  ];
}

/** The scan as one JSON document. */
export function scanDocument(machine: MachineScan): unknown {
  return {
    volumes: machine.volumes.map((entry) => ({
      ...entry.volume,
      lettersWhenRunning: entry.lettersWhenRunning,
      locked: entry.locked,
      dirty: entry.dirty.state,
      hibernated: entry.hibernation?.active ?? null,
      ownSystem: entry.ownSystem,
      stick: entry.stick,
      windows: entry.windows ?? null,
    })),
  };
}
