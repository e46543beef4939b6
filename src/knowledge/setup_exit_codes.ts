/**
 * Exit codes of `setup.exe`. It is a launcher that may end before the work does; small numbers
 * are its own, everything else is the result of Setup.
 */
import { explainSetupResult } from "./setup_causes.ts";

/**
 * What an exit code says.
 *
 * - `prepared`: the part in the running Windows is done; the restart goes on with it.
 * - `needs-answer`: Setup stopped at a page that somebody must answer.
 * - `choice-refused`: what `/auto` asks for is not possible here.
 * - `scan-passed`: the scan found no obstacle.
 * - `refused`: Setup would not begin.
 * - `failed`: the work began and failed.
 * - `unclear`: 0, or a number that no page names.
 */
export type SetupExitKind =
  | "prepared"
  | "needs-answer"
  | "choice-refused"
  | "scan-passed"
  | "refused"
  | "failed"
  | "unclear";

/** An exit code explained. */
export interface SetupExit {
  /** Unsigned. */
  readonly code: number;
  readonly kind: SetupExitKind;
  readonly symbol: string | undefined;
  readonly meaning: string;
  readonly next: string;
  readonly source: string;
}

const COMMAND_LINE = "Microsoft Learn: Windows Setup command-line options, exit codes";

type OwnRow = readonly [number, SetupExitKind, string, string, string];

const OWN: readonly OwnRow[] = [
  [
    0x0,
    "unclear",
    "SUCCESS",
    "The launcher ended; whether Setup did its work is told by its log",
    "Read the state of the upgrade in setupact.log",
  ],
  [
    0x3,
    "prepared",
    "CONTINUE_REBOOT",
    "The upgrade is prepared and goes on with the restart",
    "Restart the computer",
  ],
  [
    0x5,
    "needs-answer",
    "RESUME_AT_COMPAT_REPORT",
    "Setup stopped at the compatibility report",
    "Read CompatData*.xml; add /compat ignorewarning if all of it can be dismissed",
  ],
  [
    0x7,
    "choice-refused",
    "AUTO_INSTALL_FAIL",
    "The choice given with /auto is not possible on this machine",
    "Use media of the same edition family, language and architecture",
  ],
];

/** The exit codes of the launcher itself. */
export const SETUP_EXITS: readonly SetupExit[] = OWN.map((row) => {
  const [code, kind, symbol, meaning, next] = row;
  return { code, kind, symbol, meaning, next, source: COMMAND_LINE };
});

/** Explains an exit code of either sign. */
export function explainSetupExit(code: number): SetupExit {
  const unsigned = code >>> 0;
  const own = SETUP_EXITS.find((row) => row.code === unsigned);
  if (own !== undefined) return own;
  const { kind, symbol, meaning, cause, next, sources } = explainSetupResult(unsigned);
  return {
    code: unsigned,
    kind: unsigned < 0x80000000 ? "unclear" : exitKind(kind),
    symbol,
    meaning: meaning ?? cause ?? "No table knows this exit code",
    next,
    source: sources[0] ?? COMMAND_LINE,
  };
}

function exitKind(kind: ReturnType<typeof explainSetupResult>["kind"]): SetupExitKind {
  switch (kind) {
    case "scan-passed":
      return "scan-passed";
    case "blocked":
    case "no-space":
    case "cancelled":
    case "started-wrongly":
    case "pending":
      return "refused";
    case "broke-off":
    case undefined:
      return "failed";
  }
}
