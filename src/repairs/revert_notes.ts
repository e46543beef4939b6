/**
 * Writes down how DISM answered when it was asked to revert an update, and how the logs of
 * Windows were then: by that a later run tells whether Windows has had its start since. The note
 * lies in the session's folder and is no change of the target.
 */
import { joinWindowsPath, MedicError } from "../base/mod.ts";
import { ensureDirectory, type Transaction } from "../journal/mod.ts";
import {
  type RevertAnswer,
  type RevertNote,
  revertNoteName,
  takeRevertNote,
} from "../windows/mod.ts";

/**
 * Writes the note, on the target and beside the journal's copy on the stick. Logs that cannot be
 * read leave none: a later run then asks DISM again.
 */
export async function noteRevert(transaction: Transaction, answer: RevertAnswer): Promise<void> {
  const { writer } = transaction;
  const { target, mirror } = writer.context;
  const note = await lookAtLogs(target);
  if (note === undefined) return;
  const taken = async (n: number, each: RevertAnswer) =>
    await target.stat(joinWindowsPath(writer.folder, revertNoteName(n, each))) !== undefined;
  let n = 1;
  while (await taken(n, "accepted") || await taken(n, "failed")) n++;
  try {
    if (mirror !== undefined) {
      await ensureDirectory(mirror.files, joinWindowsPath(writer.id, "logs"));
    }
  } catch (error) {
    if (!(error instanceof MedicError)) throw error; // a pulled stick: the writer notices too
  }
  await writer.attach(revertNoteName(n, answer), new TextEncoder().encode(JSON.stringify(note)));
}

type Target = Transaction["writer"]["context"]["target"];

async function lookAtLogs(target: Target): Promise<RevertNote | undefined> {
  try {
    return await takeRevertNote(target);
  } catch (error) {
    if (error instanceof MedicError) return undefined;
    throw error;
  }
}
