/**
 * Decides from the records and the Windows that runs what the starter does next. It is the loop
 * guard: nothing starts Setup but its answer `start`.
 */
import { formatExitCode } from "../base/mod.ts";
import type { UpgradeOrder } from "./order.ts";
import type { StarterProgress, StarterRecord } from "./progress.ts";
import { setupVerdict } from "./setup_verdict.ts";
import type { LiveWindows } from "./starter_windows.ts";

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
  if (!has(records, "staged")) {
    return standDown("The record of what happened before is missing or was changed");
  }
  if (windows.setupAtWork) return isSafe(windows) ? standDown(SAFE_MODE) : { kind: "wait" };
  const starts = records.filter(({ event }) => event === "starts");
  if (isAnotherWindows(state, starts.length > 0)) {
    return starts.length > 0
      ? { kind: "done" }
      : standDown("This Windows was installed or upgraded since, but not by this order");
  }
  const reason = failure(state, starts) ?? exhausted(order, progress);
  return reason === undefined
    ? { kind: "start", attempt: startsCounted(progress) + 1 }
    : standDown(reason);
}

/**
 * Starts of Setup so far. A line that cannot be read counts as one: nobody can tell that it was
 * none, and a torn one was never followed by a start.
 */
export function startsCounted({ records, unreadable }: StarterProgress): number {
  return records.filter(({ event }) => event === "starts").length + unreadable;
}

/**
 * `InstallTime` alone decides where it is known, because updates change build and UBR as well.
 * Without it only a build that changed after Setup was started tells.
 */
function isAnotherWindows({ order, windows }: StarterState, started: boolean): boolean {
  const { installTime, build, ubr } = order.target;
  if (installTime !== null && windows.installTime !== undefined) {
    return windows.installTime !== installTime;
  }
  if (!started) return false;
  return differs(build, windows.build) || differs(ubr, windows.ubr);
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
    if (before !== undefined && before !== windows.rollbackLog) {
      return "Windows Setup took the upgrade back";
    }
  }
  return undefined;
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
  const wakes = progress.records.filter(({ event }) => event === "woke").length;
  if (wakes > MOST_WAKES) return `Windows was started ${MOST_WAKES} times and never settled`;
  return undefined;
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
