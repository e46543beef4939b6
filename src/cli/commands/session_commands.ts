/** `undo`, `resume`, `sessions`, `sessions prune`. */
import type { Command } from "commander";
import {
  ExitCode,
  formatBytes,
  MedicError,
  RefusalError,
  UsageError,
  wrap,
} from "../../base/mod.ts";
import { RootedFileSystem } from "../../host/mod.ts";
import {
  describeChange,
  editLines,
  type JournalContext,
  listSessions,
  planUndo,
  pruneSession,
  sessionBytes,
  sessionFromText,
  type SessionHistory,
  type UndoPlan,
  undoSession,
} from "../../journal/mod.ts";
import { planResume, resumeSession } from "../../ladder/mod.ts";
import { hasStaged } from "../../upgrade/mod.ts";
import {
  chooseWindows,
  type CommandContext,
  journalFolder,
  onUserFile,
  openJournal,
} from "../context.ts";
import { refuseHibernated } from "../hibernated_target.ts";
import { createPrinter } from "../printer.ts";
import { type ChangeOptions, common, seconds, withScratch } from "../options.ts";
import type { Registrar } from "../program.ts";
import { quoted } from "../registry_path.ts";
import { chooseHiveFile } from "../registry_target.ts";
import {
  agreed,
  declined,
  finish,
  interruptible,
  isYes,
  type RunOptions,
  sessionParts,
  showPlan,
} from "../run_repair.ts";

/** Adds them to the program. */
export function addSessionCommands(program: Command, registrar: Registrar): void {
  common(
    program.command("undo [volume] [session]").description(
      "take a session back (default: the newest)",
    ),
  )
    .option("--dry-run", "show what would be taken back")
    .option("--yes", "agree without being asked")
    .option("--overwrite", "write old values back where they have changed since")
    .option("--journal <file>", "use this copy of the journal")
    .action((volume: Name, session: Name, options: UndoCommandOptions) =>
      registrar.run(options, (context) => undo(context, { ...options, volume, session }))
    );
  withScratch(
    common(program.command("resume [volume]").description("go on with a session that was cut off")),
  )
    .option("--dry-run", "show the plan and change nothing")
    .option("--yes", "agree to the plan without being asked")
    .option("--quiet-after <seconds>", "report a tool that is silent for so long", seconds)
    .action((volume: Name, options: ChangeOptions) =>
      registrar.run(options, (context) => resume(context, volume, options))
    );
  const sessions = program.command("sessions").description("what PE Medic has done on this volume");
  common(sessions.command("list [volume]", { isDefault: true }).description("list the sessions"))
    .action((volume: Name, options: ChangeOptions) =>
      registrar.run(options, (context) => list(context, volume))
    );
  common(
    sessions.command("prune [volume] [session]").description(
      "free the space of old copies, for ever",
    ),
  )
    .option("--yes", "agree without being asked")
    .action((volume: Name, session: Name, options: ChangeOptions) =>
      registrar.run(options, (context) => prune(context, { ...options, volume, session }))
    );
}

type Name = string | undefined;

interface UndoCommandOptions extends ChangeOptions {
  readonly journal?: string;
  readonly overwrite?: boolean;
}

interface SessionChoice extends RunOptions {
  readonly volume: string | undefined;
  readonly session: string | undefined;
  readonly journal?: string | undefined;
  /** Write values back that have changed since, without asking. */
  readonly overwrite?: boolean | undefined;
}

async function journalOf(
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
    const { openVolume } = await import("../../windows/mod.ts");
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

async function undo(context: CommandContext, choice: SessionChoice): Promise<number> {
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
  await refuseHibernated(journal);
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

/** Before the session is closed: afterwards nothing names its copies any more. */
async function discardCopiesOf(context: CommandContext, session: SessionHistory): Promise<void> {
  if (session.state !== "open") return;
  const { discardCopies } = await import("../source_copies.ts");
  await discardCopies(context, session);
}

/** Copies on other disks that a session which was cut off has left. */
async function leftCopies(
  context: CommandContext,
  session: SessionHistory,
): Promise<readonly string[]> {
  if (session.state !== "open") return [];
  const { copiesOf } = await import("../source_copies.ts");
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

async function sessionOfFile(context: CommandContext, path: string): Promise<SessionHistory> {
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
async function chooseSession(
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

async function list(context: CommandContext, volume: string | undefined): Promise<number> {
  const journal = await journalOf(context, volume);
  const { sessions, damaged } = await listSessions(journal);
  const rows: unknown[] = [];
  const lines: string[] = [];
  for (const session of sessions) {
    const bytes = await sessionBytes(journal.target, session);
    const { header, state, outcome } = session;
    const copies = await leftCopies(context, session);
    rows.push({
      id: session.id,
      state,
      outcome: outcome ?? null,
      bytes,
      at: header.at,
      command: header.command,
      ...(copies.length === 0 ? {} : { sourceCopies: copies }),
    });
    const ended = outcome === undefined ? "" : `, ${outcome}`;
    lines.push(`${session.id}  ${state}${ended}, copies hold ${formatBytes(bytes)}`);
    lines.push(wrap(header.command, { first: "    ", indent: "      " }));
    for (const copy of copies) {
      const text = `its unfinished copy of a source: ${copy} (resume uses it, undo removes it)`;
      lines.push(wrap(text, { first: "    ", indent: "      " }));
    }
  }
  for (const { id, error } of damaged) {
    rows.push({ id, state: "damaged", reason: error.message });
    lines.push(wrap(`${id}  ${error.message}`, { indent: "    ", first: "" }));
  }
  context.output.document({ root: journal.root, sessions: rows });
  context.output.result(lines.length === 0 ? `No session on ${journal.root}` : lines.join("\n"));
  return damaged.length > 0 ? ExitCode.journalDamaged : ExitCode.ok;
}

async function prune(context: CommandContext, choice: SessionChoice): Promise<number> {
  const journal = await journalOf(context, choice.volume);
  const { sessions } = await listSessions(journal);
  const chosen = choice.session === undefined
    ? sessions.filter((session) =>
      (session.state === "finished" || session.state === "undone") && !hasStaged(session)
    )
    : [await chooseSession(journal, choice.session)];
  refuseStaged(journal, chosen);
  if (chosen.length === 0) {
    context.output.result("There is no finished session to prune");
    context.output.document({ freed: 0, sessions: [] });
    return ExitCode.nothingToDo;
  }
  for (const session of chosen) {
    const bytes = await sessionBytes(journal.target, session);
    context.output.talk(`  ${session.id}: ${formatBytes(bytes)}, cannot be undone afterwards`);
  }
  if (!await agreed(context, choice, "Remove these copies for ever? Type yes to go on: ")) {
    return declined(context);
  }
  let freed = 0;
  for (const session of chosen) freed += await pruneSession(journal, session);
  context.output.document({ freed, sessions: chosen.map((session) => session.id) });
  context.output.result(`Freed ${formatBytes(freed)}`);
  return ExitCode.ok;
}

/** Without its session a staged upgrade could not be called off any more. */
function refuseStaged(journal: JournalContext, chosen: readonly SessionHistory[]): void {
  const staged = chosen.find((session) => session.state !== "pruned" && hasStaged(session));
  if (staged === undefined) return;
  throw new RefusalError(`Cannot prune session ${staged.id}: an upgrade is staged by it`, {
    next: `Take that back first, which frees its space too: pemedic upgrade unstage ${
      quoted(journal.root)
    }`,
  });
}

/** An edit of a hive file alone has one change: there is nothing to go on with. */
async function refuseResumeOfFolder(context: CommandContext, volume: Name): Promise<void> {
  const folder = volume === undefined ? undefined : await journalFolder(context, volume);
  if (folder === undefined) return;
  throw new MedicError(
    "refused",
    `Cannot resume in "${folder}": an edit of a hive file is one change`,
    {
      next: `Take it back, then make it again: pemedic undo ${folder}`,
    },
  );
}

async function resume(
  context: CommandContext,
  volume: string | undefined,
  options: RunOptions & { readonly scratch?: string | undefined },
): Promise<number> {
  await refuseResumeOfFolder(context, volume);
  const windows = await chooseWindows(context, volume);
  const journal = await openJournal(context, windows);
  const parts = { host: context.host, windows, journal };
  const plan = await planResume({
    ...parts,
    ...(options.scratch === undefined ? {} : { scratch: options.scratch }),
  });
  context.output.talk(`Session ${plan.session.id} was cut off`);
  showPlan(context, plan.plan, { asResult: options.dryRun ?? false });
  if (options.dryRun) {
    context.output.talk("Dry run: nothing was changed");
    return ExitCode.ok;
  }
  if (!await agreed(context, options)) return declined(context);
  const printer = await createPrinter(context);
  return await interruptible(context, printer, async (signal) => {
    const result = await resumeSession(plan, {
      ...sessionParts(context, printer, options),
      windows,
      journal,
      signal,
    });
    return await finish(context, { plan: plan.plan, journal }, result);
  });
}
