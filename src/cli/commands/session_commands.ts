/** `undo`, `resume`, `sessions`, `sessions prune`. */
import type { Command } from "commander";
import { ExitCode, formatBytes, MedicError } from "../../base/mod.ts";
import { RootedFileSystem } from "../../host/mod.ts";
import {
  describeChange,
  type JournalContext,
  listSessions,
  planUndo,
  pruneSession,
  sessionBytes,
  sessionFromText,
  type SessionHistory,
  undoSession,
} from "../../journal/mod.ts";
import { planResume, resumeSession } from "../../ladder/mod.ts";
import { renderFindings, renderGuards, renderPlan, wrap } from "../../report/mod.ts";
import { chooseWindows, type CommandContext, openJournal } from "../context.ts";
import { createPrinter } from "../printer.ts";
import { type ChangeOptions, common, seconds } from "../options.ts";
import type { Registrar } from "../program.ts";
import { agreed, finish, interruptible, type RunOptions, sessionParts } from "../run_repair.ts";

/** Adds them to the program. */
export function addSessionCommands(program: Command, registrar: Registrar): void {
  common(
    program.command("undo [volume] [session]").description(
      "take a session back (default: the newest)",
    ),
  )
    .option("--dry-run", "show what would be taken back")
    .option("--yes", "agree without being asked")
    .option("--journal <file>", "use this copy of the journal")
    .action((volume: Name, session: Name, options: ChangeOptions & { journal?: string }) =>
      registrar.run(options, (context) => undo(context, { ...options, volume, session }))
    );
  common(program.command("resume [volume]").description("go on with a session that was cut off"))
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

interface SessionChoice extends RunOptions {
  readonly volume: string | undefined;
  readonly session: string | undefined;
  readonly journal?: string | undefined;
}

async function journalOf(
  context: CommandContext,
  volume: string | undefined,
): Promise<JournalContext> {
  return await openJournal(context, await chooseWindowsOrFolder(context, volume));
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

async function undo(context: CommandContext, choice: SessionChoice): Promise<number> {
  const journal = await journalOf(context, choice.volume);
  const session = choice.journal === undefined
    ? await chooseSession(journal, choice.session)
    : sessionFromText(new TextDecoder().decode(await context.host.files.read(choice.journal)));
  const plan = planUndo(session);
  if (plan.reversible.length === 0) {
    context.output.result(`Session ${session.id} holds nothing that can be taken back`);
    for (const state of plan.irreversible) {
      context.output.talk(`  - ${describeChange(state.intent.change!)}`);
    }
    context.output.document({ session: session.id, changes: [], complete: true });
    return ExitCode.nothingToDo;
  }
  context.output.talk(`Session ${session.id}, newest first:`);
  for (const state of plan.reversible) {
    context.output.talk(
      wrap(`take back: ${describeChange(state.intent.change!)}`, { first: "  - ", indent: "    " }),
    );
  }
  for (const state of plan.irreversible) {
    context.output.talk(
      wrap(`stays: ${describeChange(state.intent.change!)}`, { first: "  - ", indent: "    " }),
    );
  }
  if (choice.dryRun) {
    context.output.document({ session: session.id, dryRun: true, changes: plan.reversible });
    return ExitCode.ok;
  }
  if (!await agreed(context, choice, "Take this back? Type yes to go on: ")) {
    return ExitCode.cancelled;
  }
  const report = await undoSession(journal, session);
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
  return report.complete ? ExitCode.ok : ExitCode.partial;
}

/** The named session, or the newest that has something to take back. */
async function chooseSession(
  journal: JournalContext,
  id: string | undefined,
): Promise<SessionHistory> {
  const { sessions, damaged } = await listSessions(journal);
  const broken = damaged.find((entry) => id === undefined || entry.id === id);
  const found = id === undefined
    ? sessions.findLast((session) =>
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
    rows.push({
      id: session.id,
      state,
      outcome: outcome ?? null,
      bytes,
      at: header.at,
      command: header.command,
    });
    const ended = outcome === undefined ? "" : `, ${outcome}`;
    lines.push(`${session.id}  ${state}${ended}, copies hold ${formatBytes(bytes)}`);
    lines.push(wrap(header.command, { first: "    ", indent: "      " }));
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
    ? sessions.filter((session) => session.state === "finished" || session.state === "undone")
    : [await chooseSession(journal, choice.session)];
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
    return ExitCode.cancelled;
  }
  let freed = 0;
  for (const session of chosen) freed += await pruneSession(journal, session);
  context.output.document({ freed, sessions: chosen.map((session) => session.id) });
  context.output.result(`Freed ${formatBytes(freed)}`);
  return ExitCode.ok;
}

async function resume(
  context: CommandContext,
  volume: string | undefined,
  options: RunOptions,
): Promise<number> {
  const windows = await chooseWindows(context, volume);
  const journal = await openJournal(context, windows);
  const parts = { host: context.host, windows, journal };
  const plan = await planResume(parts);
  context.output.event({ type: "plan", plan: plan.plan });
  context.output.talk(
    `Session ${plan.session.id} was cut off\n\nFound\n${renderFindings(plan.plan.findings)}\n`,
  );
  context.output.talk(renderGuards(plan.plan.guards));
  context.output.talk(`\n${renderPlan(plan.plan)}\n`);
  if (options.dryRun) return ExitCode.ok;
  if (!await agreed(context, options)) return ExitCode.cancelled;
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
