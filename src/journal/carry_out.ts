/** Makes a change that was journalled: the only place where the target is written to for one. */
import { isWithin, RefusalError, windowsParent } from "../base/mod.ts";
import {
  type Change,
  expandPath,
  type FileCopied,
  type FileImported,
  type FileReplaced,
  type FileReplacedFrom,
  type TextCreated,
  type ToolRan,
} from "./change.ts";
import { editHiveFile, rebuildHiveFile } from "./change_hive.ts";
import { closePayload } from "./closed_folder.ts";
import { ensureDirectory, ensureFolder } from "./guarded_path.ts";
import { type ImportOptions, importPart, importTree, writeContent } from "./import_content.ts";
import type { JournalWriter } from "./journal_writer.ts";
import { stagedPlace } from "./settle.ts";

/** A change that we make with our own hands. */
export type OwnChange = Exclude<Change, ToolRan>;

/** Where a change is made, volume-relative, and where it keeps the old thing, with `{session}`. */
interface Places {
  readonly path: string;
  readonly kept: string | undefined;
}

/**
 * Makes a change.
 *
 * @throws {MedicError} if it cannot be made; how far it got is found out by looking.
 */
export async function carryOut(
  writer: JournalWriter,
  { change, path, kept }: Places & { readonly change: OwnChange },
  importing: ImportOptions,
): Promise<void> {
  const { target } = writer.context;
  switch (change.kind) {
    case "entry-moved":
      return await target.move(path, expandPath(kept!, writer.folder));
    case "directory-created":
      await target.createDirectory(path);
      return await closePayload(target, path);
    case "file-created":
      return await create(writer, { change, path }, importing);
    case "file-replaced":
      return await replace(writer, { change, path, kept: kept! }, importing);
    case "tree-created":
      await ensureDirectory(target, path);
      await closePayload(target, path);
      return await importTree(writer.context, { change, path }, importing);
    case "hive-edited":
      return await editHiveFile(writer, change, { path, kept: kept! });
    case "hive-rebuilt":
      return await rebuildHiveFile(writer, change, { path, kept: kept! });
  }
}

async function create(
  writer: JournalWriter,
  work: { readonly change: FileCopied | TextCreated | FileImported; readonly path: string },
  importing: ImportOptions,
): Promise<void> {
  const { target } = writer.context;
  const { change, path } = work;
  if (isWithin(path, writer.folder)) {
    await ensureFolder(target, windowsParent(path), writer.folder);
  }
  if ("origin" in change) {
    const part = importPart(path, writer.id);
    await writeContent(writer, { change, place: part }, importing);
    return await target.move(part, path);
  }
  if ("copyOf" in change) {
    return await target.copyFile(expandPath(change.copyOf, writer.folder), path);
  }
  return await target.createFile(path, new TextEncoder().encode(change.text));
}

/** The new content is written in the session's folder first: a cut leaves nothing elsewhere. */
async function replace(
  writer: JournalWriter,
  work: {
    readonly change: FileReplaced | FileReplacedFrom;
    readonly path: string;
    readonly kept: string;
  },
  importing: ImportOptions,
): Promise<void> {
  const { target } = writer.context;
  const { change, path, kept } = work;
  const staged = expandPath(stagedPlace(kept), writer.folder);
  await ensureFolder(target, windowsParent(staged), writer.folder);
  if ("origin" in change) await writeContent(writer, { change, place: staged }, importing);
  else await target.createFile(staged, encodeReplacement(change));
  await target.replaceFile(path, staged, expandPath(kept, writer.folder));
}

/** @throws {RefusalError} if a character of a text of single bytes is none. */
function encodeReplacement(change: FileReplaced): Uint8Array {
  if (change.encoding !== "latin1") return new TextEncoder().encode(change.text);
  return Uint8Array.from(change.text, (character) => {
    const code = character.charCodeAt(0);
    if (code <= 0xff) return code;
    throw new RefusalError(`Cannot write "${change.path}": a character does not fit into a byte`);
  });
}
