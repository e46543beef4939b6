/**
 * The one table of exit codes. Commands, help, README and tests read it from here, so
 * that a script on fifty machines can rely on every number for ever.
 */

/** One row of the exit code table. */
export interface ExitCodeRow {
  readonly code: number;
  readonly name: string;
  /** One sentence for people: what it means and what to do next. */
  readonly meaning: string;
}

/** Exit codes by name. A number is never reused for another meaning. */
export const ExitCode = {
  ok: 0,
  internal: 1,
  usage: 2,
  partial: 3,
  nothingToDo: 4,
  problemsFound: 5,
  needsRestart: 6,
  needsSource: 7,
  needsUpgrade: 8,
  notAVolume: 9,
  noWindows: 10,
  locked: 11,
  damagedFile: 12,
  refused: 13,
  toolFailed: 14,
  toolMissing: 15,
  noSpace: 16,
  toolNotUnderstood: 17,
  planMismatch: 18,
  journalDamaged: 19,
  notVerified: 20,
  hibernated: 21,
  readOnly: 22,
  diskFailing: 23,
  cancelled: 130,
} as const;

export type ExitCodeName = keyof typeof ExitCode;

const MEANINGS: Readonly<Record<ExitCodeName, string>> = {
  ok: "Done: the command did what it was asked for, and the result was verified",
  internal: "A fault in PE Medic itself; the log holds the details",
  usage: "The command line is wrong; nothing was done",
  partial: "Some of it was done; what is left is listed with the next command",
  nothingToDo: "Nothing was wrong, so nothing was changed",
  problemsFound: "The diagnosis found problems; run the command it names",
  needsRestart: "Repaired as far as possible from here; restart Windows to complete it",
  needsSource: "Repair files are missing; run again with --source of the same build",
  needsUpgrade: "Only an in-place upgrade can repair this Windows",
  notAVolume: "The given path is not a volume or folder that can be examined",
  noWindows: "No Windows installation was found there",
  locked: "The volume is locked by BitLocker; unlock it and run again",
  damagedFile: "A file that is needed is damaged and cannot be read",
  refused: "A safety guard refused; nothing was changed",
  toolFailed: "A Windows tool failed; its message and code are shown",
  toolMissing: "A Windows tool that is needed was not found here",
  noSpace: "A disk is full; what was begun can be resumed or undone",
  toolNotUnderstood:
    "A Windows tool printed nothing that can be understood; not counted as success",
  planMismatch: "The saved plan does not match this volume any more; nothing was changed",
  journalDamaged: "A session journal is damaged; nothing was changed",
  notVerified: "A repair ran, but reading back did not prove it",
  hibernated: "Windows is hibernated or used Fast Startup; a write would be lost or do damage",
  readOnly: "The volume is read-only; nothing can be repaired on it",
  diskFailing: "The disk returns read errors; save the data before any repair",
  cancelled: "Stopped by the user; resume or undo continues from here",
};

/** The exit code table, in order of the numbers. */
export const EXIT_CODES: readonly ExitCodeRow[] = Object.entries(ExitCode)
  .map(([name, code]) => ({ code, name, meaning: MEANINGS[name as ExitCodeName] }))
  .sort((a, b) => a.code - b.code);
