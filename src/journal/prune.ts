/** Frees the space that a session's copies hold. After that the session cannot be undone. */
import { joinWindowsPath, MedicError } from "../base/mod.ts";
import type { FileSystem } from "../host/mod.ts";
import { type JournalContext, reopenSession, type SessionHistory } from "./session.ts";

/** Folders of a session that hold copies; journal and reports stay. */
const COPIES = ["aside", "displaced", "partial", "saved", "scratch"];

/** Bytes that the session's copies hold on the target. */
export async function sessionBytes(files: FileSystem, session: SessionHistory): Promise<number> {
  let bytes = 0;
  for (const name of COPIES) bytes += await treeBytes(files, joinWindowsPath(session.folder, name));
  return bytes;
}

/** Bytes of all files below a path; 0 if there is none. Links are not followed. */
export async function treeBytes(files: FileSystem, path: string): Promise<number> {
  const entry = await files.stat(path);
  if (entry === undefined || entry.reparse) return 0;
  if (entry.kind === "file") return entry.size;
  let bytes = 0;
  for (const child of await files.list(path)) {
    if (child.reparse) continue;
    bytes += child.kind === "file"
      ? child.size
      : await treeBytes(files, joinWindowsPath(path, child.name));
  }
  return bytes;
}

/**
 * Removes the copies of a session, for ever. Journalled first, so that a power cut in the
 * middle leaves a session that says it was pruned.
 *
 * @returns the number of bytes that were freed.
 * @throws {MedicError} `refused` for a session that is still open: resume or undo it first.
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
  const bytes = await sessionBytes(context.target, session);
  const writer = await reopenSession(context, session);
  try {
    await writer.append({ type: "pruned", at: context.host.clock.now().toISOString(), bytes });
    await context.host.checkpoint("prune-recorded");
    for (const name of COPIES) {
      await removeTree(context.target, joinWindowsPath(session.folder, name));
    }
  } finally {
    await writer.close();
  }
  return bytes;
}

async function removeTree(files: FileSystem, path: string): Promise<void> {
  const entry = await files.stat(path);
  if (entry === undefined) return;
  if (entry.kind === "directory" && !entry.reparse) {
    for (const child of await files.list(path)) {
      await removeTree(files, joinWindowsPath(path, child.name));
    }
  }
  await files.remove(path);
}
