/**
 * Notes of DISM's answers when it was asked to revert an update, in the folders of PE Medic's sessions on the target. DISM
 * mostly only takes note, and Windows reverts at its next start. Whether Windows has been running
 * since cannot be told by the time: WinPE's clock is often hours off, because it takes the local
 * time of the hardware clock for that of its own zone. What does tell is that Windows has written
 * to its logs since: `poqexec` runs only while it starts, and only its own CBS.log tells of
 * TrustedInstaller, whether DISM writes to that file as well or not.
 */
import { decodeLatin1, MedicError } from "../base/mod.ts";
import { RUNNING_WINDOWS_LINE, START_LINES } from "../knowledge/mod.ts";
import { CBS_LOG } from "./failed_starts.ts";
import type { OfflineWindows } from "./offline_windows.ts";

/** Files that only a running Windows writes, and the list of operations. */
const NOTED = {
  cbsLog: CBS_LOG,
  poqexecLog: "Windows\\WinSxS\\poqexec.log",
  operations: "Windows\\WinSxS\\pending.xml",
} as const;

/** Size and time of each noted file, or "absent", and how CBS.log begins. */
export type RevertNote = Readonly<Record<keyof typeof NOTED | "cbsLogBegins", string>>;

/** Where the sessions are, and where in a session the notes are. */
const SESSIONS = "PEMedic";
const FOLDER = "logs";

/** How DISM answered. */
export type RevertAnswer = "accepted" | "failed";

/** The name of note number `n`, relative to the session's folder. */
export function revertNoteName(n: number, answer: RevertAnswer): string {
  return `${FOLDER}\\revert-${n}-${answer}.json`;
}

const NOTE_NAME = /^revert-(\d{1,4})-(accepted|failed)\.json$/;

/** Looks at the noted files. */
export async function takeRevertNote(files: OfflineWindows["files"]): Promise<RevertNote> {
  return {
    cbsLog: await stamp(files, NOTED.cbsLog),
    poqexecLog: await stamp(files, NOTED.poqexecLog),
    operations: await stamp(files, NOTED.operations),
    cbsLogBegins: await beginning(files, CBS_LOG),
  };
}

/** Bytes by which a log is told from the next one of the same name: its first date and more. */
const BEGINNING = 120;

async function beginning(files: OfflineWindows["files"], path: string): Promise<string> {
  if ((await files.stat(path))?.kind !== "file") return "";
  const file = await files.open(path);
  try {
    return decodeLatin1(await file.read(0, Math.min(BEGINNING, file.size)));
  } finally {
    await file.close();
  }
}

const ABSENT = "absent";

async function stamp(files: OfflineWindows["files"], path: string): Promise<string> {
  const entry = await files.stat(path);
  return entry === undefined ? ABSENT : `${entry.size} ${entry.modified?.toISOString() ?? ""}`;
}

/** What became of the newest attempt to revert an update. */
export interface RevertAttempt {
  /** The note, volume-relative. */
  readonly note: string;
  readonly answer: RevertAnswer;
  /** Windows has been running since. */
  readonly ranSince: boolean;
  /** It had a good start since, or its log was begun anew: what fails now is another update. */
  readonly recovered: boolean;
  /** The list of operations is there and is the same as right after DISM's answer. */
  readonly sameOperations: boolean;
}

/** The newest attempt to revert an update on this volume that DISM has answered, or undefined. */
export async function readRevertAttempt(
  windows: Pick<OfflineWindows, "files">,
): Promise<RevertAttempt | undefined> {
  const { files } = windows;
  for (const session of (await names(files, SESSIONS)).reverse()) {
    const newest = newestNote(await names(files, `${SESSIONS}\\${session}\\${FOLDER}`));
    if (newest === undefined) continue;
    const path = `${SESSIONS}\\${session}\\${revertNoteName(newest.n, newest.answer)}`;
    const note = await readNote(files, path);
    if (note === undefined) continue;
    const now = await takeRevertNote(files);
    const log = await newLog(files, note, now);
    return {
      note: path,
      answer: newest.answer,
      ranSince: now.poqexecLog !== note.poqexecLog || RUNNING_WINDOWS_LINE.test(log.text),
      recovered: log.begunAnew || START_LINES.done.test(log.text),
      sameOperations: now.operations !== ABSENT && now.operations === note.operations,
    };
  }
  return undefined;
}

function newestNote(
  names: readonly string[],
): { readonly n: number; readonly answer: RevertAnswer } | undefined {
  const notes = names.flatMap((name) => {
    const match = NOTE_NAME.exec(name);
    if (match === null) return [];
    const answer: RevertAnswer = match[2] === "failed" ? "failed" : "accepted";
    return [{ n: Number(match[1]), answer }];
  });
  return notes.sort((a, b) => a.n - b.n).at(-1);
}

/** Bytes of new log that are read. */
const NEW_LOG = 1 << 20;

/** What was written to CBS.log since. One that is shorter or begins otherwise is a new one. */
async function newLog(
  files: OfflineWindows["files"],
  note: RevertNote,
  now: RevertNote,
): Promise<{ readonly text: string; readonly begunAnew: boolean }> {
  if (now.cbsLog === note.cbsLog || now.cbsLog === ABSENT) return { text: "", begunAnew: false };
  const noted = note.cbsLog === ABSENT ? 0 : Number.parseInt(note.cbsLog, 10);
  try {
    const file = await files.open(CBS_LOG);
    try {
      const goesOn = now.cbsLogBegins.startsWith(note.cbsLogBegins);
      const begunAnew = !goesOn || !(noted <= file.size);
      const from = Math.max(begunAnew ? 0 : noted, file.size - NEW_LOG);
      return { text: new TextDecoder().decode(await file.read(from, NEW_LOG)), begunAnew };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof MedicError) return { text: "", begunAnew: false };
    throw error;
  }
}

async function names(files: OfflineWindows["files"], folder: string): Promise<string[]> {
  try {
    const entry = await files.stat(folder);
    if (entry?.kind !== "directory" || entry.reparse) return [];
    return (await files.list(folder)).filter((each) => !each.reparse).map((each) => each.name);
  } catch (error) {
    if (error instanceof MedicError) return [];
    throw error;
  }
}

/** Undefined for what is no note: nobody is to be believed only because the name is right. */
async function readNote(
  files: OfflineWindows["files"],
  path: string,
): Promise<RevertNote | undefined> {
  try {
    if ((await files.stat(path))?.kind !== "file") return undefined;
    const value: unknown = JSON.parse(new TextDecoder().decode(await files.read(path)));
    return isNote(value) ? value : undefined;
  } catch (error) {
    if (error instanceof MedicError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isNote(value: unknown): value is RevertNote {
  if (typeof value !== "object" || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return [...Object.keys(NOTED), "cbsLogBegins"]
    .every((name) => typeof fields.get(name) === "string");
}
