/**
 * Lets Windows start from the control set that last started well. What is set is what Windows
 * itself sets when somebody chooses the last known good configuration: `Current` and `Default`
 * name that set, and `Failed` the one that is given up. Sources: Microsoft KB 102984 (values of
 * `Select`); Windows Internals, 5th edition, chapter 13, "Last Known Good".
 */
import { RefusalError } from "../base/mod.ts";
import { commandFor, findBootFaultsOf } from "../checks/mod.ts";
import { controlSetName, type OfflineWindows, readControlSets } from "../windows/mod.ts";
import { applyOwnChanges, HiveChanges, verdictOnEdits } from "./hive_changes.ts";
import { setNumber } from "./service_edits.ts";
import type { Applicability, RepairStep } from "./step.ts";

const ID = "registry.use-last-known-good";
const TITLE = "Start from the last known good control set";
const SELECT = "SYSTEM\\Select";

/** The step. */
export function useLastKnownGood(): RepairStep {
  return {
    id: ID,
    title: TITLE,
    resolves: "Windows does not start since drivers or services were changed",
    risk: "reversible",
    answers: [],
    async detect(windows) {
      const choice = await chooseSet(windows);
      return "reason" in choice ? choice : {
        applies: true,
        reason:
          `Windows starts from control set ${choice.rejected}, last known good is ${choice.good}`,
      };
    },
    async plan(windows) {
      const choice = await chooseSet(windows);
      const changes = new HiveChanges(windows);
      if (!("reason" in choice)) {
        await refuseUnbootable(windows, choice.good);
        await setNumber(changes, { path: SELECT, name: "Failed" }, choice.rejected);
        await setNumber(changes, { path: SELECT, name: "Current" }, choice.good);
        await setNumber(changes, { path: SELECT, name: "Default" }, choice.good);
      }
      return {
        step: ID,
        title: TITLE,
        risk: "reversible",
        changes: changes.changes(),
        remarks: [
          "Drivers, services and settings of the machine become those of that control set",
          "Files and programs stay as they are; software installed since may not work",
        ],
      };
    },
    apply: applyOwnChanges,
    verify: (windows, plan) =>
      verdictOnEdits(windows, plan, {
        fixed: "Windows starts from the last known good control set",
      }),
  };
}

interface Choice {
  readonly good: number;
  /** The set that Windows would start from. */
  readonly rejected: number;
}

async function chooseSet(windows: OfflineWindows): Promise<Choice | Applicability> {
  const sets = await readControlSets(windows.hives);
  if (sets.existing.length === 0) return no("The SYSTEM hive shows no control sets");
  const good = sets.lastKnownGood;
  if (good === undefined || good === 0) return no("No control set is noted as last known good");
  if (good === sets.current && good === (sets.default ?? good)) {
    return no(
      `The last known good control set is the one in use (${good}), as mostly since Windows 8`,
    );
  }
  if (!sets.existing.includes(good)) {
    return no(`The last known good control set is not there: ${controlSetName(good)}`);
  }
  return { good, rejected: sets.default ?? sets.current ?? 1 };
}

function no(reason: string): Applicability {
  return { applies: false, reason };
}

/** @throws {RefusalError} if the set could not reach the system disk either. */
async function refuseUnbootable(windows: OfflineWindows, set: number): Promise<void> {
  const fault = (await findBootFaultsOf(windows, set))[0];
  if (fault === undefined) return;
  const reason = `Windows would not start from it: ${fault.summary}`;
  throw new RefusalError(`Cannot use ${controlSetName(set)}: ${reason}`, {
    next: `Leave the control set as it is; see what is wrong: ${commandFor(windows, "diagnose")}`,
  });
}
