/** Carries out the changes of hives: edits of one that can be read, and rebuilding of one that cannot. */
import { FormatError, MedicError, RefusalError } from "../base/mod.ts";
import {
  countHive,
  editHive,
  type Hive,
  type HiveEdit,
  type HiveKey,
  type HiveReplay,
  openHive,
  salvageHive,
  verifyEdit,
} from "../formats/regf/mod.ts";
import type { HiveEdited, HiveRebuilt } from "./change.ts";
import { EditIndex } from "./edit_index.ts";
import { type LoadedHive, loadHive, swapHive } from "./hive_file.ts";
import { HiveLookup } from "./hive_lookup.ts";
import type { JournalWriter } from "./journal_writer.ts";
import {
  describeEdit,
  hiveEdit,
  recordKey,
  type RegistryEdit,
  sameData,
  showOther,
} from "./registry_edit.ts";

/** Where a changed hive goes. */
export interface HivePlaces {
  /** Volume-relative path of the primary file. */
  readonly path: string;
  /** Where the old file is kept, with `{session}`. */
  readonly kept: string;
}

/**
 * Edits a hive: replays its logs, proves that it is as planned, writes, reads back, swaps.
 *
 * @throws {RefusalError} if it is dirty without usable logs, not as planned, or changes meanwhile.
 */
export async function editHiveFile(
  writer: JournalWriter,
  change: HiveEdited,
  places: HivePlaces,
): Promise<void> {
  const loaded = await loadHive(writer.context.target, places.path);
  const name = places.path;
  const before = requireReadable(loaded);
  const hive = openHive(before, { name });
  requirePlanned(hive, change.edits);
  await writeEdits(writer, { loaded, hive, edits: change.edits.map(hiveEdit), kept: places.kept });
}

/** Edits of a hive that was read, and where the old file goes. */
export interface EditsToWrite {
  readonly loaded: LoadedHive;
  /** The same hive, replayed and opened. */
  readonly hive: Hive;
  readonly edits: readonly HiveEdit[];
  readonly kept: string;
}

/** Makes the new hive, proves that it differs from the old one by the edits only, and swaps. */
export async function writeEdits(writer: JournalWriter, work: EditsToWrite): Promise<void> {
  const { loaded, hive, edits, kept } = work;
  const { bytes: before, nextSequence: sequence } = loaded.replay;
  const name = loaded.path;
  const bytes = editHive(before, edits, {
    name,
    at: writer.context.host.clock.now(),
    // After a whole replay the hive has this number already: the next write goes one further.
    ...(sequence === hive.header.primarySequence ? {} : { sequence }),
  });
  verifyEdit(before, bytes, edits, { name });
  await swapHive(writer, { hive: loaded, bytes, kept });
}

/**
 * The bytes that an edit may build on.
 *
 * @throws {RefusalError} if the newest data is in logs that cannot be used.
 */
export function requireReadable(loaded: LoadedHive): Uint8Array {
  const { replay, path } = loaded;
  if (replay.state !== "unrecovered") return replay.bytes;
  throw new RefusalError(`Cannot change the hive "${path}": ${unusable(replay)}`, {
    code: "damagedFile",
    next: "See what is wrong with it: pemedic registry check",
  });
}

function unusable(replay: HiveReplay): string {
  const reasons = replay.refused.map(({ name, reason }) => `${name}: ${reason}`).join("; ");
  return `it is dirty, and no log can be used (${reasons === "" ? "none is there" : reasons})`;
}

/**
 * What the edits were planned for must still be so. One that builds on an earlier one of the same
 * change is judged by the editor, which makes them in order.
 */
function requirePlanned(hive: Hive, edits: readonly RegistryEdit[]): void {
  const earlier = new EditIndex();
  const lookup = new HiveLookup(hive.root);
  for (const edit of edits) {
    const now = earlier.touches(edit) ? undefined : stateNow(lookup, edit);
    earlier.add(edit);
    if (now === undefined) continue;
    throw new RefusalError(`Cannot make the edit as planned: ${describeEdit(edit)}; ${now}`, {
      code: "planMismatch",
      next: "Run the command again to see a new plan",
    });
  }
}

/** What contradicts the plan, in words; undefined if nothing does. */
function stateNow(hive: HiveLookup, edit: RegistryEdit): string | undefined {
  const key = hive.key(edit.key);
  switch (edit.edit) {
    case "value": {
      const value = hive.data(edit.key, edit.name);
      if (edit.before === null ? value === null : value !== null && sameData(value, edit.before)) {
        return undefined;
      }
      return `it ${showOther(value, [edit.before])}`;
    }
    case "key-created":
      return key === undefined ? undefined : "the key is there already";
    case "key-deleted":
      if (key === undefined) return "the key is not there";
      return sameKey(key, edit) ? undefined : "the key holds something else now";
  }
}

/** Says whether a key is still what an edit recorded. */
export function sameKey(
  key: HiveKey,
  edit: RegistryEdit & { readonly edit: "key-deleted" },
): boolean {
  return JSON.stringify(recordKey(key)) === JSON.stringify(edit.before);
}

/**
 * Puts a rebuilt or replayed hive in the place of one that Windows would refuse.
 *
 * @throws {RefusalError} `planMismatch` if the result is not what was planned.
 */
export async function rebuildHiveFile(
  writer: JournalWriter,
  change: HiveRebuilt,
  places: HivePlaces,
): Promise<void> {
  const salvages = change.method === "salvage";
  const loaded = await loadHive(writer.context.target, places.path, { unreadable: salvages });
  const bytes = rebuilt(change, loaded, writer.context.host.clock.now());
  const hive = openHive(bytes, { name: places.path });
  const { keys, values, problems } = countHive(hive);
  const [problem] = problems;
  if (problem !== undefined) {
    throw new FormatError(problem.message, { offset: problem.offset });
  }
  if (keys !== change.keys || values !== change.values || hive.dirty) {
    const found = `${keys} keys and ${values} values`;
    throw new MedicError(
      "planMismatch",
      `Cannot rebuild the hive as planned: it would hold ${found}`,
      { next: "Run the command again to see a new plan" },
    );
  }
  await swapHive(writer, { hive: loaded, bytes, kept: places.kept });
}

/**
 * The bytes that rebuilding makes of a hive.
 *
 * @throws {FormatError} if nothing can be saved out of it.
 */
export function rebuilt(change: HiveRebuilt, loaded: LoadedHive, at: Date): Uint8Array {
  if (change.method === "salvage") {
    const { bytes, nextSequence: sequence } = loaded.replay;
    return salvageHive(bytes, { name: loaded.path, at, sequence }).bytes;
  }
  const bytes = requireReadable(loaded);
  if (loaded.replay.state === "replayed") return bytes;
  throw new RefusalError(`Cannot replay the logs of "${loaded.path}": the hive is clean`, {
    code: "planMismatch",
  });
}
