/** Opens a session for an agreed plan and runs it, or goes on with one that was cut off. */
import { MedicError } from "../base/mod.ts";
import type { Host } from "../host/mod.ts";
import {
  createSession,
  type JournalContext,
  listSessions,
  reconcile,
  reopenSession,
  type SessionHistory,
} from "../journal/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import type { LadderListener } from "./events.ts";
import { enforceGuards } from "./guards.ts";
import { type LadderOptions, parseOptions } from "./options.ts";
import { type LadderPlan, planLadder, planTarget } from "./plan.ts";
import { type LadderResult, runLadder } from "./run.ts";
import type { SourceMaker } from "./source_maker.ts";

/** What a session needs. */
export interface SessionRun {
  readonly host: Host;
  readonly windows: OfflineWindows;
  readonly journal: JournalContext;
  readonly program: string;
  /** The command as typed, for the journal. */
  readonly command: string;
  readonly listener: LadderListener;
  readonly signal?: AbortSignal;
  readonly quietAfterMs?: number;
  readonly sourceMaker?: SourceMaker;
}

/** The session of the target that was cut off, if there is one. */
export async function findOpenSession(
  context: JournalContext,
): Promise<SessionHistory | undefined> {
  const { sessions } = await listSessions(context);
  return sessions.findLast((session) => session.state === "open");
}

/**
 * Refuses to begin while an earlier session is half done: what it left must be settled first.
 *
 * @throws {MedicError} `refused`, naming both ways on.
 */
export async function refuseOpenSession(context: JournalContext): Promise<void> {
  const { sessions } = await listSessions(context);
  const half = sessions.findLast((session) => session.state === "partly-undone");
  if (half !== undefined) {
    throw new MedicError("refused", `Cannot begin: session ${half.id} is only partly taken back`, {
      next: `Take back the rest first: pemedic undo ${context.root} ${half.id}`,
    });
  }
  const open = sessions.findLast((session) => session.state === "open");
  if (open === undefined) return;
  throw new MedicError(
    "refused",
    `Cannot begin: session ${open.id} was cut off and is not finished`,
    {
      next:
        `Go on with it (pemedic resume ${context.root}) or take it back (pemedic undo ${context.root} ${open.id})`,
    },
  );
}

/** Runs an agreed plan in a new session. */
export async function runPlan(plan: LadderPlan, run: SessionRun): Promise<LadderResult> {
  enforceGuards(plan.guards);
  await refuseOpenSession(run.journal);
  const writer = await createSession(run.journal, {
    program: run.program,
    command: run.command,
    target: planTarget(run.windows),
    options: { ...plan.options },
  });
  run.listener({
    type: "session-started",
    session: writer.id,
    folder: writer.folder,
    resumed: false,
  });
  return await runLadder(plan, { ...run, writer, changes: 0 });
}

/** A session that was cut off, settled and planned anew. */
export interface ResumePlan {
  readonly session: SessionHistory;
  readonly options: LadderOptions;
  readonly plan: LadderPlan;
}

/**
 * Plans how to go on with the session that was cut off. Changes no byte.
 *
 * @throws {MedicError} `nothingToDo` if no session was cut off.
 */
export async function planResume(
  run: Pick<SessionRun, "host" | "windows" | "journal"> & {
    /** Another folder for scratch files, where the first had no room. */
    readonly scratch?: string;
  },
): Promise<ResumePlan> {
  const session = await findOpenSession(run.journal);
  if (session === undefined) {
    throw new MedicError("nothingToDo", `There is no session to resume on "${run.windows.root}"`, {
      next: `pemedic sessions ${run.windows.root}`,
    });
  }
  const options = {
    ...parseOptions(session.header.options),
    ...(run.scratch === undefined ? {} : { scratch: run.scratch }),
  };
  return { session, options, plan: await planLadder(run.host, run.windows, options) };
}

/** Settles what was in flight and goes on with the rungs that are left, in the same session. */
export async function resumeSession(resume: ResumePlan, run: SessionRun): Promise<LadderResult> {
  enforceGuards(resume.plan.guards);
  const { session, plan } = resume;
  const writer = await reopenSession(run.journal, session);
  run.listener({
    type: "session-started",
    session: writer.id,
    folder: writer.folder,
    resumed: true,
  });
  const settled = await reconcile(writer, session);
  for (const { id, reason, state } of settled) {
    run.listener({ type: "notice", text: `Change ${id}: ${reason} (${state})` });
  }
  const unknown = settled.find(({ state }) => state === "unknown");
  if (unknown !== undefined) {
    await writer.close();
    throw cannotSettle(run, unknown);
  }
  run.windows.refresh();
  return await runLadder(plan, {
    ...run,
    writer,
    changes: session.changes.length,
    completed: stepsIn(session, "end"),
    begun: stepsIn(session, "begin"),
  });
}

/** Going on over a change that nobody can look at could do it twice. */
function cannotSettle(run: SessionRun, unknown: { id: number; reason: string }): MedicError {
  return new MedicError(
    "partial",
    `Cannot resume: what became of change ${unknown.id} cannot be told (${unknown.reason})`,
    {
      next:
        `Look what stands in the way; or take the session back: pemedic undo ${run.windows.root}`,
    },
  );
}

/** Steps that the journal saw beginning, or ending in "fixed". */
function stepsIn(session: SessionHistory, state: "begin" | "end"): string[] {
  return session.records.flatMap((record) => {
    if (record.type !== "step" || record.state !== state) return [];
    return state === "begin" || record.outcome === "fixed" ? [record.step] : [];
  });
}
