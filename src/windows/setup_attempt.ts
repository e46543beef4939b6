/**
 * The newest attempt to upgrade a Windows: how far it came, how it ended, and which line says so.
 * It is told from logs and what Setup left in the registry; whether anything goes on at the next
 * start is another question, which `setup_state.ts` answers.
 *
 * | state | what proves it |
 * |---|---|
 * | `scanned` | the result is that of a scan that found no obstacle |
 * | `refused` | a result that is given before anything is changed |
 * | `failed` | a failing result, and no sign that the computer had restarted into the upgrade; or an operation that ended the work, and nothing after it |
 * | `rolled-back` | a result with an extend code of a phase after the restart, or a rollback in the log |
 * | `completed` | the new build is in place, `Source OS` was written since, SetupDiag says so, or the last phase was processed |
 * | `in-progress` | none of these: it goes on, hangs, or was cut off |
 *
 * Sources: Microsoft Learn, Windows upgrade error codes and log files; setupact.log of an upgrade
 * 17134 to 19041; `Source OS (Updated on …)`: one key per upgrade with the old build (community).
 */
import type { SetupDiagRule, SetupResultExplanation } from "../knowledge/mod.ts";
import type { Evidence } from "./evidence.ts";
import type { OfflineWindows } from "./offline_windows.ts";
import { registryEvidence } from "./registry.ts";
import { judgeAttempt } from "./setup_attempt_judge.ts";
import { newestAttemptLogs } from "./setup_attempt_logs.ts";
import type { AttemptFacts } from "./setup_attempt_state.ts";
import { chooseReport } from "./setup_diag_choice.ts";
import { readSetupDiag, type SetupDiagResult } from "./setup_diag_results.ts";
import type { SetupLogCause, SetupLogOperation } from "./setup_log_outcome.ts";
import { type ReadSetupLog, readSetupLogs } from "./setup_logs.ts";
import { readSourceSystems } from "./source_systems.ts";

/** Names of the states. */
export type SetupAttemptState =
  | "scanned"
  | "refused"
  | "failed"
  | "rolled-back"
  | "completed"
  | "in-progress";

/** Where Setup was. */
export interface SetupAttemptPhase {
  /** Index into `SETUP_PHASES`; 0 is unknown. */
  readonly digit: number;
  /** For people. */
  readonly name: string;
  /** As the log spells it: `Safe OS`, or `SetupPhaseInstall`. */
  readonly inLog: string | undefined;
}

/** What SetupDiag says about this attempt. */
export interface SetupAttemptDiag {
  /** Name of the rule, as its report spells it. */
  readonly rule: string | undefined;
  /** Undefined for a rule that no table knows. */
  readonly known: SetupDiagRule | undefined;
  readonly result: SetupDiagResult;
}

/** The newest attempt. Times are in the local time of the system that wrote them. */
export interface SetupAttempt {
  readonly state: SetupAttemptState;
  /** Why: one sentence for people, no full stop. */
  readonly reason: string;
  /** Unsigned; undefined while there is none. */
  readonly result: number | undefined;
  /** Unsigned. */
  readonly extend: number | undefined;
  /** Of result and extend code. Its `where` repeats the code; `phase` is what the logs show. */
  readonly explanation: SetupResultExplanation | undefined;
  readonly phase: SetupAttemptPhase;
  /** By an extend code of the phases 1 to 4, else what the log names, in its words. */
  readonly operation: string | undefined;
  readonly failedOperation: SetupLogOperation | undefined;
  /** Begun and never ended: where it hangs, or was cut off. */
  readonly runningOperation: SetupLogOperation | undefined;
  /** Action of the program in Windows that failed: `DataMigrate`. */
  readonly failedAction: string | undefined;
  /** The line that is nearest to the cause; never one of the known noise. */
  readonly cause: SetupLogCause | undefined;
  /** The stop code of a crash that the log names. */
  readonly stopCode: number | undefined;
  readonly setupDiag: SetupAttemptDiag | undefined;
  /** Version of the old Windows, `10.0.19045.0`. */
  readonly from: string | undefined;
  /** Version that Setup brings. */
  readonly to: string | undefined;
  readonly commandLine: string | undefined;
  /** `2022-07-06 08:08:29` */
  readonly begun: string | undefined;
  readonly ended: string | undefined;
  /** A log ends in zero bytes, or in the middle of a line. */
  readonly torn: boolean;
  /** As Setup counts them; undefined if it does not. */
  readonly installAttempts: number | undefined;
  readonly failureCount: number | undefined;
  readonly logs: readonly ReadSetupLog[];
  readonly evidence: readonly Evidence[];
}

const MOSETUP = "SYSTEM\\Setup\\MoSetup";

/** Reads the newest attempt; undefined if nothing tells of one. Never throws for damaged logs. */
export async function readSetupAttempt(windows: OfflineWindows): Promise<SetupAttempt | undefined> {
  const evidence: Evidence[] = [];
  const problem = (found: Evidence) => void evidence.push(found);
  const logs = newestAttemptLogs(await readSetupLogs(windows, problem));
  const box = await readBoxResult(windows, evidence);
  const reports = await readSetupDiag(windows, problem);
  const setupDiag = chooseReport(reports, logs);
  if (logs.length === 0 && box === undefined && setupDiag === undefined) return undefined;
  const facts: AttemptFacts = {
    logs,
    box,
    setupDiag,
    sources: await readSourceSystems(windows),
    installedBuild: windows.identity.build,
  };
  const judged = judgeAttempt(facts);
  return {
    ...judged,
    installAttempts: await windows.registry.number(`${MOSETUP}\\Tracking`, "InstallAttempts"),
    failureCount: await windows.registry.number(`${MOSETUP}\\Tracking`, "FailureCount"),
    evidence: [...judged.evidence, ...evidence],
  };
}

/** Setup keeps its last result here. Source: scripts that read the result of compatibility scans. */
async function readBoxResult(
  windows: OfflineWindows,
  evidence: Evidence[],
): Promise<number | undefined> {
  const path = `${MOSETUP}\\Volatile`;
  const number = await windows.registry.number(path, "BoxResult");
  const key = await windows.registry.key(path);
  if (number === undefined || key === undefined) return undefined;
  const code = number >>> 0;
  evidence.push(registryEvidence(key, `0x${code.toString(16).padStart(8, "0")}`, "BoxResult"));
  return code;
}
