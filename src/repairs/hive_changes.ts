/**
 * Plans edits of the offline registry: collects what shall be, fills in what is there now, and
 * makes one change per hive out of it. What is so already is no edit.
 */
import type { HiveKey } from "../formats/regf/mod.ts";
import {
  type Change,
  EditIndex,
  type HiveEdited,
  HiveLookup,
  recordData,
  type RecordedData,
  recordKey,
  type RegistryEdit,
  sameData,
  showData,
  type Transaction,
} from "../journal/mod.ts";
import { type Evidence, hiveOf, type OfflineWindows } from "../windows/mod.ts";
import type { ApplyReport, StepPlan, Verdict } from "./step.ts";

/** Type and data that a value shall have: see `registryDword` and its kin for the data. */
export interface WantedData {
  readonly type: number;
  readonly data: Uint8Array;
}

/** Collects edits. Paths begin with the hive: `SYSTEM\CurrentControlSet\Services\BITS`. */
export class HiveChanges {
  readonly #windows: OfflineWindows;
  readonly #hives = new Map<string, RegistryEdit[]>();
  readonly #planned = new Map<string, EditIndex>();

  constructor(windows: OfflineWindows) {
    this.#windows = windows;
  }

  /** Sets a value; keys on the way that are missing are created. */
  async setValue(path: string, name: string, wanted: WantedData): Promise<void> {
    const place = await this.#place(path);
    const before = this.#valueNow(place, name);
    const after = recordData(wanted);
    if (before !== null && sameData(before, after)) return;
    this.#createMissing(place);
    this.#add(place, { edit: "value", key: place.path, name, before, after });
  }

  /** Deletes a value, if it is there. */
  async deleteValue(path: string, name: string): Promise<void> {
    const place = await this.#place(path);
    const before = this.#valueNow(place, name);
    if (before === null) return;
    this.#add(place, { edit: "value", key: place.path, name, before, after: null });
  }

  /** Creates a key and those above it, where they are missing. */
  async createKey(path: string): Promise<void> {
    this.#createMissing(await this.#place(path));
  }

  /** Deletes a key with everything below it, if it is there. */
  async deleteKey(path: string): Promise<void> {
    const place = await this.#place(path);
    const key = this.#keyAt(place, place.path);
    if (key === undefined) return;
    this.#add(place, { edit: "key-deleted", key: place.path, before: recordKey(key) });
  }

  /** One change per hive that has edits. */
  changes(): HiveEdited[] {
    return [...this.#hives].map(([path, edits]) => ({ kind: "hive-edited", path, edits }));
  }

  async #place(path: string): Promise<Place> {
    const { hive: name, path: inside } = await this.#windows.registry.resolve(path);
    const state = await this.#windows.hives.read(name);
    return { file: state.path, hive: hiveOf(state)?.root, path: inside };
  }

  #keyAt(place: Place, path: string): HiveKey | undefined {
    let key = place.hive;
    for (const name of path.split("\\")) {
      if (name !== "") key = key?.subkey(name);
    }
    return key;
  }

  /** As it is, or as an earlier edit will have made it. */
  #valueNow(place: Place, name: string): RecordedData | null {
    const planned = this.#planned.get(place.file)?.value(place.path, name);
    if (planned !== undefined) return planned.after;
    const value = this.#keyAt(place, place.path)?.value(name);
    return value === undefined ? null : recordData(value);
  }

  #createMissing(place: Place): void {
    const names = place.path.split("\\");
    for (let length = 1; length <= names.length; length++) {
      const path = names.slice(0, length).join("\\");
      if (this.#keyAt(place, path) !== undefined || this.#isPlanned(place, path)) continue;
      this.#add(place, { edit: "key-created", key: path });
    }
  }

  #isPlanned(place: Place, path: string): boolean {
    return this.#planned.get(place.file)?.creates(path) ?? false;
  }

  #add(place: Place, edit: RegistryEdit): void {
    const edits = this.#hives.get(place.file) ?? [];
    const planned = this.#planned.get(place.file) ?? new EditIndex();
    edits.push(edit);
    planned.add(edit);
    this.#hives.set(place.file, edits);
    this.#planned.set(place.file, planned);
  }
}

interface Place {
  /** Volume-relative path of the hive file. */
  readonly file: string;
  readonly hive: HiveKey | undefined;
  /** Path below the root. */
  readonly path: string;
}

/** Makes every planned change that is no tool call, in order. */
export async function applyOwnChanges(
  plan: StepPlan,
  transaction: Transaction,
): Promise<ApplyReport> {
  for (const change of plan.changes) {
    if (change.kind === "tool-ran") throw new TypeError("A tool call needs its own step");
    await transaction.make(change);
  }
  return { tools: [] };
}

/** What reading back says about planned hive edits. */
export interface ReadBack {
  /** The first edit that is not there, in words. */
  readonly missing: string | undefined;
  readonly evidence: readonly Evidence[];
}

/** Reads the hives again and looks whether every planned edit is there. */
export async function readBackEdits(
  windows: OfflineWindows,
  changes: readonly Change[],
): Promise<ReadBack> {
  const evidence: Evidence[] = [];
  let missing: string | undefined;
  for (const change of changes) {
    if (change.kind !== "hive-edited") continue;
    const hive = change.path.slice(change.path.lastIndexOf("\\") + 1);
    const lookup = new HiveLookup(hiveOf(await windows.hives.read(hive))?.root);
    const planned = new EditIndex(change.edits);
    for (const edit of change.edits) {
      // A later edit of the same value has the last word.
      if (edit.edit === "value" && planned.value(edit.key, edit.name) !== edit) continue;
      const found = lookAt(lookup, edit);
      evidence.push({
        kind: "registry",
        hive,
        key: edit.key,
        ...(edit.edit === "value" ? { value: edit.name } : {}),
        data: found.data,
      });
      if (!found.right) missing ??= `${hive}\\${edit.key}: ${found.data}`;
    }
  }
  return { missing, evidence };
}

function lookAt(hive: HiveLookup, edit: RegistryEdit): { right: boolean; data: string } {
  if (edit.edit !== "value") {
    const there = hive.key(edit.key) !== undefined;
    const data = there ? "the key is there" : "not there";
    return { right: there === (edit.edit === "key-created"), data };
  }
  const now = hive.data(edit.key, edit.name);
  const right = edit.after === null ? now === null : now !== null && sameData(now, edit.after);
  return { right, data: showData(now) };
}

/** What is still wrong although every edit is there. */
export interface StillWrong {
  /** One sentence without full stop. */
  readonly reason: string;
  readonly evidence: readonly Evidence[];
}

/** The verdict of a step that edits hives: its edits are there, and nothing is left of the fault. */
export async function verdictOnEdits(
  windows: OfflineWindows,
  plan: StepPlan,
  ends: { readonly fixed: string; readonly left?: StillWrong | undefined },
): Promise<Verdict> {
  const { missing, evidence } = await readBackEdits(windows, plan.changes);
  if (missing !== undefined) {
    return { outcome: "not-fixed", reason: `Not as planned: ${missing}`, evidence };
  }
  const { fixed, left } = ends;
  return left === undefined
    ? { outcome: "fixed", reason: fixed, evidence }
    : { outcome: "not-fixed", reason: left.reason, evidence: [...evidence, ...left.evidence] };
}
