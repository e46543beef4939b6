/**
 * Clears what a half-done update has left behind: the list of operations, what points to it, and
 * programs of `BootExecute` that are missing. Only what is proven to be a leftover is cleared
 * (see the table of leftovers and the state of the update), unless the user names this step alone
 * and an update that blocks is there: then the user's word stands for the proof.
 *
 * The registry comes first and the list of operations last: it is what the proof hangs on, so
 * that after a power cut in between the rest is still proven. What else is in the same list
 * stays, in every control set in use.
 */
import { joinWindowsPath } from "../base/mod.ts";
import {
  CLEAR_LEFTOVERS,
  describeProven,
  findServicingLeftovers,
  type Leftover,
  type LeftoverEdit,
  type ServicingLeftovers,
  unprovenUpdate,
} from "../checks/mod.ts";
import { registryStrings, RegistryType } from "../formats/regf/mod.ts";
import type { Change } from "../journal/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import { applyOwnChanges, HiveChanges, readBackEdits } from "./hive_changes.ts";
import type { Applicability, RepairOptions, RepairStep, StepPlan, Verdict } from "./step.ts";

const STEP = {
  step: CLEAR_LEFTOVERS,
  title: "Clear the leftovers of a half-done update",
  risk: "reversible",
} as const;

/** The step. */
export function clearLeftovers(options: Pick<RepairOptions, "only">): RepairStep {
  const asked = options.only?.includes(CLEAR_LEFTOVERS) ?? false;
  return {
    id: STEP.step,
    title: STEP.title,
    resolves: 'Windows hangs at "Getting Windows ready" or a black screen, again and again',
    risk: STEP.risk,
    answers: ["servicing.leftovers"],
    detect: async (windows) => judge(await findServicingLeftovers(windows), asked),
    plan: async (windows) => planOf(windows, await whatToClear(windows, asked)),
    apply: applyOwnChanges,
    verify: (windows, plan) => verify(windows, plan),
  };
}

/** Where an update could not be reverted yet, reverting goes first; it may fail. */
const REVERT = "servicing.revert-pending";

function judge(found: ServicingLeftovers, asked: boolean): Applicability {
  const { proven, left, update } = found;
  if (asked && unprovenUpdate(found)) {
    return { applies: true, reason: `Asked for by name, without a proof: ${update.reason}` };
  }
  if (proven.length > 0) return { applies: true, reason: describeProven(found) };
  if (left.length === 0) {
    return { applies: false, reason: "Nothing of a half-done update is left behind" };
  }
  if (update.state === "fails") {
    return { applies: false, reason: update.reason, waitsFor: [REVERT] };
  }
  const { row, reason } = left.find((each) => each.row.blocks) ?? left[0]!;
  return { applies: false, reason: `Left alone (${row.id}): ${reason}` };
}

/**
 * What is proven; all of the update if the user said so. Where nothing is proven yet and the
 * update is to be reverted first, the plan shows what would be cleared should that fail.
 */
async function whatToClear(
  windows: OfflineWindows,
  asked: boolean,
): Promise<ToClear> {
  const found = await findServicingLeftovers(windows);
  const later = found.proven.length === 0 && found.update.state === "fails";
  const onWord = asked && unprovenUpdate(found);
  if (!later && !onWord) return { leftovers: found.proven, onWord };
  const { proven } = await findServicingLeftovers(windows, { assumeDead: true });
  return { leftovers: proven, onWord };
}

interface ToClear {
  readonly leftovers: readonly Leftover[];
  /** The user's word stands for a proof. */
  readonly onWord: boolean;
}

async function planOf(
  windows: OfflineWindows,
  { leftovers, onWord }: ToClear,
): Promise<StepPlan> {
  const hives = new HiveChanges(windows);
  const aside: Change[] = [];
  for (const edit of leftovers.flatMap((leftover) => leftover.edits)) {
    if (edit.edit === "set-aside") {
      aside.push({
        kind: "entry-moved",
        path: joinWindowsPath(edit.path),
        entry: "file",
        bytes: edit.bytes,
      });
    } else await addEdit(hives, edit);
  }
  return {
    ...STEP,
    changes: [...hives.changes(), ...aside],
    remarks: remarksOn(leftovers, onWord),
  };
}

async function addEdit(
  hives: HiveChanges,
  edit: Exclude<LeftoverEdit, { readonly edit: "set-aside" }>,
): Promise<void> {
  switch (edit.edit) {
    case "delete-key":
      return await hives.deleteKey(edit.key);
    case "delete-value":
      return await hives.deleteValue(edit.key, edit.name);
    case "set-strings": {
      const data = registryStrings(edit.strings);
      return await hives.setValue(edit.key, edit.name, { type: RegistryType.REG_MULTI_SZ, data });
    }
  }
}

function remarksOn(leftovers: readonly Leftover[], onWord: boolean): string[] {
  const dead = leftovers.some(({ proof }) => proof === "update-dead");
  if (!dead) return [];
  return [
    "Files of the update may be there in part: check files and component store once it starts",
    ...(onWord ? ["The user's word stands for the proof that Windows cannot complete it"] : []),
  ];
}

async function verify(windows: OfflineWindows, plan: StepPlan): Promise<Verdict> {
  const { missing, evidence } = await readBackEdits(windows, plan.changes);
  if (missing !== undefined) {
    return { outcome: "not-fixed", reason: `Still as it was: ${missing}`, evidence };
  }
  const moved = [];
  for (const change of plan.changes) {
    if (change.kind !== "entry-moved") continue;
    const there = await windows.files.stat(change.path) !== undefined;
    const detail = there ? "still there" : "not there any more";
    moved.push({ kind: "file", path: change.path, detail } as const);
    if (!there) continue;
    const reason = `${change.path} is still there`;
    return { outcome: "not-fixed", reason, evidence: [...evidence, ...moved] };
  }
  const found = await findServicingLeftovers(windows);
  const [again] = found.proven;
  if (again !== undefined) {
    const reason = `There is still something left: ${describeProven(found)}`;
    return { outcome: "not-fixed", reason, evidence: again.evidence };
  }
  const reason = unprovenUpdate(found)
    ? `What is proven to be left behind is cleared; the rest is left alone: ${found.update.reason}`
    : "What a half-done update left behind is cleared";
  return { outcome: "fixed", reason, evidence: [...evidence, ...moved] };
}
