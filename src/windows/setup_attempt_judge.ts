/** Puts the logs of one attempt together and names its state. */
import { platformPhase, SETUP_PHASES } from "../knowledge/mod.ts";
import type { SetupAttempt, SetupAttemptPhase } from "./setup_attempt.ts";
import { citeAttempt } from "./setup_attempt_evidence.ts";
import { type AttemptFacts, explainFailure, nameAttempt } from "./setup_attempt_state.ts";
import {
  SETUP_CAUSE_KINDS,
  type SetupLogCause,
  type SetupLogLine,
  type SetupLogOperation,
} from "./setup_log_outcome.ts";
import type { ReadSetupLog } from "./setup_logs.ts";

type Judged = Omit<SetupAttempt, "installAttempts" | "failureCount">;

/** Puts the logs together and names the state. */
export function judgeAttempt(facts: AttemptFacts): Judged {
  const { logs, setupDiag } = facts;
  const outcomes = logs.map(({ outcome }) => outcome);
  const first = <T>(read: (outcome: ReadSetupLog["outcome"]) => T | undefined) =>
    outcomes.map(read).find((value) => value !== undefined);
  const told = codesOf(facts);
  const phase = phaseOf(facts, told.extend);
  const rollback = first(({ rollback }) => rollback);
  const judgement = nameAttempt(facts, { ...told, phase, rollback });
  const codes = judgement.state === "completed" ? NO_CODES : told;
  const good = judgement.state === "completed" || judgement.state === "scanned";
  const failedOperation = good ? undefined : first(({ failedOperation }) => failedOperation);
  const failedAction = good ? undefined : first(({ failedAction }) => failedAction);
  const runningOperation = judgement.state === "in-progress" || failedOperation === undefined
    ? lastRunning(logs)
    : undefined;
  const cause = good || judgement.state === "in-progress" ? undefined : causeOf(facts);
  const explanation = explainFailure(codes);
  const times = outcomes.flatMap(({ last }) => last?.time ?? []).sort();
  const judged = {
    ...judgement,
    result: codes.result,
    extend: codes.extend,
    explanation,
    phase,
    operation: operationOf({
      extend: codes.extend,
      explanation,
      failedOperation,
      failedAction,
      runningOperation,
      setupDiag,
    }),
    failedOperation,
    runningOperation,
    failedAction,
    cause,
    stopCode: first(({ crash }) => crash)?.code,
    setupDiag,
    from: first(({ hostVersion }) => hostVersion) ??
      setupDiag?.result.report.systemInfo["HostOSVersion"],
    to: first(({ targetVersion }) => targetVersion) ??
      /^[\d.]+/.exec(setupDiag?.result.report.systemInfo["TargetOSBuildString"] ?? "")?.[0],
    commandLine: first(({ commandLine }) => commandLine),
    begun: first(({ begun }) => begun)?.text,
    ended: times.at(-1),
    torn: outcomes.some(({ torn }) => torn),
    logs,
  };
  return { ...judged, evidence: citeAttempt(judged, { result: codes.resultLine, rollback }) };
}

interface Codes {
  readonly result: number | undefined;
  readonly resultLine: SetupLogLine | undefined;
  readonly extend: number | undefined;
  /** Setup itself reported the result; else it is that of the operation that ended the work. */
  readonly reported: boolean;
}

/**
 * The log that reported last tells the result; SetupDiag and registry only where none does. A
 * report of 0 says that the upgrade was prepared: what comes after it counts more.
 */
function codesOf({ logs, box, setupDiag }: AttemptFacts): Codes {
  const outcomes = logs.map(({ outcome }) => outcome);
  const reporting = outcomes.filter(({ result }) => result !== undefined)
    .sort((a, b) => resultTime(a).localeCompare(resultTime(b))).at(-1);
  const own = reporting?.result;
  const logged = [reporting, ...outcomes].map((outcome) => outcome?.extend?.code)
    .find((code) => code !== undefined);
  const report = setupDiag?.result.report;
  const extend = logged ?? report?.extend;
  if (own !== undefined && own.code !== 0) {
    return { result: own.code, resultLine: own.line, extend: logged, reported: true };
  }
  // What the registry holds may be of an earlier run while this one has not ended.
  const ended = outcomes.every(({ closed }) => closed);
  const told = report?.result ?? (ended ? box : undefined);
  if (told !== undefined) return { result: told, resultLine: undefined, extend, reported: true };
  const failed = outcomes.map(({ failedOperation }) => failedOperation?.code)
    .find((code) => code !== undefined);
  const result = failed ?? own?.code;
  return { result, resultLine: own?.line, extend, reported: failed === undefined };
}

function resultTime({ result }: ReadSetupLog["outcome"]): string {
  return result?.line.time ?? "";
}

/** A failure that a good upgrade has followed is none of it. */
const NO_CODES: Codes = {
  result: undefined,
  resultLine: undefined,
  extend: undefined,
  reported: false,
};

/** Extend codes of the phase 5 come from failures in the running Windows too: the log tells. */
function phaseOf({ logs, setupDiag }: AttemptFacts, extend: number | undefined): SetupAttemptPhase {
  const byExtend = extend === undefined ? 0 : extend >>> 16;
  const platform = logs.map(({ outcome }) => outcome.platformPhase)
    .filter((name) => name !== undefined)
    .sort((a, b) => orderOf(b) - orderOf(a))[0] ?? setupDiag?.result.report.lastPhase;
  const task = logs.map(({ outcome }) => outcome.taskPhase).find((name) => name !== undefined);
  const byLog = platform === undefined ? 0 : platformPhase(platform)?.digit ?? 0;
  const byTask = task === undefined ? 0 : 1;
  const digit = byExtend >= 1 && byExtend <= 4 ? byExtend : byLog || byTask;
  return { digit, name: SETUP_PHASES[digit]!, inLog: platform ?? task };
}

function orderOf(name: string): number {
  return platformPhase(name)?.digit ?? 0;
}

/** In the log that was written last. */
function lastRunning(logs: readonly ReadSetupLog[]): SetupLogOperation | undefined {
  return logs.map(({ outcome }) => outcome.runningOperation).filter((found) => found !== undefined)
    .sort((a, b) => (a.line.time ?? "").localeCompare(b.line.time ?? "")).at(-1);
}

/** What tells most, in whichever log; of two alike that of the upgrade itself. */
function causeOf({ logs }: AttemptFacts): SetupLogCause | undefined {
  return logs.flatMap(({ outcome }) => outcome.cause ?? []).sort((a, b) => rank(a) - rank(b))[0];
}

function rank({ kind }: SetupLogCause): number {
  return SETUP_CAUSE_KINDS.indexOf(kind);
}

type OperationSources = Pick<
  SetupAttempt,
  "extend" | "explanation" | "failedOperation" | "failedAction" | "runningOperation" | "setupDiag"
>;

/** Codes above phase 4 name operations that do not fit what the log shows: there the log counts. */
function operationOf(sources: OperationSources): string | undefined {
  const { extend = 0, explanation, failedOperation, failedAction, runningOperation } = sources;
  const byExtend = explanation?.where?.operation;
  const byLog = failedOperation?.name ?? failedAction ?? runningOperation?.name;
  const known = extend >>> 16 >= 1 && extend >>> 16 <= 4;
  return (known ? byExtend ?? byLog : byLog ?? byExtend) ??
    sources.setupDiag?.result.report.lastOperation;
}
