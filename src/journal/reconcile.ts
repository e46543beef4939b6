/**
 * After a power cut: finds out by looking what became of a change that was begun and whose
 * end was not recorded, and writes the answer into the journal.
 */
import { MedicError } from "../base/mod.ts";
import { isInSession } from "./change.ts";
import type { ChangeState, SessionHistory } from "./history.ts";
import type { JournalWriter } from "./journal_writer.ts";
import type { ChangeRecord } from "./record.ts";
import { settleChange, type SettledChange } from "./settle.ts";

/** What became of an unfinished change. `unknown`: it could not be looked at, and stays open. */
export interface Reconciled {
  readonly id: number;
  readonly state: SettledChange["state"] | "unknown";
  readonly reason: string;
}

/**
 * Settles every change of a session whose end is not recorded. One that cannot be looked at
 * does not stop the others.
 *
 * @throws {MedicError} if the journal cannot be written.
 */
export async function reconcile(
  writer: JournalWriter,
  session: SessionHistory,
): Promise<Reconciled[]> {
  const settled: Reconciled[] = [];
  for (const state of session.changes) {
    if (state.state !== "intent") continue;
    const answer = await settle(writer, state);
    settled.push({ id: state.id, ...answer });
    if (answer.state === "unknown") continue;
    const at = writer.context.host.clock.now().toISOString();
    const { state: end, reason } = answer;
    await writer.append({ type: "change", at, id: state.id, state: end, reason });
  }
  return settled;
}

async function settle(
  writer: JournalWriter,
  state: ChangeState,
): Promise<Omit<Reconciled, "id">> {
  const { change, kept } = state.intent;
  if (change === undefined) return { state: "not-done", reason: "It says no change" };
  try {
    return await settleChange(writer, { change, kept });
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    return { state: "unknown", reason: error.message };
  }
}

/** A change of which something is still on the volume and can be taken back. */
export function isUndoable(state: ChangeState): boolean {
  return (state.state === "done" || isHalfTree(state)) && !state.undone &&
    !isHarmless(state.intent);
}

/** A tree that was cut off: what is there of it can be taken back. */
export function isHalfTree(state: ChangeState): boolean {
  return state.state === "interrupted" && state.intent.change?.kind === "tree-created";
}

/** Changes that undo leaves alone: reads, and files inside the session's own folder. */
export function isHarmless(intent: ChangeRecord): boolean {
  const change = intent.change;
  if (change === undefined) return true;
  if (change.kind === "tool-ran") return change.risk === "reads";
  return isInSession(change.path);
}
