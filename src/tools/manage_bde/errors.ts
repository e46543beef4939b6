/**
 * Why manage-bde failed: the code that it prints, in any language. Sources: Microsoft Learn,
 * Win32_EncryptableVolume (return codes of its methods); winerror.h.
 */
import { type ToolOutcome, unsignedExitCode } from "../../base/mod.ts";
import { explainCode } from "../../knowledge/mod.ts";

/** Why a call failed. */
export type BitLockerFailure =
  | "locked"
  | "not-encrypted"
  | "no-protectors"
  | "wrong-volume"
  | "incomplete-winpe"
  | "access-denied"
  | "other";

/** A failure explained. */
export interface BitLockerError {
  readonly kind: BitLockerFailure;
  /** The code that was printed, else the exit code; unsigned 32-bit. */
  readonly code: number;
  /** One sentence without full stop. */
  readonly meaning: string;
  /** What to do next, without full stop. */
  readonly next: string;
}

type ErrorRow = readonly [number, BitLockerFailure, string, string];

const ROWS: readonly ErrorRow[] = [
  [0x80310000, "locked", "The volume is locked", "Unlock it with the recovery key first"],
  [
    0x80310001,
    "not-encrypted",
    "The volume is not encrypted with BitLocker",
    "Nothing needs to be suspended",
  ],
  [
    0x80310008,
    "no-protectors",
    "BitLocker is not enabled on the volume",
    "Nothing needs to be suspended",
  ],
  [
    0x80310019,
    "wrong-volume",
    "That can not be done with the volume of the running system",
    "Give the volume of the Windows to be repaired",
  ],
  [
    0x80040154,
    "incomplete-winpe",
    "This WinPE lacks the components that manage-bde needs",
    "Add WinPE-WMI and WinPE-SecureStartup to the WinPE, or start WinRE",
  ],
  [
    0x80070005,
    "access-denied",
    "Access was denied",
    "Run it as administrator",
  ],
];

const BY_CODE = new Map(ROWS.map((row) => [row[0], row]));

/** Explains a failed call. Its text must be free of recovery passwords. */
export function explainBitLockerFailure(outcome: ToolOutcome): BitLockerError {
  const text = `${outcome.output}\n${outcome.errorOutput}`;
  const printed = /\b0x([0-9a-f]{8})\b/i.exec(text)?.[1];
  const code = printed === undefined
    ? unsignedExitCode(outcome.exitCode)
    : Number.parseInt(printed, 16);
  const row = BY_CODE.get(code);
  if (row !== undefined) {
    const [, kind, meaning, next] = row;
    return { kind, code, meaning, next };
  }
  const known = printed === undefined ? undefined : explainCode(code);
  return {
    kind: "other",
    code,
    meaning: known?.meaning ?? "manage-bde failed",
    next: known?.next ?? "Read what manage-bde printed",
  };
}
