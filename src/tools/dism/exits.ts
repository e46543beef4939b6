/**
 * What an exit code of DISM means for the next step. The exit code equals the number DISM
 * prints after `Error:`, so one table serves both.
 */
import { formatExitCode, unsignedExitCode } from "../../base/mod.ts";
import { explainCode } from "../../knowledge/mod.ts";

/** What kind of answer a failed call needs. */
export type DismExitKind =
  | "success"
  | "restart-required"
  | "needs-source"
  | "pending-blocked"
  | "only-upgrade"
  | "store-damaged"
  | "other-session"
  | "dism-too-old"
  | "disk-full"
  | "not-elevated"
  | "bad-path"
  | "bad-argument"
  | "access-denied"
  | "damaged-disk"
  | "damaged-hive"
  | "damaged-image"
  | "incomplete-winpe"
  | "interrupted"
  | "other";

/** An exit code explained. */
export interface DismExit {
  /** Unsigned 32-bit. */
  readonly code: number;
  readonly kind: DismExitKind;
  /** One sentence without full stop. */
  readonly meaning: string;
  /** What to do next, without full stop. */
  readonly next: string;
  readonly source: string;
}

/** Kind, meaning, next step. The texts come from the table of codes where they are missing. */
type ExitRow = readonly [number, DismExitKind, string?, string?];

const OPTIONS = "Microsoft Learn: DISM global options and supported platforms";

const ROWS: readonly ExitRow[] = [
  [0, "success", "The command ran; its text holds the verdict", "Read the verdict"],
  [3010, "restart-required", "It succeeded, and a restart completes it", "Let Windows start once"],
  [2, "bad-path", "The image, source or log path was not found", "Check the paths"],
  [3, "bad-path", "The image, source or log folder was not found", "Check the paths"],
  [
    5,
    "access-denied",
    "Access was denied",
    "Check that the volume is unlocked and writable, and that no filter driver guards it",
  ],
  [11, "damaged-image", "The image file is damaged or of another kind", "Give another image file"],
  [
    50,
    "dism-too-old",
    "This DISM does not support the request: mostly it is older than the image",
    "Start WinPE media at least as new as the target",
  ],
  [
    87,
    "bad-argument",
    "DISM does not know an option, or a path is not written as it wants it",
    "Check that this DISM is as new as the image",
  ],
  [0x80070057, "bad-argument"],
  [112, "disk-full"],
  [0x80070070, "disk-full"],
  [0x800f0828, "disk-full"],
  [183, "other-session"],
  [0x800700b7, "other-session"],
  [0x800f0902, "other-session"],
  [193, "incomplete-winpe"],
  [0xc0000135, "incomplete-winpe"],
  [0x80040154, "incomplete-winpe"],
  [740, "not-elevated"],
  [0x800702e4, "not-elevated"],
  [1009, "damaged-hive"],
  [1011, "damaged-hive"],
  [1392, "damaged-disk"],
  [0x80070570, "damaged-disk"],
  [0x80071160, "damaged-disk"],
  [
    1726,
    "interrupted",
    "The helper process of DISM died",
    "Run it again with a scratch folder on a disk and more memory",
  ],
  [0x800706be, "interrupted"],
  [0xc000013a, "interrupted"],
  [
    0xc0000005,
    "interrupted",
    "DISM itself crashed",
    "Run it again; if it crashes again, check the memory and the disk",
  ],
  [0x80070bc9, "pending-blocked"],
  [0x800f0806, "pending-blocked"],
  [0x800f082f, "pending-blocked"],
  [0x800f081f, "needs-source"],
  [0x800f0906, "needs-source"],
  [0x800f0907, "needs-source"],
  [0x800f090b, "needs-source"],
  [0x800f0915, "needs-source"],
  [0x800f0950, "needs-source"],
  [0x800f0954, "needs-source"],
  [0x800f0830, "only-upgrade"],
  [0x800f0832, "only-upgrade"],
  [0x800f0831, "store-damaged"],
  [0x80073712, "store-damaged"],
  [0x80073701, "store-damaged"],
  [0x800736b3, "store-damaged"],
];

const BY_CODE = new Map(ROWS.map((row) => [row[0] >>> 0, row]));

/** Explains an exit code of either sign. An unknown one is named with its number. */
export function explainDismExit(code: number): DismExit {
  const unsigned = unsignedExitCode(code);
  const known = explainCode(unsigned);
  const [, kind, meaning, next] = BY_CODE.get(unsigned) ?? [unsigned, "other"];
  return {
    code: unsigned,
    kind: kind as DismExitKind,
    meaning: meaning ?? known?.meaning ?? `DISM ended with ${formatExitCode(unsigned)}`,
    next: next ?? known?.next ?? "Read the end of the DISM log",
    source: meaning === undefined ? known?.source ?? OPTIONS : OPTIONS,
  };
}
