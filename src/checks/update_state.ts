/**
 * Whether the next start of Windows may still complete a half-done update.
 *
 * A list of operations with everything that points to it is what a healthy update leaves, too,
 * until the next start: its presence proves nothing. An update is `dead` only if both hold:
 *
 * 1. Windows cannot complete it: CBS.log tells of two failed starts or more since the last one
 *    that went well, or Windows has been running since DISM took note of reverting it, and the
 *    list of operations is still the same.
 * 2. Nothing gentler is left: DISM was asked to revert it and failed, or Windows had its start
 *    to do so, or DISM cannot be used here. An answer of DISM from before a start that went well
 *    was about another update and does not count.
 *
 * Right after DISM took note it is `reverting`: clearing now would take from Windows what it
 * needs to revert the update at its next start.
 */
import {
  CBS_LOG,
  type Evidence,
  type OfflineWindows,
  readFailedStarts,
  readRevertAttempt,
  type RevertAttempt,
} from "../windows/mod.ts";
import { FAILED_STARTS } from "../knowledge/mod.ts";
import { dismUnusable } from "./dism_usable.ts";

/** What is known about a half-done update, if there is one. */
export interface UpdateState {
  /**
   * - `waits`: nothing says that the next start cannot complete it.
   * - `fails`: it failed at several starts; DISM can revert it.
   * - `reverting`: DISM took note; Windows reverts it at its next start.
   * - `dead`: proven.
   */
  readonly state: "waits" | "fails" | "reverting" | "dead";
  /** One sentence without full stop. */
  readonly reason: string;
  readonly evidence: readonly Evidence[];
}

/** Judges. Reads CBS.log and the notes of earlier sessions. */
export async function judgeUpdate(windows: OfflineWindows): Promise<UpdateState> {
  const failed = await readFailedStarts(windows);
  const revert = await readRevertAttempt(windows);
  const loops = failed.count >= FAILED_STARTS;
  const evidence: Evidence[] = [];
  if (failed.line !== undefined) {
    const detail = `${failed.count} starts failed since the last good one: ${cut(failed.line)}`;
    evidence.push({ kind: "file", path: CBS_LOG, detail });
  }
  if (revert !== undefined) {
    evidence.push({ kind: "file", path: revert.note, detail: describeAttempt(revert) });
  }
  const state = afterRevert(revert, loops);
  if (state !== undefined) return { ...state, evidence };
  if (!loops) {
    return { state: "waits", reason: "The next start of Windows may still complete it", evidence };
  }
  const obstacle = await dismUnusable(windows);
  if (obstacle === undefined) {
    const reason = `It failed at ${failed.count} starts; DISM reverts it first`;
    return { state: "fails", reason, evidence };
  }
  const volume = windows.volume.letter ?? windows.root;
  const detail = `DISM cannot revert the update here: ${obstacle.reason}`;
  return {
    state: "dead",
    reason: `It failed at ${failed.count} starts, and DISM cannot revert it here`,
    evidence: [...evidence, { kind: "volume", volume, detail }],
  };
}

function afterRevert(
  revert: RevertAttempt | undefined,
  loops: boolean,
): Omit<UpdateState, "evidence"> | undefined {
  if (revert === undefined) return undefined;
  const same = revert.sameOperations || !revert.recovered;
  if (revert.answer === "accepted" && !revert.ranSince) {
    const reason = "DISM took note of reverting it; Windows must start once to do so";
    return { state: "reverting", reason };
  }
  if (revert.answer === "accepted" && (revert.sameOperations || loops && same)) {
    return { state: "dead", reason: "It outlived a revert by DISM and a start of Windows" };
  }
  if (revert.answer === "failed" && loops && same) {
    return { state: "dead", reason: "It failed at several starts, and DISM could not revert it" };
  }
  return undefined;
}

function describeAttempt(revert: RevertAttempt): string {
  const dism = revert.answer === "accepted"
    ? "DISM took note of reverting the update"
    : "DISM failed to revert the update";
  const ran = revert.ranSince ? "Windows has been running since" : "Windows has not run since";
  const same = revert.sameOperations ? "; the operations are the same as before" : "";
  return `${dism}; ${ran}${same}`;
}

function cut(line: string): string {
  return line.length > 160 ? `${line.slice(0, 157)}...` : line;
}
