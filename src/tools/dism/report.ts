/**
 * The frame of DISM's output: banner, error block, restart. The bodies of single commands
 * are read by the parsers beside this file.
 */
import {
  consoleLines,
  consolePieces,
  consoleTail,
  type ToolOutcome,
  unsignedExitCode,
} from "../../base/mod.ts";

/** An error as DISM printed it, or its exit code alone. */
export interface DismError {
  /** Unsigned 32-bit. Win32 errors are small numbers. */
  readonly code: number;
  /** The text below the code, in the language DISM used; "" if it printed none. */
  readonly text: string;
  readonly logPath: string | undefined;
}

/** What every DISM call tells. */
export interface DismReport {
  readonly exitCode: number;
  /** Version of DISM itself, from its banner. */
  readonly toolVersion: string | undefined;
  /** Version of the image; missing if no image session was opened. */
  readonly imageVersion: string | undefined;
  readonly error: DismError | undefined;
  /** Done, but only a restart completes it. */
  readonly restartRequired: boolean;
  /** DISM said that the operation completed. Not yet a verdict. */
  readonly completed: boolean;
  /** All text with single blanks, bars included: where verdicts are looked for. */
  readonly text: string;
  /** The lines that stay on the screen. */
  readonly lines: readonly string[];
  /** The last lines, for people. */
  readonly tail: string;
}

/** The answer of one command: understood, failed with a code, or not understood at all. */
export type DismAnswer<T> =
  | { readonly kind: "done"; readonly value: T; readonly report: DismReport }
  | { readonly kind: "failed"; readonly error: DismError; readonly report: DismReport }
  | { readonly kind: "not-understood"; readonly tail: string; readonly report: DismReport };

const RESTART_EXIT = 3010;

/** Reads the frame. Never throws: what is missing is undefined. */
export function parseDism(outcome: ToolOutcome): DismReport {
  const whole = `${outcome.output}\n${outcome.errorOutput}`;
  const text = consolePieces(whole).join(" ").replace(/\s+/g, " ");
  const exitCode = unsignedExitCode(outcome.exitCode);
  const lines = consoleLines(whole);
  return {
    exitCode,
    toolVersion: /(?<!Image )Version: ([0-9]+(?:\.[0-9]+){3})/.exec(text)?.[1],
    imageVersion: /Image Version: ([0-9]+(?:\.[0-9]+){3})/.exec(text)?.[1],
    error: findError(lines, exitCode),
    restartRequired: exitCode === RESTART_EXIT ||
      /Restart Windows to complete this operation/i.test(text),
    completed: /The operation completed(?: successfully)?\./i.test(text),
    text,
    lines,
    tail: consoleTail(whole),
  };
}

/**
 * Turns a report into an answer. `read` returns undefined if the text does not hold what it
 * looks for: that is *not understood*, never success.
 */
export function answer<T>(
  report: DismReport,
  read: (report: DismReport) => T | undefined,
): DismAnswer<T> {
  if (report.error !== undefined) return { kind: "failed", error: report.error, report };
  const value = read(report);
  return value === undefined
    ? { kind: "not-understood", tail: report.tail, report }
    : { kind: "done", value, report };
}

/** `Error: 0x800f081f`, `Fehler: 87`, `エラー: 0x800f081f`: a word, a colon, one number. */
const ERROR_LINE = /^\s*(\p{L}[\p{L}\p{M} ]{0,30}?)\s?[:：]\s*(0x[0-9a-f]{1,8}|\d{1,10})\s*$/iu;

function findError(lines: readonly string[], exitCode: number): DismError | undefined {
  const ended = exitCode === 0 || exitCode === RESTART_EXIT;
  const at = lines.findIndex((line) => isErrorLine(line, ended ? undefined : exitCode));
  if (at < 0) {
    return ended ? undefined : { code: exitCode, text: "", logPath: findLogPath(lines) };
  }
  const code = Number(ERROR_LINE.exec(lines[at]!)![2]) >>> 0;
  return { code, text: errorText(lines.slice(at + 1)), logPath: findLogPath(lines.slice(at)) };
}

/** In English the word is enough; in another language the number must be the exit code. */
function isErrorLine(line: string, exitCode: number | undefined): boolean {
  const found = ERROR_LINE.exec(line);
  if (found === null) return false;
  if (/^error$/i.test(found[1]!)) return true;
  return exitCode !== undefined && Number(found[2]) >>> 0 === exitCode;
}

function errorText(lines: readonly string[]): string {
  const kept: string[] = [];
  for (const line of lines.map((each) => each.trim())) {
    if (logPathIn(line) !== undefined) break;
    if (line !== "") kept.push(line);
  }
  return kept.join("\n");
}

function findLogPath(lines: readonly string[]): string | undefined {
  return lines.map(logPathIn).find((path) => path !== undefined);
}

/** The log is named in a sentence of any language: a path that ends in `.log`. */
function logPathIn(line: string): string | undefined {
  return /(?:[A-Za-z]:[\\/]|\\\\)[^"<>|?*]{0,300}?\.log\b/i.exec(line)?.[0];
}
