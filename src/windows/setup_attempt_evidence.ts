/** The lines that are cited for an attempt, what tells most first and each once. */
import type { Evidence } from "./evidence.ts";
import type { SetupAttempt } from "./setup_attempt.ts";
import type { SetupLogLine } from "./setup_log_outcome.ts";

type Cited = Pick<
  SetupAttempt,
  "cause" | "failedOperation" | "runningOperation" | "setupDiag" | "logs"
>;

/** Where the result stands, and where the rollback begins. */
export interface ReportLines {
  readonly result: SetupLogLine | undefined;
  readonly rollback: SetupLogLine | undefined;
}

/** Cites an attempt. */
export function citeAttempt(judged: Cited, { result, rollback }: ReportLines): Evidence[] {
  const lines = [
    judged.cause?.line,
    judged.failedOperation?.line,
    result,
    rollback,
    judged.runningOperation?.line,
    ...judged.logs.map(({ outcome }) => outcome.last),
  ];
  const cited = new Map<string, Evidence>();
  for (const line of lines) {
    if (line === undefined) continue;
    const detail = `at byte ${line.offset}, ${line.time ?? "no time"}: ${line.text}`;
    cited.set(`${line.path}:${line.offset}`, { kind: "file", path: line.path, detail });
  }
  const diag = judged.setupDiag?.result.evidence;
  return diag === undefined ? [...cited.values()] : [...cited.values(), diag];
}
