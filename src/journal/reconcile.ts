/**
 * After a power cut: finds out by looking what became of a change that was begun and whose
 * end was not recorded, and writes the answer into the journal.
 */
import { joinWindowsPath, windowsBaseName } from "../base/mod.ts";
import type { FileSystem } from "../host/mod.ts";
import { expandSession } from "./change.ts";
import type { JournalWriter } from "./journal_writer.ts";
import type { ChangeRecord } from "./record.ts";
import { type ChangeState, ensureDirectory, type SessionHistory } from "./session.ts";

/** What became of an unfinished change. */
export interface Reconciled {
  readonly id: number;
  readonly state: "done" | "not-done" | "interrupted";
  readonly reason: string;
}

/** Settles every change of a session whose end is not recorded. */
export async function reconcile(
  writer: JournalWriter,
  session: SessionHistory,
): Promise<Reconciled[]> {
  const settled: Reconciled[] = [];
  for (const state of session.changes) {
    if (state.state !== "intent") continue;
    const answer = await settle(writer, state);
    const at = writer.context.host.clock.now().toISOString();
    await writer.append({
      type: "change",
      at,
      id: state.id,
      state: answer.state,
      reason: answer.reason,
    });
    settled.push({ id: state.id, ...answer });
  }
  return settled;
}

type Answer = Omit<Reconciled, "id">;

const DONE: Answer = { state: "done", reason: "It was complete" };
const NOT_DONE: Answer = { state: "not-done", reason: "It had not begun" };

async function settle(writer: JournalWriter, state: ChangeState): Promise<Answer> {
  const { change, kept } = state.intent;
  const target = writer.context.target;
  if (change === undefined) return NOT_DONE;
  switch (change.kind) {
    case "entry-moved": {
      const moved = kept !== undefined && await exists(target, expandSession(kept, writer.folder));
      return moved ? DONE : NOT_DONE;
    }
    case "directory-created":
      return await exists(target, expandSession(change.path, writer.folder)) ? DONE : NOT_DONE;
    case "file-created":
      return await settleFile(writer, expandSession(change.path, writer.folder), change.bytes);
    case "file-replaced":
      return await settleReplacement(writer, change.path, expandSession(kept ?? "", writer.folder));
    case "tool-ran":
      return {
        state: "interrupted",
        reason: `${change.tool} was running and may have done a part`,
      };
  }
}

async function exists(target: FileSystem, path: string): Promise<boolean> {
  return await target.stat(path) !== undefined;
}

/** A file that was cut off while it was written is ours: it is kept aside as it is. */
async function settleFile(writer: JournalWriter, path: string, bytes: number): Promise<Answer> {
  const entry = await writer.context.target.stat(path);
  if (entry === undefined) return NOT_DONE;
  if (entry.size === bytes) return DONE;
  await keepPartial(writer, path);
  return { state: "not-done", reason: "It was half written; the half was moved aside" };
}

/** Before the swap the new file lies beside the old one; after it the old one is in its kept place. */
async function settleReplacement(
  writer: JournalWriter,
  path: string,
  kept: string,
): Promise<Answer> {
  const target = writer.context.target;
  const sibling = `${path}.pemedic-new`;
  if (await exists(target, kept) && await exists(target, path)) return DONE;
  if (await exists(target, kept)) await target.move(kept, path);
  if (await exists(target, sibling)) await keepPartial(writer, sibling);
  return { state: "not-done", reason: "The new file had not taken its place" };
}

async function keepPartial(writer: JournalWriter, path: string): Promise<void> {
  const folder = joinWindowsPath(writer.folder, "partial");
  await ensureDirectory(writer.context.target, folder);
  const name = `${writer.context.host.randomHex(3)}-${windowsBaseName(path)}`;
  await writer.context.target.move(path, joinWindowsPath(folder, name));
}

/** A change of which something is still on the volume and can be taken back. */
export function isUndoable(state: ChangeState): boolean {
  return state.state === "done" && !state.undone && !isHarmless(state.intent);
}

/** Changes that undo leaves alone: reads, and files inside the session's own folder. */
export function isHarmless(intent: ChangeRecord): boolean {
  const change = intent.change;
  if (change === undefined) return true;
  if (change.kind === "tool-ran") return change.risk === "reads";
  return change.path.startsWith("{session}");
}
