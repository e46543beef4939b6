/**
 * Takes back an update that was interrupted, with DISM. Often it only takes note and does it
 * at the next start: that is "needs restart", not success.
 */
import {
  findPendingMarkers,
  findServicingLeftovers,
  type ServicingLeftovers,
  unprovenUpdate,
} from "../checks/mod.ts";
import { toolChange, type ToolRan } from "../journal/mod.ts";
import { DismProgressReader, parseRevert, revertPendingActions } from "../tools/dism/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import { noteRevert } from "./revert_notes.ts";
import type { Applicability, RepairStep } from "./step.ts";
import { dismObstacle, dismValue, plannedPlace } from "./tool_places.ts";

/** The step. */
export function revertPending(): RepairStep {
  return {
    id: "servicing.revert-pending",
    title: "Revert the pending actions of an interrupted update",
    resolves: 'Windows hangs or restarts at "Getting Windows ready" or "Undoing changes"',
    risk: "irreversible",
    answers: ["servicing.pending"],
    async detect(windows) {
      const blocks = (await findPendingMarkers(windows)).filter((m) => m.row.weight === "blocks");
      if (blocks.length === 0) return { applies: false, reason: "No update is half done" };
      const { meaning } = blocks[0]!.row;
      return await dismObstacle(windows) ?? await futile(windows) ??
        { applies: true, reason: meaning };
    },
    plan(windows) {
      const invocation = revertPendingActions(plannedPlace(windows, "dism-revert.log"));
      return Promise.resolve({
        step: "servicing.revert-pending",
        title: "Revert the pending actions of an interrupted update",
        risk: "irreversible",
        changes: [toolChange(invocation)],
        remarks: [
          "Windows may complete it only at its next start; the update can be installed again later",
        ],
      });
    },
    async apply(plan, transaction) {
      const outcome = await transaction.runTool(plan.changes[0] as ToolRan, {
        progress: new DismProgressReader(),
      });
      const answer = parseRevert(outcome);
      if (answer.kind === "failed") await noteRevert(transaction, "failed");
      const { result } = dismValue(answer, { sourceGiven: false });
      await noteRevert(transaction, "accepted");
      const deferred = "DISM took note; Windows reverts the update at its next start";
      return {
        tools: [{ tool: "dism", outcome }],
        ...(result === "at-next-boot" ? { deferred } : {}),
      };
    },
    async verify(windows, _plan, context) {
      const found = await findPendingMarkers(windows);
      const blocks = found.filter((marker) => marker.row.weight === "blocks");
      const evidence = blocks.map((marker) => marker.evidence);
      if (blocks.length === 0) {
        const gone = {
          kind: "file",
          path: "Windows\\WinSxS\\pending.xml",
          detail: "not there any more",
        } as const;
        return {
          outcome: "fixed",
          reason: "No mark of a half-done update is left",
          evidence: [gone],
        };
      }
      if (context.report !== undefined) {
        const reason = context.report.deferred ??
          "DISM says it is done, but its marks stay until Windows has started once";
        return { outcome: "needs-restart", reason, evidence };
      }
      return { outcome: "not-fixed", reason: `Still there: ${blocks[0]!.row.meaning}`, evidence };
    },
  };
}

/** Reverting again what outlived a revert, or what is only a trace, would only take time. */
async function futile(windows: OfflineWindows): Promise<Applicability | undefined> {
  const found = await findServicingLeftovers(windows);
  if (found.update.state === "dead") return { applies: false, reason: found.update.reason };
  if (!onlyTraces(found)) return undefined;
  return {
    applies: false,
    reason: "There is nothing to revert: only traces of an update are left",
  };
}

function onlyTraces(found: ServicingLeftovers): boolean {
  return found.proven.length > 0 && !unprovenUpdate(found);
}
