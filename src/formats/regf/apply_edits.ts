/** Applies edits to the keys that they name, in memory, and refuses what Windows would refuse. */
import { editRefusal, type EditSource } from "./edit_source.ts";
import { EditedKey, type EditedValue } from "./edited_key.ts";
import type { HiveEdit } from "./hive_edit.ts";
import type { KeyNode } from "./key.ts";
import { checkKeySpec, type KeySpec } from "./key_spec.ts";
import { KeyFlag, KeyNodeField, LAYER_SEMANTICS, LINK_VALUE } from "./layout.ts";
import { securityDescriptorFault } from "./security_descriptor_fault.ts";

/** "Registry element size limits", in UTF-16 code units. */
const LONGEST_VALUE_NAME = 16383;
/** "Registry element size limits": 1 MB in the standard format, which has no `db` records. */
const LARGEST_PLAIN_DATA = 1024 * 1024;

/**
 * Applies edits in order.
 *
 * @throws {FormatError} naming the key or value that is not there, is there already or cannot be.
 */
export function applyEdits(source: EditSource, edits: readonly HiveEdit[]): EditedKey {
  const root = EditedKey.existing(source.root, 1);
  const editing = new Editing(source, root);
  for (const edit of edits) editing.apply(edit);
  return root;
}

class Editing {
  readonly #source: EditSource;
  readonly #root: EditedKey;

  constructor(source: EditSource, root: EditedKey) {
    this.#source = source;
    this.#root = root;
  }

  apply(edit: HiveEdit): void {
    switch (edit.kind) {
      case "set-value":
        return this.#setValue(edit);
      case "delete-value":
        return this.#deleteValue(edit);
      case "create-key":
        return this.#createKey(edit);
      case "delete-key":
        return this.#deleteKey(edit);
    }
  }

  #setValue(edit: HiveEdit & { kind: "set-value" }): void {
    const { name, type, data } = edit;
    const key = this.#keyWithValues(edit.key);
    this.#checkValue(edit);
    this.#refuseTombstone(edit, key.value(name));
    if (key.symbolicLink && (key.value(name)?.name ?? name) !== LINK_VALUE) {
      const state = `key "${edit.key}" is a symbolic link, which has no value but "${LINK_VALUE}"`;
      throw this.#refusal(state);
    }
    key.setValue(name, { type, data });
    key.touched = true;
  }

  #deleteValue(edit: HiveEdit & { kind: "delete-value" }): void {
    const key = this.#keyWithValues(edit.key);
    const value = key.value(edit.name);
    if (value === undefined) throw this.#refusal(`${place(edit)} is not there`);
    this.#refuseTombstone(edit, value);
    key.removeValue(value);
    key.touched = true;
  }

  #createKey({ key: path, spec }: HiveEdit & { kind: "create-key" }): void {
    const { parent, name } = this.#parent(path);
    if (parent.subkey(name) !== undefined) throw this.#refusal(`key "${path}" is there already`);
    const whole: KeySpec = { values: [], subkeys: [], ...spec, name };
    this.#checkSpec(whole, path, parent.depth + 1);
    parent.addSubkey(EditedKey.created(whole, parent.depth + 1));
    parent.touched = true;
  }

  #deleteKey({ key: path }: HiveEdit & { kind: "delete-key" }): void {
    const { parent, name } = this.#parent(path);
    const key = parent.subkey(name);
    if (key === undefined) throw this.#refusal(`key "${path}" is not there`);
    parent.removeSubkey(key);
    parent.touched = true;
  }

  #parent(path: string): { readonly parent: EditedKey; readonly name: string } {
    if (path === "") throw this.#refusal("its root key can be neither created nor deleted");
    const end = path.lastIndexOf("\\");
    if (end === 0) throw this.#refusal(`"${path}" begins without the name of a key`);
    const parent = this.#key(end < 0 ? "" : path.slice(0, end));
    const name = path.slice(end + 1);
    if (name === "") throw this.#refusal(`"${path}" ends without the name of a key`);
    return { parent, name };
  }

  #keyWithValues(path: string): EditedKey {
    const key = this.#key(path);
    const flags = key.node?.flags ?? 0;
    if ((flags & KeyFlag.predefinedHandle) !== 0) {
      throw this.#refusal(`key "${path}" has a handle in the place of values`);
    }
    return key;
  }

  #key(path: string): EditedKey {
    let key = this.#root;
    for (const name of path === "" ? [] : path.split("\\")) {
      const subkey = name === "" ? undefined : key.subkey(name);
      if (subkey === undefined) throw this.#refusal(`key "${path}" is not there`);
      key = subkey;
    }
    if (key.node !== undefined) refuseLayer(this.#source, key.node);
    return key;
  }

  /** Which layer's value would show afterwards is not known here. */
  #refuseTombstone(edit: HiveEdit & { name: string }, value: EditedValue | undefined): void {
    if (value?.content !== undefined || value?.record?.tombstone !== true) return;
    throw this.#refusal(`${place(edit)} is deleted in a layered hive`);
  }

  #checkValue(edit: HiveEdit & { kind: "set-value" }): void {
    const { name, type, data } = edit;
    if (name.length > LONGEST_VALUE_NAME) throw this.#refusal("the name of a value is too long");
    if (!Number.isInteger(type) || type < 0 || type > 0xffffffff) {
      throw this.#refusal(`${place(edit)} cannot have type ${type}`);
    }
    this.#checkData(place(edit), data);
  }

  #checkData(what: string, data: Uint8Array): void {
    const plain = this.#source.minor <= 3;
    const limit = plain ? LARGEST_PLAIN_DATA : LARGEST_SEGMENTED_DATA;
    if (data.length <= limit) return;
    throw this.#refusal(`${what} cannot have ${data.length} bytes of data, the most is ${limit}`);
  }

  #checkSpec(spec: KeySpec, path: string, depth: number): void {
    checkKeySpec(spec, depth);
    const what = `key "${path}"`;
    for (const { name, data, tombstone } of spec.values) {
      this.#checkData(`value "${name}" of ${what}`, data);
      if (tombstone === true) throw this.#refusal(`${what} would hold a deleted value`);
    }
    if (spec.details?.predefinedHandle !== undefined) {
      throw this.#refusal(`${what} would hold a handle in the place of values`);
    }
    const fault = spec.security && securityDescriptorFault(spec.security);
    if (fault !== undefined) {
      throw this.#refusal(`the security descriptor of ${what} is bad: ${fault}`);
    }
    for (const subkey of spec.subkeys) {
      if (subkey.name === "") throw this.#refusal(`a subkey of ${what} has no name`);
      this.#checkSpec(subkey, `${path}\\${subkey.name}`, depth + 1);
    }
  }

  #refusal(state: string) {
    return editRefusal(this.#source.name, state);
  }
}

/** The most segments that a `db` record can count. */
const LARGEST_SEGMENTED_DATA = 0xffff * 16344;

function place({ key, name }: { readonly key: string; readonly name: string }): string {
  return `value "${name}" of key "${key}"`;
}

/**
 * Refuses a key that stands for something in another layer of a layered hive: its subkeys and
 * values follow rules that only the kernel can keep.
 *
 * @throws {FormatError} for such a key.
 */
export function refuseLayer(source: EditSource, node: KeyNode): void {
  if (source.minor < 6) return;
  const bits = source.space.bytes[node.position + KeyNodeField.layer]!;
  if ((bits & LAYER_SEMANTICS) === 0) return;
  throw editRefusal(source.name, `key "${node.name}" covers a key of another layer`);
}
