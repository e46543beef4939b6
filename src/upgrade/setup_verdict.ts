/** What an exit code of Setup means for the starter: whether it may ever start Setup again. */
import { explainSetupExit, type SetupExit } from "../tools/setup/mod.ts";

/**
 * - `under-way`: no error; the next start of Windows shows what became of it.
 * - `try-again`: it can be different at the next start of Windows.
 * - `final`: it would end the same way again.
 */
export type SetupVerdict = "under-way" | "try-again" | "final";

/**
 * Results that say nothing of the machine or the media: a shutdown that could not be held back,
 * a time limit, a process that was ended, crashed or suspended.
 */
const PASSING: ReadonlySet<number> = new Set([
  0xc190_0102,
  0xc190_0104,
  0xc190_0106,
  0xc190_011f,
  0xc190_01e1,
]);

/** A newer Setup goes on, or one is prepared and waits for the restart: nothing failed. */
const GOES_ON: ReadonlySet<number> = new Set([0xc190_0129, 0xc190_012f]);

/**
 * Judges an exit code. Refusals are final: neither requirements nor media, command line, free
 * space or programs change by a restart. So is a failure of the work itself: the same driver
 * fails again, and each try costs an hour and a rollback. What is pending (the clean-up of an
 * earlier upgrade, 0xC1900107) or was interrupted is tried again at the next start of Windows.
 */
export function setupVerdict(exitCode: number): SetupVerdict {
  const { code, kind } = explainSetupExit(exitCode);
  if (GOES_ON.has(code)) return "under-way";
  if (PASSING.has(code)) return "try-again";
  return BY_KIND[kind];
}

const BY_KIND: Readonly<Record<SetupExit["kind"], SetupVerdict>> = {
  "ended": "under-way",
  "continue-reboot": "under-way",
  "pending": "try-again",
  "interrupted": "try-again",
  // The order asked for a scan only: there is nothing to wait for.
  "scan-passed": "final",
  "compat-report": "final",
  "choice-unavailable": "final",
  "blocked": "final",
  "no-space": "final",
  "cancelled": "final",
  "started-wrongly": "final",
  "broke-off": "final",
  "failed": "final",
};
