/**
 * What an exit code of `setup.exe` means. It may return before its own work ends, and a good code
 * only says that the first phase went well: what became of the upgrade is in its logs and in the
 * Windows that starts next.
 */
import { formatExitCode, unsignedExitCode } from "../../base/mod.ts";
import { explainCode, explainMoSetup, type MoSetupKind } from "../../knowledge/mod.ts";

/**
 * What kind of end it was: one of a result of modern Setup, or
 *
 * - `ended`: no error; the logs say how far it came.
 * - `continue-reboot`: prepared, and goes on at the next start.
 * - `compat-report`: stopped at the compatibility report.
 * - `choice-unavailable`: what was to be kept cannot be kept.
 * - `interrupted`: not Setup ended the process.
 * - `failed`: another code.
 */
export type SetupExitKind =
  | MoSetupKind
  | "ended"
  | "continue-reboot"
  | "compat-report"
  | "choice-unavailable"
  | "interrupted"
  | "failed";

/** An exit code explained. */
export interface SetupExit {
  /** Unsigned 32-bit. */
  readonly code: number;
  readonly kind: SetupExitKind;
  /** `MOSETUP_E_EULA_ACCEPT_REQUIRED`, for codes that have a name. */
  readonly symbol: string | undefined;
  /** Setup did what it was asked for so far: it prepared the upgrade, or found no obstacle. */
  readonly good: boolean;
  /** One sentence without full stop. */
  readonly meaning: string;
  /** What to do next, without full stop. */
  readonly next: string;
  readonly source: string;
}

const OPTIONS = "Microsoft Learn: Windows Setup command-line options";
const STATUS = "MS-ERREF 2.3.1: NTSTATUS values";
const READ_LOGS = "Read setuperr.log and setupact.log in $WINDOWS.~BT\\Sources\\Panther";

type ExitRow = readonly [
  code: number,
  kind: SetupExitKind,
  meaning: string,
  next: string,
  source: string,
];

/** Codes of the process itself. */
const ROWS: readonly ExitRow[] = [
  [0, "ended", "Setup ended without an error", "See in its logs how far it came", OPTIONS],
  [
    3,
    "continue-reboot",
    "The upgrade is prepared and goes on at the next start",
    "Restart Windows",
    OPTIONS,
  ],
  [
    5,
    "compat-report",
    "Setup stopped at its compatibility report",
    "Read the names in CompatData*.xml and ScanResult.xml and remove them",
    OPTIONS,
  ],
  [
    7,
    "choice-unavailable",
    "What was to be kept cannot be kept with these media",
    "Use media of the same edition family, language and architecture",
    OPTIONS,
  ],
  [
    0x40010004,
    "interrupted",
    "Windows was shut down or restarted while Setup worked",
    READ_LOGS,
    STATUS,
  ],
  [
    0xc000013a,
    "interrupted",
    "Setup was ended by Ctrl-C or with its session",
    READ_LOGS,
    STATUS,
  ],
  [0xc0000005, "interrupted", "Setup crashed", READ_LOGS, STATUS],
];

const BY_CODE = new Map(ROWS.map((row) => [row[0], row]));
const GOOD: ReadonlySet<SetupExitKind> = new Set(["continue-reboot", "scan-passed"]);

/** Explains an exit code of either sign. An unknown one is named with its number. */
export function explainSetupExit(code: number): SetupExit {
  const unsigned = unsignedExitCode(code);
  const row = BY_CODE.get(unsigned);
  if (row !== undefined) {
    const [, kind, meaning, next, source] = row;
    return exit(unsigned, { kind, symbol: undefined, meaning, next, source });
  }
  const result = explainMoSetup(unsigned);
  if (result !== undefined) return exit(unsigned, result);
  const known = explainCode(unsigned);
  return exit(unsigned, {
    kind: "failed",
    symbol: undefined,
    meaning: known?.meaning ?? `Setup ended with ${formatExitCode(unsigned)}`,
    next: known?.next ?? READ_LOGS,
    source: known?.source ?? OPTIONS,
  });
}

function exit(
  code: number,
  { kind, symbol, meaning, next, source }: Omit<SetupExit, "code" | "good">,
): SetupExit {
  return { code, kind, symbol, good: GOOD.has(kind), meaning, next, source };
}
