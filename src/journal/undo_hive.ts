/**
 * Takes changes of hives back. Edits are taken back value by value: Windows may have run in
 * between, and what it wrote elsewhere must stay. A value that is neither what we wrote nor what
 * was there before has changed since: it is written back only if people say so.
 */
import { MedicError, windowsParent } from "../base/mod.ts";
import { type Hive, type HiveEdit, openHive } from "../formats/regf/mod.ts";
import { dataNow, requireReadable, sameKey, writeEdits } from "./change_hive.ts";
import { expandPath, type HiveEdited, type HiveRebuilt } from "./change.ts";
import { EditIndex } from "./edit_index.ts";
import { loadHive, LOG_SUFFIXES } from "./hive_file.ts";
import type { JournalWriter } from "./journal_writer.ts";
import {
  describeEdit,
  inverseEdit,
  type RegistryEdit,
  sameData,
  showData,
} from "./registry_edit.ts";
import { keepPartial, settleReplacement, stagedPlace } from "./settle.ts";
import { sameContent } from "./same_content.ts";
import { ensureFolder, freePlace } from "./guarded_path.ts";

/** Asks whether values that have changed since are written back all the same. */
export type AskChangedSince = (changes: readonly string[]) => Promise<boolean>;

/** What became of an undo of edits. */
export interface HiveUndone {
  /** Values that had changed since and were left as they are: one line each. */
  readonly left: readonly string[];
}

/** Takes the edits of a hive back. `place`: where the file as it is now goes, with `{session}`. */
export async function undoHiveEdit(
  writer: JournalWriter,
  change: HiveEdited,
  options: { readonly place: string; readonly ask: AskChangedSince },
): Promise<HiveUndone> {
  const { target } = writer.context;
  const loaded = await loadHive(target, change.path);
  const before = requireReadable(loaded);
  const hive = openHive(before, { name: change.path });
  const backwards = [...change.edits].reverse();
  const conflicts = new Map<RegistryEdit, string>();
  const ours = new EditIndex(change.edits);
  for (const edit of backwards) {
    const conflict = changedSince(hive, edit, ours);
    if (conflict !== undefined) conflicts.set(edit, conflict);
  }
  const overwrite = conflicts.size > 0 && await options.ask([...conflicts.values()]);
  const edits = backwards.flatMap((edit) => {
    if (conflicts.has(edit) && !overwrite) return [];
    return backEdits(hive, edit, conflicts.has(edit));
  });
  if (edits.length > 0) {
    await writeEdits(writer, { loaded, hive, edits, kept: options.place });
  }
  return { left: overwrite ? [] : [...conflicts.values()] };
}

/** What has changed since an edit, in words; undefined if it can be taken back or is so already. */
function changedSince(
  hive: Hive,
  edit: RegistryEdit,
  ours: EditIndex,
): string | undefined {
  const key = hive.key(edit.key);
  switch (edit.edit) {
    case "value": {
      // A later edit of the same change has the last word on what we wrote.
      const written = ours.value(edit.key, edit.name) ?? edit;
      const now = dataNow(key, edit.name);
      return equal(now, written.after) || equal(now, edit.before)
        ? undefined
        : `${describeEdit(edit)}; it is ${showData(now)} now`;
    }
    case "key-created": {
      if (key === undefined) return undefined;
      const foreign = key.values().find(({ name }) => ours.value(edit.key, name) === undefined) ??
        key.subkeys().find(({ name }) => !ours.creates(`${edit.key}\\${name}`));
      return foreign === undefined
        ? undefined
        : `${edit.key}: the key that was created holds "${foreign.name}" now`;
    }
    case "key-deleted":
      return key === undefined || sameKey(key, edit)
        ? undefined
        : `${edit.key}: the key that was deleted is there again`;
  }
}

function equal(
  a: ReturnType<typeof dataNow>,
  b: ReturnType<typeof dataNow>,
): boolean {
  return a === null || b === null ? a === b : sameData(a, b);
}

/** The edits that take one back, as far as it is not so already. */
function backEdits(hive: Hive, edit: RegistryEdit, changed: boolean): HiveEdit[] {
  const key = hive.key(edit.key);
  switch (edit.edit) {
    case "value": {
      if (key === undefined && edit.before === null) return [];
      return equal(dataNow(key, edit.name), edit.before) ? [] : [inverseEdit(edit)];
    }
    case "key-created":
      return key === undefined ? [] : [inverseEdit(edit)];
    case "key-deleted":
      if (key === undefined) return [inverseEdit(edit)];
      return changed ? [{ kind: "delete-key", key: edit.key }, inverseEdit(edit)] : [];
  }
}

/**
 * Puts a hive that was rebuilt back as it was, with its logs: the logs first, because the hive
 * that is there now is clean and does not need them.
 */
export async function undoHiveRebuild(
  writer: JournalWriter,
  change: HiveRebuilt,
  places: {
    /** Where the old file is kept, with `{session}`. */
    readonly kept: string;
    /** Where the file as it is now goes, with `{session}`. */
    readonly place: string;
  },
): Promise<void> {
  const { target } = writer.context;
  const kept = expandPath(places.kept, writer.folder);
  const place = expandPath(places.place, writer.folder);
  if (await target.stat(kept) === undefined) {
    throw new MedicError("partial", `Cannot put "${change.path}" back: its copy is gone`);
  }
  await ensureFolder(target, windowsParent(place), writer.folder);
  for (const suffix of LOG_SUFFIXES) {
    await putLogBack(writer, {
      log: change.path + suffix,
      kept: kept + suffix,
      aside: place + suffix,
    });
  }
  const staged = expandPath(stagedPlace(places.place), writer.folder);
  await ensureFolder(target, windowsParent(staged), writer.folder);
  if (await target.stat(staged) !== undefined) await keepPartial(writer, staged);
  await target.copyFile(kept, staged);
  await target.replaceFile(change.path, staged, place);
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

/** After a cut in the middle of a swap: the hive must be at its place before it can be read. */
export async function settleHiveUndo(
  writer: JournalWriter,
  path: string,
  displaced: string | undefined,
): Promise<void> {
  if (displaced === undefined) return;
  await settleReplacement(writer, { path, kept: expandPath(displaced, writer.folder) });
}
