/**
 * Decides from the records and the Windows that runs what the starter does next. It is the loop
 * guard: nothing starts Setup but its answer `start`.
 */
import { formatExitCode } from "../base/mod.ts";
import type { UpgradeOrder } from "./order.ts";
import type { StarterProgress, StarterRecord } from "./progress.ts";
import { setupVerdict } from "./setup_verdict.ts";
import { type LiveWindows, LOG_SEPARATOR } from "./starter_windows.ts";

/** What is done next. */
export type StarterDecision =
  /** Only the removal is left: it was decided earlier. */
  | { readonly kind: "finished" }
  | { readonly kind: "done" }
  | { readonly kind: "stand-down"; readonly reason: string }
  /** Setup is at work: what comes of it is seen later. */
  | { readonly kind: "wait" }
  | { readonly kind: "start"; readonly attempt: number };

/** What a decision is made from. */
export interface StarterState {
  readonly order: UpgradeOrder;
  readonly progress: StarterProgress;
  readonly windows: LiveWindows;
}

/** Starts of the service, after which it is not wanted any more: Windows never settles. */
export const MOST_WAKES = 20;

const SAFE_MODE = "Windows was started in Safe Mode, where no upgrade works";

/** The next thing to do. Pure: the same state gives the same answer. */
export function decide(state: StarterState): StarterDecision {
  const { order, progress, windows } = state;
  const { records } = progress;
  if (has(records, "done") || has(records, "stood-down")) return { kind: "finished" };
  if (!isStaged(progress)) {
    return standDown("The record of what happened before is missing or was changed");
  }
  if (windows.setupAtWork) {
    const reason = isSafe(windows) ? SAFE_MODE : neverSettled(progress);
    return reason === undefined ? { kind: "wait" } : standDown(reason);
  }
  const starts = records.filter(({ event }) => event === "starts");
  const since = changedSince(state, starts);
  if (since === "upgraded") return { kind: "done" };
  const reason = failure(state, starts) ?? since ?? exhausted(order, progress);
  return reason === undefined
    ? { kind: "start", attempt: startsCounted(progress) + 1 }
    : standDown(reason);
}

/** Whether the record begins where it was left on the target: its past was not taken away. */
export function isStaged({ records }: StarterProgress): boolean {
  return has(records, "staged");
}

/**
 * Starts of Setup so far. A line that cannot be read counts as one: nobody can tell that it was
 * none, and a torn one was never followed by a start.
 */
export function startsCounted({ records, unreadable }: StarterProgress): number {
  return records.filter(({ event }) => event === "starts").length + unreadable;
}

const BY_OTHERS = "This Windows was installed or upgraded since, but not by this order";

/**
 * Whether it is another Windows than the one of the order: `upgraded` by it, or why nobody may
 * start Setup any more. `InstallTime` alone decides where it is known, because updates change
 * build and UBR as well. Without it a build that changed after Setup was started tells, or the
 * UBR if it is that of the media; another one is of an update, or of an upgrade with updates.
 */
function changedSince(
  { order, windows }: StarterState,
  { length: starts }: readonly StarterRecord[],
): "upgraded" | string | undefined {
  const { target, media } = order;
  if (target.installTime !== null && windows.installTime !== undefined) {
    if (windows.installTime === target.installTime) return undefined;
    return starts > 0 ? "upgraded" : BY_OTHERS;
  }
  if (differs(target.build, windows.build)) return starts > 0 ? "upgraded" : BY_OTHERS;
  if (starts === 0 || !differs(target.ubr, windows.ubr)) return undefined;
  return windows.build === media.build && windows.ubr === media.ubr
    ? "upgraded"
    : "Windows has changed since Setup was started, and whether Setup did it cannot be told";
}

function differs(before: number | null, now: number | undefined): boolean {
  return before !== null && now !== undefined && before !== now;
}

/** Why it must not be tried again, from what happened. */
function failure(
  { windows }: StarterState,
  starts: readonly StarterRecord[],
): string | undefined {
  if (isSafe(windows)) return SAFE_MODE;
  const last = starts.at(-1);
  if (last?.event === "starts" && windows.rollbackLog !== undefined) {
    const before = last.rollbackLog;
    if (before !== undefined && hasNewLog(before, windows.rollbackLog)) {
      return "Windows Setup took the upgrade back";
    }
  }
  return undefined;
}

/** One that is gone is no rollback: Setup clears the folder of an earlier attempt. */
function hasNewLog(before: string | null, now: string): boolean {
  const known = new Set(before?.split(LOG_SEPARATOR));
  return now.split(LOG_SEPARATOR).some((log) => !known.has(log));
}

function isSafe({ bootMode }: LiveWindows): boolean {
  return bootMode === "safe-mode" || bootMode === "safe-mode-network";
}

/** Why there is no further try, from what was recorded. */
function exhausted(order: UpgradeOrder, progress: StarterProgress): string | undefined {
  const ended = progress.records.findLast(({ event }) => event === "ended");
  if (ended?.event === "ended" && setupVerdict(ended.exitCode) === "final") {
    return refusal(ended.exitCode, ended.meaning);
  }
  const starts = startsCounted(progress);
  if (starts >= order.limits.starts) {
    return `Windows Setup was started ${
      starts === 1 ? "once" : `${starts} times`
    } without a result`;
  }
  return neverSettled(progress);
}

/** Why nobody waits for Windows any longer; undefined as long as it makes sense. */
export function neverSettled({ records }: StarterProgress): string | undefined {
  const wakes = records.filter(({ event }) => event === "woke").length;
  return wakes > MOST_WAKES
    ? `Windows was started ${MOST_WAKES} times and never settled`
    : undefined;
}

/** Why Setup is not started again after a result that is final. */
export function refusal(exitCode: number, meaning: string): string {
  return `Windows Setup ended with ${formatExitCode(exitCode)}: ${meaning}`;
}

function standDown(reason: string): StarterDecision {
  return { kind: "stand-down", reason };
}

function has(records: readonly StarterRecord[], event: StarterRecord["event"]): boolean {
  return records.some((record) => record.event === event);
}
