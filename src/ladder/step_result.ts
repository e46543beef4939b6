/** How one step ended, and what that means for the rest of the ladder. */
import type { ExitCodeName, MedicError } from "../base/mod.ts";
import { commandFor, upgradeCommand } from "../checks/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import type { StepOutcome } from "./events.ts";

/** How one step ended. */
export interface StepResult {
  readonly step: string;
  readonly title: string;
  readonly rung: number;
  readonly outcome: StepOutcome;
  readonly reason: string;
  /** Set where a step failed: decides over the exit code. */
  readonly code?: ExitCodeName;
  readonly next?: string;
  readonly durationMs: number;
}

/** The end of a step, before it is known which one it was and how long it took. */
export type StepEnd = Omit<StepResult, "step" | "title" | "rung" | "durationMs">;

/** After these, going on would only do harm or waste time. */
export const STOPPING: readonly ExitCodeName[] = [
  "noSpace",
  "readOnly",
  "diskFailing",
  "needsUpgrade",
  "planMismatch",
  "cancelled",
];

/**
 * Outcomes of a session that is not at its end: `pemedic resume` goes on with it once the user
 * wants to, or once there is room.
 */
export const RESUMABLE: readonly ExitCodeName[] = ["cancelled", "noSpace"];

/** A step that could not do its work. */
export function failedEnd(windows: Pick<OfflineWindows, "volume">, error: MedicError): StepEnd {
  const next = error.code === "needsUpgrade" ? upgradeCommand(windows) : error.next;
  return {
    outcome: error.code === "cancelled" ? "cancelled" : "failed",
    reason: error.message,
    code: error.code,
    ...(next === undefined ? {} : { next }),
  };
}

/** The user stopped the work. Ctrl-C reaches the running tool too: its failure is no fault then. */
export function cancelledEnd(
  windows: Pick<OfflineWindows, "volume">,
  during: { readonly detail?: string } = {},
): StepEnd {
  const detail = during.detail === undefined ? "" : ` (${during.detail})`;
  return {
    outcome: "cancelled",
    reason: `Stopped by the user${detail}`,
    code: "cancelled",
    next: `Go on with it: ${commandFor(windows, "resume")}, or take it back: ${
      commandFor(windows, "undo")
    }`,
  };
}
