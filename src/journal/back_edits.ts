/**
 * Takes edits back on paper: what has changed since each, and the edits that bring the old state
 * back. Keys that these create and delete are kept in mind, so that no edit names one that is not
 * there: the editor would refuse all of them together.
 */
import { type HiveEdit, type HiveKey, upcaseText } from "../formats/regf/mod.ts";
import { sameKey } from "./change_hive.ts";
import { EditIndex } from "./edit_index.ts";
import type { HiveLookup } from "./hive_lookup.ts";
import {
  describeEdit,
  inverseEdit,
  type RecordedData,
  type RecordedKey,
  type RegistryEdit,
  sameData,
  showOther,
} from "./registry_edit.ts";

type ValueEdit = RegistryEdit & { readonly edit: "value" };

/** What has changed since some edits were made. */
export class ChangesSince {
  readonly #hive: HiveLookup;
  readonly #ours: EditIndex;
  /** What a created key holds that is not ours, by its path in upper case. */
  readonly #foreign = new Map<string, string | undefined>();
  /** Keys that come back with everything below them, in upper case. */
  readonly #restored = new Set<string>();
  /** One sentence for each edit that cannot be taken back without a loss. */
  readonly conflicts = new Map<RegistryEdit, string>();

  /** @param backwards the newest edit first. */
  constructor(hive: HiveLookup, ours: EditIndex, backwards: readonly RegistryEdit[]) {
    this.#hive = hive;
    this.#ours = ours;
    for (const edit of backwards) {
      const conflict = this.#conflict(edit);
      if (conflict !== undefined) this.conflicts.set(edit, conflict);
    }
  }

  /** In words; undefined if the edit can be taken back or is so already. */
  #conflict(edit: RegistryEdit): string | undefined {
    switch (edit.edit) {
      case "value":
        return this.#valueConflict(edit);
      case "key-created": {
        const held = this.#foreignIn(edit.key);
        return held === undefined
          ? undefined
          : `${edit.key}: the key that was created holds "${held}" now`;
      }
      case "key-deleted":
        return this.#deletedConflict(edit);
    }
  }

  #valueConflict(edit: ValueEdit): string | undefined {
    const now = this.#hive.data(edit.key, edit.name);
    const { after } = this.#ours.value(edit.key, edit.name) ?? edit;
    const whole = describeEdit({ ...edit, after });
    if (!same(now, after) && !same(now, edit.before)) {
      return `${whole}; it ${showOther(now, [after, edit.before])}`;
    }
    if (edit.before === null || this.#comes(edit.key)) return undefined;
    return `${whole}; its key is not there any more`;
  }

  #deletedConflict(edit: RegistryEdit & { readonly edit: "key-deleted" }): string | undefined {
    const key = this.#hive.key(edit.key);
    if (key !== undefined) {
      if (sameKey(key, edit)) return undefined;
      return `${edit.key}: the key that was deleted is there again`;
    }
    if (!this.#comes(parentOf(edit.key))) {
      return `${edit.key}: the key above it is not there any more`;
    }
    this.#restored.add(upcaseText(edit.key));
    return undefined;
  }

  /** Says whether a key is there, or comes back with one that was deleted. */
  #comes(path: string): boolean {
    if (this.#hive.key(path) !== undefined) return true;
    return prefixes(upcaseText(path)).some((above) => this.#restored.has(above));
  }

  /** The first thing in a created key, or below it, that would be lost with it. */
  #foreignIn(path: string): string | undefined {
    const upper = upcaseText(path);
    if (this.#foreign.has(upper)) return this.#foreign.get(upper);
    const key = this.#hive.key(path);
    const found = key === undefined
      ? undefined
      : this.#foreignValue(path, key) ?? this.#foreignSubkey(path, key);
    this.#foreign.set(upper, found);
    return found;
  }

  #foreignValue(path: string, key: HiveKey): string | undefined {
    for (const { name } of key.values()) {
      const edit = this.#ours.value(path, name);
      const now = this.#hive.data(path, name);
      if (edit === undefined) return name;
      const first = this.#ours.first(path, name) ?? edit;
      if (!same(now, edit.after) && !same(now, first.before)) return name;
    }
    return undefined;
  }

  #foreignSubkey(path: string, key: HiveKey): string | undefined {
    for (const { name } of key.subkeys()) {
      const below = `${path}\\${name}`;
      if (!this.#ours.creates(below)) return name;
      const found = this.#foreignIn(below);
      if (found !== undefined) return `${name}\\${found}`;
    }
    return undefined;
  }
}

/** What an edit on the way has made of a key: nothing of it, or the key with all that is below. */
type KeyThen = RecordedKey | null;

/** Collects the edits that take others back, and keeps in mind what they have done. */
export class BackEdits {
  readonly edits: HiveEdit[] = [];
  readonly #hive: HiveLookup;
  readonly #then = new Map<string, KeyThen>();

  constructor(hive: HiveLookup) {
    this.#hive = hive;
  }

  /** Adds what takes one back, as far as it is not so already. Call it for the newest first. */
  add(edit: RegistryEdit, options: { readonly changedSince: boolean }): void {
    switch (edit.edit) {
      case "value":
        return this.#addValue(edit);
      case "key-created":
        if (this.#exists(edit.key)) this.#delete(edit.key);
        return;
      case "key-deleted":
        if (this.#exists(edit.key)) {
          if (!options.changedSince) return;
          this.#delete(edit.key);
        }
        this.#ensure(parentOf(edit.key));
        this.edits.push(inverseEdit(edit));
        this.#then.set(upcaseText(edit.key), edit.before);
    }
  }

  #addValue(edit: ValueEdit): void {
    if (edit.before !== null) this.#ensure(edit.key);
    if (same(this.#data(edit.key, edit.name), edit.before)) return;
    this.edits.push(inverseEdit(edit));
  }

  #delete(path: string): void {
    this.edits.push({ kind: "delete-key", key: path });
    const upper = upcaseText(path);
    for (const known of this.#then.keys()) {
      if (known.startsWith(`${upper}\\`)) this.#then.delete(known);
    }
    this.#then.set(upper, null);
  }

  /** Creates a key and those above it, where they are missing. */
  #ensure(path: string): void {
    if (path === "" || this.#exists(path)) return;
    this.#ensure(parentOf(path));
    this.edits.push({ kind: "create-key", key: path });
    this.#then.set(upcaseText(path), { values: [], subkeys: [] });
  }

  #exists(path: string): boolean {
    const then = this.#keyThen(path);
    return then === undefined ? this.#hive.key(path) !== undefined : then !== null;
  }

  /** Each value is asked for once: what was set on the way needs not be known. */
  #data(path: string, name: string): RecordedData | null {
    const then = this.#keyThen(path);
    if (then === undefined) return this.#hive.data(path, name);
    const upper = upcaseText(name);
    const value = then?.values.find((one) => upcaseText(one.name) === upper);
    return value === undefined ? null : { type: value.type, hex: value.hex };
  }

  /** Undefined: no edit on the way has touched it. */
  #keyThen(path: string): KeyThen | undefined {
    if (this.#then.size === 0) return undefined;
    const upper = upcaseText(path);
    for (const above of prefixes(upper)) {
      const then = this.#then.get(above);
      if (then !== undefined) return below(then, upper.slice(above.length + 1));
    }
    return undefined;
  }
}

function below(key: KeyThen, path: string): KeyThen {
  let found = key;
  for (const name of path === "" ? [] : path.split("\\")) {
    found = found?.subkeys.find((subkey) => upcaseText(subkey.name) === name) ?? null;
  }
  return found;
}

/** A path and all those above it but the root, the longest first. */
function prefixes(path: string): string[] {
  const found: string[] = [];
  for (let part = path; part !== ""; part = parentOf(part)) found.push(part);
  return found;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("\\")));
}

function same(a: RecordedData | null, b: RecordedData | null): boolean {
  return a === null || b === null ? a === b : sameData(a, b);
}
