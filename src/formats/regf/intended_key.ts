/**
 * What a hive shall hold after edits, as a model of its own: the proof of an edit compares the
 * new file with it and shares nothing with the editor.
 */
import { FormatError } from "../../base/mod.ts";
import type { HiveEdit } from "./hive_edit.ts";
import type { KeyNode } from "./key.ts";
import type { KeySpec, ValueSpec } from "./key_spec.ts";
import { upcaseText } from "./upcase.ts";

/** A value that shall be as it was (its old offset), or have this content. */
export interface IntendedValue {
  readonly name: string;
  /** Offset of its record in the old hive; it stays there. */
  readonly offset?: number;
  readonly content?: Pick<ValueSpec, "type" | "data">;
}

/** A key that an edit names, or that lies on the way to one. */
export class IntendedKey {
  readonly name: string;
  /** The key of the old hive; undefined for a new one. */
  readonly source: KeyNode | undefined;
  /** What a new key is made of. */
  readonly spec: Omit<KeySpec, "name" | "values" | "subkeys">;
  /** Whether an edit changes its values or its list of subkeys. */
  edited = false;
  /** By name in upper case; by offset where another one of that name comes first. */
  #values: Map<string | number, IntendedValue> | undefined;
  #subkeys: Map<string, IntendedKey> | undefined;
  readonly #visited = new Map<number, IntendedKey>();
  /** Subkeys of the old hive that shall be gone. */
  readonly removed: KeyNode[] = [];

  constructor(name: string, origin: KeyNode | IntendedKey["spec"]) {
    this.name = name;
    this.source = isNode(origin) ? origin : undefined;
    this.spec = isNode(origin) ? {} : origin;
    if (this.source !== undefined) return;
    this.#values = new Map();
    this.#subkeys = new Map();
  }

  /** Its values in order, or undefined if they shall be as they were. */
  get values(): readonly IntendedValue[] | undefined {
    return this.#values && [...this.#values.values()];
  }

  /** Its subkeys in the order that Windows wants, or undefined if the list shall be as it was. */
  get subkeys(): readonly IntendedKey[] | undefined {
    if (this.#subkeys === undefined) return undefined;
    const sorted = [...this.#subkeys].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
    return sorted.map(([, key]) => key);
  }

  /** The subkey at an offset of the old hive, if an edit lies below it. */
  visitedAt(offset: number): IntendedKey | undefined {
    return this.#visited.get(offset);
  }

  /** Whether it shall be as it was, and everything below it. */
  get untouched(): boolean {
    return this.source !== undefined && !this.edited && this.#visited.size === 0;
  }

  /** The subkey of that name, in any case; an edit lies below it. */
  subkey(name: string): IntendedKey | undefined {
    const listed = this.#subkeys?.get(upcaseText(name));
    if (listed?.source !== undefined) this.#visited.set(listed.source.offset, listed);
    if (this.#subkeys !== undefined || this.source === undefined) return listed;
    const source = this.source.subkey(name);
    if (source === undefined) return undefined;
    const key = this.#visited.get(source.offset) ?? new IntendedKey(source.name, source);
    this.#visited.set(source.offset, key);
    return key;
  }

  /** Adds a new key with everything below it. */
  add(spec: KeySpec): void {
    this.edited = true;
    const key = new IntendedKey(spec.name, spec);
    for (const value of spec.values) key.setValue(value);
    for (const subkey of spec.subkeys) key.add(subkey);
    key.edited = false;
    this.#listed().set(upcaseText(spec.name), key);
  }

  /** Takes the subkey of that name away; false if there is none. */
  remove(name: string): boolean {
    this.edited = true;
    const subkeys = this.#listed();
    const source = subkeys.get(upcaseText(name))?.source;
    if (source !== undefined) {
      this.#visited.delete(source.offset);
      this.removed.push(source);
    }
    return subkeys.delete(upcaseText(name));
  }

  /** Sets a value; one that is there keeps its place and the spelling of its name. */
  setValue({ name, type, data }: ValueSpec): void {
    this.edited = true;
    const values = this.#ownValues();
    const upperName = upcaseText(name);
    values.set(upperName, { name, ...values.get(upperName), content: { type, data } });
  }

  /** Takes the value of that name away; false if there is none. */
  removeValue(name: string): boolean {
    this.edited = true;
    return this.#ownValues().delete(upcaseText(name));
  }

  #listed(): Map<string, IntendedKey> {
    if (this.#subkeys !== undefined) return this.#subkeys;
    this.#subkeys = new Map();
    for (const source of this.source?.subkeys() ?? []) {
      const key = this.#visited.get(source.offset) ?? new IntendedKey(source.name, source);
      this.#subkeys.set(upcaseText(source.name), key);
    }
    return this.#subkeys;
  }

  #ownValues(): Map<string | number, IntendedValue> {
    if (this.#values !== undefined) return this.#values;
    this.#values = new Map();
    for (const { name, offset } of this.source?.values() ?? []) {
      const upperName = upcaseText(name);
      this.#values.set(this.#values.has(upperName) ? offset : upperName, { name, offset });
    }
    return this.#values;
  }
}

function isNode(origin: KeyNode | IntendedKey["spec"]): origin is KeyNode {
  return "offset" in origin;
}

/**
 * The tree that edits of `root` lead to.
 *
 * @throws {FormatError} if an edit names what is not there.
 */
export function intendedTree(root: KeyNode, edits: readonly HiveEdit[]): IntendedKey {
  const tree = new IntendedKey(root.name, root);
  edits.forEach((edit, index) => {
    if (!intend(tree, edit)) {
      throw new FormatError(
        `Cannot verify edit ${index + 1}: "${edit.key}" or its value is absent`,
      );
    }
  });
  return tree;
}

function intend(root: IntendedKey, edit: HiveEdit): boolean {
  const names = edit.key === "" ? [] : edit.key.split("\\");
  const last = edit.kind.endsWith("-key") ? names.pop() : undefined;
  let key: IntendedKey | undefined = root;
  for (const name of names) key = key?.subkey(name);
  if (key === undefined) return false;
  switch (edit.kind) {
    case "set-value":
      key.setValue(edit);
      return true;
    case "delete-value":
      return key.removeValue(edit.name);
    case "create-key":
      if (last === undefined) return false;
      key.add({ values: [], subkeys: [], ...edit.spec, name: last });
      return true;
    case "delete-key":
      return last !== undefined && key.remove(last);
  }
}
