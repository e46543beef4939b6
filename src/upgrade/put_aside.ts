/**
 * Moves the work folder of an upgrade that died aside, with its kin. The logs in it are copied
 * into the session's folder first, so that they can be found; the moved folder keeps all of them.
 * Windows.old stays: it is the way back.
 */
import { formatBytes, isWithin, joinWindowsPath, RefusalError } from "../base/mod.ts";
import { type Change, type EntryMoved, type FileCopied, SESSION } from "../journal/mod.ts";
import { UPGRADE_LOGS } from "../knowledge/mod.ts";
import type { Applicability, RepairOptions, RepairStep, StepPlan } from "../repairs/mod.ts";
import { type OfflineWindows, readSetupState } from "../windows/mod.ts";
import { findLogs } from "./find_logs.ts";
import {
  describeLeftovers,
  findLeftovers,
  hasWayBack,
  measure,
  type UpgradeLeftover,
  whyLeftoversStay,
} from "./leftovers.ts";
import { RESTORE_BOOT_DEFAULT } from "./restore_boot_default.ts";

const STEP = {
  step: "upgrade.put-aside",
  title: "Move what a dead upgrade has left aside",
  risk: "reversible",
} as const;

/** The step. */
export function putAside({ force }: Pick<RepairOptions, "force">): RepairStep {
  return {
    id: STEP.step,
    title: STEP.title,
    resolves: "An upgrade that died takes space, and the next one is refused with 0xC1900107",
    risk: STEP.risk,
    answers: [],
    detect: (windows) => detect(windows, force),
    plan: planMoves,
    async apply(plan, transaction) {
      for (const change of plan.changes as readonly (FileCopied | EntryMoved)[]) {
        await transaction.make(change);
      }
      return { tools: [] };
    },
    async verify(windows, plan) {
      const moves = plan.changes.filter((change) => change.kind === "entry-moved");
      for (const { path } of moves) {
        if (await windows.files.stat(path) === undefined) continue;
        const evidence = [{ kind: "file", path, detail: "still there" }] as const;
        return { outcome: "not-fixed", reason: `${path} is still there`, evidence };
      }
      return {
        outcome: "fixed",
        reason: "What the upgrade left is out of the way",
        evidence: moves.map(({ path }) => ({ kind: "file", path, detail: "moved aside" })),
      };
    },
  };
}

async function detect(windows: OfflineWindows, force: boolean): Promise<Applicability> {
  const found = await findLeftovers(windows);
  if (found.length === 0) {
    return { applies: false, reason: "No folder of an upgrade is left on the volume" };
  }
  const state = await readSetupState(windows);
  const obstacle = await whyLeftoversStay(windows, { state, force });
  if (obstacle !== undefined) {
    const { reason, boots } = obstacle;
    return {
      applies: false,
      reason,
      ...(boots === true ? { waitsFor: [RESTORE_BOOT_DEFAULT] } : {}),
    };
  }
  const names = found.map(({ row }) => row.path).join(", ");
  return { applies: true, reason: `An upgrade has left ${names}` };
}

async function planMoves(windows: OfflineWindows): Promise<StepPlan> {
  const found = await findLeftovers(windows);
  for (const leftover of found) refuseLink(leftover);
  const moves: EntryMoved[] = [];
  let unlisted = 0;
  for (const { row, kind, size } of found) {
    const sum = kind === "file" ? { bytes: size, unlisted: 0 } : await measure(windows, row.path);
    unlisted += sum.unlisted;
    moves.push({ kind: "entry-moved", path: row.path, entry: kind, bytes: sum.bytes });
  }
  const logs = await planCopies(windows, moves);
  const remarks = [
    `The folders keep their space until \`pemedic sessions prune\`: ${describeLeftovers(moves)}`,
    ...logs.remarks,
  ];
  if (unlisted > 0) remarks.push(`${unlisted} of their folders could not be counted`);
  if (await hasWayBack(windows)) {
    remarks.push("Windows.old stays; Windows itself can only go back to it with $WINDOWS.~BT");
  }
  const changes: Change[] = [...logs.copies, ...moves];
  return { ...STEP, changes, remarks };
}

function refuseLink({ row, reparse }: UpgradeLeftover): void {
  if (!reparse) return;
  throw new RefusalError(`Cannot move "${row.path}": it is a junction or another reparse point`, {
    next: `Look where it leads; then leave this step out: --skip ${STEP.step}`,
  });
}

/** Larger logs are not copied: the moved folder has them. */
const MOST_LOG_BYTES = 16 * 2 ** 20;
const MOST_BYTES = 64 * 2 ** 20;

async function planCopies(
  windows: OfflineWindows,
  moves: readonly EntryMoved[],
): Promise<{ readonly copies: readonly FileCopied[]; readonly remarks: readonly string[] }> {
  const rows = UPGRADE_LOGS.filter((row) => moves.some(({ path }) => isWithin(row.path, path)));
  const { files } = await findLogs(windows, rows);
  const copies: FileCopied[] = [];
  let room = MOST_BYTES;
  for (const { path, bytes } of files) {
    if (bytes > MOST_LOG_BYTES || bytes > room) continue;
    room -= bytes;
    copies.push({
      kind: "file-created",
      path: joinWindowsPath(SESSION, "saved", path),
      copyOf: path,
      bytes,
    });
  }
  if (files.length === 0) return { copies, remarks: [] };
  const remarks = [
    `Copied to "saved" in the session's folder: ${logs(copies.length)}, ` +
    `${formatBytes(MOST_BYTES - room)}; the whole folders go to "aside" beside it`,
  ];
  const left = files.length - copies.length;
  if (left > 0) remarks.push(`Too large to be copied, and only in "aside": ${logs(left)}`);
  return { copies, remarks };
}

function logs(count: number): string {
  return count === 1 ? "1 log" : `${count} logs`;
}
