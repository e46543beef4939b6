/**
 * The answer of `manage-bde -status`. The frame is the same in every language: an unindented
 * line with the letter, then indented `name: value` lines in a fixed order. Words are believed
 * only where a capture of that language has them; others are `unknown`, never guessed.
 */
import { consoleLines, consoleTail, type ToolOutcome, unsignedExitCode } from "../../base/mod.ts";
import { type BitLockerError, explainBitLockerFailure } from "./errors.ts";
import { hideInOutcome } from "./redaction.ts";

/** The state of one volume. */
export interface BitLockerStatus {
  /** `D:` */
  readonly volume: string;
  /** Undefined where it is not known: the volume is locked. */
  readonly encryptedPercent: number | undefined;
  readonly protection: "on" | "off" | "unknown";
  /** Restarts that are left until the protection comes back by itself, if that was printed. */
  readonly restartsLeft: number | undefined;
  readonly lock: "locked" | "unlocked" | "unknown";
  /** `XTS-AES 128`, as printed; it may be a translated word for none. */
  readonly method: string | undefined;
}

/** The answer of a call. `tail` holds no recovery password. */
export type BitLockerAnswer<Value = undefined> =
  | { readonly kind: "done"; readonly value: Value }
  | { readonly kind: "failed"; readonly error: BitLockerError; readonly tail: string }
  | { readonly kind: "not-understood"; readonly exitCode: number; readonly tail: string };

/** Reads the state of the one volume that was asked for. */
export function parseBitLockerStatus(raw: ToolOutcome): BitLockerAnswer<BitLockerStatus> {
  const outcome = hideInOutcome(raw);
  if (unsignedExitCode(outcome.exitCode) !== 0) return failed(outcome);
  const value = statusIn(consoleLines(outcome.output));
  return value === undefined ? notUnderstood(outcome) : { kind: "done", value };
}

/**
 * Reads the exit code of `-ProtectionAsErrorLevel`, in any language: 0 protected, 1 not.
 * Source: Microsoft Learn, manage-bde status. Code 1 counts only if a volume was named.
 */
export function parseBitLockerProtection(raw: ToolOutcome): BitLockerAnswer<"on" | "off"> {
  const outcome = hideInOutcome(raw);
  const exitCode = unsignedExitCode(outcome.exitCode);
  if (exitCode > 1 || errorIn(outcome)) return failed(outcome);
  const status = statusIn(consoleLines(outcome.output));
  if (status === undefined) return notUnderstood(outcome);
  const value = exitCode === 0 ? "on" : "off";
  const contradicted = status.protection !== "unknown" && status.protection !== value;
  return contradicted ? notUnderstood(outcome) : { kind: "done", value };
}

/** Reads the answer of a call that suspends or enables protectors: read the state back after it. */
export function parseBitLockerChange(raw: ToolOutcome): BitLockerAnswer {
  const outcome = hideInOutcome(raw);
  if (unsignedExitCode(outcome.exitCode) !== 0 || errorIn(outcome)) return failed(outcome);
  // manage-bde prints its own name in every language, untranslated as "BitLocker".
  return /\bBitLocker\b/.test(outcome.output)
    ? { kind: "done", value: undefined }
    : notUnderstood(outcome);
}

/** A code that was printed stands for a failure, whatever the exit code. */
function errorIn(outcome: ToolOutcome): boolean {
  return /\b0x8[0-9a-f]{7}\b/i.test(`${outcome.output}\n${outcome.errorOutput}`);
}

function failed(outcome: ToolOutcome): Extract<BitLockerAnswer, { kind: "failed" }> {
  return { kind: "failed", error: explainBitLockerFailure(outcome), tail: tailOf(outcome) };
}

function notUnderstood(
  outcome: ToolOutcome,
): Extract<BitLockerAnswer, { kind: "not-understood" }> {
  return {
    kind: "not-understood",
    exitCode: unsignedExitCode(outcome.exitCode),
    tail: tailOf(outcome),
  };
}

function tailOf(outcome: ToolOutcome): string {
  return consoleTail(`${outcome.output}\n${outcome.errorOutput}`);
}

interface Field {
  readonly name: string;
  readonly value: string;
}

/** Places of the lines below the volume. A data volume has one more, behind these. */
const Place = { percent: 3, method: 4, protection: 5, lock: 6 } as const;

/** The state that the lines tell, or undefined if their frame is another one. */
function statusIn(lines: readonly string[]): BitLockerStatus | undefined {
  const starts = lines.flatMap((line, index) => volumeIn(line) === undefined ? [] : [index]);
  const [start] = starts;
  if (start === undefined || starts.length > 1) return undefined;
  const fields = lines.slice(start + 1).flatMap(fieldIn);
  const percent = fields[Place.percent];
  if (fields.length <= Place.lock || percent === undefined) return undefined;
  const encrypted = /^(?:(\d{1,3}(?:[.,]\d+)?)|\D+?)\s?%$/.exec(percent.value);
  if (encrypted === null) return undefined;
  const protection = fields[Place.protection]!;
  return {
    volume: volumeIn(lines[start]!)!,
    encryptedPercent: percentOf(encrypted[1]),
    protection: PROTECTION.get(plain(protection.value)) ?? "unknown",
    restartsLeft: restartsIn(protection.value),
    lock: LOCK.get(plain(fields[Place.lock]!.value)) ?? "unknown",
    method: fields[Place.method]?.value,
  };
}

/** `Volume D: [Label]`, `Volume "D:" []`: a letter and a label in brackets, not indented. */
function volumeIn(line: string): string | undefined {
  return /^\S.{0,40}?(?<![A-Za-z])([A-Z]:)"?\s*\[.*\]\s*$/.exec(line)?.[1];
}

function fieldIn(line: string): Field[] {
  const match = /^\s{2,8}(\S[^:：]*)[:：]\s+(\S.*?)\s*$/.exec(line);
  return match === null ? [] : [{ name: match[1]!, value: match[2]! }];
}

function percentOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const percent = Number(text.replace(",", "."));
  return percent <= 100 ? percent : undefined;
}

/** Without the restarts that are left and without a full stop. */
function plain(value: string): string {
  return value.replace(/\s*\(.*\)\s*$/, "").replace(/\.$/, "").toLowerCase();
}

/** `Protection Off (1 reboots left)`: the only number in brackets. */
function restartsIn(value: string): number | undefined {
  const digits = /\(\D*(\d{1,2})\D*\)\s*$/.exec(value)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** English: Microsoft Learn, manage-bde status, and scripts that match it. German: captured on 19045. */
const PROTECTION: ReadonlyMap<string, "on" | "off"> = new Map([
  ["protection on", "on"],
  ["protection off", "off"],
  ["der schutz ist aktiviert", "on"],
  ["der schutz ist deaktiviert", "off"],
]);

/** English: Microsoft Learn, manage-bde status. German: `Entsperrt` captured on 19045. */
const LOCK: ReadonlyMap<string, "locked" | "unlocked"> = new Map([
  ["locked", "locked"],
  ["unlocked", "unlocked"],
  ["entsperrt", "unlocked"],
]);
