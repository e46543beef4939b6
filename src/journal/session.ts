/**
 * Session folders on the target: `\PEMedic\<session>\` with the journal, what was moved
 * aside, what was saved, and the tools' logs. A copy of the journal is kept on the stick.
 */
import { isFileFault, joinWindowsPath, MedicError, RefusalError } from "../base/mod.ts";
import type { ReadableFileSystem } from "../host/mod.ts";
import { ensureSessionsFolder } from "./closed_folder.ts";
import { requireDirectory } from "./guarded_path.ts";
import { isSessionName, sameSession, sessionFrom, type SessionHistory } from "./history.ts";
import { isPayload, JOURNAL, type JournalContext, SESSIONS_FOLDER } from "./journal_context.ts";
import { JournalWriter } from "./journal_writer.ts";
import {
  encodeRecord,
  JOURNAL_FORMAT,
  parseJournal,
  type SessionRecord,
  type SessionTarget,
} from "./record.ts";

/**
 * Creates a new session on the target: the first write of all, so it proves that writing works.
 *
 * @throws {MedicError} `refused` if `PEMedic` is a file or a junction.
 */
export async function createSession(
  context: JournalContext,
  header: {
    program: string;
    command: string;
    target: SessionTarget;
    options: SessionRecord["options"];
  },
): Promise<JournalWriter> {
  const exposed = await ensureSessionsFolder(context.target);
  const { id, folder } = await claimFolder(context);
  for (const name of ["aside", "saved", "logs", "scratch"]) {
    await context.target.createDirectory(joinWindowsPath(folder, name));
  }
  const writer = await JournalWriter.open(context, { id, folder, records: 0, torn: false });
  writer.exposed = exposed;
  const at = context.host.clock.now().toISOString();
  try {
    const record = { type: "session", format: JOURNAL_FORMAT, session: id, at, ...header } as const;
    await writer.append(record);
  } catch (error) {
    await writer.close();
    throw error;
  }
  return writer;
}

/** Attempts to find a free name: six random digits collide only by a fault of the machine. */
const CLAIMS = 16;

/** Creating the folder is what claims the name; the stick serves many machines, so it is asked too. */
async function claimFolder(context: JournalContext): Promise<{ id: string; folder: string }> {
  const now = context.host.clock.now().toISOString();
  const stamp = now.replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  for (let attempt = 0; attempt < CLAIMS; attempt++) {
    const id = `${stamp}-${context.host.randomHex(3)}`;
    const folder = joinWindowsPath(SESSIONS_FOLDER, id);
    if (await isOnStick(context, id)) continue;
    try {
      await context.target.createDirectory(folder);
      return { id, folder };
    } catch (error) {
      if (!isFileFault(error, "exists")) throw error;
    }
  }
  throw new MedicError("internal", `Cannot find a free session name beside "${stamp}"`);
}

async function isOnStick(context: JournalContext, id: string): Promise<boolean> {
  try {
    return await context.mirror?.files.stat(id) !== undefined;
  } catch (error) {
    if (error instanceof MedicError) return false; // the stick is gone: the writer notices too
    throw error;
  }
}

/** What reading journals needs: the target, and the copies on the stick if there are any. */
export interface JournalView {
  /** With volume-relative paths. */
  readonly target: ReadableFileSystem;
  readonly mirror?: { readonly files: ReadableFileSystem };
}

/**
 * All sessions of the target, oldest first, with those that cannot be read.
 *
 * @throws {MedicError} `refused` if `PEMedic` is a file or a junction.
 */
export async function listSessions(
  context: JournalView,
): Promise<{ sessions: SessionHistory[]; damaged: { id: string; error: MedicError }[] }> {
  const sessions: SessionHistory[] = [];
  const damaged: { id: string; error: MedicError }[] = [];
  if (await context.target.stat(SESSIONS_FOLDER) === undefined) return { sessions, damaged };
  await requireDirectory(context.target, SESSIONS_FOLDER);
  for (const entry of await context.target.list(SESSIONS_FOLDER)) {
    if (entry.kind !== "directory" || entry.reparse) continue;
    if (isPayload(joinWindowsPath(SESSIONS_FOLDER, entry.name))) continue;
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
 * Reads one session; undefined if there is none of that name. Where the target's journal is
 * damaged, missing, or ends earlier, the stick's copy takes its place.
 *
 * @throws {MedicError} `journalDamaged` if neither can be read.
 */
export async function readSession(
  context: JournalView,
  id: string,
): Promise<SessionHistory | undefined> {
  const path = joinWindowsPath(SESSIONS_FOLDER, id, JOURNAL);
  const own = await tryRead(context.target, { id, path, intact: true });
  const copy = isSessionName(id) && context.mirror !== undefined
    ? await tryRead(context.mirror.files, { id, path: joinWindowsPath(id, JOURNAL), intact: false })
    : undefined;
  if (copy === undefined || copy instanceof MedicError) {
    if (own instanceof MedicError) throw own;
    return own;
  }
  if (own === undefined || own instanceof MedicError) return copy;
  return sameSession(own, copy) && copy.records.length > own.records.length ? copy : own;
}

async function tryRead(
  files: ReadableFileSystem,
  place: { readonly id: string; readonly path: string; readonly intact: boolean },
): Promise<SessionHistory | MedicError | undefined> {
  try {
    if (await files.stat(place.path) === undefined) return undefined;
    const journal = parseJournal(new TextDecoder().decode(await files.read(place.path)));
    return sessionFrom(place.id, { ...journal, intact: place.intact });
  } catch (error) {
    if (error instanceof MedicError) return error;
    throw error;
  }
}

/**
 * The best that is known of a session: an explicit copy of its journal may be older than what
 * lies on the target.
 *
 * @throws {MedicError} `refused` if the target holds another session of that name.
 */
export async function latestHistory(
  context: JournalContext,
  session: SessionHistory,
): Promise<SessionHistory> {
  let known: SessionHistory | undefined;
  try {
    known = await readSession(context, session.id);
  } catch (error) {
    if (!(error instanceof MedicError)) throw error; // damaged: that is why a copy was given
  }
  if (known === undefined) return session;
  if (!sameSession(known, session)) {
    throw new RefusalError(
      `Cannot use the journal: session "${session.id}" on "${context.root}" is another one`,
      { next: "Name the volume that the journal belongs to" },
    );
  }
  return known.records.length >= session.records.length ? known : session;
}

/**
 * Opens an existing session for writing. A journal on the target that is damaged or shorter
 * than the history is kept under another name and written anew.
 *
 * @throws {MedicError} `refused` if the target has no such session folder: without what it
 * keeps nothing can be taken back, and the journal is that of another volume.
 */
export async function reopenSession(
  context: JournalContext,
  session: SessionHistory,
): Promise<JournalWriter> {
  await requireSessionFolder(context, session);
  const position = { id: session.id, folder: session.folder, records: session.records.length };
  if (session.intact) return await JournalWriter.open(context, { ...position, torn: session.torn });
  const path = joinWindowsPath(session.folder, JOURNAL);
  if (await context.target.stat(path) !== undefined) {
    const kept = joinWindowsPath(session.folder, `journal-${context.host.randomHex(4)}.damaged`);
    await context.target.move(path, kept);
  }
  const content = session.records.map((record, index) => encodeRecord(index + 1, record)).join("");
  await context.target.createFile(path, new TextEncoder().encode(content));
  return await JournalWriter.open(context, { ...position, torn: false });
}

async function requireSessionFolder(
  context: JournalContext,
  session: SessionHistory,
): Promise<void> {
  if (await context.target.stat(session.folder) === undefined) {
    throw new RefusalError(
      `Cannot use session "${session.id}": there is no folder "${session.folder}" on "${context.root}"`,
      { next: "Name the volume that the journal belongs to" },
    );
  }
  await requireDirectory(context.target, SESSIONS_FOLDER);
  await requireDirectory(context.target, session.folder);
}
