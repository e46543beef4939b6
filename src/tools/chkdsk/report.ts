/**
 * What chkdsk found. Its exit code speaks first, because its text is translated; the text
 * only tells apart why a volume could not be checked, and that a check took place at all.
 */
import {
  consoleEvents,
  consolePieces,
  consoleTail,
  type ToolOutcome,
  unsignedExitCode,
} from "../../base/mod.ts";
import { stageOf } from "./progress.ts";

/** The verdict over a volume. */
export type ChkdskVerdict =
  | "clean"
  | "fixed"
  | "cleanup-done"
  | "errors-remain"
  | "could-not-check"
  | "in-use"
  | "access-denied"
  | "disk-failing";

/** The answer of chkdsk. */
export interface ChkdskReport {
  readonly verdict: ChkdskVerdict;
  /** Unsigned 32-bit. */
  readonly exitCode: number;
  /** `NTFS`, `FAT32`, …, if it was printed. */
  readonly fileSystem: string | undefined;
  /** Stages that were begun. */
  readonly stages: readonly number[];
  /** Size of the sectors known to be bad, if it was printed in English. */
  readonly badSectorsKb: number | undefined;
  /** The last lines that say something, for people. */
  readonly tail: string;
}

/** Reads the answer. `repairing` tells whether the call had `/f` or another repair switch. */
export function parseChkdsk(
  outcome: ToolOutcome,
  options: { readonly repairing: boolean },
): ChkdskReport {
  const whole = withoutTrailer(`${outcome.output}\n${outcome.errorOutput}`);
  const text = consolePieces(whole).join(" ").replace(/\s+/g, " ");
  const stages = stagesOf(whole);
  const exitCode = unsignedExitCode(outcome.exitCode);
  const facts = { exitCode, text, stages, repairing: options.repairing };
  return {
    verdict: judge(facts),
    exitCode,
    fileSystem: fileSystemIn(text),
    stages,
    badSectorsKb: badSectors(text),
    tail: consoleTail(whole),
  };
}

interface Facts {
  readonly exitCode: number;
  readonly text: string;
  readonly stages: readonly number[];
  readonly repairing: boolean;
}

/** Exit codes: Microsoft Learn, chkdsk. */
function judge(facts: Facts): ChkdskVerdict {
  if (facts.stages.length === 0) {
    const obstacle = obstacleIn(facts.text);
    if (obstacle !== undefined) return obstacle;
  }
  switch (facts.exitCode) {
    case 0:
      if (!facts.repairing && problemsIn(facts.text)) return "errors-remain";
      return checkTookPlace(facts) ? cleanOrFixed(facts) : "could-not-check";
    case 1:
      return facts.repairing ? "fixed" : "errors-remain";
    case 2:
      if (facts.repairing) return "cleanup-done";
      return problemsIn(facts.text) ? "errors-remain" : "clean";
    case 3:
      return judgeFailure(facts);
    default:
      return "could-not-check";
  }
}

function cleanOrFixed(facts: Facts): ChkdskVerdict {
  const corrected = /made corrections to the file system/i.test(facts.text);
  return corrected && facts.repairing ? "fixed" : "clean";
}

function judgeFailure(facts: Facts): ChkdskVerdict {
  if (facts.repairing && diskFailsIn(facts.text)) return "disk-failing";
  const obstacle = obstacleIn(facts.text);
  if (obstacle !== undefined) return obstacle;
  return problemsIn(facts.text) || facts.stages.length > 0 ? "errors-remain" : "could-not-check";
}

function problemsIn(text: string): boolean {
  return /Errors found|(?:checked|scanned) the file system and found problems|has found problems/i
    .test(text);
}

/** Nonsense with exit code 0 is no check: every language names the file system or a stage. */
function checkTookPlace(facts: Facts): boolean {
  return facts.stages.length > 0 || fileSystemIn(facts.text) !== undefined;
}

function obstacleIn(text: string): ChkdskVerdict | undefined {
  if (/volume is in use by another|Cannot lock current drive|force a dismount/i.test(text)) {
    return "in-use";
  }
  if (/Access Denied|do not have sufficient privileges/i.test(text)) return "access-denied";
  return diskFailsIn(text) ? "disk-failing" : undefined;
}

function diskFailsIn(text: string): boolean {
  return /is unreadable|An unspecified error occurred|Insufficient disk space to (?:fix|correct|replace|recover)/i
    .test(text);
}

function fileSystemIn(text: string): string | undefined {
  return /(?<![A-Za-z])(NTFS|ReFS|exFAT|FAT32|FAT)(?![A-Za-z0-9])/.exec(text)?.[1];
}

function badSectors(text: string): number | undefined {
  const found = /(?<![\d.,])([\d.,]{1,20}) KB in bad sectors/i.exec(text)?.[1];
  return found === undefined ? undefined : Number(found.replace(/[.,]/g, ""));
}

function stagesOf(text: string): number[] {
  const stages = consoleEvents(text).map((event) => stageOf(event.text)?.number)
    .filter((stage) => stage !== undefined);
  return [...new Set(stages)];
}

/** In WinPE there is no event log; the complaint about it means nothing. */
function withoutTrailer(text: string): string {
  return text.replace(/^.*Failed to transfer logged messages to the event log.*$/gim, "");
}
