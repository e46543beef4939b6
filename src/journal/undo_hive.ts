/**
 * Takes edits of hives back. They are taken back value by value: Windows may have run in
 * between, and what it wrote elsewhere must stay. A value that is neither what we wrote nor what
 * was there before has changed since: it is written back only if people say so.
 */
import { MedicError } from "../base/mod.ts";
import { openHive } from "../formats/regf/mod.ts";
import { BackEdits, ChangesSince } from "./back_edits.ts";
import { requireReadable, writeEdits } from "./change_hive.ts";
import { expandPath, type HiveEdited } from "./change.ts";
import { EditIndex } from "./edit_index.ts";
import { loadHive } from "./hive_file.ts";
import { HiveLookup } from "./hive_lookup.ts";
import type { JournalWriter } from "./journal_writer.ts";
import { settleHiveSwap } from "./settle.ts";

/** Asks whether values that have changed since are written back all the same. */
export type AskChangedSince = (changes: readonly string[]) => Promise<boolean>;

/** What people chose to leave as it is, because it has changed since. */
export class LeftAsItIs extends MedicError {
  constructor(writer: JournalWriter, changes: readonly string[]) {
    super("partial", `Changed since, and left as it is: ${shortList(changes)}`, {
      next: `To write the old state back all the same: pemedic undo ${
        argumentOf(writer.context.root)
      } ${writer.id} --overwrite`,
    });
  }
}

/** Conflicts that one sentence names. */
const NAMED = 10;

function shortList(changes: readonly string[]): string {
  const more = changes.length - NAMED;
  const named = changes.slice(0, NAMED).join("; ");
  return more > 0 ? `${named}; and ${more} more` : named;
}

function argumentOf(root: string): string {
  return /\s/.test(root) ? `"${root}"` : root;
}

/**
 * Takes the edits of a hive back. `place`: where the file as it is now goes, with `{session}`.
 *
 * @throws {LeftAsItIs} if some have changed since and people want to keep that; the others are
 * taken back.
 */
export async function undoHiveEdit(
  writer: JournalWriter,
  change: HiveEdited,
  options: { readonly place: string; readonly ask: AskChangedSince },
): Promise<void> {
  const loaded = await loadHive(writer.context.target, change.path);
  const hive = openHive(requireReadable(loaded), { name: change.path });
  const lookup = new HiveLookup(hive.root);
  const ours = new EditIndex(change.edits);
  // What was there before the first edit of a value is what comes back.
  const backwards = change.edits.filter((edit) =>
    edit.edit !== "value" || ours.first(edit.key, edit.name) === edit
  ).reverse();
  const { conflicts } = new ChangesSince(lookup, ours, backwards);
  const overwrite = conflicts.size > 0 && await options.ask([...conflicts.values()]);
  const back = new BackEdits(lookup);
  for (const edit of backwards) {
    const changedSince = conflicts.has(edit);
    if (!changedSince || overwrite) back.add(edit, { changedSince });
  }
  if (back.edits.length > 0) {
    await writeEdits(writer, { loaded, hive, edits: back.edits, kept: options.place });
  }
  if (conflicts.size > 0 && !overwrite) throw new LeftAsItIs(writer, [...conflicts.values()]);
}

/** After a cut in the middle of a swap: the hive must be at its place before it can be read. */
export async function settleHiveUndo(
  writer: JournalWriter,
  path: string,
  displaced: string | undefined,
): Promise<void> {
  if (displaced === undefined) return;
  await settleHiveSwap(writer, { path, kept: expandPath(displaced, writer.folder) });
}
