/** Is the component store sound? Takes minutes: DISM hashes all of it. */
import type { ToolInvocation, ToolOutcome } from "../base/mod.ts";
import {
  checkHealth,
  type DismExit,
  type DismPlace,
  DismProgressReader,
  explainDismExit,
  parseHealth,
  scanHealth,
  type StoreHealth,
} from "../tools/dism/mod.ts";
import type { Evidence, OfflineWindows } from "../windows/mod.ts";
import {
  type Check,
  type CheckContext,
  commandFor,
  type Finding,
  upgradeCommand,
} from "./finding.ts";

const CHECK = "store.health";

/** Scans the component store with DISM. Without a workspace the question stays open. */
export const componentStore: Check = {
  id: CHECK,
  question: "Is the component store sound?",
  deep: true,
  run: (windows, context) => askStore(windows, context, scanHealth),
};

/** Reads only the flag that an earlier scan left: an instant answer, as old as that scan. */
export const componentStoreFlag: Check = {
  id: CHECK,
  question: "Did an earlier scan find the component store damaged?",
  deep: true,
  run: async (windows, context) =>
    (await askStore(windows, context, checkHealth)).map((finding) =>
      finding.outcome === "ok"
        ? {
          ...finding,
          outcome: "open",
          summary: FLAG_CLEAR,
          next: commandFor(windows, "image scan"),
        }
        : finding
    ),
};

/** The flag says nothing of what has happened since the last scan. */
const FLAG_CLEAR = "No earlier scan found the component store damaged; only a scan looks now";

async function askStore(
  windows: OfflineWindows,
  context: CheckContext,
  question: (place: DismPlace) => ToolInvocation,
): Promise<Finding[]> {
  const { workspace } = context;
  if (workspace === undefined) {
    return [{
      check: CHECK,
      outcome: "open",
      blocking: false,
      summary: "The component store has not been scanned yet",
      evidence: [{
        kind: "volume",
        volume: windows.volume.letter ?? windows.root,
        detail: "DISM has not been run",
      }],
      next: commandFor(windows, "image scan"),
    }];
  }
  const log = await workspace.newLog("dism-scan.log");
  const invocation = question({
    image: windows.root,
    scratch: workspace.scratch,
    logPath: log.path,
  });
  const outcome = await windows.tools.run(invocation, {
    progress: new DismProgressReader(),
    ...(context.onProgress === undefined ? {} : { onProgress: context.onProgress }),
    ...(context.onQuiet === undefined ? {} : { onQuiet: context.onQuiet }),
  });
  return [judge(windows, invocation, outcome)];
}

const VERDICTS: Readonly<
  Record<StoreHealth, Pick<Finding, "outcome" | "blocking" | "summary" | "onlyUpgradeHelps">>
> = {
  "healthy": { outcome: "ok", blocking: false, summary: "The component store is sound" },
  "repairable": {
    outcome: "problem",
    blocking: true,
    summary: "The component store is damaged and can be repaired with a source",
  },
  "not-repairable": {
    outcome: "problem",
    blocking: true,
    summary: "The component store is damaged and DISM cannot repair it",
    onlyUpgradeHelps: true,
  },
};

function nextFor(windows: OfflineWindows, verdict: StoreHealth): string | undefined {
  switch (verdict) {
    case "healthy":
      return undefined;
    case "repairable":
      return `${commandFor(windows, "image restore")} --source auto`;
    case "not-repairable":
      return upgradeCommand(windows);
  }
}

function nextAfter(windows: OfflineWindows, { kind, next }: DismExit): string {
  switch (kind) {
    case "pending-blocked":
      return commandFor(windows, "image revert-pending");
    case "only-upgrade":
      return upgradeCommand(windows);
    default:
      return next;
  }
}

function judge(windows: OfflineWindows, invocation: ToolInvocation, outcome: ToolOutcome): Finding {
  const answer = parseHealth(outcome);
  const command = ["dism", ...invocation.arguments].join(" ");
  const evidence = (line: string): Evidence[] => [
    { kind: "tool", command, exitCode: outcome.exitCode, line },
  ];
  const base = { check: CHECK };
  switch (answer.kind) {
    case "done": {
      const verdict = VERDICTS[answer.value.verdict];
      const next = nextFor(windows, answer.value.verdict);
      return {
        ...base,
        ...verdict,
        evidence: evidence(answer.value.verdict),
        ...(next === undefined ? {} : { next }),
      };
    }
    case "failed": {
      const exit = explainDismExit(answer.error.code);
      return {
        ...base,
        ...(exit.kind === "only-upgrade"
          ? { outcome: "problem", blocking: true, onlyUpgradeHelps: true }
          : { outcome: "unknown", blocking: false, code: "toolFailed" }),
        summary: `DISM could not scan the component store: ${exit.meaning}`,
        evidence: evidence(answer.error.text || exit.meaning),
        next: nextAfter(windows, exit),
      };
    }
    case "not-understood":
      return {
        ...base,
        outcome: "unknown",
        blocking: false,
        code: "toolNotUnderstood",
        summary: "What DISM printed could not be understood, so it counts as no answer",
        evidence: evidence(answer.tail || "nothing was printed"),
        next: commandFor(windows, "image scan"),
      };
  }
}
