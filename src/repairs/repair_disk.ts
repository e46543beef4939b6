/** Repairs the file system with `chkdsk /f /x`: everything else is written on top of it. */
import { MedicError, ToolError } from "../base/mod.ts";
import { chkdskVolume, commandFor, diskFinding, failureCode } from "../checks/mod.ts";
import { toolChange, type ToolRan } from "../journal/mod.ts";
import { ChkdskProgressReader, parseChkdsk, repairVolume } from "../tools/chkdsk/mod.ts";
import type { RepairOptions, RepairStep } from "./step.ts";
import { toolObstacle } from "./tool_places.ts";

/** The step. */
export function repairDisk(options: RepairOptions): RepairStep {
  return {
    id: "disk.repair",
    title: "Repair the file system",
    resolves: "Windows checks the disk at every start, or files cannot be read",
    risk: "irreversible",
    answers: ["volume.dirty"],
    async detect(windows) {
      const obstacle = await toolObstacle(windows, "chkdsk");
      if (obstacle !== undefined) return obstacle;
      if (windows.volume.fileSystem === "ReFS") {
        return { applies: false, reason: "ReFS repairs itself; chkdsk has nothing to do on it" };
      }
      const { state } = await windows.dirty();
      if (state === "dirty") return { applies: true, reason: "The volume is marked dirty" };
      if (options.force) return { applies: true, reason: "Asked for" };
      return { applies: false, reason: "The volume is not marked dirty" };
    },
    plan(windows) {
      const invocation = repairVolume({
        volume: chkdskVolume(windows),
        ...(options.badSectors === true ? { badSectors: true } : {}),
      });
      return Promise.resolve({
        step: "disk.repair",
        title: "Repair the file system",
        risk: "irreversible",
        changes: [toolChange(invocation)],
        remarks: [
          "chkdsk decides what to mend and cannot be taken back; it takes minutes, with bad sectors hours",
        ],
      });
    },
    async apply(plan, transaction) {
      const change = plan.changes[0] as ToolRan;
      const outcome = await transaction.runTool(change, { progress: new ChkdskProgressReader() });
      const report = parseChkdsk(outcome, { repairing: true });
      if (report.verdict === "disk-failing") {
        throw new MedicError("diskFailing", "chkdsk met sectors that cannot be read or written", {
          next: "Save the data of this disk first; then replace it",
        });
      }
      if (
        report.verdict === "in-use" || report.verdict === "access-denied" ||
        report.verdict === "could-not-check"
      ) {
        throw new ToolError(
          `chkdsk could not repair the volume: ${report.tail.split("\n").at(-1) ?? report.verdict}`,
          {
            code: failureCode(report),
            next: "Close everything that uses the volume and run the command again",
          },
        );
      }
      return { tools: [{ tool: "chkdsk", outcome }] };
    },
    async verify(windows, _plan, context) {
      const { state, evidence } = await windows.dirty();
      const ran = context.report?.tools.find((entry) => entry.tool === "chkdsk");
      const findings = ran === undefined
        ? []
        : [diskFinding(windows, ran.outcome, { repairing: true })];
      const clean = findings[0]?.outcome === "ok";
      const proven = state === "clean" || (state === "unknown" && ran !== undefined);
      if (proven && (ran === undefined || clean)) {
        const reason = ran === undefined ? "The volume is not marked dirty" : findings[0]!.summary;
        return {
          outcome: "fixed",
          reason,
          evidence: [evidence, ...findings.flatMap((f) => f.evidence)],
          findings,
        };
      }
      const reason = state === "dirty"
        ? "The volume is still marked dirty"
        : findings[0]?.summary ?? "chkdsk did not say that it repaired the volume";
      return {
        outcome: "not-fixed",
        reason: `${reason}; look again: ${commandFor(windows, "disk check")}`,
        evidence: [evidence],
        findings,
      };
    },
  };
}
