/**
 * Brings content from outside onto the target: streamed, hashed on the way, flushed, read back
 * and compared before it takes its place. What does not match leaves nothing behind.
 */
import {
  CancelledError,
  joinWindowsPath,
  MedicError,
  type ToolProgress,
  windowsBaseName,
  windowsParent,
} from "../base/mod.ts";
import { RootedFileSystem } from "../host/mod.ts";
import type { FileImported, FileReplacedFrom, TreeImported } from "./change.ts";
import { type ContentProvider, describeOrigin, type OpenContent } from "./content_origin.ts";
import type { JournalContext } from "./journal_context.ts";
import type { JournalWriter } from "./journal_writer.ts";

/** How content is brought in. */
export interface ImportOptions {
  readonly signal?: AbortSignal;
  onProgress?(progress: ToolProgress): void;
}

/** A change with the content of one file from outside. */
export type ContentChange = FileImported | FileReplacedFrom;

/** Bytes that are read back at a time. */
const PIECE = 1 << 20;

/**
 * What fetches content.
 *
 * @throws {MedicError} `internal` if the journal was opened without it.
 */
export function requireContents(context: JournalContext): ContentProvider {
  if (context.contents !== undefined) return context.contents;
  throw new MedicError("internal", "Cannot fetch content from outside: nothing here reads it");
}

/**
 * Writes the content of a change to a new file of the target and proves it by reading back.
 *
 * @throws {MedicError} `planMismatch` if the content is not the planned one, `notVerified` if the
 * disk does not give back what it was given, or the error of the file operation. The file is
 * removed again then.
 */
export async function writeContent(
  writer: JournalWriter,
  work: { readonly change: ContentChange; readonly place: string },
  options: ImportOptions = {},
): Promise<void> {
  const { context } = writer;
  const content = await requireContents(context).open(work.change.origin);
  let begun = false;
  try {
    if (content.size !== work.change.bytes) throw otherContent(work.change);
    const file = await context.target.createWriter(work.place);
    begun = true;
    try {
      await copyPieces(context, { ...work, content, file }, options);
    } finally {
      await file.close();
    }
    await context.host.checkpoint("content-written");
    if (await hashOf(context, work.place, options) !== work.change.sha256) {
      throw notKept(work.place);
    }
    await context.host.checkpoint("content-verified");
  } catch (error) {
    if (begun && error instanceof MedicError) await removeOwn(context, work.place);
    throw error;
  } finally {
    await content.close();
  }
}

/** The hash is compared before the file is flushed: nothing of another content stays. */
async function copyPieces(
  context: JournalContext,
  work: {
    readonly change: ContentChange;
    readonly content: OpenContent;
    readonly file: Awaited<ReturnType<JournalContext["target"]["createWriter"]>>;
  },
  options: ImportOptions,
): Promise<void> {
  const { change, content, file } = work;
  const hash = context.host.newHash("sha256");
  let done = 0;
  for await (const piece of content.pieces()) {
    stopIfAsked(options.signal);
    done += piece.length;
    if (done > change.bytes) throw otherContent(change);
    hash.update(piece);
    await file.write(piece);
    await context.host.checkpoint("content-piece");
    tell(options, done / 2, change.bytes);
  }
  if (done !== change.bytes || hash.hex() !== change.sha256) throw otherContent(change);
  await file.finish();
}

/** SHA-256 of a file of the target, in lower-case hexadecimal. */
export async function hashOf(
  context: JournalContext,
  path: string,
  options: ImportOptions = {},
): Promise<string> {
  const hash = context.host.newHash("sha256");
  const file = await context.target.open(path);
  try {
    for (let at = 0; at < file.size; at += PIECE) {
      stopIfAsked(options.signal);
      const bytes = await file.read(at, PIECE);
      hash.update(bytes);
      tell(options, (file.size + at + bytes.length) / 2, file.size);
    }
    return hash.hex();
  } finally {
    await file.close();
  }
}

/**
 * Where an imported file lies until it is whole: beside its place, because a file that is made
 * there inherits the rights of that folder, and one that is moved there keeps those of another.
 */
export function importPart(path: string, session: string): string {
  const name = windowsBaseName(path).slice(0, 120).replace(/[. ]+$/, "");
  return joinWindowsPath(windowsParent(path), `${name}.${session}.pemedic-part`);
}

/**
 * Puts the files of media below a folder, or goes on with a half of them.
 *
 * @throws {MedicError} `notVerified` if not all of them are there in the end.
 */
export async function importTree(
  context: JournalContext,
  work: { readonly change: TreeImported; readonly path: string },
  options: ImportOptions = {},
): Promise<void> {
  const contents = requireContents(context);
  const { origin } = work.change;
  const path = await nativePath(context, work.path);
  await contents.extract(origin, { path, ...options });
  if (await contents.isComplete(origin, path)) return;
  throw new MedicError("notVerified", `Cannot find all files of "${origin.place}" in "${path}"`, {
    next: "Go on with it: pemedic resume",
  });
}

/**
 * Says whether a folder holds all files of a tree; false also where the media are not there to
 * be compared with.
 */
export async function isWholeTree(
  context: JournalContext,
  work: { readonly change: TreeImported; readonly path: string },
): Promise<boolean> {
  if (context.contents === undefined) return false;
  try {
    const path = await nativePath(context, work.path);
    return await context.contents.isComplete(work.change.origin, path);
  } catch (error) {
    if (error instanceof MedicError) return false;
    throw error;
  }
}

async function nativePath(context: JournalContext, path: string): Promise<string> {
  return await new RootedFileSystem(context.host.files, context.root).nativePath(path);
}

function stopIfAsked(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CancelledError();
}

/** A byte counts half when it is written and half when it is read back. */
function tell(options: ImportOptions, done: number, total: number): void {
  if (total > 0) options.onProgress?.({ percent: Math.min(100, 100 * done / total) });
}

function otherContent(change: ContentChange): MedicError {
  const origin = describeOrigin(change.origin);
  return new MedicError(
    "planMismatch",
    `Cannot use "${origin}": its content is not the one that was planned`,
    { next: "Run the command again to see a new plan" },
  );
}

function notKept(place: string): MedicError {
  return new MedicError(
    "notVerified",
    `Cannot trust "${place}": what was read back is not what was written`,
    { next: "Save the data of this disk first: it does not keep what it is given" },
  );
}

/** A failure to remove it must not hide why it is removed; it stays to be pruned or settled. */
async function removeOwn(context: JournalContext, place: string): Promise<void> {
  try {
    await context.target.remove(place);
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
  }
}
