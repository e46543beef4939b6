/**
 * `upgrade unstage`: takes a staged upgrade back, whatever has become of it since. The journal of
 * the session that staged it does the work; this finds it, says what stays, and frees the space.
 */
import {
  ExitCode,
  formatBytes,
  joinWindowsPath,
  MedicError,
  RefusalError,
  windowsBaseName,
  wrap,
} from "../base/mod.ts";
import { commandFor } from "../checks/mod.ts";
import {
  type Change,
  describeChange,
  type JournalContext,
  planUndo,
  pruneSession,
  readSession,
  type SessionHistory,
  undoSession,
} from "../journal/mod.ts";
import {
  hasStaged,
  parseOrder,
  parseProgress,
  stagingSessions,
  type StarterRecord,
  UpgradePlace,
} from "../upgrade/mod.ts";
import {
  type OfflineWindows,
  onTarget,
  readSetupState,
  readStagedUpgrade,
} from "../windows/mod.ts";
import { chooseWindows, type CommandContext, openJournal } from "./context.ts";
import { refuseHibernated } from "./hibernated_target.ts";
import type { ChangeOptions } from "./options.ts";
import { agreed } from "./run_repair.ts";
import { sessionOfFile } from "./undo_session.ts";

/** Options of `upgrade unstage`. */
export interface UnstageOptions extends ChangeOptions {
  /** Keep what was taken back, media and all, until the sessions are pruned. */
  readonly keepCopies?: boolean;
  /** A copy of the journal, where the target's own is lost. */
  readonly journal?: string;
}

/** Takes a staged upgrade back. Returns the exit code. */
export async function unstageUpgradeCommand(
  context: CommandContext,
  volume: string | undefined,
  options: UnstageOptions,
): Promise<number> {
  const { output } = context;
  const windows = await chooseWindows(context, volume);
  const journal = await openJournal(context, windows);
  const sessions = await sessionsToUndo(context, journal, options);
  if (sessions.length === 0) return await nothingStaged(context, windows);
  const notes = await notesOn(windows, keptIn(windows, sessions, options));
  output.talk(shownPlan(sessions, notes));
  if (options.dryRun) {
    output.document({ dryRun: true, sessions: sessions.map(({ id }) => id), notes });
    output.result("Dry run: nothing was changed");
    return ExitCode.ok;
  }
  await refuseHibernated(journal);
  if (!await agreed(context, options, "Take the upgrade back? Type yes to go on: ")) {
    output.talk("Nothing was changed");
    return ExitCode.cancelled;
  }
  const reports = [];
  for (const session of [...sessions].reverse()) {
    reports.push(await undoSession(journal, session, { changedSince: ourOwn }));
  }
  const complete = reports.every((report) => report.complete);
  const freed = complete && options.keepCopies !== true ? await prune(journal, sessions) : 0;
  output.document({ sessions: reports, complete, freed, notes });
  tellReports(context, reports);
  tellEnd(context, { complete, freed });
  return complete ? ExitCode.ok : ExitCode.partial;
}

/** Our service and our command are ours: whatever was written there since goes with them. */
function ourOwn(changes: readonly string[]): Promise<boolean> {
  return Promise.resolve(changes.every((change) => change.includes("PEMedicUpgrade")));
}

async function sessionsToUndo(
  context: CommandContext,
  journal: JournalContext,
  { journal: file }: UnstageOptions,
): Promise<SessionHistory[]> {
  if (file !== undefined) return [await stagingSessionOf(context, file)];
  return (await stagingSessions(journal)).map(({ session }) => session);
}

async function stagingSessionOf(context: CommandContext, path: string): Promise<SessionHistory> {
  const session = await sessionOfFile(context, path);
  if (hasStaged(session)) return session;
  throw new RefusalError(`Cannot use the journal "${path}": it stages no upgrade`, {
    next: "Name the journal of the session that staged it; the stick keeps copies",
  });
}

/** What starts an upgrade may be there without a journal that tells how to take it back. */
async function nothingStaged(context: CommandContext, windows: OfflineWindows): Promise<number> {
  const left = await readStagedUpgrade(windows.files, windows.registry);
  if (left === undefined) {
    context.output.document({ sessions: [], complete: true, freed: 0, notes: [] });
    context.output.result("No upgrade is staged; nothing was changed");
    return ExitCode.nothingToDo;
  }
  throw new RefusalError(
    "Cannot take the upgrade back: there are traces of one, and no journal that staged it",
    {
      next: "Name the copy of the journal on the stick: " +
        `${commandFor(windows, "upgrade unstage")} --journal FILE`,
    },
  );
}

/** Where the starter's records are afterwards; with the copies, undo gives them their place. */
function keptIn(
  windows: OfflineWindows,
  sessions: readonly SessionHistory[],
  { keepCopies }: UnstageOptions,
): string | undefined {
  const session = sessions.find(({ changes }) =>
    changes.some(({ intent }) => makesRecords(intent.change))
  );
  if (session === undefined) return undefined;
  return onTarget(windows, keepCopies === true ? session.folder : keptRecords(session));
}

function makesRecords(change: Change | undefined): boolean {
  return change?.kind === "file-created" && change.path === UpgradePlace.progress;
}

function keptRecords({ folder }: SessionHistory): string {
  return joinWindowsPath(folder, "logs", windowsBaseName(UpgradePlace.progress));
}

/** What became of the upgrade meanwhile, and what stays. */
async function notesOn(windows: OfflineWindows, kept: string | undefined): Promise<string[]> {
  const starts = (await readStarts(windows)).filter(({ event }) => event === "starts").length;
  const { name, reason } = await readSetupState(windows);
  const status = `see: ${commandFor(windows, "upgrade status")}`;
  const atWork = ["in-flight", "rollback-pending", "dead-safe-os", "dead-first-boot", "dead-oobe"];
  return [
    ...starts === 0 ? [] : [
      `Setup was started ${starts === 1 ? "once" : `${starts} times`}${
        kept === undefined ? "" : `; its records are kept in ${kept}`
      }`,
    ],
    ...atWork.includes(name)
      ? [`Setup itself is not called off by this: ${reason}; ${status}`]
      : [],
  ];
}

async function readStarts(windows: OfflineWindows): Promise<readonly StarterRecord[]> {
  try {
    const order = parseOrder(await readText(windows, UpgradePlace.order));
    return parseProgress(await readText(windows, UpgradePlace.progress), order.id).records;
  } catch (error) {
    if (error instanceof MedicError) return [];
    throw error;
  }
}

async function readText(windows: OfflineWindows, path: string): Promise<string> {
  return new TextDecoder().decode(await windows.files.read(path));
}

function shownPlan(sessions: readonly SessionHistory[], notes: readonly string[]): string {
  const lines = [...sessions].reverse().flatMap((session) => {
    const { reversible, irreversible } = planUndo(session);
    const line = (word: string) => (state: typeof reversible[number]) =>
      wrap(`${word}: ${describeChange(state.intent.change!)}`, { first: "  - ", indent: "    " });
    return [
      `Session ${session.id}, newest first:`,
      ...reversible.map(line("take back")),
      ...irreversible.map(line("stays")),
    ];
  });
  return [...lines, ...notes.map((note) => wrap(note, { first: "! ", indent: "  " }))].join("\n");
}

/** The starter's records are worth more than their space: they stay beside the journal. */
async function prune(
  journal: JournalContext,
  sessions: readonly SessionHistory[],
): Promise<number> {
  let freed = 0;
  for (const { id } of sessions) {
    const session = await readSession(journal, id);
    if (session === undefined || session.state !== "undone") continue;
    await keepProgress(journal, session);
    freed += await pruneSession(journal, session);
  }
  return freed;
}

async function keepProgress(journal: JournalContext, session: SessionHistory): Promise<void> {
  const { target } = journal;
  const kept = keptRecords(session);
  for (const { displaced, intent } of session.changes) {
    if (displaced === undefined || !makesRecords(intent.change)) continue;
    const records = displaced.replace(/^\{session\}/, session.folder);
    if (await target.stat(records) === undefined || await target.stat(kept) !== undefined) continue;
    await target.move(records, kept);
  }
}

function tellReports(
  { output }: CommandContext,
  reports: readonly Awaited<ReturnType<typeof undoSession>>[],
): void {
  const changes = reports.flatMap((report) => report.changes);
  output.result(
    changes.map(({ description, result, reason }) =>
      wrap(`${description}${reason === undefined ? "" : `: ${reason}`}`, {
        first: `  ${result.padEnd(12)} `,
        indent: " ".repeat(15),
      })
    ).join("\n"),
  );
  const next = changes.find((change) => change.next !== undefined)?.next;
  if (next !== undefined) output.talk(wrap(next, { first: "Next: ", indent: "      " }));
}

function tellEnd(
  { output }: CommandContext,
  { complete, freed }: { readonly complete: boolean; readonly freed: number },
): void {
  const space = freed === 0 ? "" : `; ${formatBytes(freed)} are free again`;
  output.result(
    complete
      ? `The upgrade is taken back${space}`
      : "The upgrade is only partly taken back; run the command again",
  );
}
