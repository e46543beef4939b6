/**
 * What bcdedit answered: done, failed and why, or nothing that can be understood. What a store
 * holds is read from the store itself; its list is looked at for its frame only, because titles
 * and sentences are translated.
 */
import {
  consoleLines,
  consolePieces,
  consoleTail,
  formatExitCode,
  type ToolOutcome,
  unsignedExitCode,
} from "../../base/mod.ts";

/** Why a call failed. */
export type BcdeditFailure =
  | "store-missing"
  | "store-damaged"
  | "access-denied"
  | "write-protected"
  | "unknown-entry"
  | "element-not-set"
  | "unknown-element"
  | "bad-value"
  | "bad-command"
  | "well-known-entry"
  | "other";

/** A failure explained. */
export interface BcdeditError {
  readonly kind: BcdeditFailure;
  /** Unsigned 32-bit; mostly 1, whatever the reason. */
  readonly exitCode: number;
  /** One sentence without full stop. */
  readonly meaning: string;
  /** What to do next, without full stop. */
  readonly next: string;
  /** What bcdedit printed last. */
  readonly tail: string;
}

/** The answer of a call. `done` means that bcdedit says so: read the store back. */
export type BcdeditAnswer<Value = undefined> =
  | { readonly kind: "done"; readonly value: Value }
  | { readonly kind: "failed"; readonly error: BcdeditError }
  | { readonly kind: "not-understood"; readonly exitCode: number; readonly tail: string };

/** Reads the answer of a call that changes or exports a store. */
export function parseBcdedit(outcome: ToolOutcome): BcdeditAnswer {
  return answer(outcome, () => undefined);
}

/** Reads the answer of `/enum`: the ids in braces of the entries, in their order. */
export function parseBcdeditList(outcome: ToolOutcome): BcdeditAnswer<readonly string[]> {
  const ids = listedIds(outcome.output);
  if (unsignedExitCode(outcome.exitCode) === 0 && ids.length === 0) return notUnderstood(outcome);
  return answer(outcome, () => ids);
}

function answer<Value>(outcome: ToolOutcome, value: () => Value): BcdeditAnswer<Value> {
  const exitCode = unsignedExitCode(outcome.exitCode);
  const text = consolePieces(`${outcome.output}\n${outcome.errorOutput}`).join(" ");
  if (exitCode !== 0) return { kind: "failed", error: explain(outcome, { exitCode, text }) };
  return isProse(text) ? { kind: "done", value: value() } : notUnderstood(outcome);
}

/** bcdedit always says something, in whatever language; rubbish holds control characters. */
function isProse(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return text !== "" && !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text);
}

function notUnderstood(outcome: ToolOutcome): Extract<BcdeditAnswer, { kind: "not-understood" }> {
  return {
    kind: "not-understood",
    exitCode: unsignedExitCode(outcome.exitCode),
    tail: consoleTail(`${outcome.output}\n${outcome.errorOutput}`),
  };
}

/**
 * A title, a line of dashes, and a line whose name is padded to 24 columns: the first one behind
 * the dashes holds the id.
 */
function listedIds(output: string): string[] {
  const lines = consoleLines(output).map((line) => line.trimEnd());
  return lines.flatMap((line, index) => {
    if (!/^-{3,}$/.test(line)) return [];
    const id = /^\S.{22,}?(\{[0-9a-z-]{3,40}\})$/i.exec(lines[index + 1] ?? "")?.[1];
    return id === undefined ? [] : [id.toLowerCase()];
  });
}

/** Sentence, kind, meaning, next step. Sentences are those of English builds. */
type FailureRow = readonly [RegExp, BcdeditFailure, string, string];

const LIST_ENTRIES = "List the entries of the store and give one of their ids";

/**
 * Sources: outputs published in forums and repositories (Ubuntu forums, Microsoft's Azure
 * troubleshooting pages) and the system's own texts for Windows errors. Order counts: bcdedit
 * prints its own sentence and then that of the system.
 */
const FAILURES: readonly FailureRow[] = [
  [
    /media is write protected/i,
    "write-protected",
    "The volume of the store is write-protected",
    "Remove the write protection of the volume",
  ],
  [
    /Access is denied/i,
    "access-denied",
    "Access to the store was denied",
    "Check that nothing else has the store open and that the volume is writable",
  ],
  [
    /registry (?:file|database) is corrupt|file or directory is corrupted/i,
    "store-damaged",
    "The store is damaged",
    "Make a new store with bcdboot",
  ],
  [
    /configuration data store could not be opened|store (?:file )?.*not be (?:opened|found)/i,
    "store-missing",
    "The store could not be opened",
    "Check the path of the store",
  ],
  [
    /well.known (?:identifier|entry|boot)/i,
    "well-known-entry",
    "The entry belongs to every store and is not deleted",
    "Leave the entry as it is",
  ],
  [
    /reference the specified entry|entry (?:identifier )?specified (?:does not exist|is not valid)/i,
    "unknown-entry",
    "The store has no such entry",
    LIST_ENTRIES,
  ],
  [
    /delete the specified data element/i,
    "element-not-set",
    "The entry does not have this element",
    "Nothing needs to be deleted",
  ],
  [
    /data type specified is not recognized/i,
    "unknown-element",
    "bcdedit does not know the element, or the entry cannot have it",
    "Check that the entry is there and of the right kind",
  ],
  [
    /(?:data|device) is not valid as specified/i,
    "bad-value",
    "The value does not fit the element",
    "Give another value",
  ],
  [
    /command specified is not valid|parameter is incorrect/i,
    "bad-command",
    "bcdedit does not accept the command",
    "Check that this bcdedit is as new as the store",
  ],
];

function explain(
  outcome: ToolOutcome,
  { exitCode, text }: { readonly exitCode: number; readonly text: string },
): BcdeditError {
  const tail = consoleTail(`${outcome.output}\n${outcome.errorOutput}`);
  const row = FAILURES.find(([sentence]) => sentence.test(text));
  if (row !== undefined) {
    const [, kind, meaning, next] = row;
    return { kind, exitCode, meaning, next, tail };
  }
  return {
    kind: "other",
    exitCode,
    meaning: `bcdedit ended with ${formatExitCode(exitCode)}`,
    next: "Read what bcdedit printed",
    tail,
  };
}
