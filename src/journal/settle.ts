/**
 * Finds out by looking what became of a change whose end is not known: after a power cut, or
 * when a file operation failed. Whatever is half made is moved aside, never deleted.
 */
import { joinWindowsPath, windowsBaseName } from "../base/mod.ts";
import type { ReadableFileSystem } from "../host/mod.ts";
import {
  type Change,
  type DirectoryCreated,
  expandPath,
  type FileCopied,
  type FileImported,
  SESSION,
  type TextCreated,
  type TreeImported,
} from "./change.ts";
import { ensureDirectory, freePlace, guardPath } from "./guarded_path.ts";
import { hashOf, importPart, isWholeTree } from "./import_content.ts";
import type { JournalWriter } from "./journal_writer.ts";
import { sameBytes, sameContent } from "./same_content.ts";

/** What became of a change. */
export interface SettledChange {
  readonly state: "done" | "not-done" | "interrupted";
  readonly reason: string;
}

const DONE: SettledChange = { state: "done", reason: "It was complete" };
const UNSWAPPED: SettledChange = {
  state: "not-done",
  reason: "The new file had not taken its place",
};
const NOT_DONE: SettledChange = { state: "not-done", reason: "It had not begun" };

/** Changes before which nothing is at their path. */
type CreatingChange =
  | DirectoryCreated
  | FileCopied
  | TextCreated
  | FileImported
  | TreeImported;

/** Says whether a change makes something where nothing was. */
export function isCreating(change: Change): change is CreatingChange {
  return change.kind === "directory-created" || change.kind === "file-created" ||
    change.kind === "tree-created";
}

/** Looks at what a change has left. `kept` is the place it was to use, with `{session}`. */
export async function settleChange(
  writer: JournalWriter,
  item: { readonly change: Change; readonly kept: string | undefined },
): Promise<SettledChange> {
  const { change } = item;
  const { target } = writer.context;
  const kept = item.kept === undefined ? undefined : expandPath(item.kept, writer.folder);
  switch (change.kind) {
    case "entry-moved":
      return kept !== undefined && await exists(target, kept) ? DONE : NOT_DONE;
    case "directory-created":
      return await exists(target, expandPath(change.path, writer.folder)) ? DONE : NOT_DONE;
    case "file-created":
      return await settleFile(writer, change);
    case "tree-created":
      return await settleTree(writer, change);
    case "hive-edited":
    case "hive-rebuilt":
      return kept === undefined ? NOT_DONE : await settleHiveSwap(writer, {
        path: expandPath(change.path, writer.folder),
        kept,
      });
    case "file-replaced":
      return kept === undefined
        ? NOT_DONE
        : await settleReplacement(writer, { path: change.path, kept });
    case "tool-ran":
      return {
        state: "interrupted",
        reason: `${change.tool} was running and may have done a part`,
      };
  }
}

async function exists(target: ReadableFileSystem, path: string): Promise<boolean> {
  return await target.stat(path) !== undefined;
}

/** A file that was cut off while it was written is ours: it is kept aside as it is. */
async function settleFile(
  writer: JournalWriter,
  change: FileCopied | TextCreated | FileImported,
): Promise<SettledChange> {
  const { target } = writer.context;
  const path = expandPath(change.path, writer.folder);
  if ("origin" in change) await keepPartIfThere(writer, importPart(path, writer.id));
  const entry = await target.stat(path);
  // Nothing was there when the change was begun: a folder is somebody else's, made since.
  if (entry?.kind !== "file" || entry.reparse) return NOT_DONE;
  if (entry.size === change.bytes && await hasContent(writer, path, change)) return DONE;
  await keepPartial(writer, path);
  return { state: "not-done", reason: "It was half written; the half was moved aside" };
}

/** The name of a part holds that of the session: nobody else makes such a file. */
async function keepPartIfThere(writer: JournalWriter, part: string): Promise<void> {
  if (await exists(writer.context.target, part)) await keepPartial(writer, part);
}

/** A half tree stays where it is: resume goes on with it, and undo takes it like a whole one. */
async function settleTree(writer: JournalWriter, change: TreeImported): Promise<SettledChange> {
  const path = expandPath(change.path, writer.folder);
  const entry = await writer.context.target.stat(path);
  if (entry?.kind !== "directory" || entry.reparse) return NOT_DONE;
  if (await isWholeTree(writer.context, { change, path })) return DONE;
  return { state: "interrupted", reason: "Not all of the files are there; what is there stays" };
}

/** A size proves nothing after a power cut: the blocks behind it may never have been written. */
async function hasContent(
  writer: JournalWriter,
  path: string,
  change: FileCopied | TextCreated | FileImported,
): Promise<boolean> {
  const { target } = writer.context;
  if ("origin" in change) return await hashOf(writer.context, path) === change.sha256;
  if ("copyOf" in change) {
    const original = expandPath(change.copyOf, writer.folder);
    return !await exists(target, original) || await sameContent(target, path, original);
  }
  return sameBytes(await target.read(path), new TextEncoder().encode(change.text));
}

/** Where the new content of a replaced file waits: in the session's folder, named as `kept`. */
export function stagedPlace(kept: string): string {
  return joinWindowsPath(SESSION, "new", windowsBaseName(kept));
}

/**
 * The new file waits in the session's folder until the swap takes it away. On some systems the
 * swap is two renames, or a link and a rename: then the old file is at both places for a moment.
 */
export async function settleReplacement(
  writer: JournalWriter,
  places: { readonly path: string; readonly kept: string },
): Promise<SettledChange> {
  const { target } = writer.context;
  const { path, kept } = places;
  if (!await exists(target, kept)) return NOT_DONE;
  const staged = expandPath(stagedPlace(kept), writer.folder);
  if (!await exists(target, staged)) return DONE;
  if (!await exists(target, path)) return await moveBack(writer, places);
  // What is there now is either the old file itself, or somebody has made a new one since.
  return await sameContent(target, path, kept) ? UNSWAPPED : DONE;
}

/**
 * A hive is at its place before anything else is asked. Done is only what the swap took away from
 * where it waited: a hive that somebody put there after a torn swap holds none of the edits.
 */
export async function settleHiveSwap(
  writer: JournalWriter,
  places: { readonly path: string; readonly kept: string },
): Promise<SettledChange> {
  const { target } = writer.context;
  const { path, kept } = places;
  if (!await exists(target, kept)) return NOT_DONE;
  if (!await exists(target, path)) return await moveBack(writer, places);
  const staged = expandPath(stagedPlace(kept), writer.folder);
  return await exists(target, staged) ? UNSWAPPED : DONE;
}

async function moveBack(
  writer: JournalWriter,
  places: { readonly path: string; readonly kept: string },
): Promise<SettledChange> {
  const { target } = writer.context;
  await guardPath(target, places.path);
  await guardPath(target, places.kept);
  await target.move(places.kept, places.path);
  return UNSWAPPED;
}

/** Moves what is half written into the session's `partial` folder. */
export async function keepPartial(writer: JournalWriter, path: string): Promise<void> {
  const { target, host } = writer.context;
  await guardPath(target, path);
  const folder = joinWindowsPath(writer.folder, "partial");
  await ensureDirectory(target, folder);
  const name = `${host.randomHex(3)}-${windowsBaseName(path).slice(0, 120)}`;
  await target.move(path, await freePlace(target, joinWindowsPath(folder, name)));
}
