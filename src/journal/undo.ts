/**
 * Takes back the reversible changes of a session, newest first. An error on one does not
 * stop the others. What has appeared in the old place meanwhile (Windows may have run) is
 * moved aside, never deleted. A second call continues an interrupted undo.
 */
import { joinWindowsPath, MedicError, windowsBaseName } from "../base/mod.ts";
import { type Change, describeChange, expandSession } from "./change.ts";
import type { JournalWriter } from "./journal_writer.ts";
import { isHarmless, isUndoable, reconcile } from "./reconcile.ts";
import {
  type ChangeState,
  ensureDirectory,
  type JournalContext,
  readSession,
  reopenSession,
  type SessionHistory,
} from "./session.ts";

/** What became of one change in an undo. */
export interface UndoneChange {
  readonly id: number;
  readonly description: string;
  readonly result: "undone" | "irreversible" | "failed";
  /** Why not, or what can be done instead. */
  readonly reason?: string;
}

/** The result of an undo. */
export interface UndoReport {
  readonly session: string;
  readonly changes: readonly UndoneChange[];
  /** Every reversible change is taken back. */
  readonly complete: boolean;
}

/** What an undo would do, as data: to show before it is done. */
export interface UndoPlan {
  readonly session: SessionHistory;
  readonly reversible: readonly ChangeState[];
  readonly irreversible: readonly ChangeState[];
}

/** Plans an undo without writing. An unfinished change counts: it is looked at first. */
export function planUndo(session: SessionHistory): UndoPlan {
  const open = session.changes.filter((state) =>
    isUndoable(state) || (state.state === "intent" && !isHarmless(state.intent))
  );
  const newestFirst = [...open].reverse();
  const isTool = (state: ChangeState) => state.intent.change?.kind === "tool-ran";
  const interrupted = session.changes.filter((s) => s.state === "interrupted").reverse();
  return {
    session,
    reversible: newestFirst.filter((state) => !isTool(state)),
    irreversible: [...newestFirst.filter(isTool), ...interrupted],
  };
}

/**
 * Undoes a session.
 *
 * @throws {MedicError} if the session was pruned, or if the journal cannot be written.
 */
export async function undoSession(
  context: JournalContext,
  session: SessionHistory,
): Promise<UndoReport> {
  if (session.state === "pruned") {
    throw new MedicError("refused", `Cannot undo session "${session.id}": its copies were pruned`);
  }
  const writer = await reopenSession(context, session);
  try {
    await reconcile(writer, session);
    const current = await readSession(context, session.id) ?? session;
    const plan = planUndo(current);
    const changes: UndoneChange[] = [];
    for (const state of plan.reversible) changes.push(await undoOne(writer, state));
    for (const state of plan.irreversible) changes.push(cannotUndo(state));
    const complete = changes.every((change) => change.result !== "failed");
    const at = context.host.clock.now().toISOString();
    await writer.append({ type: "undone", at, outcome: complete ? "complete" : "partial" });
    return { session: session.id, changes, complete };
  } finally {
    await writer.close();
  }
}

function cannotUndo(state: ChangeState): UndoneChange {
  const change = state.intent.change!;
  const instead = change.kind === "tool-ran" ? change.instead : undefined;
  return {
    id: state.id,
    description: describeChange(change),
    result: "irreversible",
    reason: instead ?? "What this tool did cannot be taken back",
  };
}

async function undoOne(writer: JournalWriter, state: ChangeState): Promise<UndoneChange> {
  const change = state.intent.change!;
  const description = describeChange(change);
  try {
    await takeBack(writer, { state, change });
    return { id: state.id, description, result: "undone" };
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    await note(writer, state.id, { state: "failed", reason: error.message });
    return { id: state.id, description, result: "failed", reason: error.message };
  }
}

async function note(
  writer: JournalWriter,
  id: number,
  rest: { state: "intent" | "done" | "failed"; displaced?: string; reason?: string },
): Promise<void> {
  const at = writer.context.host.clock.now().toISOString();
  await writer.append({ type: "undo", at, id, ...rest });
}

async function takeBack(
  writer: JournalWriter,
  item: { state: ChangeState; change: Change },
): Promise<void> {
  const { state, change } = item;
  const host = writer.context.host;
  if (change.kind === "tool-ran") return;
  const path = expandSession(change.path, writer.folder);
  const displaced = `{session}\\displaced\\${String(state.id).padStart(4, "0")}-${
    windowsBaseName(path)
  }`;
  await note(writer, state.id, { state: "intent", displaced });
  await host.checkpoint("undo-intended");
  const kept = expandSession(state.intent.kept ?? "", writer.folder);
  const place = expandSession(displaced, writer.folder);
  switch (change.kind) {
    case "entry-moved":
    case "file-replaced":
      await putBack(writer, { path, kept, place, begun: state.undoing });
      break;
    case "file-created":
    case "directory-created":
      await displace(writer, path, place);
      break;
  }
  await host.checkpoint("undo-made");
  await note(writer, state.id, { state: "done" });
  await host.checkpoint("undo-recorded");
}

/** If the copy is gone, the old place filled, and an undo begun, that undo got this far already. */
async function putBack(
  writer: JournalWriter,
  places: { path: string; kept: string; place: string; begun: boolean },
): Promise<void> {
  const target = writer.context.target;
  const { path, kept, place } = places;
  if (await target.stat(kept) === undefined) {
    if (places.begun && await target.stat(path) !== undefined) return;
    throw new MedicError("partial", `Cannot put "${path}" back: its copy "${kept}" is gone`);
  }
  await displace(writer, path, place);
  await target.move(kept, path);
}

async function displace(writer: JournalWriter, path: string, place: string): Promise<void> {
  const target = writer.context.target;
  if (await target.stat(path) === undefined) return;
  await ensureDirectory(target, joinWindowsPath(writer.folder, "displaced"));
  let free = place;
  for (let n = 2; await target.stat(free) !== undefined; n++) free = `${place}.${n}`;
  await target.move(path, free);
}
