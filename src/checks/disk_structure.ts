/** Is the file system sound? chkdsk reads it without changing anything. */
import type { ToolOutcome } from "../base/mod.ts";
import {
  checkVolume,
  ChkdskProgressReader,
  type ChkdskReport,
  type ChkdskVerdict,
  parseChkdsk,
} from "../tools/chkdsk/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import { type Check, commandFor, type Finding } from "./finding.ts";

/** The volume as chkdsk wants it: a letter, or the volume's name where it has none. */
export function chkdskVolume(windows: Pick<OfflineWindows, "volume" | "root">): string {
  return windows.volume.letter ?? windows.volume.volumeName ?? windows.root;
}

/** Runs chkdsk read-only. */
export const diskStructure: Check = {
  id: "disk.structure",
  question: "Is the file system sound?",
  deep: true,
  async run(windows, context): Promise<Finding[]> {
    const invocation = checkVolume({ volume: chkdskVolume(windows) });
    const outcome = await windows.tools.run(invocation, {
      progress: new ChkdskProgressReader(),
      ...(context.onProgress === undefined ? {} : { onProgress: context.onProgress }),
      ...(context.onQuiet === undefined ? {} : { onQuiet: context.onQuiet }),
    });
    return [diskFinding(windows, outcome, { repairing: false })];
  },
};

const SUMMARIES: Readonly<Record<ChkdskVerdict, string>> = {
  "clean": "chkdsk found no problems in the file system",
  "fixed": "chkdsk repaired the file system",
  "cleanup-done": "chkdsk found no damage and cleaned up",
  "errors-remain": "The file system has errors",
  "could-not-check": "chkdsk could not check the volume",
  "in-use": "chkdsk could not lock the volume: something holds it open",
  "access-denied": "chkdsk was denied access: the volume may be locked",
  "disk-failing": "chkdsk met sectors that cannot be read or written: the disk is failing",
};

/** Exit code 0 without a sign that anything was checked is output that nobody can understand. */
export function failureCode(
  report: Pick<ChkdskReport, "verdict" | "exitCode">,
): "toolFailed" | "toolNotUnderstood" {
  const nonsense = report.verdict === "could-not-check" && report.exitCode === 0;
  return nonsense ? "toolNotUnderstood" : "toolFailed";
}

/** A chkdsk run as a finding. */
export function diskFinding(
  windows: OfflineWindows,
  outcome: ToolOutcome,
  options: { readonly repairing: boolean },
): Finding {
  const report = parseChkdsk(outcome, options);
  const { verdict } = report;
  const fine = verdict === "clean" || verdict === "fixed" || verdict === "cleanup-done";
  const wrong = verdict === "errors-remain" || verdict === "disk-failing";
  return {
    check: "disk.structure",
    outcome: fine ? "ok" : wrong ? "problem" : "unknown",
    blocking: wrong,
    summary: SUMMARIES[verdict],
    ...(fine || wrong ? {} : { code: failureCode(report) }),
    evidence: [{
      kind: "tool",
      command: `chkdsk ${chkdskVolume(windows)}`,
      exitCode: outcome.exitCode,
      line: report.tail.split("\n").find((line) => line.trim() !== "") ?? verdict,
    }],
    ...nextFor(windows, verdict),
  };
}

function nextFor(windows: OfflineWindows, verdict: ChkdskVerdict): { readonly next?: string } {
  switch (verdict) {
    case "clean":
    case "fixed":
    case "cleanup-done":
      return {};
    case "errors-remain":
      return { next: commandFor(windows, "disk repair") };
    case "disk-failing":
      return { next: "Save the data of this disk first; then replace it" };
    case "in-use":
      return { next: `Close what uses it, then run: ${commandFor(windows, "disk check")}` };
    case "access-denied":
      return { next: "See whether BitLocker has locked it: pemedic scan" };
    case "could-not-check":
      return { next: commandFor(windows, "disk check") };
  }
}
