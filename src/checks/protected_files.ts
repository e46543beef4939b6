/** Are the protected system files what Microsoft shipped? Takes minutes: sfc reads them all. */
import type { ToolOutcome } from "../base/mod.ts";
import {
  judgeSfc,
  parseSfcLog,
  SfcProgressReader,
  type SfcReport,
  type SfcVerdict,
  verifyOnly,
} from "../tools/sfc/mod.ts";
import type { Evidence } from "../windows/mod.ts";
import { type Check, type CheckContext, commandFor, type Finding } from "./finding.ts";

const CHECK = "files.integrity";

/** Verifies the protected files with sfc. Without a workspace the question stays open. */
export const protectedFiles: Check = {
  id: CHECK,
  question: "Are the protected system files intact?",
  deep: true,
  async run(windows, context): Promise<Finding[]> {
    const next = commandFor(windows, "files verify");
    const { workspace } = context;
    if (workspace === undefined) {
      return [{
        check: CHECK,
        outcome: "open",
        blocking: false,
        summary: "The protected system files have not been verified yet",
        evidence: [{
          kind: "volume",
          volume: windows.volume.letter ?? windows.root,
          detail: "sfc has not been run",
        }],
        next,
      }];
    }
    const log = await workspace.newLog("sfc-verify.log");
    const invocation = verifyOnly({ volume: windows.root, logPath: log.path });
    const outcome = await windows.tools.run(invocation, listen(context));
    const text = await log.read();
    const report = judgeSfc(outcome, text === undefined ? undefined : parseSfcLog(text));
    const evidence = sfcEvidence(["sfc", ...invocation.arguments].join(" "), outcome, report);
    return [{
      check: CHECK,
      evidence: [evidence],
      ...ANSWERS[report.verdict],
      ...nextFor(report, { windows }),
    }];
  },
};

function listen(context: CheckContext) {
  return {
    progress: new SfcProgressReader(),
    ...(context.onProgress === undefined ? {} : { onProgress: context.onProgress }),
    ...(context.onQuiet === undefined ? {} : { onQuiet: context.onQuiet }),
  };
}

/** Evidence of an sfc run: what it said, or what its log said. */
export function sfcEvidence(command: string, outcome: ToolOutcome, report: SfcReport): Evidence {
  const files = report.damaged.length === 0
    ? ""
    : `; damaged: ${report.damaged.slice(0, 5).join(", ")}`;
  const line = `${report.verdict} (judged by its ${report.judgedBy})${files}`;
  return { kind: "tool", command, exitCode: outcome.exitCode, line };
}

/** What a verdict means as a finding. */
const ANSWERS: Readonly<
  Record<SfcVerdict, Pick<Finding, "outcome" | "blocking" | "summary" | "code">>
> = {
  "clean": ok("The protected system files are intact"),
  "repaired": ok("The protected system files are intact again"),
  "violations": bad("Protected system files are damaged"),
  "not-all-repaired": bad("Protected system files are damaged and could not all be repaired"),
  "metadata-corrupt": bad("The descriptions of system components are damaged"),
  "pending-reboot": unknown("sfc refuses while an update is half done"),
  "busy": unknown("Another servicing operation is running"),
  "could-not-start": unknown("sfc could not start its repair service"),
  "could-not-perform": unknown("sfc could not finish; often the disk is the reason"),
  "not-elevated": unknown("sfc needs an administrator"),
  "not-understood": {
    ...unknown("What sfc printed could not be understood, and its log shows no verdict"),
    code: "toolNotUnderstood",
  },
};

function ok(summary: string) {
  return { outcome: "ok", blocking: false, summary } as const;
}

function bad(summary: string) {
  return { outcome: "problem", blocking: true, summary } as const;
}

function unknown(summary: string) {
  return { outcome: "unknown", blocking: false, summary, code: "toolFailed" } as const;
}

function nextFor(
  report: SfcReport,
  place: { windows: Parameters<typeof commandFor>[0] },
): { next?: string } {
  switch (report.verdict) {
    case "clean":
    case "repaired":
      return {};
    case "violations":
    case "not-all-repaired":
      return { next: commandFor(place.windows, "files repair") };
    case "metadata-corrupt":
      return { next: commandFor(place.windows, "image scan") };
    case "pending-reboot":
      return { next: commandFor(place.windows, "image revert-pending") };
    case "not-elevated":
      return { next: "Start PE Medic from WinPE, or as an administrator" };
    case "busy":
    case "not-understood":
      return { next: commandFor(place.windows, "files verify") };
    case "could-not-start":
    case "could-not-perform":
      return { next: commandFor(place.windows, "disk check") };
  }
}
