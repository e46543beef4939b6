/**
 * The verdict of sfc. It exits with 0 for clean, damaged and repaired alike, and speaks the
 * language of its Windows. English sentences decide; for other languages the log does.
 */
import { consolePieces, consoleTail, type ToolOutcome } from "../../base/mod.ts";
import type { SfcLog } from "./log.ts";

/** What sfc says about the protected files. */
export type SfcVerdict =
  | "clean"
  | "repaired"
  | "not-all-repaired"
  | "violations"
  | "pending-reboot"
  | "busy"
  | "could-not-start"
  | "could-not-perform"
  | "metadata-corrupt"
  | "not-elevated"
  | "not-understood";

/** The answer of sfc. */
export interface SfcReport {
  readonly verdict: SfcVerdict;
  /** Where the verdict was read. */
  readonly judgedBy: "text" | "log" | "nothing";
  /** Repairs take effect at the next start only. */
  readonly restartRequired: boolean;
  /** Files that stay damaged, as far as the log names them. */
  readonly damaged: readonly string[];
  readonly repaired: readonly string[];
  /** The last lines, for people. */
  readonly tail: string;
}

/** Sentences of sfc.exe's message table. The first that is found counts. */
const SENTENCES: readonly (readonly [RegExp, SfcVerdict])[] = [
  [/metadata (?:is|was|are|were) (?:found )?corrupt|component metadata/i, "metadata-corrupt"],
  [/system repair pending which requires reboot/i, "pending-reboot"],
  [/Another servicing or repair operation is currently running/i, "busy"],
  [/must be an administrator running a console session/i, "not-elevated"],
  [/could not start the repair service/i, "could-not-start"],
  [/could not perform the requested operation/i, "could-not-perform"],
  [/found corrupt files but was unable to fix some/i, "not-all-repaired"],
  [/found corrupt files and successfully repaired/i, "repaired"],
  [/found integrity violations/i, "violations"],
  [/did not find any integrity violations/i, "clean"],
];

/** Reads the console text alone. A translated text is `not-understood`. */
export function parseSfc(outcome: ToolOutcome): SfcReport {
  return judgeSfc(outcome);
}

/** Judges by the console text; if that is translated, by the log of the same run. */
export function judgeSfc(outcome: ToolOutcome, log?: SfcLog): SfcReport {
  const whole = `${outcome.output}\n${outcome.errorOutput}`;
  const text = consolePieces(whole).join(" ").replace(/\s+/g, " ");
  const spoken = SENTENCES.find(([sentence]) => sentence.test(text))?.[1];
  const logged = log === undefined ? undefined : verdictOf(log);
  return {
    verdict: spoken ?? logged ?? "not-understood",
    judgedBy: spoken !== undefined ? "text" : logged !== undefined ? "log" : "nothing",
    restartRequired: /take effect after the next reboot/i.test(text),
    damaged: log?.damaged.map((file) => file.file) ?? [],
    repaired: log?.repaired ?? [],
    tail: consoleTail(whole),
  };
}

/** Only a log that shows a complete run is believed. */
function verdictOf(log: SfcLog): SfcVerdict | undefined {
  if (!log.complete) return undefined;
  if (log.damaged.length > 0) return log.repairing ? "not-all-repaired" : "violations";
  if (log.damagedManifests.length > 0) return "metadata-corrupt";
  return log.repaired.length > 0 ? "repaired" : "clean";
}
