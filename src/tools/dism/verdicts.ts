/**
 * Verdicts of the commands that examine or change the store. DISM exits with 0 even for
 * "cannot be repaired", so its sentences decide; they are looked for in the whole text,
 * because older builds print them behind the bar of the last step.
 */
import type { ToolOutcome } from "../../base/mod.ts";
import { answer, type DismAnswer, type DismReport, parseDism } from "./report.ts";

/** State of the component store. */
export type StoreHealth = "healthy" | "repairable" | "not-repairable";

/** Result of RestoreHealth. `restored` is DISM's claim; only another scan proves it. */
export type RestoreResult = "restored" | "healthy" | "not-restored";

/** When the pending actions are taken back. */
export type RevertResult = "reverted" | "at-next-boot" | "accepted";

type Sentences<T> = readonly (readonly [pattern: RegExp, value: T])[];

const HEALTH: Sentences<StoreHealth> = [
  [/No component store corruption detected/i, "healthy"],
  [/The component store is repairable/i, "repairable"],
  [/The component store can ?not be repaired/i, "not-repairable"],
];

const RESTORE: Sentences<RestoreResult> = [
  [/The restore operation completed successfully/i, "restored"],
  [/The component store corruption was repaired/i, "restored"],
  [/No component store corruption detected/i, "healthy"],
  [/The restore operation failed/i, "not-restored"],
  [/The component store can ?not be repaired/i, "not-restored"],
];

/** Reads the answer of CheckHealth and ScanHealth. */
export function parseHealth(outcome: ToolOutcome): DismAnswer<{ readonly verdict: StoreHealth }> {
  return answer(parseDism(outcome), (report) => {
    const verdict = onlyOne(report.text, HEALTH);
    return verdict === undefined ? undefined : { verdict };
  });
}

/** Reads the answer of RestoreHealth. */
export function parseRestoreHealth(
  outcome: ToolOutcome,
): DismAnswer<{ readonly result: RestoreResult; readonly restartRequired: boolean }> {
  return answer(parseDism(outcome), (report) => {
    const result = onlyOne(report.text, RESTORE);
    return result === undefined ? undefined : { result, restartRequired: report.restartRequired };
  });
}

/** Reads the answer of RevertPendingActions. */
export function parseRevert(outcome: ToolOutcome): DismAnswer<{ readonly result: RevertResult }> {
  return answer(parseDism(outcome), (report) => {
    if (/will be attempted after the reboot/i.test(report.text) || report.restartRequired) {
      return { result: "at-next-boot" };
    }
    if (!report.completed) return undefined;
    const named = /Reverting pending actions/i.test(report.text);
    return { result: named ? "reverted" : "accepted" };
  });
}

/** Reads the answer of commands that only say whether they completed. */
export function parseCompletion(
  outcome: ToolOutcome,
): DismAnswer<{ readonly restartRequired: boolean }> {
  return answer(parseDism(outcome), completion);
}

function completion(report: DismReport): { restartRequired: boolean } | undefined {
  if (!report.completed && !report.restartRequired) return undefined;
  return { restartRequired: report.restartRequired };
}

/** The value whose sentence is in the text, unless sentences of several values are. */
function onlyOne<T>(text: string, sentences: Sentences<T>): T | undefined {
  const found = new Set(
    sentences.filter(([pattern]) => pattern.test(text)).map(([, value]) => value),
  );
  return found.size === 1 ? [...found][0] : undefined;
}
