/**
 * Session folders on the target: `\PEMedic\<session>\` with the journal, what was moved
 * aside, what was saved, and the tools' logs. A copy of the journal is kept on the stick.
 */
import { isFileFault, joinWindowsPath, MedicError } from "../base/mod.ts";
import { type FileSystem, type Host } from "../host/mod.ts";
import { JournalWriter } from "./journal_writer.ts";
import {
  type ChangeRecord,
  encodeRecord,
  JOURNAL_FORMAT,
  type JournalRecord,
  type NoteRecord,
  parseJournal,
  type SessionRecord,
  type SessionTarget,
} from "./record.ts";

/** The folder of all sessions, in the root of the target. */
export const SESSIONS_FOLDER = "PEMedic";

const JOURNAL = "journal.jsonl";

/** A place for copies of the journals: a folder on the stick. */
export interface Mirror {
  readonly files: FileSystem;
  /** For people: where the copies are. */
  readonly place: string;
}

/** What the journal needs of the machine and the target. */
export interface JournalContext {
  readonly host: Host;
  /** The target, with volume-relative paths. */
  readonly target: FileSystem;
  /** The target's root, for arguments of foreign programs: `D:\`. */
  readonly root: string;
  readonly mirror?: Mirror;
}

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

/** Creates a new session on the target: the first write of all, so it proves that writing works. */
export async function createSession(
  context: JournalContext,
  header: {
    program: string;
    command: string;
    target: SessionTarget;
    options: SessionRecord["options"];
  },
): Promise<JournalWriter> {
  await ensureDirectory(context.target, SESSIONS_FOLDER);
  const { id, folder } = await claimFolder(context);
  for (const name of ["aside", "saved", "logs", "scratch"]) {
    await context.target.createDirectory(joinWindowsPath(folder, name));
  }
  const writer = await JournalWriter.open(context, { id, folder, records: 0, torn: false });
  await writer.append({
    type: "session",
    format: JOURNAL_FORMAT,
    session: id,
    at: context.host.clock.now().toISOString(),
    ...header,
  });
  return writer;
}

async function claimFolder(context: JournalContext): Promise<{ id: string; folder: string }> {
  const stamp = context.host.clock.now().toISOString().replace(/[-:]/g, "").replace("T", "-").slice(
    0,
    15,
  );
  for (let attempt = 0; attempt < 16; attempt++) {
    const id = `${stamp}-${context.host.randomHex(3)}`;
    const folder = joinWindowsPath(SESSIONS_FOLDER, id);
    try {
      await context.target.createDirectory(folder);
      return { id, folder };
    } catch (error) {
      if (!isFileFault(error, "exists")) throw error;
    }
  }
  throw new MedicError("internal", `Cannot find a free session name beside "${stamp}"`);
}

/** Creates a directory unless it is there. */
export async function ensureDirectory(files: FileSystem, path: string): Promise<void> {
  try {
    await files.createDirectory(path);
  } catch (error) {
    if (!isFileFault(error, "exists")) throw error;
  }
}

/**
 * All sessions of the target, oldest first, with those that cannot be read.
 */
export async function listSessions(
  context: JournalContext,
): Promise<{ sessions: SessionHistory[]; damaged: { id: string; error: MedicError }[] }> {
  const sessions: SessionHistory[] = [];
  const damaged: { id: string; error: MedicError }[] = [];
  if (await context.target.stat(SESSIONS_FOLDER) === undefined) return { sessions, damaged };
  for (const entry of await context.target.list(SESSIONS_FOLDER)) {
    if (entry.kind !== "directory" || entry.reparse) continue;
    try {
      const session = await readSession(context, entry.name);
      if (session !== undefined) sessions.push(session);
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      damaged.push({ id: entry.name, error });
    }
  }
  return { sessions: sessions.sort((a, b) => a.id < b.id ? -1 : 1), damaged };
}

/**
 * Reads one session. Where the target's journal is damaged, missing, or ends earlier, the
 * stick's copy takes its place.
 *
 * @throws {MedicError} `journalDamaged` if neither can be read.
 */
export async function readSession(
  context: JournalContext,
  id: string,
): Promise<SessionHistory | undefined> {
  const folder = joinWindowsPath(SESSIONS_FOLDER, id);
  const own = await tryParse(context.target, joinWindowsPath(folder, JOURNAL));
  const copy = context.mirror === undefined
    ? undefined
    : await tryParse(context.mirror.files, joinWindowsPath(id, JOURNAL));
  const best = [own, copy].filter((parsed): parsed is Parsed =>
    parsed !== undefined && !(parsed instanceof MedicError)
  );
  const longest = best.sort((a, b) => b.records.length - a.records.length)[0];
  if (longest === undefined) {
    if (own instanceof MedicError) throw own;
    return undefined;
  }
  return sessionFrom(id, { ...longest, intact: longest === own });
}

/**
 * Opens an existing session for writing. A journal on the target that is damaged or shorter
 * than the history is kept under another name and written anew.
 */
export async function reopenSession(
  context: JournalContext,
  session: SessionHistory,
): Promise<JournalWriter> {
  const position = { id: session.id, folder: session.folder, records: session.records.length };
  if (session.intact) return await JournalWriter.open(context, { ...position, torn: session.torn });
  const path = joinWindowsPath(session.folder, JOURNAL);
  await ensureDirectory(context.target, SESSIONS_FOLDER);
  await ensureDirectory(context.target, session.folder);
  if (await context.target.stat(path) !== undefined) {
    const kept = joinWindowsPath(session.folder, `journal-${context.host.randomHex(4)}.damaged`);
    await context.target.move(path, kept);
  }
  const content = session.records.map((record, index) => encodeRecord(index + 1, record)).join("");
  await context.target.createFile(path, new TextEncoder().encode(content));
  return await JournalWriter.open(context, { ...position, torn: false });
}

/** Builds a session's history out of an explicit journal file's text (`--journal FILE`). */
export function sessionFromText(content: string): SessionHistory {
  const { records, torn } = parseJournal(content);
  const header = records[0];
  if (header?.type !== "session" || !/^[0-9a-z-]+$/.test(header.session)) throw notAJournal();
  return sessionFrom(header.session, { records, torn, intact: false })!;
}

type Parsed = { records: readonly JournalRecord[]; torn: boolean };

async function tryParse(files: FileSystem, path: string): Promise<Parsed | MedicError | undefined> {
  try {
    if (await files.stat(path) === undefined) return undefined;
    return parseJournal(new TextDecoder().decode(await files.read(path)));
  } catch (error) {
    if (error instanceof MedicError) return error;
    throw error;
  }
}

function sessionFrom(
  id: string,
  journal: Parsed & { intact: boolean },
): SessionHistory | undefined {
  const { records, torn, intact } = journal;
  const header = records[0];
  if (header === undefined) return undefined;
  if (header.type !== "session") throw notAJournal();
  if (header.format > JOURNAL_FORMAT) {
    throw new MedicError(
      "journalDamaged",
      `Cannot use journal "${id}": its format ${header.format} is newer`,
      {
        next: "Use the newer pemedic.exe that wrote it",
      },
    );
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

function notAJournal(): MedicError {
  return new MedicError(
    "journalDamaged",
    "Cannot use the journal: its first line opens no session",
  );
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
    if (record.type === "change") {
      const before = states.get(record.id);
      const intent = before?.intent ?? record;
      const exitCode = record.exitCode ?? before?.exitCode;
      states.set(record.id, {
        id: record.id,
        intent,
        state: record.state,
        undone: false,
        undoing: false,
        ...(exitCode === undefined ? {} : { exitCode }),
      });
    }
    if (record.type === "undo") {
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
  }
  return [...states.values()];
}
