/** Frees the space that a session's copies hold. After that the session cannot be undone. */
import { FileError, joinWindowsPath, MedicError } from "../base/mod.ts";
import type { FileEntry, FileSystem } from "../host/mod.ts";
import type { SessionHistory } from "./history.ts";
import type { JournalContext } from "./journal_context.ts";
import type { JournalWriter } from "./journal_writer.ts";
import { reconcile } from "./reconcile.ts";
import { reopenSession } from "./session.ts";

/** Folders of a session that hold copies; journal, logs and reports stay. */
const COPIES = ["aside", "displaced", "new", "partial", "saved", "scratch"];

/** Bytes that the session's copies hold on the target. */
export async function sessionBytes(files: FileSystem, session: SessionHistory): Promise<number> {
  let bytes = 0;
  for (const name of COPIES) bytes += await treeBytes(files, joinWindowsPath(session.folder, name));
  return bytes;
}

/**
 * Bytes of all files below a path; 0 if there is none. Links are not followed, and a folder
 * that may not be listed counts as nothing.
 */
export async function treeBytes(files: FileSystem, path: string): Promise<number> {
  const entry = await files.stat(path);
  if (entry === undefined || entry.reparse) return 0;
  if (entry.kind === "file") return entry.size;
  let bytes = 0;
  for (const child of await listable(files, path)) {
    if (child.reparse) continue;
    bytes += child.kind === "file"
      ? child.size
      : await treeBytes(files, joinWindowsPath(path, child.name));
  }
  return bytes;
}

async function listable(files: FileSystem, path: string): Promise<FileEntry[]> {
  try {
    return await files.list(path);
  } catch (error) {
    if (error instanceof FileError) return [];
    throw error;
  }
}

/**
 * Removes the copies of a session, for ever. Journalled first, so that a power cut in the
 * middle leaves a session that says it was pruned; pruning it again removes the rest.
 *
 * @returns the number of bytes that were freed.
 * @throws {MedicError} `refused` for a session that is still open: resume or undo it first; the
 * error of the first copy that could not be removed, after all others are.
 */
export async function pruneSession(
  context: JournalContext,
  session: SessionHistory,
): Promise<number> {
  if (session.state === "open" || session.state === "partly-undone") {
    throw new MedicError("refused", `Cannot prune session "${session.id}": it is not finished`, {
      next: `pemedic undo ${context.root} ${session.id}`,
    });
  }
  const writer = await reopenSession(context, session);
  const problems: MedicError[] = [];
  try {
    await settleFirst(writer, session);
    const bytes = await sessionBytes(context.target, session);
    const at = context.host.clock.now().toISOString();
    await writer.append({ type: "pruned", at, bytes });
    await context.host.checkpoint("prune-recorded");
    for (const name of COPIES) {
      const path = joinWindowsPath(session.folder, name);
      await removeTree(context.target, path, problems);
    }
    if (problems[0] !== undefined) throw problems[0];
    return bytes;
  } finally {
    await writer.close();
  }
}

/** A change whose end is not recorded may have left the only copy of a file among the copies. */
async function settleFirst(writer: JournalWriter, session: SessionHistory): Promise<void> {
  const unknown = (await reconcile(writer, session)).find(({ state }) => state === "unknown");
  if (unknown === undefined) return;
  throw new MedicError(
    "refused",
    `Cannot prune session "${session.id}": what became of change ${unknown.id} cannot be told (${unknown.reason})`,
  );
}

/** Links are removed, not followed. What cannot be removed does not stop the rest. */
async function removeTree(
  files: FileSystem,
  path: string,
  problems: MedicError[],
): Promise<void> {
  try {
    const entry = await files.stat(path);
    if (entry === undefined) return;
    if (entry.kind === "directory" && !entry.reparse) {
      for (const child of await files.list(path)) {
        await removeTree(files, joinWindowsPath(path, child.name), problems);
      }
    }
    await files.remove(path);
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    problems.push(error);
  }
}
