/** `undo`: which session is meant, what it would take back, and the taking back. */
import { ExitCode, MedicError, UsageError, wrap } from "../base/mod.ts";
import { RootedFileSystem } from "../host/mod.ts";
import {
  describeChange,
  editLines,
  type JournalContext,
  listSessions,
  planUndo,
  sessionFromText,
  type SessionHistory,
  type UndoPlan,
  undoSession,
} from "../journal/mod.ts";
import {
  chooseWindows,
  type CommandContext,
  journalFolder,
  onUserFile,
  openJournal,
} from "./context.ts";
import { refuseHibernated } from "./hibernated_target.ts";
import { quoted } from "./registry_path.ts";
import { chooseHiveFile } from "./registry_target.ts";
import { agreed, declined, isYes, type RunOptions } from "./run_repair.ts";

/** What a command about sessions was given. */
export interface SessionChoice extends RunOptions {
  readonly volume: string | undefined;
  readonly session: string | undefined;
  readonly journal?: string | undefined;
  /** Write values back that have changed since, without asking. */
  readonly overwrite?: boolean | undefined;
}

/** The journal of a volume, of a folder with hive files, or of the only Windows here. */
export async function journalOf(
  context: CommandContext,
  volume: string | undefined,
): Promise<JournalContext> {
  const folder = volume === undefined ? undefined : await journalFolder(context, volume);
  if (folder !== undefined) return await openJournal(context, { root: folder });
  if (volume !== undefined) await refuseEditedHive(context, volume);
  return await openJournal(context, await chooseWindowsOrFolder(context, volume));
}

/** The journal of a hive file is that of its folder, with what was done to others there. */
async function refuseEditedHive(context: CommandContext, place: string): Promise<void> {
  const file = await chooseHiveFile(context, place);
  if (file === undefined || await journalFolder(context, file.folder) === undefined) return;
  throw new UsageError(`Cannot use "${place}" here: sessions are kept beside it, by its folder`, {
    next: `Name the folder, see what was done there: pemedic sessions ${quoted(file.folder)}`,
  });
}

/** A volume whose Windows is broken beyond recognition still has its journal. */
async function chooseWindowsOrFolder(context: CommandContext, volume: string | undefined) {
  try {
    return await chooseWindows(context, volume);
  } catch (error) {
    const place = volume ?? context.options.windows;
    if (!(error instanceof MedicError) || error.code !== "noWindows" || place === undefined) {
      throw error;
    }
    const native = /^[A-Za-z]:$/.test(place) ? `${place}\\` : place;
    const found = await context.host.volumes.at(native);
    const files = found === undefined
      ? undefined
      : new RootedFileSystem(context.host.files, found.root);
    if (found === undefined || await files?.stat("PEMedic") === undefined) throw error;
    const { openVolume } = await import("../windows/mod.ts");
    return await openVolume(context.host, found);
  }
}

/** Undo of "the last" must not take back an older one without a word. */
async function tellOlder(
  context: CommandContext,
  journal: JournalContext,
  session: SessionHistory,
): Promise<void> {
  const newest = (await listSessions(journal)).sessions.at(-1);
  if (newest === undefined || newest.id === session.id) return;
  context.output.talk(
    wrap(`Note: the newest session ${newest.id} holds nothing to take back; this is an older one`),
  );
}

/** `undo`: takes a session back. Returns the exit code. */
export async function undo(context: CommandContext, choice: SessionChoice): Promise<number> {
  const journal = await journalOf(context, choice.volume);
  const session = choice.journal === undefined
    ? await chooseSession(journal, choice.session)
    : await sessionOfFile(context, choice.journal);
  if (choice.journal === undefined && choice.session === undefined) {
    await tellOlder(context, journal, session);
  }
  // It refuses: nobody is asked for what cannot be done.
  if (session.state === "pruned") await undoSession(journal, session);
  const plan = planUndo(session);
  if (plan.reversible.length === 0) return await nothingToUndo(context, journal, plan, choice);
  const shown = `Session ${session.id}, newest first:\n${renderUndoPlan(plan)}`;
  if (choice.dryRun) {
    context.output.result(shown);
    context.output.document({ session: session.id, dryRun: true, changes: plan.reversible });
    return ExitCode.ok;
  }
  context.output.talk(shown);
  if (!setsMemoryAside(session)) await refuseHibernated(journal);
  if (!await agreed(context, choice, "Take this back? Type yes to go on: ")) {
    return declined(context);
  }
  await discardCopiesOf(context, session);
  const report = await undoSession(journal, session, {
    changedSince: (changes) => askChangedSince(context, changes, choice),
  });
  context.output.document(report);
  context.output.result(
    report.changes.map((change) => {
      const reason = change.reason === undefined ? "" : `: ${change.reason}`;
      return wrap(`${change.description}${reason}`, {
        first: `  ${change.result.padEnd(12)} `,
        indent: " ".repeat(15),
      });
    }).join("\n"),
  );
  const next = report.changes.find((change) => change.next !== undefined)?.next;
  if (next !== undefined) {
    context.output.talk(wrap(next, { first: "Next: ", indent: "      " }));
  }
  return report.complete ? ExitCode.ok : ExitCode.partial;
}

/** A run that was cut off while the saved memory went: who agreed to that agreed to the writes. */
function setsMemoryAside(session: SessionHistory): boolean {
  return session.state === "open" && session.changes.some(({ intent }) => {
    const { change } = intent;
    return change?.kind === "entry-moved" && /^hiberfil\.sys$/i.test(change.path);
  });
}

/** Before the session is closed: afterwards nothing names its copies any more. */
async function discardCopiesOf(context: CommandContext, session: SessionHistory): Promise<void> {
  if (session.state !== "open") return;
  const { discardCopies } = await import("./source_copies.ts");
  await discardCopies(context, session);
}

/** Copies on other disks that a session which was cut off has left. */
export async function leftCopies(
  context: CommandContext,
  session: SessionHistory,
): Promise<readonly string[]> {
  if (session.state !== "open") return [];
  const { copiesOf } = await import("./source_copies.ts");
  return await copiesOf(context, session);
}

/** Values that have changed since and are listed. */
const CHANGES_SHOWN = 20;

/** Windows has run since: what it wrote is left, unless people say otherwise. */
async function askChangedSince(
  context: CommandContext,
  changes: readonly string[],
  choice: SessionChoice,
): Promise<boolean> {
  const lines = changes.slice(0, CHANGES_SHOWN)
    .map((change) => wrap(change, { first: "  - ", indent: "    " }));
  const more = changes.length - lines.length;
  if (more > 0) lines.push(`  - and ${more} more`);
  context.output.talk(`These have changed since they were repaired:\n${lines.join("\n")}`);
  if (choice.overwrite) return true;
  if (context.output.json || choice.yes) return false;
  const question = "Write the old values back all the same? Type yes to do it: ";
  return isYes(await context.host.terminal.ask(question));
}

/** Reads a journal that the user names, mostly the stick's copy. */
export async function sessionOfFile(
  context: CommandContext,
  path: string,
): Promise<SessionHistory> {
  const bytes = await onUserFile("journal", () => context.host.files.read(path));
  return sessionFromText(new TextDecoder().decode(bytes));
}

function renderUndoPlan(plan: UndoPlan): string {
  const line = (word: string, state: UndoPlan["reversible"][number]) => {
    const change = state.intent.change!;
    const [, ...more] = editLines(change);
    return [
      wrap(`${word}: ${describeChange(change)}`, { first: "  - ", indent: "    " }),
      ...more.map((edit) => wrap(edit, { first: "      ", indent: "        " })),
    ].join("\n");
  };
  return [
    ...plan.reversible.map((state) => line("take back", state)),
    ...plan.irreversible.map((state) => line("stays", state)),
  ].join("\n");
}

/** A session that was cut off before its first change is closed all the same: it is in the way. */
async function nothingToUndo(
  context: CommandContext,
  journal: JournalContext,
  plan: UndoPlan,
  choice: SessionChoice,
): Promise<number> {
  const { id, state } = plan.session;
  const closes = state === "open" && !choice.dryRun;
  if (closes) {
    await discardCopiesOf(context, plan.session);
    await undoSession(journal, plan.session);
  }
  const end = closes ? "; it is closed now" : "";
  context.output.result(wrap(`Session ${id} holds nothing that can be taken back${end}`));
  if (plan.irreversible.length > 0) context.output.talk(renderUndoPlan(plan));
  context.output.document({ session: id, changes: [], complete: true });
  return ExitCode.nothingToDo;
}

/** The named session; else the one that was cut off; else the newest that has something to take back. */
export async function chooseSession(
  journal: JournalContext,
  id: string | undefined,
): Promise<SessionHistory> {
  const { sessions, damaged } = await listSessions(journal);
  const broken = damaged.find((entry) => id === undefined || entry.id === id);
  const found = id === undefined
    ? sessions.findLast((session) => session.state === "open") ??
      sessions.findLast((session) =>
        session.state !== "pruned" && planUndo(session).reversible.length > 0
      ) ?? sessions.at(-1)
    : sessions.find((session) => session.id === id);
  if (found !== undefined) return found;
  if (broken !== undefined) throw broken.error;
  if (id === undefined) {
    throw new MedicError("nothingToDo", `There is no session on "${journal.root}"`);
  }
  throw new MedicError("usage", `Cannot find the session "${id}" on "${journal.root}"`, {
    next: `pemedic sessions ${journal.root}`,
  });
}
