/** A session as its journal tells it: its changes, what became of each, and how far it got. */
import { joinWindowsPath, MedicError } from "../base/mod.ts";
import { SESSIONS_FOLDER } from "./journal_context.ts";
import {
  type ChangeRecord,
  type JournalRecord,
  type NoteRecord,
  type ParsedJournal,
  parseJournal,
  type SessionRecord,
} from "./record.ts";

/** How far a session got. */
export type SessionState = "open" | "finished" | "undone" | "partly-undone" | "pruned";

/** One change of a session with what became of it. */
export interface ChangeState {
  readonly id: number;
  readonly intent: ChangeRecord;
  readonly state: ChangeRecord["state"];
  readonly undone: boolean;
  /** An undo of it was begun and not finished. */
  readonly undoing: boolean;
  readonly displaced?: string;
  readonly exitCode?: number;
}

/** A session as its journal tells it. */
export interface SessionHistory {
  readonly id: string;
  /** `PEMedic\<session>`. */
  readonly folder: string;
  readonly header: SessionRecord;
  readonly records: readonly JournalRecord[];
  readonly changes: readonly ChangeState[];
  readonly state: SessionState;
  /** Outcome of the end record, if there is one. */
  readonly outcome?: string;
  /** The journal ends inside a line. */
  readonly torn: boolean;
  /** The target's own journal is whole up to the last record told here. */
  readonly intact: boolean;
}

/** What a session may be called: it names a folder. */
const SESSION_NAME = /^[0-9a-z][0-9a-z-]{0,79}$/;

/** Says whether a text can be the name of a session. */
export function isSessionName(text: string): boolean {
  return SESSION_NAME.test(text);
}

/**
 * Builds a session's history out of an explicit journal file's text (`--journal FILE`).
 *
 * @throws {MedicError} `journalDamaged` if it is damaged or opens no session.
 */
export function sessionFromText(content: string): SessionHistory {
  const journal = parseJournal(content);
  const header = headerOf(journal.records);
  if (header === undefined || !isSessionName(header.session)) throw notAJournal();
  return sessionFrom(header.session, { ...journal, intact: false })!;
}

/**
 * The history in a parsed journal; undefined if not even its first line was written whole.
 *
 * @throws {MedicError} `journalDamaged` if it opens no session, or another one than `id`.
 */
export function sessionFrom(
  id: string,
  journal: ParsedJournal & { readonly intact: boolean },
): SessionHistory | undefined {
  const { records, torn, intact } = journal;
  const header = headerOf(records);
  if (header === undefined) return undefined;
  if (header.session !== id) {
    const problem = `Cannot use the journal in "${id}": it is that of session "${header.session}"`;
    throw new MedicError("journalDamaged", problem, {
      next: "Give the folder its own name back: the names of what it keeps depend on it",
    });
  }
  const end = lastNote(records, "end");
  return {
    id,
    folder: joinWindowsPath(SESSIONS_FOLDER, id),
    header,
    records,
    changes: changeStates(records),
    state: stateOf(records),
    ...(end?.outcome === undefined ? {} : { outcome: end.outcome }),
    torn,
    intact,
  };
}

function headerOf(records: readonly JournalRecord[]): SessionRecord | undefined {
  const header = records[0];
  if (header === undefined) return undefined;
  if (header.type !== "session") throw notAJournal();
  return header;
}

function notAJournal(): MedicError {
  return new MedicError(
    "journalDamaged",
    "Cannot use the journal: its first line opens no session",
  );
}

/** Says whether two histories are of the same session of the same machine. */
export function sameSession(a: SessionHistory, b: SessionHistory): boolean {
  return JSON.stringify(a.header) === JSON.stringify(b.header);
}

function lastNote(
  records: readonly JournalRecord[],
  type: NoteRecord["type"],
): NoteRecord | undefined {
  return records.findLast((record): record is NoteRecord => record.type === type);
}

function stateOf(records: readonly JournalRecord[]): SessionState {
  if (records.some((record) => record.type === "pruned")) return "pruned";
  const undone = lastNote(records, "undone");
  if (undone !== undefined) return undone.outcome === "partial" ? "partly-undone" : "undone";
  if (records.some((record) => record.type === "undo")) return "partly-undone";
  return records.some((record) => record.type === "end") ? "finished" : "open";
}

function changeStates(records: readonly JournalRecord[]): ChangeState[] {
  const states = new Map<number, ChangeState>();
  for (const record of records) {
    if (record.type === "change") states.set(record.id, changed(record, states.get(record.id)));
    if (record.type !== "undo") continue;
    const before = states.get(record.id);
    if (before === undefined) continue;
    const displaced = record.displaced ?? before.displaced;
    states.set(record.id, {
      ...before,
      undone: record.state === "done",
      undoing: record.state === "intent",
      ...(displaced === undefined ? {} : { displaced }),
    });
  }
  return [...states.values()];
}

function changed(record: ChangeRecord, before: ChangeState | undefined): ChangeState {
  const exitCode = record.exitCode ?? before?.exitCode;
  return {
    id: record.id,
    intent: before?.intent ?? record,
    state: record.state,
    undone: false,
    undoing: false,
    ...(exitCode === undefined ? {} : { exitCode }),
  };
}
