/**
 * Mends the way to the system disk (stop code 0x7B): names that cannot be loaded leave the filter
 * lists first, then the drivers that must start at boot do so again. Only what the registry and
 * the drivers' files prove; storage controllers of other machines stay as they are.
 */
import { findBootFaults, isMendable, type MendableFault } from "../checks/mod.ts";
import type { FilterList, OfflineWindows } from "../windows/mod.ts";
import { applyOwnChanges, HiveChanges, verdictOnEdits } from "./hive_changes.ts";
import { setStart, unlist } from "./service_edits.ts";
import type { RepairStep, StepPlan, Verdict } from "./step.ts";

const ID = "boot.restore-services";
const TITLE = "Restore the drivers that the system disk needs";
const BOOT_START = 0;

/** The step. */
export function restoreBootServices(): RepairStep {
  return {
    id: ID,
    title: TITLE,
    resolves: "Windows stops at start with INACCESSIBLE_BOOT_DEVICE (0x7B)",
    risk: "reversible",
    answers: ["boot.services"],
    async detect(windows) {
      const faults = await findBootFaults(windows);
      const first = faults.find(isMendable);
      if (first !== undefined) return { applies: true, reason: first.summary };
      const other = faults[0];
      return {
        applies: false,
        reason: other === undefined
          ? "The drivers on the way to the system disk start at boot"
          : `No value of the registry mends this: ${other.summary}`,
      };
    },
    async plan(windows) {
      const faults = (await findBootFaults(windows)).filter(isMendable);
      return {
        step: ID,
        title: TITLE,
        risk: "reversible",
        changes: await editsFor(windows, faults),
        remarks: faults.map((fault) => fault.summary),
      };
    },
    apply: applyOwnChanges,
    verify,
  };
}

/** What no value of the registry mends still keeps Windows from its disk. */
async function verify(windows: OfflineWindows, plan: StepPlan): Promise<Verdict> {
  const done = "The drivers that the system disk needs start at boot again";
  const verdict = await verdictOnEdits(windows, plan, { fixed: done });
  const left = (await findBootFaults(windows))[0];
  if (verdict.outcome !== "fixed" || left === undefined) return verdict;
  return {
    outcome: "not-fixed",
    code: "partial",
    reason: `The registry is mended, and this is left: ${left.summary}`,
    evidence: [...verdict.evidence, ...left.evidence],
  };
}

async function editsFor(windows: OfflineWindows, faults: readonly MendableFault[]) {
  const changes = new HiveChanges(windows);
  const lists = new Map<string, { list: FilterList; names: string[] }>();
  for (const fault of faults) {
    if (fault.kind !== "listed") continue;
    const key = `${fault.list.place.path}\\${fault.list.list}`;
    const entry = lists.get(key) ?? { list: fault.list, names: [] };
    entry.names.push(fault.name);
    lists.set(key, entry);
  }
  for (const { list, names } of lists.values()) await unlist(changes, [list], names);
  for (const fault of faults) {
    if (fault.kind === "start") await setStart(changes, fault.service, BOOT_START);
  }
  return changes.changes();
}
