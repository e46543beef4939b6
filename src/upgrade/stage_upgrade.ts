/**
 * Stages an in-place upgrade: media, program, order, and last what makes Windows start it. A cut
 * anywhere before that last change leaves a Windows that starts as it always did; Undo takes back
 * all of it. Why it is done so: Setup keeps programs only when the running Windows starts it
 * (Microsoft Learn, Windows upgrade paths), and PE Medic runs where that Windows does not.
 */
import type { Change } from "../journal/mod.ts";
import { requireClosedFolder } from "./closed_stage.ts";
import {
  type Applicability,
  HiveChanges,
  type RepairStep,
  type StepPlan,
  toolObstacle,
  type Verdict,
} from "../repairs/mod.ts";
import { formatCommandLine } from "../tools/setup/mod.ts";
import { commandFor } from "../checks/mod.ts";
import type { Evidence, OfflineWindows } from "../windows/mod.ts";
import { planArming } from "./arming.ts";
import type { UpgradeOrder } from "./order.ts";
import type { StageRequest } from "./request.ts";
import { requirePlanned } from "./require_planned.ts";
import {
  isStaged,
  missingParts,
  readStage,
  refuseStage,
  type StageState,
  stageWarnings,
} from "./stage_state.ts";
import { isProtected, suspend, suspension } from "./suspend_bitlocker.ts";

/** Id of the step. */
export const STAGE_UPGRADE = "upgrade.stage";

const TITLE = "Stage the in-place upgrade";

/** What the step is asked for. */
export interface StageOptions {
  readonly stageUpgrade?: StageRequest;
}

/** The step. */
export function stageUpgrade({ stageUpgrade: request }: StageOptions): RepairStep {
  const risk = request?.suspendBitLocker === true ? "irreversible" : "reversible";
  return {
    id: STAGE_UPGRADE,
    title: TITLE,
    resolves: "Windows starts, and nothing but an upgrade in place mends it",
    risk,
    answers: ["upgrade.staged"],
    detect: (windows) => detect(windows, request),
    async plan(windows): Promise<StepPlan> {
      const base = { step: STAGE_UPGRADE, title: TITLE, risk } as const;
      if (request === undefined) return { ...base, changes: [], remarks: [] };
      const state = await readStage(windows, request);
      if (isStaged(state)) return { ...base, changes: [], remarks: [] };
      await refuseStage(windows, state);
      return {
        ...base,
        changes: await planChanges(windows, state),
        remarks: [...stageRemarks(state.order), ...await stageWarnings(windows, state)],
      };
    },
    async apply(plan, transaction) {
      const tools = [];
      if (request !== undefined) await requireClosedFolder(transaction, request);
      for (const change of plan.changes) {
        const arms = change.kind === "tool-ran" || change.kind === "hive-edited";
        if (request !== undefined && arms) await requirePlanned(transaction, request);
        if (change.kind === "tool-ran") tools.push(await suspend(change, transaction));
        else await transaction.make(change);
      }
      return { tools };
    },
    verify: (windows) => verify(windows, request),
  };
}

async function detect(
  windows: OfflineWindows,
  request: StageRequest | undefined,
): Promise<Applicability> {
  if (request === undefined) {
    const command = commandFor(windows, "upgrade stage");
    return {
      applies: false,
      reason: `No upgrade was described; do it with: ${command} --media PATH`,
    };
  }
  if (request.suspendBitLocker) {
    const obstacle = await toolObstacle(windows, "manage-bde");
    if (obstacle !== undefined) return obstacle;
  }
  const state = await readStage(windows, request);
  if (!isStaged(state)) return { applies: true, reason: "Asked for" };
  if (state.sessions.some(({ open }) => open)) {
    return { applies: true, reason: "It was cut off when all was done; that is verified" };
  }
  return { applies: false, reason: "This very upgrade is staged already" };
}

/** The change that arms it comes last: what is cut off before never starts. */
async function planChanges(windows: OfflineWindows, state: StageState): Promise<Change[]> {
  const arming = new HiveChanges(windows);
  await planArming(arming, state.arming);
  const protects = state.request.suspendBitLocker && await isProtected(windows);
  return [
    ...missingParts(state),
    ...protects ? [suspension(windows)] : [],
    ...arming.changes(),
  ];
}

/** How Setup will be started, and when it will not. */
export function stageRemarks(order: UpgradeOrder): string[] {
  const { media, limits, target, needsPower } = order;
  const setup = formatCommandLine(
    `${media.folder.replace(/\\+$/, "")}\\setup.exe`,
    order.arguments,
  );
  const when = order.start === "service"
    ? "Windows starts it by itself, before anybody logs on"
    : "It begins when an administrator logs on, and Setup is shown";
  const starts = limits.starts === 1 ? "one start" : `${limits.starts} starts`;
  return [
    `${when}: ${setup}`,
    `After ${starts} without a result, in Safe Mode and after a rollback it stands down`,
    ...needsPower ? ["A computer that runs on its battery waits for its power supply"] : [],
    `It is for ${target.letter} of ${target.computerName ?? "this computer"} only`,
  ];
}

async function verify(
  windows: OfflineWindows,
  request: StageRequest | undefined,
): Promise<Verdict> {
  if (request === undefined) {
    return { outcome: "not-fixed", reason: "No upgrade was described", evidence: [] };
  }
  const state = await readStage(windows, request);
  const evidence = evidenceOf(state);
  const wrong = state.parts.find(({ found }) => found.state !== "whole");
  if (wrong !== undefined) {
    const { part, found } = wrong;
    return {
      outcome: "not-fixed",
      reason: `Not as planned: ${part.path} (${found.detail})`,
      evidence,
    };
  }
  if (state.armed !== "same") {
    return {
      outcome: "not-fixed",
      reason: "Windows would not start it: its key is not as planned",
      evidence,
    };
  }
  if (request.suspendBitLocker && await isProtected(windows)) {
    return { outcome: "not-fixed", reason: "BitLocker still protects the volume", evidence };
  }
  const begins = state.order.start === "service"
    ? "it begins by itself at the next normal start of Windows"
    : "it begins when an administrator logs on";
  return { outcome: "fixed", reason: `The upgrade is staged: ${begins}`, evidence };
}

function evidenceOf({ parts, arming, armed }: StageState): Evidence[] {
  const [hive = "", ...key] = arming.key.split("\\");
  return [
    ...parts.map(({ part, found }): Evidence => ({
      kind: "file",
      path: part.path,
      detail: found.detail,
    })),
    { kind: "registry", hive, key: key.join("\\"), data: ARMED[armed] },
  ];
}

const ARMED: Readonly<Record<StageState["armed"], string>> = {
  absent: "not there",
  same: "as planned",
  other: "that of another upgrade",
  foreign: "somebody else's",
};
