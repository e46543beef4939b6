/** Finds edits by key and name, as Windows compares them: an import has tens of thousands. */
import { upcaseText } from "../formats/regf/mod.ts";
import type { RegistryEdit } from "./registry_edit.ts";

/** An edit of a value. */
type ValueEdit = RegistryEdit & { readonly edit: "value" };

/** Edits that were added, by what they touch. */
export class EditIndex {
  readonly #values = new Map<string, ValueEdit>();
  readonly #first = new Map<string, ValueEdit>();
  readonly #created = new Set<string>();
  readonly #keys = new Set<string>();

  constructor(edits: readonly RegistryEdit[] = []) {
    for (const edit of edits) this.add(edit);
  }

  /** Adds an edit that comes after those that are in already. */
  add(edit: RegistryEdit): void {
    if (edit.edit === "value") return this.#addValue(edit);
    const key = upcaseText(edit.key);
    this.#keys.add(key);
    if (edit.edit === "key-created") this.#created.add(key);
  }

  /** The last edit of that value. */
  value(key: string, name: string): ValueEdit | undefined {
    return this.#values.get(valueId(key, name));
  }

  /** The first edit of that value: it knows what was there before all. */
  first(key: string, name: string): ValueEdit | undefined {
    return this.#first.get(valueId(key, name));
  }

  /** Says whether the key is one that was created. */
  creates(key: string): boolean {
    return this.#created.has(upcaseText(key));
  }

  /** Says whether what an edit changes was touched before: itself, or a key at or above it. */
  touches(edit: RegistryEdit): boolean {
    if (edit.edit === "value" && this.value(edit.key, edit.name) !== undefined) return true;
    if (this.#keys.size === 0) return false;
    const path = upcaseText(edit.key);
    for (let end = path.length; end >= 0; end = path.lastIndexOf("\\", end - 1)) {
      if (this.#keys.has(path.slice(0, end))) return true;
      if (end === 0) return false;
    }
    return false;
  }

  #addValue(edit: ValueEdit): void {
    const id = valueId(edit.key, edit.name);
    if (!this.#first.has(id)) this.#first.set(id, edit);
    this.#values.set(id, edit);
  }
}

/** No name of a key holds a backslash: the last one parts the two. */
function valueId(key: string, name: string): string {
  return `${upcaseText(key)}\\\n${upcaseText(name)}`;
}
