/**
 * The keys that edits touch, over a hive that is only read. Everything else stays in its
 * bytes; nothing is written before all edits are known.
 */
import { refuseProblem } from "./cell_space.ts";
import { KeyNode } from "./key.ts";
import { type KeySpec, orderSubkeys } from "./key_spec.ts";
import { KeyFlag } from "./layout.ts";
import { subkeyOffsets } from "./lists.ts";
import { compareNames, upcaseText } from "./upcase.ts";
import type { ValueRecord } from "./value.ts";

/** Type and data that a value shall have. */
export interface ValueContent {
  readonly type: number;
  readonly data: Uint8Array;
}

/** A value that is there (`record`), is changed (both) or is new (`content`). */
export interface EditedValue {
  readonly name: string;
  readonly record?: ValueRecord;
  readonly content?: ValueContent;
}

/** What a new key is made of, without its values and subkeys. */
export type NewKeyContent = Pick<
  KeySpec,
  "className" | "symbolicLink" | "security" | "lastWritten" | "details"
>;

/** A key on the way to an edit, changed or not. */
export class EditedKey {
  readonly name: string;
  /** 1 for the root. */
  readonly depth: number;
  /** Where it lies in the old hive; undefined for a new key. */
  readonly node: KeyNode | undefined;
  readonly content: NewKeyContent;
  /** Whether an edit was made here. */
  touched = false;
  /** Subkeys that were looked at or created, by their names in upper case. */
  readonly #subkeys = new Map<string, EditedKey>();
  readonly #removedSubkeys = new Map<number, KeyNode>();
  #offsets: readonly number[] | undefined;
  #values: Map<string | number, EditedValue> | undefined;
  readonly #removedValues: ValueRecord[] = [];

  constructor(name: string, place: EditedKeyPlace) {
    this.name = name;
    this.depth = place.depth;
    this.node = place.node;
    this.content = place.content ?? {};
  }

  /** The key of the old hive. */
  static existing(node: KeyNode, depth: number): EditedKey {
    return new EditedKey(node.name, { node, depth });
  }

  /** A new key with everything below it. */
  static created(spec: KeySpec, depth: number): EditedKey {
    const key = new EditedKey(spec.name, { depth, content: spec });
    for (const { name, type, data } of spec.values) key.setValue(name, { type, data });
    for (const { spec: below, upperName } of orderSubkeys(spec)) {
      key.#subkeys.set(upperName, EditedKey.created(below, depth + 1));
    }
    return key;
  }

  get symbolicLink(): boolean {
    if (this.node !== undefined) return this.node.symbolicLink;
    const { symbolicLink, details } = this.content;
    return symbolicLink === true || ((details?.flags ?? 0) & KeyFlag.symbolicLink) !== 0;
  }

  /** The subkey of that name, in any case. */
  subkey(name: string): EditedKey | undefined {
    const upperName = upcaseText(name);
    const known = this.#subkeys.get(upperName);
    if (known !== undefined) return known;
    const node = this.#search(name);
    if (node === undefined || this.#removedSubkeys.has(node.offset)) return undefined;
    const key = EditedKey.existing(node, this.depth + 1);
    this.#subkeys.set(upperName, key);
    return key;
  }

  /** Adds a new key; there must be none of that name. */
  addSubkey(key: EditedKey): void {
    this.#subkeys.set(upcaseText(key.name), key);
  }

  /** Removes a key that was there, or takes a new one back. */
  removeSubkey(key: EditedKey): void {
    this.#subkeys.delete(upcaseText(key.name));
    if (key.node !== undefined) this.#removedSubkeys.set(key.node.offset, key.node);
  }

  /** Subkeys that were created, in no order. */
  get createdSubkeys(): EditedKey[] {
    return [...this.#subkeys.values()].filter(({ node }) => node === undefined);
  }

  /** Subkeys of the old hive that edits passed through or changed. */
  get visitedSubkeys(): EditedKey[] {
    return [...this.#subkeys.values()].filter(({ node }) => node !== undefined);
  }

  /** Subkeys of the old hive that are gone. */
  get removedSubkeys(): readonly KeyNode[] {
    return [...this.#removedSubkeys.values()];
  }

  /** Offsets of the old subkeys that stay, in the order of their list. */
  get keptSubkeys(): readonly number[] {
    return this.#oldOffsets().filter((offset) => !this.#removedSubkeys.has(offset));
  }

  /** The values as they shall be, or undefined if none was looked at. */
  get values(): readonly EditedValue[] | undefined {
    return this.#values === undefined && this.node !== undefined
      ? undefined
      : [...this.#loadedValues().values()];
  }

  /** Values of the old hive that are gone. */
  get removedValues(): readonly ValueRecord[] {
    return this.#removedValues;
  }

  /** The value of that name, in any case. */
  value(name: string): EditedValue | undefined {
    return this.#loadedValues().get(upcaseText(name));
  }

  /** Sets a value; one that is there keeps its place and the spelling of its name. */
  setValue(name: string, content: ValueContent): void {
    const old = this.value(name);
    this.#loadedValues().set(upcaseText(name), { name, ...old, content });
  }

  /** Removes a value that was there, or takes a new one back. */
  removeValue(value: EditedValue): void {
    this.#loadedValues().delete(upcaseText(value.name));
    if (value.record !== undefined) this.#removedValues.push(value.record);
  }

  #loadedValues(): Map<string | number, EditedValue> {
    if (this.#values !== undefined) return this.#values;
    const values = new Map<string | number, EditedValue>();
    for (const record of this.node?.values() ?? []) {
      const { name } = record;
      const upperName = upcaseText(name);
      // Of two values of one name Windows finds the first; the other one only stays.
      values.set(values.has(upperName) ? record.offset : upperName, { name, record });
    }
    this.#values = values;
    return values;
  }

  #oldOffsets(): readonly number[] {
    const { node } = this;
    if (node === undefined) return [];
    return this.#offsets ??= subkeyOffsets(node.space, node.position, { report: refuseProblem });
  }

  /** Binary search: the walk before has proven the order. */
  #search(name: string): KeyNode | undefined {
    const { node } = this;
    if (node === undefined) return undefined;
    const offsets = this.#oldOffsets();
    let low = 0;
    let high = offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = new KeyNode(node.space, offsets[middle]!);
      const order = compareNames(name, found.name);
      if (order === 0) return found;
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return undefined;
  }
}

interface EditedKeyPlace {
  readonly depth: number;
  readonly node?: KeyNode;
  readonly content?: NewKeyContent;
}
