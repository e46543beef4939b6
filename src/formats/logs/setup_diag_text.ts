/**
 * The report of SetupDiag as text, `SetupDiagResults.log`: what it writes when somebody runs it by
 * hand. Source: the text sample in Microsoft Learn, SetupDiag.
 */
import { readFailureDetails, type SetupDiagReport } from "./setup_diag.ts";

/** Reads the report; undefined if the text names no rule, which is also said when none matched. */
export function parseSetupDiagText(text: string): SetupDiagReport | undefined {
  const lines = text.slice(0, MOST_CHARACTERS).split(/\r?\n/);
  const rule = lines.map((line) => PROFILE.exec(line)).find((found) => found !== null);
  if (rule === undefined) return undefined;
  const failureData = lines.filter((line) => /^Error: /.test(line)).map((line) => line.trim());
  const failure = readFailureDetails(undefined, failureData);
  return {
    version: undefined,
    profileName: rule[1],
    profileGuid: rule[2],
    failureData,
    failureDetails: undefined,
    logErrorLine: valueOf(lines, /^LogEntry:\s*(\S.*)$/),
    remediation: undefined,
    systemInfo: Object.fromEntries(
      lines.map((line) => /^\t(\w+) = (.*\S)\s*$/.exec(line)).filter((found) => found !== null)
        .map((found) => [found[1]!, found[2]!]),
    ),
    result: failure.result ?? errorCode(failureData),
    extend: failure.extend,
    lastPhase: valueOf(lines, /^Last Phase\s*[:=]\s*(.+)$/),
    lastOperation: valueOf(lines, /^Last Operation\s*[:=]\s*(.+)$/),
  };
}

/** More than any report has. */
const MOST_CHARACTERS = 1 << 20;

const PROFILE = /^Matching Profile found: (\w+) - ([0-9A-Fa-f-]{36})\s*$/;

function valueOf(lines: readonly string[], pattern: RegExp): string | undefined {
  for (const line of lines) {
    const found = pattern.exec(line)?.[1]?.trim();
    if (found !== undefined) return found;
  }
  return undefined;
}

function errorCode(data: readonly string[]): number | undefined {
  const code = /Error: (0x[0-9A-Fa-f]{1,8})\b/.exec(data.join("\n"))?.[1];
  return code === undefined ? undefined : Number(code);
}
