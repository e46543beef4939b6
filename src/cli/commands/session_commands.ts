/** `undo`, `resume`, `sessions`, `sessions prune`. */
import type { Command } from "commander";
import { ExitCode, formatBytes, MedicError, RefusalError, wrap } from "../../base/mod.ts";
import { commandFor } from "../../checks/mod.ts";
import {
  type JournalContext,
  listSessions,
  pruneSession,
  sessionBytes,
  type SessionHistory,
} from "../../journal/mod.ts";
import { planResume, resumeSession } from "../../ladder/mod.ts";
import { hasStaged } from "../../upgrade/mod.ts";
import { chooseWindows, type CommandContext, journalFolder, openJournal } from "../context.ts";
import { createPrinter } from "../printer.ts";
import { type ChangeOptions, common, seconds, withScratch } from "../options.ts";
import type { Registrar } from "../program.ts";
import { quoted } from "../registry_path.ts";
import {
  agreed,
  declined,
  finish,
  interruptible,
  type RunOptions,
  sessionParts,
  showPlan,
} from "../run_repair.ts";
import { chooseSession, journalOf, leftCopies, type SessionChoice, undo } from "../undo_session.ts";

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
    // Undo keeps the copy of the media; unstage gives its space back.
    const staged = plan.options.stageUpgrade !== undefined;
    const takeBack = staged ? commandFor(windows, "upgrade unstage") : undefined;
    return await finish(context, { plan: plan.plan, journal, takeBack }, result);
  });
}
