/** Repairs protected system files with `sfc /scannow` and proves it by verifying again. */
import { ToolError } from "../base/mod.ts";
import { findPendingMarkers, protectedFiles } from "../checks/mod.ts";
import { toolChange, type ToolRan } from "../journal/mod.ts";
import { judgeSfc, scanNow, SfcProgressReader } from "../tools/sfc/mod.ts";
import type { RepairStep } from "./step.ts";
import { sessionLog, toolObstacle } from "./tool_places.ts";

/** The step. */
export function repairFiles(): RepairStep {
  return {
    id: "files.repair",
    title: "Repair the protected system files",
    resolves: "Windows or its parts crash because system files are damaged",
    risk: "irreversible",
    answers: ["files.integrity"],
    async detect(windows) {
      const obstacle = await toolObstacle(windows, "sfc");
      if (obstacle !== undefined) return obstacle;
      const pending = (await findPendingMarkers(windows)).find((m) => m.row.id === "pending-xml");
      if (pending !== undefined) {
        return {
          applies: false,
          reason: "sfc refuses while an update is half done; let Windows start once first",
          waitsFor: ["servicing.revert-pending", "servicing.clear-leftovers"],
        };
      }
      return {
        applies: true,
        reason: "sfc compares every protected file with the component store",
      };
    },
    plan(windows) {
      const invocation = scanNow({
        volume: windows.root,
        logPath: sessionLog(windows, "sfc-repair.log"),
      });
      return Promise.resolve({
        step: "files.repair",
        title: "Repair the protected system files",
        risk: "irreversible",
        changes: [toolChange(invocation)],
        remarks: [
          "Takes some minutes, and as long again to verify; only damaged files are replaced",
        ],
      });
    },
    async apply(plan, transaction) {
      const outcome = await transaction.runTool(plan.changes[0] as ToolRan, {
        progress: new SfcProgressReader(),
      });
      const { verdict, tail } = judgeSfc(outcome);
      const refused = ["pending-reboot", "busy", "could-not-start", "not-elevated"].includes(
        verdict,
      );
      if (refused) {
        throw new ToolError(`sfc did not repair: ${tail.split("\n").at(-1) ?? verdict}`, {
          next: "Let Windows start once, or boot newer WinPE media, and run the command again",
        });
      }
      return { tools: [{ tool: "sfc", outcome }] };
    },
    async verify(windows, _plan, context) {
      const [finding] = await protectedFiles.run(windows, context);
      const { outcome, summary, evidence, code } = finding!;
      const findings = [finding!];
      if (outcome === "ok") return { outcome: "fixed", reason: summary, evidence, findings };
      return {
        outcome: "not-fixed",
        reason: summary,
        evidence,
        findings,
        ...(code === undefined ? {} : { code }),
      };
    },
  };
}
