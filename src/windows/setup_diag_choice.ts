/** Which report of SetupDiag belongs to the newest attempt. */
import { findSetupDiagRule } from "../knowledge/mod.ts";
import type { SetupAttemptDiag } from "./setup_attempt.ts";
import type { SetupDiagResult } from "./setup_diag_results.ts";
import type { ReadSetupLog } from "./setup_logs.ts";

/**
 * The report that belongs to these logs. One of an earlier attempt would name a wrong rule: it was
 * written before this one began. Logs have local times, so a day's difference decides nothing.
 */
export function chooseReport(
  reports: readonly SetupDiagResult[],
  logs: readonly ReadSetupLog[],
): SetupAttemptDiag | undefined {
  const begun = logs.map(({ outcome }) => outcome.begun?.text).find((text) => text !== undefined);
  const result = reports.find((candidate) => begun === undefined || fits(candidate, begun));
  if (result === undefined) return undefined;
  const { profileName, profileGuid } = result.report;
  return { rule: profileName, known: findSetupDiagRule(profileName, profileGuid), result };
}

/** Hours by which a local time can differ from UTC, and a little more. */
const MOST_SHIFT_HOURS = 15;

function fits({ report, written }: SetupDiagResult, begun: string): boolean {
  const started = parseAmericanTime(report.systemInfo["UpgradeStartTime"]);
  if (started !== undefined) return started >= begun.slice(0, 16);
  if (written === null) return true;
  const begunHour = Date.parse(`${begun.replace(" ", "T")}Z`) / 3_600_000;
  return written.getTime() / 3_600_000 >= begunHour - MOST_SHIFT_HOURS;
}

/** `7/6/2022 8:08:29 AM` as `2022-07-06 08:08:29`; undefined in another language's form. */
function parseAmericanTime(text: string | undefined): string | undefined {
  const parts = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d\d):(\d\d) ([AP])M$/.exec(text ?? "");
  if (parts === null) return undefined;
  const [, month = "", day = "", year = "", hour = "", minute = "", second = "", half] = parts;
  const hours = (Number(hour) % 12) + (half === "P" ? 12 : 0);
  const two = (part: string | number) => String(part).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)} ${two(hours)}:${minute}:${second}`;
}
