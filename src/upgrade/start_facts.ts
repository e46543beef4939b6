/**
 * Whether Windows starts at all, as far as the quick checks can tell: an upgrade that keeps
 * everything is started inside the running Windows, so one that does not start comes first.
 */
import { MedicError } from "../base/mod.ts";
import { CHECKS, type Finding, judgeUpdate, needsRepair, runChecks } from "../checks/mod.ts";
import { SESSIONS_FOLDER } from "../journal/mod.ts";
import { HIVE_FILES } from "../knowledge/mod.ts";
import type { Evidence, OfflineWindows } from "../windows/mod.ts";

/** What keeps Windows, or Setup in it, from starting. */
export interface StartFacts {
  /** Windows does not come up with them, or nobody can tell: drivers that cannot be listed. */
  readonly stopping: readonly Finding[];
  /** Blocking findings with which it may come up, but Setup would fail. */
  readonly unsettled: readonly Finding[];
  /** A restart is due: the starter waits for it. */
  readonly restartDue: Finding | undefined;
  /** Hives without which Windows does not start, that are gone and of which no copy is here. */
  readonly lost: readonly Evidence[];
}

/** Checks whose blocking findings keep Windows from coming up. */
const STOPPING = ["registry.hives", "boot.services"];
/** Checks whose blocking findings keep Setup from doing its work. */
const UNSETTLING = ["volume.dirty", "servicing.pending", "servicing.leftovers"];

/** Asks the checks. Never throws for damaged hives. */
export async function readStartFacts(windows: OfflineWindows): Promise<StartFacts> {
  const asked = CHECKS.filter(({ id }) => STOPPING.includes(id) || UNSETTLING.includes(id));
  const findings = await runChecks(windows, {}, asked);
  const blocking = findings.filter(needsRepair);
  const reverting = await revertingUpdate(windows, blocking);
  return {
    stopping: findings.filter((finding) =>
      STOPPING.includes(finding.check) && (needsRepair(finding) || finding.outcome === "unknown")
    ),
    unsettled: blocking.filter(({ check }) =>
      UNSETTLING.includes(check) && (reverting === undefined || !ofUpdate(check))
    ),
    restartDue: reverting ??
      findings.find(({ check, outcome }) => check === "servicing.pending" && outcome === "notice"),
    lost: await lostHives(windows),
  };
}

function ofUpdate(check: string): boolean {
  return check.startsWith("servicing.");
}

/** An update that DISM was asked to revert: the next start does it, and Setup can wait for that. */
async function revertingUpdate(
  windows: OfflineWindows,
  blocking: readonly Finding[],
): Promise<Finding | undefined> {
  const finding = blocking.find(({ check }) => ofUpdate(check));
  if (finding === undefined) return undefined;
  const { state, evidence } = await judgeUpdate(windows);
  if (state !== "reverting") return undefined;
  return {
    check: finding.check,
    outcome: "notice",
    blocking: false,
    summary: "A restart is due: Windows reverts a half-done update at its next start",
    evidence: evidence.length > 0 ? evidence : finding.evidence,
  };
}

const BACKUPS = "Windows\\System32\\config\\RegBack";

/** What is only damaged may be salvaged; what is gone needs a copy. */
async function lostHives(windows: OfflineWindows): Promise<Evidence[]> {
  const lost: Evidence[] = [];
  if (await isThere(windows, SESSIONS_FOLDER)) return lost;
  for (const { name, neededToStart } of HIVE_FILES) {
    if (!neededToStart) continue;
    const state = await windows.hives.read(name);
    if (state.state !== "absent" || await isThere(windows, `${BACKUPS}\\${name}`)) continue;
    lost.push({ kind: "file", path: state.path, detail: "not there, and no copy in RegBack" });
  }
  return lost;
}

/** Empty copies are what Windows 10 leaves in RegBack since 1803. What cannot be seen may be there. */
async function isThere(windows: OfflineWindows, path: string): Promise<boolean> {
  try {
    const entry = await windows.files.stat(path);
    return entry !== undefined && (entry.kind === "directory" || entry.size > 0);
  } catch (error) {
    if (error instanceof MedicError) return true;
    throw error;
  }
}
