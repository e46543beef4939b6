/**
 * Takes back the reversible changes of a session, newest first. An error on one does not
 * stop the others. What has appeared in the old place meanwhile (Windows may have run) is
 * moved aside, never deleted. A second call continues an interrupted undo.
 */
import { isWithin, joinWindowsPath, MedicError, RefusalError, windowsParent } from "../base/mod.ts";
import type { FileSystem, ReadableFileSystem } from "../host/mod.ts";
import {
  type Change,
  describeChange,
  expandPath,
  isInSession,
  SESSION,
  staysReason,
} from "./change.ts";
import { ensureDirectory, freePlace, guardPath, storedName } from "./guarded_path.ts";
import type { ChangeState, SessionHistory } from "./history.ts";
import { isPayload, type JournalContext, SESSIONS_FOLDER } from "./journal_context.ts";
import type { JournalWriter } from "./journal_writer.ts";
import { isHalfTree, isHarmless, isUndoable, reconcile } from "./reconcile.ts";
import { isCreating } from "./settle.ts";
import { type AskChangedSince, LeftAsItIs, settleHiveUndo, undoHiveEdit } from "./undo_hive.ts";
import { undoHiveRebuild } from "./undo_rebuild.ts";
import { latestHistory, readSession, reopenSession } from "./session.ts";

/** What became of one change in an undo. */
export interface UndoneChange {
  readonly id: number;
  readonly description: string;
  readonly result: "undone" | "irreversible" | "failed";
  /** Why not, or what can be done instead. */
  readonly reason?: string;
  /** The exact next command, or what to do, where there is one. */
  readonly next?: string;
  /** It has changed since, and people want to keep that: an answer, not a fault. */
  readonly left?: true;
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
  const stays = (state: ChangeState) => staysReason(state.intent.change!) !== undefined;
  const interrupted = session.changes
    .filter((state) => state.state === "interrupted" && !isHalfTree(state)).reverse();
  return {
    session,
    reversible: newestFirst.filter((state) => !stays(state)),
    irreversible: [...newestFirst.filter(stays), ...interrupted],
  };
}

/** How to undo. */
export interface UndoOptions {
  /** Asked where Windows or somebody else has changed a value since; "no" if absent. */
  readonly changedSince?: AskChangedSince;
}

/**
 * Undoes a session. A given history that is older than what the volume itself knows (from
 * `--journal FILE`) gives way to that.
 *
 * @throws {MedicError} `refused` if the session was pruned or is not of this volume, or another
 * error if the journal cannot be written.
 */
export async function undoSession(
  context: JournalContext,
  session: SessionHistory,
  options: UndoOptions = {},
): Promise<UndoReport> {
  refusePruned(context, session);
  const history = await latestHistory(context, session);
  refusePruned(context, history);
  const writer = await reopenSession(context, history);
  try {
    await reconcile(writer, history);
    const plan = planUndo(await readSession(context, session.id) ?? history);
    const changes: UndoneChange[] = [];
    const ask = options.changedSince ?? (() => Promise.resolve(false));
    for (const state of plan.reversible) changes.push(await undoOne(writer, state, ask));
    for (const state of plan.irreversible) changes.push(cannotUndo(state));
    const complete = changes.every((change) => change.result !== "failed");
    const at = context.host.clock.now().toISOString();
    await writer.append({ type: "undone", at, outcome: outcomeOf(changes) });
    return { session: session.id, changes, complete };
  } finally {
    await writer.close();
  }
}

/** `left`: nothing is half done, and nobody needs to come back before the next repair. */
function outcomeOf(changes: readonly UndoneChange[]): "complete" | "left" | "partial" {
  const failed = changes.filter((change) => change.result === "failed");
  if (failed.length === 0) return "complete";
  return failed.every((change) => change.left) ? "left" : "partial";
}

function refusePruned(context: JournalContext, session: SessionHistory): void {
  if (session.state !== "pruned") return;
  throw new MedicError("refused", `Cannot undo session "${session.id}": its copies were pruned`, {
    next: `See what is left to undo: pemedic sessions ${context.root}`,
  });
}

function cannotUndo(state: ChangeState): UndoneChange {
  const change = state.intent.change!;
  return {
    id: state.id,
    description: describeChange(change),
    result: "irreversible",
    reason: staysReason(change) ?? "It cannot be taken back",
  };
}

/** A failure of the change itself is noted; one of the journal ends the undo. */
async function undoOne(
  writer: JournalWriter,
  state: ChangeState,
  ask: AskChangedSince,
): Promise<UndoneChange> {
  const change = state.intent.change!;
  const { host } = writer.context;
  const entry = { id: state.id, description: describeChange(change) };
  let place: string;
  try {
    if (change.kind === "hive-edited" || change.kind === "hive-rebuilt") {
      refuseOwnRecords(change, state);
      await settleHiveUndo(writer, change.path, state.displaced);
    }
    place = await displacedPlace(writer, state);
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    return { ...entry, ...failure(error) };
  }
  await note(writer, state.id, { state: "intent", displaced: place });
  await host.checkpoint("undo-intended");
  try {
    await takeBack(writer, { state, change, planned: place, ask });
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    await note(writer, state.id, { state: "failed", reason: error.message });
    return { ...entry, ...failure(error) };
  }
  await host.checkpoint("undo-made");
  await note(writer, state.id, { state: "done" });
  await host.checkpoint("undo-recorded");
  return { ...entry, result: "undone" };
}

function failure(error: MedicError): Omit<UndoneChange, "id" | "description"> {
  return {
    result: "failed",
    reason: error.message,
    ...(error.next === undefined ? {} : { next: error.next }),
    ...(error instanceof LeftAsItIs ? { left: true } : {}),
  };
}

async function note(
  writer: JournalWriter,
  id: number,
  rest: { state: "intent" | "done" | "failed"; displaced?: string; reason?: string },
): Promise<void> {
  const at = writer.context.host.clock.now().toISOString();
  await writer.append({ type: "undo", at, id, ...rest });
}

/** Where goes what has appeared in the old place, with `{session}`. */
async function displacedPlace(writer: JournalWriter, state: ChangeState): Promise<string> {
  const { target } = writer.context;
  const folder = joinWindowsPath(writer.folder, "displaced");
  await guardPath(target, folder);
  const place = joinWindowsPath(folder, storedName(state.id, pathOf(state.intent.change!)));
  return SESSION + (await freePlace(target, place)).slice(writer.folder.length);
}

function pathOf(change: Change): string {
  return change.kind === "tool-ran" ? "" : change.path;
}

async function takeBack(
  writer: JournalWriter,
  item: {
    readonly state: ChangeState;
    readonly change: Change;
    /** Where what is there now goes, with `{session}`. */
    readonly planned: string;
    readonly ask: AskChangedSince;
  },
): Promise<void> {
  const { state, change, planned, ask } = item;
  const { target } = writer.context;
  const place = expandPath(planned, writer.folder);
  const path = expandPath(pathOf(change), writer.folder);
  refuseOwnRecords(change, state);
  await guardPath(target, path, { last: "any" });
  switch (change.kind) {
    case "entry-moved":
    case "file-replaced": {
      const kept = expandPath(state.intent.kept ?? "", writer.folder);
      return await putBack(writer, { path, kept, place, begun: state.undoing });
    }
    case "directory-created":
      if (await isEmptyDirectory(target, path)) return await target.remove(path);
      await displace(writer, path, place);
      return;
    case "file-created":
    case "tree-created":
      await displace(writer, path, place);
      return;
    case "hive-edited":
      return await undoHiveEdit(writer, change, { place: planned, ask });
    case "hive-rebuilt":
      return await undoHiveRebuild(writer, change, {
        kept: state.intent.kept ?? "",
        place: planned,
        begun: state.undoing ? state.displaced : undefined,
        ask,
      });
    case "tool-ran":
      return;
  }
}

/**
 * No change of ours lies among the records, and what we keep lies nowhere else.
 *
 * @throws {RefusalError} for a journal that says otherwise: somebody has forged it.
 */
function refuseOwnRecords(change: Change, state: ChangeState): void {
  const foreign = [state.intent.kept, state.displaced].find((place) =>
    place !== undefined && !isInSession(place)
  );
  const path = pathOf(change);
  const payload = isCreating(change) && isPayload(path);
  const own = isWithin(path, SESSIONS_FOLDER) && !payload ? path : undefined;
  const place = foreign ?? own;
  if (place === undefined) return;
  throw new RefusalError(`Cannot take back "${pathOf(change)}": "${place}" is no place for it`);
}

async function isEmptyDirectory(target: ReadableFileSystem, path: string): Promise<boolean> {
  const entry = await target.stat(path);
  if (entry?.kind !== "directory" || entry.reparse) return false;
  return (await target.list(path)).length === 0;
}

/** If the copy is gone, the old place filled, and an undo begun, that undo got this far already. */
async function putBack(
  writer: JournalWriter,
  places: { path: string; kept: string; place: string; begun: boolean },
): Promise<void> {
  const { target } = writer.context;
  const { path, kept, place } = places;
  await guardPath(target, kept);
  if (await target.stat(kept) === undefined) {
    if (places.begun && await target.stat(path) !== undefined) return;
    throw new MedicError("partial", `Cannot put "${path}" back: its copy "${kept}" is gone`);
  }
  await ensureParents(target, path);
  const displaced = await displace(writer, path, place);
  try {
    await target.move(kept, path);
  } catch (error) {
    // Better what is there now than nothing: Windows may need it to start.
    if (displaced && error instanceof MedicError) await target.move(place, path);
    throw error;
  }
}

/** Somebody may have removed the folders above since. */
async function ensureParents(target: FileSystem, path: string): Promise<void> {
  const parent = windowsParent(path);
  if (parent === "" || await target.stat(parent) !== undefined) return;
  await ensureParents(target, parent);
  await target.createDirectory(parent);
}

/** Moves what has appeared meanwhile aside. Says whether there was anything. */
async function displace(writer: JournalWriter, path: string, place: string): Promise<boolean> {
  const { target } = writer.context;
  if (await target.stat(path) === undefined) return false;
  await ensureDirectory(target, windowsParent(place));
  await target.move(path, place);
  return true;
}
