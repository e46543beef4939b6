/**
 * Suspends BitLocker for a staged upgrade. Setup does it by itself once it runs; this is for a
 * machine whose firmware measures what the technician has changed (Microsoft Learn, manage-bde
 * protectors: the number of restarts may be 0 to 15).
 */
import { ToolError } from "../base/mod.ts";
import { toolChange, type ToolRan, type Transaction } from "../journal/mod.ts";
import {
  bitLockerProtection,
  hideInOutcome,
  parseBitLockerChange,
  parseBitLockerProtection,
  suspendProtectors,
} from "../tools/manage_bde/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";

/** Restarts of an upgrade and of its way back, and those of the technician before it. */
const RESTARTS = 10;

/**
 * Whether the volume is protected.
 *
 * @throws {ToolError} if manage-bde does not tell.
 */
export async function isProtected(windows: OfflineWindows): Promise<boolean> {
  const call = bitLockerProtection({ volume: volumeOf(windows) });
  const answer = parseBitLockerProtection(await windows.tools.run(call));
  if (answer.kind === "done") return answer.value === "on";
  throw new ToolError("Cannot tell whether BitLocker protects the volume", {
    next: `manage-bde said: ${answer.tail.split("\n").at(-1) ?? ""}`,
  });
}

/** The change that suspends it. */
export function suspension(windows: OfflineWindows): ToolRan {
  return toolChange(suspendProtectors({ volume: volumeOf(windows), restarts: RESTARTS }));
}

/**
 * Suspends it.
 *
 * @throws {ToolError} if manage-bde refuses: nothing starts the upgrade then.
 */
export async function suspend(change: ToolRan, transaction: Transaction) {
  const outcome = await transaction.runTool(change);
  const answer = parseBitLockerChange(outcome);
  if (answer.kind === "done") return { tool: change.tool, outcome: hideInOutcome(outcome) };
  throw new ToolError("Cannot suspend BitLocker: manage-bde refused", {
    next: `manage-bde said: ${answer.tail.split("\n").at(-1) ?? ""}`,
  });
}

function volumeOf(windows: OfflineWindows): string {
  return windows.volume.letter ?? windows.root;
}
