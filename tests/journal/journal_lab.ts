/**
 * The smallest machine on which a journal can be kept: a target `D:` with a few files, a stick
 * `E:`, and tools that do nothing. Small, because the crash tests make thousands of them.
 */
import { RootedFileSystem } from "../../src/host/mod.ts";
import {
  type Change,
  type ContentProvider,
  createSession,
  type JournalContext,
  type JournalWriter,
  listSessions,
  readSession,
  reconcile,
  reopenSession,
  type SessionHistory,
  type ToolRan,
  Transaction,
  undoSession,
} from "../../src/journal/mod.ts";
import {
  createMemoryHost,
  type MemoryFileSystem,
  type MemoryHost,
  SimulatedCrash,
  type Snapshot,
} from "../lab/mod.ts";

export type OwnChange = Exclude<Change, ToolRan>;

/** A machine with a journal. */
export interface JournalLab {
  readonly host: MemoryHost;
  readonly files: MemoryFileSystem;
  readonly context: JournalContext;
}

export const CACHE = "Windows\\SoftwareDistribution";
export const HOSTS = "Windows\\System32\\drivers\\etc\\hosts";
export const HIVE = "Windows\\System32\\config\\SYSTEM";
/** Folder of the copies on the stick. */
export const STICK = "E:\\PEMedic-journals";

const START: Readonly<Record<string, string>> = {
  [`${CACHE}\\DataStore\\DataStore.edb`]: "the data base of past updates",
  [`${CACHE}\\Download\\kb.cab`]: "a download",
  [HOSTS]: "127.0.0.1 localhost",
  [HIVE]: "the SYSTEM hive",
  "Users\\Anna\\letter.txt": "Dear Bob",
};

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Builds the machine. */
export function journalLab(
  options: {
    readonly mirror?: boolean;
    readonly contents?: (host: MemoryHost) => ContentProvider;
  } = {},
): JournalLab {
  const host = createMemoryHost({
    volumes: [{ letter: "X:", drive: "ramdisk" }, { letter: "D:" }, {
      letter: "E:",
      fileSystem: "FAT32",
    }],
    runSimulator: () => Promise.resolve(0),
  });
  for (const [path, text] of Object.entries(START)) host.files.put(`D:\\${path}`, bytes(text));
  host.files.putDirectory(STICK);
  return { host, files: host.files, context: contextOf(host, options) };
}

/** The journal's view of the machine. */
export function contextOf(
  host: MemoryHost,
  options: {
    readonly mirror?: boolean;
    readonly root?: string;
    readonly contents?: (host: MemoryHost) => ContentProvider;
  } = {},
): JournalContext {
  const root = options.root ?? "D:\\";
  const mirror = { files: new RootedFileSystem(host.files, STICK), place: STICK };
  return {
    host,
    target: new RootedFileSystem(host.files, root),
    root,
    ...(options.mirror === false ? {} : { mirror }),
    ...(options.contents === undefined ? {} : { contents: options.contents(host) }),
  };
}

/** What a session says of itself. */
export const HEADER = {
  program: "0.1.0",
  command: "pemedic repair D:",
  target: { serial: "1A2B-3C4D", label: "Windows", windows: "Windows 11 Pro" },
  options: {},
} as const;

const TOOL = { kind: "tool-ran", arguments: ["D:"], encoding: "oem" } as const;

/** One of every kind, some on top of others. */
export const ALL_KINDS: readonly Change[] = [
  copied(HIVE, `{session}\\saved\\${HIVE}`),
  moved(CACHE),
  { kind: "directory-created", path: CACHE },
  created(`${CACHE}\\note.txt`, "made anew"),
  copied(HIVE, `${HIVE}.copy`),
  { ...TOOL, tool: "fsutil", risk: "reads", purpose: "Ask" },
  { kind: "file-replaced", path: HOSTS, text: "# nothing blocked", bytes: 17 },
  { ...TOOL, tool: "chkdsk", risk: "irreversible", purpose: "Repair", instead: "Nothing" },
  moved("Users\\Anna\\letter.txt", "file"),
];

export function moved(path: string, entry: "file" | "directory" = "directory"): OwnChange {
  return { kind: "entry-moved", path, entry, bytes: 0 };
}

export function created(path: string, text: string): OwnChange {
  return { kind: "file-created", path, text, bytes: bytes(text).length };
}

export function copied(copyOf: string, path: string): OwnChange {
  return { kind: "file-created", path, copyOf, bytes: bytes(START[copyOf] ?? "").length };
}

/** A session with a transaction on it. */
export interface Begun {
  readonly writer: JournalWriter;
  readonly transaction: Transaction;
}

export async function begin(lab: JournalLab): Promise<Begun> {
  const writer = await createSession(lab.context, HEADER);
  return { writer, transaction: new Transaction(writer, { changes: 0 }) };
}

/** Makes changes in a new session, and ends it. Returns its name. */
export async function runSession(
  lab: JournalLab,
  changes: readonly Change[] = ALL_KINDS,
): Promise<string> {
  const { writer, transaction } = await begin(lab);
  await transaction.beginStep("test.step", changes);
  await makeAll(transaction, changes);
  await transaction.endStep("test.step", { outcome: "fixed", reason: "It is" });
  await transaction.end("ok");
  return writer.id;
}

export async function makeAll(
  transaction: Transaction,
  changes: readonly Change[],
): Promise<void> {
  for (const change of changes) {
    if (change.kind === "tool-ran") await transaction.runTool(change);
    else await transaction.make(change);
  }
}

/** The target without PE Medic's own folder. */
export function picture(lab: JournalLab): Snapshot {
  return lab.files.snapshot("D:\\", { except: ["PEMedic"] });
}

/** The only session of the target, or undefined before its first line is whole. */
export async function onlySession(lab: JournalLab): Promise<SessionHistory | undefined> {
  const { sessions, damaged } = await listSessions(lab.context);
  if (damaged[0] !== undefined) throw damaged[0].error;
  return sessions[0];
}

export async function sessionOf(lab: JournalLab, id: string): Promise<SessionHistory> {
  return (await readSession(lab.context, id))!;
}

/** Undoes the only session; true if nothing is left to take back. */
export async function undoOnly(lab: JournalLab): Promise<boolean> {
  const session = await onlySession(lab);
  return session === undefined || (await undoSession(lab.context, session)).complete;
}

/** Goes on with the only session as the ladder does: settles, then makes what is not done. */
export async function resumeOnly(
  lab: JournalLab,
  changes: readonly Change[] = ALL_KINDS,
): Promise<void> {
  const session = await onlySession(lab);
  if (session === undefined) return void await runSession(lab, changes);
  const writer = await reopenSession(lab.context, session);
  await reconcile(writer, session);
  const now = (await readSession(lab.context, session.id))!;
  const done = now.changes.filter(({ state }) => state === "done")
    .map(({ intent }) => JSON.stringify(intent.change));
  const transaction = new Transaction(writer, { changes: now.changes.length });
  await makeAll(transaction, changes.filter((change) => !done.includes(JSON.stringify(change))));
  await transaction.end("ok");
}

/** Says whether the power was cut meanwhile, and switches it on again. */
export async function crashes(lab: JournalLab, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (!(error instanceof SimulatedCrash)) throw error;
    return true;
  } finally {
    lab.host.reboot();
  }
}
