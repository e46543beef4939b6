/**
 * Puts a hive that was rebuilt back as it was, whole and with its logs. What was written into
 * the rebuilt one since would be lost with it: then people are asked first.
 */
import { MedicError, windowsParent } from "../base/mod.ts";
import { openHive } from "../formats/regf/mod.ts";
import { expandPath, type HiveRebuilt } from "./change.ts";
import { rebuilt } from "./change_hive.ts";
import { ensureFolder, freePlace, guardPath } from "./guarded_path.ts";
import { loadHive, LOG_SUFFIXES } from "./hive_file.ts";
import type { JournalWriter } from "./journal_writer.ts";
import { sameContent } from "./same_content.ts";
import { sameTree } from "./same_tree.ts";
import { keepPartial, stagedPlace } from "./settle.ts";
import { type AskChangedSince, LeftAsItIs } from "./undo_hive.ts";

/** How to put a rebuilt hive back. Places with `{session}`. */
export interface RebuildUndo {
  /** Where the old file is kept. */
  readonly kept: string;
  /** Where the file as it is now goes. */
  readonly place: string;
  /** Where an undo that was cut off was to put it. */
  readonly begun: string | undefined;
  readonly ask: AskChangedSince;
}

/**
 * Puts the old hive and its logs back: the logs first, because the hive that is there now is
 * clean and does not need them.
 *
 * @throws {LeftAsItIs} if it has been written since and people want to keep that.
 */
export async function undoHiveRebuild(
  writer: JournalWriter,
  change: HiveRebuilt,
  undo: RebuildUndo,
): Promise<void> {
  const { target } = writer.context;
  const { path } = change;
  const kept = expandPath(undo.kept, writer.folder);
  const place = expandPath(undo.place, writer.folder);
  await guardPath(target, kept);
  if (await target.stat(kept) === undefined) {
    throw new MedicError("partial", `Cannot put "${path}" back: its copy is gone`);
  }
  await requireAgreed(writer, change, { ...undo, kept });
  await ensureFolder(target, windowsParent(place), writer.folder);
  for (const suffix of LOG_SUFFIXES) {
    await putLogBack(writer, {
      log: path + suffix,
      kept: kept + suffix,
      aside: place + suffix,
    });
  }
  await putHiveBack(writer, { path, kept, place, staged: stagedPlace(undo.place) });
}

async function requireAgreed(
  writer: JournalWriter,
  change: HiveRebuilt,
  undo: RebuildUndo,
): Promise<void> {
  const since = await writtenSince(writer, change, undo.kept);
  // An undo that had begun to move files was agreed to.
  if (since === undefined || await hasBegun(writer, undo.begun)) return;
  if (!await undo.ask([since])) throw new LeftAsItIs(writer, [since]);
}

async function hasBegun(writer: JournalWriter, begun: string | undefined): Promise<boolean> {
  if (begun === undefined) return false;
  const { target } = writer.context;
  const place = expandPath(begun, writer.folder);
  const staged = expandPath(stagedPlace(begun), writer.folder);
  for (const path of [place, staged, ...LOG_SUFFIXES.map((suffix) => place + suffix)]) {
    if (await target.stat(path) !== undefined) return true;
  }
  return false;
}

/** What would be lost, in words; undefined if nothing would be. */
async function writtenSince(
  writer: JournalWriter,
  change: HiveRebuilt,
  kept: string,
): Promise<string | undefined> {
  const { target, host } = writer.context;
  const { path } = change;
  if (await target.stat(path) === undefined || await sameContent(target, path, kept)) return;
  try {
    const now = openHive((await loadHive(target, path)).replay.bytes, { name: path });
    const old = await loadHive(target, kept, { unreadable: change.method === "salvage" });
    const then = openHive(rebuilt(change, old, host.clock.now()), { name: kept });
    if (sameTree(now.root, then.root)) return undefined;
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    return `${path}: what was written into it since it was rebuilt cannot be told (${error.message})`;
  }
  return `${path}: it was written to since it was rebuilt, and that would be lost with it`;
}

async function putLogBack(
  writer: JournalWriter,
  places: { readonly log: string; readonly kept: string; readonly aside: string },
): Promise<void> {
  const { target } = writer.context;
  const { log, kept } = places;
  const hasKept = await target.stat(kept) !== undefined;
  if (await target.stat(log) !== undefined) {
    if (hasKept && await sameContent(target, log, kept)) return;
    await target.move(log, await freePlace(target, places.aside));
  }
  if (hasKept) await target.copyFile(kept, log);
}

async function putHiveBack(
  writer: JournalWriter,
  places: {
    readonly path: string;
    readonly kept: string;
    readonly place: string;
    /** With `{session}`. */
    readonly staged: string;
  },
): Promise<void> {
  const { target } = writer.context;
  const { path, kept } = places;
  const staged = expandPath(places.staged, writer.folder);
  await ensureFolder(target, windowsParent(staged), writer.folder);
  if (await target.stat(staged) !== undefined) await keepPartial(writer, staged);
  await target.copyFile(kept, staged);
  if (!await sameContent(target, kept, staged)) {
    throw new MedicError("notVerified", `Cannot trust the copy of "${kept}": it reads back other`, {
      next: "The disk may be failing: save its data first",
    });
  }
  if (await target.stat(path) === undefined) return await target.move(staged, path);
  await target.replaceFile(path, staged, places.place);
}
