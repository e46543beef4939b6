/**
 * Edits the registry as the user asked: values and keys set and deleted by their paths. The
 * logs of a dirty hive go into it first; a hive whose logs cannot be used is not edited.
 */
import { MedicError, RefusalError, UsageError } from "../base/mod.ts";
import { commandFor } from "../checks/mod.ts";
import { HIVE_FILES } from "../knowledge/mod.ts";
import type { HiveEdited } from "../journal/mod.ts";
import { describeReplay, hiveOf, type HiveState, type OfflineWindows } from "../windows/mod.ts";
import { applyOwnChanges, readBackEdits } from "./hive_changes.ts";
import { requestedEdits } from "./registry_requests.ts";
import type { RegistryRequest, RepairOptions, RepairStep, StepPlan } from "./step.ts";

const STEP = {
  step: "registry.edit",
  title: "Edit the registry",
  risk: "reversible",
} as const;

/** The step. */
export function editRegistry(options: Pick<RepairOptions, "registryEdits">): RepairStep {
  const requests = options.registryEdits;
  return {
    id: STEP.step,
    title: STEP.title,
    resolves: "Somebody knows which value of the registry is wrong",
    risk: STEP.risk,
    answers: [],
    async detect(windows) {
      if (requests.length === 0) {
        return { applies: false, reason: "No edit of the registry was asked for" };
      }
      const { changes } = await planEdits(windows, requests);
      const edits = changes.reduce((sum, change) => sum + change.edits.length, 0);
      if (edits === 0) return { applies: false, reason: whyNothing(requests) };
      return { applies: true, reason: `${count(edits, "edit")} of the registry asked for` };
    },
    async plan(windows): Promise<StepPlan> {
      return { ...STEP, ...await planEdits(windows, requests) };
    },
    apply: applyOwnChanges,
    async verify(windows, plan) {
      const { missing, evidence } = await readBackEdits(windows, plan.changes);
      return missing === undefined
        ? { outcome: "fixed", reason: `${count(evidence.length, "edit")} read back`, evidence }
        : { outcome: "not-fixed", reason: `Not as it was asked for: ${missing}`, evidence };
    },
  };
}

/** Why requests come to no edit. */
export function whyNothing(requests: readonly RegistryRequest[]): string {
  const [only, ...more] = requests;
  if (only === undefined || more.length > 0) return "The registry holds all of that already";
  switch (only.kind) {
    case "set-value":
      return `${valueName(only.name)} of ${only.path} has this type and data already`;
    case "delete-value":
      return `There is no value ${valueName(only.name)} in ${only.path}`;
    case "create-key":
      return `The key ${only.path} is there already`;
    case "delete-key":
      return `There is no key ${only.path}`;
  }
}

function valueName(name: string): string {
  return name === "" ? "(Default)" : `"${name}"`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

interface PlannedEdits {
  readonly changes: readonly HiveEdited[];
  readonly remarks: readonly string[];
}

async function planEdits(
  windows: OfflineWindows,
  requests: readonly RegistryRequest[],
): Promise<PlannedEdits> {
  const changes: HiveEdited[] = [];
  const remarks: string[] = [];
  for (const [hive, own] of await byHive(windows, requests)) {
    const state = await windows.hives.read(hive);
    const root = editable(windows, { hive, state });
    const found = requestedEdits(root, own);
    if (found.edits.length === 0) continue;
    changes.push({ kind: "hive-edited", path: state.path, edits: found.edits });
    remarks.push(...found.remarks);
    if (state.state === "replayed") {
      remarks.push(`${hive}: ${describeReplay(state.replay)}; this is written into it first`);
    }
  }
  return { changes, remarks };
}

/** The requests of each hive, with paths below its root. */
async function byHive(
  windows: OfflineWindows,
  requests: readonly RegistryRequest[],
): Promise<Map<string, RegistryRequest[]>> {
  const hives = new Map<string, RegistryRequest[]>();
  for (const request of requests) {
    const { hive, path } = await windows.registry.resolve(request.path);
    if (!HIVE_FILES.some((row) => row.name === hive)) {
      throw new UsageError(`Cannot edit "${request.path}": a Windows has no hive "${hive}"`, {
        next: `Begin the path with one of ${HIVE_FILES.map((row) => row.name).join(", ")}`,
      });
    }
    const own = hives.get(hive) ?? [];
    own.push({ ...request, path });
    hives.set(hive, own);
  }
  return hives;
}

/**
 * The root of a hive that may be edited.
 *
 * @throws {MedicError} if it is missing, damaged, or dirty without logs that can be used.
 */
export function editable(
  windows: OfflineWindows,
  place: { readonly hive: string; readonly state: HiveState },
) {
  const { hive, state } = place;
  const next = `${commandFor(windows, "registry check")} ${hive}`;
  switch (state.state) {
    case "absent":
      throw new RefusalError(`Cannot edit ${hive}: there is no ${state.path}`, {
        next: commandFor(windows, "sessions"),
      });
    case "unreadable":
      throw new MedicError("damagedFile", `Cannot edit ${hive}: ${state.problem}`, { next });
    case "dirty":
      throw new RefusalError(`Cannot edit ${hive}: ${describeReplay(state.replay)}`, { next });
    default:
      return hiveOf(state)!.root;
  }
}
