/**
 * Writes edited keys into a copy of their hive. Cells of what is gone are freed, what is new
 * goes behind the old bins, and records that stay are changed in their place.
 */
import { filetimeFromDate } from "../../base/mod.ts";
import { refuseLayer } from "./apply_edits.ts";
import { refuseProblem } from "./cell_space.ts";
import { EditCells } from "./edit_cells.ts";
import { EditSecurity } from "./edit_security.ts";
import { editRefusal, type EditSource } from "./edit_source.ts";
import type { EditedKey, EditedValue } from "./edited_key.ts";
import { KeyNode } from "./key.ts";
import { KeyFlag, KeyNodeField, NO_CELL, ValueField } from "./layout.ts";
import { subkeyOffsets, valueOffsets } from "./lists.ts";
import { compareNames } from "./upcase.ts";
import type { ValueRecord } from "./value.ts";
import { checkValueData } from "./value_data.ts";
import { allocateKeyNode, fillKeyNode, type WrittenSubkeys } from "./write_key_node.ts";
import { writeNameList } from "./write_lists.ts";
import { writeValue, writeValueData, writeValues } from "./write_values.ts";

/**
 * Writes all edits and returns the file, whose base block is still that of the old hive.
 *
 * @throws {FormatError} if something that is to be freed is damaged, or layered.
 */
export function writeEdits(source: EditSource, root: EditedKey, at: Date): Uint8Array {
  const writing = new EditWriting(source, filetimeFromDate(at));
  writing.writeChanges(root);
  return writing.finish();
}

/** A subkey as its list names it. */
interface ListedKey {
  readonly name: string;
  readonly offset: number;
}

class EditWriting {
  readonly #source: EditSource;
  readonly #time: bigint;
  readonly #cells: EditCells;
  readonly #security: EditSecurity;

  constructor(source: EditSource, time: bigint) {
    this.#source = source;
    this.#time = time;
    this.#cells = new EditCells(source);
    this.#security = new EditSecurity(source, this.#cells);
  }

  finish(): Uint8Array {
    this.#security.finish();
    return this.#cells.finish();
  }

  /** Writes what changed in a key of the old hive and below it. */
  writeChanges(key: EditedKey): void {
    const { node } = key;
    if (node === undefined) return;
    for (const subkey of key.visitedSubkeys) this.writeChanges(subkey);
    for (const subkey of key.removedSubkeys) this.#freeTree(subkey);
    if (!key.touched) return;
    const { data } = this.#cells.writer;
    data.setBigUint64(node.position + KeyNodeField.lastWritten, this.#time, true);
    this.#changeSubkeys(key, node);
    this.#changeValues(key, node);
  }

  #changeSubkeys(key: EditedKey, node: KeyNode): void {
    const created = key.createdSubkeys;
    if (created.length === 0 && key.removedSubkeys.length === 0) return;
    const kept = key.keptSubkeys.map((offset) => new KeyNode(node.space, offset));
    const security = node.space.u32(node.position + KeyNodeField.security);
    const place = { parent: node.offset, security };
    const added = created.map((subkey) => this.#writeNew(subkey, place));
    subkeyOffsets(node.space, node.position, {
      report: refuseProblem,
      claim: this.#cells.freeEach,
    });
    const list = this.#writeSubkeyList([...kept, ...added]);
    this.#fieldU32(node, KeyNodeField.subkeyCount, list.count);
    this.#fieldU32(node, KeyNodeField.subkeyList, list.offset);
    this.#raiseSubkeyMaxima(node, list.count, created);
  }

  /**
   * Like Windows: maxima grow with what is added and are 0 when nothing is left. After a
   * deletion they stay, as upper bounds: readers size their buffers by them.
   */
  #raiseSubkeyMaxima(node: KeyNode, count: number, created: readonly EditedKey[]): void {
    const { largestName, largestClass } = subkeyMaxima(created);
    const oldName = node.space.u16(node.position + KeyNodeField.largestSubkeyName);
    const oldClass = node.space.u32(node.position + KeyNodeField.largestSubkeyClass);
    const name = count === 0 ? 0 : Math.max(oldName, largestName);
    // The upper half of that number holds flags.
    this.#cells.writer.u16(node.position + KeyNodeField.largestSubkeyName, name);
    const largest = count === 0 ? 0 : Math.max(oldClass, largestClass);
    this.#fieldU32(node, KeyNodeField.largestSubkeyClass, largest);
  }

  #changeValues(key: EditedKey, node: KeyNode): void {
    const { values, removedValues } = key;
    if (values === undefined) return;
    for (const record of removedValues) this.#freeValue(record);
    const offsets = values.map((value) => this.#writeEditedValue(value));
    const grown = values.some(({ record }) => record === undefined);
    if (grown || removedValues.length > 0) this.#changeValueList(node, offsets);
    const changed = values.filter(({ content }) => content !== undefined);
    this.#raiseValueMaxima(node, values.length, changed);
  }

  #changeValueList(node: KeyNode, offsets: readonly number[]): void {
    valueOffsets(node.space, node.position, {
      report: refuseProblem,
      claim: this.#cells.freeEach,
    });
    const { writer } = this.#cells;
    const list = offsets.length === 0 ? NO_CELL : writer.allocate(4 * offsets.length);
    offsets.forEach((offset, i) => writer.u32(writer.position(list) + 4 * i, offset));
    this.#fieldU32(node, KeyNodeField.valueCount, offsets.length);
    this.#fieldU32(node, KeyNodeField.valueList, list);
  }

  #raiseValueMaxima(node: KeyNode, count: number, changed: readonly EditedValue[]): void {
    const raise = (field: number, sizes: readonly number[]) => {
      const old = node.space.u32(node.position + field);
      this.#fieldU32(node, field, count === 0 ? 0 : Math.max(old, largest(sizes)));
    };
    raise(KeyNodeField.largestValueName, changed.map(({ name }) => 2 * name.length));
    raise(KeyNodeField.largestValueData, changed.map(({ content }) => content?.data.length ?? 0));
  }

  /** Returns the offset of the record: the old one of a value that stays, however it changes. */
  #writeEditedValue({ name, record, content }: EditedValue): number {
    const { writer } = this.#cells;
    const { minor } = this.#source;
    if (record === undefined) {
      return writeValue(writer, { name, type: 0, data: new Uint8Array(0), ...content }, minor);
    }
    if (content !== undefined) {
      this.#freeData(record);
      writer.u32(record.position + ValueField.type, content.type);
      writeValueData(writer, { position: record.position, data: content.data, minor });
    }
    return record.offset;
  }

  #writeNew(key: EditedKey, place: NewKeyPlace): ListedKey {
    const { content, name } = key;
    const { writer } = this.#cells;
    const offset = allocateKeyNode(writer, name);
    const security = content.security === undefined
      ? place.security
      : this.#security.share(content.security);
    this.#security.use(security);
    const created = key.createdSubkeys;
    const below = created.map((subkey) => this.#writeNew(subkey, { parent: offset, security }));
    const { details } = content;
    const list = this.#writeSubkeyList(below);
    fillKeyNode(writer, offset, {
      flags: (details?.flags ?? 0) | (content.symbolicLink === true ? KeyFlag.symbolicLink : 0),
      lastWritten: this.#timeOf(key),
      access: details?.access ?? 0,
      parent: place.parent,
      security,
      className: content.className ?? "",
      subkeys: { count: list.count, list: list.offset, ...subkeyMaxima(created) },
      values: this.#writeNewValues(key),
      userFlags: details?.userFlags ?? 0,
    });
    return { name, offset };
  }

  #timeOf({ touched, content }: EditedKey): bigint {
    if (touched) return this.#time;
    if (content.details !== undefined) return content.details.lastWritten;
    return content.lastWritten === undefined ? this.#time : filetimeFromDate(content.lastWritten);
  }

  #writeNewValues(key: EditedKey) {
    const values = (key.values ?? []).map(({ name, content }) => {
      return { name, type: 0, data: new Uint8Array(0), ...content };
    });
    const { writer } = this.#cells;
    return { ...writeValues(writer, values, this.#source.minor), count: values.length };
  }

  #writeSubkeyList(keys: readonly ListedKey[]): { offset: number; count: number } {
    const listed = keys.toSorted((a, b) => compareNames(a.name, b.name));
    const offset = writeNameList(this.#cells.writer, {
      names: listed.map(({ name }) => name),
      offsets: listed.map(({ offset }) => offset),
      minor: this.#source.minor,
    });
    return { offset, count: listed.length };
  }

  #freeTree(root: KeyNode): void {
    const { space } = this.#source;
    const waiting = [root];
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
      refuseLayer(this.#source, key);
      if ((key.flags & KeyFlag.noDelete) !== 0) {
        throw editRefusal(this.#source.name, `key "${key.name}" is marked as not to be deleted`);
      }
      const options = { report: refuseProblem, claim: this.#cells.freeEach };
      this.#cells.free(key.offset);
      const classOffset = space.u32(key.position + KeyNodeField.classOffset);
      const classLength = space.u16(key.position + KeyNodeField.classLength);
      if (classLength > 0 && classOffset !== NO_CELL) this.#cells.free(classOffset);
      for (const value of key.listValues(options)) this.#freeDeletedValue(key, value);
      waiting.push(...key.listSubkeys(options).reverse());
      this.#security.release(space.u32(key.position + KeyNodeField.security));
    }
  }

  #freeDeletedValue(key: KeyNode, value: ValueRecord): void {
    if (value.tombstone) {
      const what = `value "${value.name}" of key "${key.name}"`;
      throw editRefusal(this.#source.name, `${what} is deleted in a layered hive`);
    }
    this.#freeValue(value);
  }

  #freeValue(record: ValueRecord): void {
    this.#freeData(record);
    this.#cells.free(record.offset);
  }

  #freeData(record: ValueRecord): void {
    checkValueData(this.#source.space, record.position, this.#cells.freeEach);
  }

  #fieldU32(node: KeyNode, field: number, value: number): void {
    this.#cells.writer.u32(node.position + field, value);
  }
}

/** Where a new key goes, and the security record of the key above. */
interface NewKeyPlace {
  readonly parent: number;
  readonly security: number;
}

function subkeyMaxima(
  keys: readonly EditedKey[],
): Pick<WrittenSubkeys, "largestName" | "largestClass"> {
  return {
    largestName: largest(keys.map(({ name }) => 2 * name.length)),
    largestClass: largest(keys.map(({ content }) => 2 * (content.className?.length ?? 0))),
  };
}

function largest(sizes: readonly number[]): number {
  return sizes.reduce((most, size) => Math.max(most, size), 0);
}
