/**
 * Examines the keys and values of a hive, each once, in the order and with the answers of
 * {@linkcode walkHive}: what that visits is what is counted here.
 */
import { CellClaims } from "./cell_claims.ts";
import type { CellIndex } from "./cell_index.ts";
import { type CellSpace, orReport } from "./cell_space.ts";
import { checkMaxima } from "./check_maxima.ts";
import { Place } from "./check_place.ts";
import { checkValueRules } from "./check_values.ts";
import type { FaultList, FaultPlace } from "./fault_list.ts";
import { KeyNode } from "./key.ts";
import {
  BASE_BLOCK_SIZE,
  KeyFlag,
  KeyNodeField,
  LONGEST_KEY_NAME,
  Magic,
  MAX_KEY_DEPTH,
  NO_CELL,
} from "./layout.ts";
import { hintFits, subkeyHints } from "./list_hints.ts";
import { type ListOptions, subkeyOffsets, valueOffsets } from "./lists.ts";
import { hasUncountedSubkeys, hasUncountedValues } from "./uncounted.ts";
import { compareNames } from "./upcase.ts";
import { ValueRecord } from "./value.ts";
import { checkValueData } from "./value_data.ts";

/** How a hive is examined: what is read, and who receives what is wrong. */
export interface Examination {
  readonly space: CellSpace;
  readonly index: CellIndex;
  readonly faults: FaultList;
}

/** Keys that name one security record. */
export interface SecurityUse {
  keys: number;
  /** The first of them. */
  readonly place: FaultPlace;
}

/** What is known when all keys were met. */
export interface TreeResult {
  readonly keys: number;
  readonly values: number;
  /** By the offset of the record. */
  readonly security: ReadonlyMap<number, SecurityUse>;
  /** Cells of keys, values, lists and data. */
  readonly claims: CellClaims;
  /** Cells of class names, which a walk does not read. */
  readonly classes: CellClaims;
}

/** Examines everything below (and with) `root`. */
export function checkTree(root: KeyNode, examination: Examination): TreeResult {
  return new TreeCheck(examination).run(root);
}

class TreeCheck {
  readonly #space: CellSpace;
  readonly #index: CellIndex;
  readonly #faults: FaultList;
  readonly #claims: CellClaims;
  readonly #classes: CellClaims;
  readonly #security = new Map<number, SecurityUse>();
  #keys = 0;
  #values = 0;
  #place: Place | undefined;

  constructor({ space, index, faults }: Examination) {
    this.#space = space;
    this.#index = index;
    this.#faults = faults;
    this.#claims = new CellClaims(space);
    this.#classes = new CellClaims(space);
  }

  run(root: KeyNode): TreeResult {
    const waiting = [new Place(root)];
    this.#place = waiting[0];
    this.#claim(root.offset);
    this.#checkRoot(root);
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      this.#place = place;
      this.#keys++;
      this.#checkKey(place);
      const values = place.key.valueCount > 0 ? this.#checkValues(place) : [];
      const subkeys = place.key.subkeyCount > 0 ? this.#checkSubkeys(place) : [];
      this.#checkCounts(place.key);
      checkMaxima(place.key, { values, subkeys, place, faults: this.#faults });
      const owned = subkeys.filter((subkey) => this.#ownsSubkey(place.key, subkey));
      for (const subkey of owned.reverse()) waiting.push(new Place(subkey, place));
    }
    return {
      keys: this.#keys,
      values: this.#values,
      security: this.#security,
      claims: this.#claims,
      classes: this.#classes,
    };
  }

  readonly #claim = (offset: number): boolean => {
    const first = this.#claims.claim(offset);
    if (first && !this.#index.begins(offset)) {
      this.#damage("cell", offset + BASE_BLOCK_SIZE, "A cell lies inside another one");
    } else if (first && this.#classes.has(offset)) {
      this.#damage(
        "key",
        offset + BASE_BLOCK_SIZE,
        "A class name lies in the cell of something else",
      );
    }
    return first;
  };

  #damage(
    kind: "cell" | "key" | "value" | "list" | "order",
    offset: number,
    message: string,
  ): void {
    this.#add({ kind, weight: "damage", offset, message });
  }

  #add(fault: Parameters<FaultList["add"]>[0]): void {
    this.#faults.add(this.#place === undefined ? fault : { ...fault, place: this.#place });
  }

  #checkRoot(root: KeyNode): void {
    if ((root.flags & KeyFlag.hiveEntry) !== 0) return;
    const message = "The root key is not marked as the root";
    this.#add({ kind: "key", weight: "untidy", offset: root.position, message });
  }

  #checkKey(place: Place): void {
    const { key, depth } = place;
    const { name, position } = key;
    if (name.length > LONGEST_KEY_NAME) {
      this.#damage("key", position, `Its name has ${name.length} characters`);
    } else if (name === "") { // of a root too: the kernel refuses a hive whose root has none
      this.#damage("key", position, "It has no name");
    } else if (depth > 1 && name.includes("\\")) {
      this.#damage("key", position, `Its name holds a "\\"`);
    }
    const length = this.#space.u16(position + KeyNodeField.nameLength);
    if ((key.flags & KeyFlag.latin1Name) === 0 && length % 2 !== 0) {
      const message = `Its name of ${length} bytes ends with half a character`;
      this.#add({ kind: "key", weight: "untidy", offset: position, message });
    }
    const wrong = KeyFlag.volatile | KeyFlag.hiveExit | (depth > 1 ? KeyFlag.hiveEntry : 0);
    if ((key.flags & wrong) !== 0) {
      const message = `Its flags 0x${key.flags.toString(16)} do not belong into a file`;
      this.#add({ kind: "key", weight: "untidy", offset: position, message });
    }
    this.#checkClass(key);
    this.#noteSecurity(place);
  }

  #checkClass(key: KeyNode): void {
    const offset = this.#space.u32(key.position + KeyNodeField.classOffset);
    const length = this.#space.u16(key.position + KeyNodeField.classLength);
    if (offset === NO_CELL && length > 0) {
      this.#damage("key", key.position, `Its class name of ${length} bytes is nowhere`);
    }
    if (offset === NO_CELL || length === 0) return;
    const report = this.#faults.reporter("key", this.#place);
    if (
      orReport(report, () => this.#space.cell(offset, length, "key's class name")) === undefined
    ) {
      return;
    }
    if (!this.#index.begins(offset)) {
      this.#damage("key", key.position, "Its class name lies inside another cell");
    } else if (!this.#classes.claim(offset) || this.#claims.has(offset)) {
      this.#damage("key", key.position, "Its class name lies in the cell of something else");
    }
  }

  #noteSecurity(place: Place): void {
    const offset = this.#space.u32(place.key.position + KeyNodeField.security);
    const use = this.#security.get(offset);
    if (use === undefined) this.#security.set(offset, { keys: 1, place });
    else use.keys++;
  }

  #checkValues(place: Place): ValueRecord[] {
    const options = this.#listOptions();
    const report = this.#faults.reporter("value", place);
    const values: ValueRecord[] = [];
    for (const offset of valueOffsets(this.#space, place.key.position, options)) {
      const value = orReport(report, () => this.#openValue(offset));
      if (value !== undefined) values.push(value);
    }
    this.#values += values.length;
    checkValueRules(this.#space, { place, values, faults: this.#faults });
    return values;
  }

  #openValue(offset: number): ValueRecord {
    const space = this.#space;
    const value = new ValueRecord(space, offset);
    if (!this.#claim(offset)) {
      throw space.error("value", "its cell belongs to something else too", value.position);
    }
    checkValueData(space, value.position, this.#claim);
    return value;
  }

  #listOptions(): ListOptions {
    return { report: this.#faults.reporter("list", this.#place), claim: this.#claim };
  }

  #checkSubkeys(place: Place): KeyNode[] {
    const { key, depth } = place;
    if (depth >= MAX_KEY_DEPTH) {
      this.#damage("key", key.position, `It has subkeys below ${MAX_KEY_DEPTH} levels`);
      return [];
    }
    let readable = true;
    const { report, claim } = this.#listOptions();
    const offsets = subkeyOffsets(this.#space, key.position, {
      report: (problem) => {
        readable = false;
        report(problem);
      },
      ...(claim === undefined ? {} : { claim }),
    });
    const reportKey = this.#faults.reporter("key", place);
    const nodes = offsets.map((offset) =>
      orReport(reportKey, () => new KeyNode(this.#space, offset))
    );
    if (readable) this.#checkHints(key, nodes);
    const subkeys = nodes.filter((node) => node !== undefined);
    this.#checkOrder(subkeys);
    return subkeys;
  }

  #checkCounts({ position }: KeyNode): void {
    if (hasUncountedSubkeys(this.#space, position)) {
      this.#damage("list", position, "It counts no subkeys, but has a list of them");
    }
    if (hasUncountedValues(this.#space, position)) {
      this.#damage("list", position, "It counts no values, but has a list of them");
    }
  }

  #checkHints(key: KeyNode, nodes: readonly (KeyNode | undefined)[]): void {
    subkeyHints(this.#space, key.position).forEach((hint, i) => {
      const node = nodes[i];
      if (hint === undefined || node === undefined) return;
      if (hintFits(this.#space, hint, node.name)) return;
      const hashed = hint.magic === Magic.lh;
      this.#add({
        kind: "order",
        weight: hashed ? "damage" : "untidy",
        offset: hint.position,
        message: hashed
          ? `The list has a wrong hash for "${node.name}", so that Windows does not find it`
          : `The list has the first characters of another name for "${node.name}"`,
      });
    });
  }

  #checkOrder(subkeys: readonly KeyNode[]): void {
    for (let i = 1; i < subkeys.length; i++) {
      const { name, position } = subkeys[i]!;
      const order = compareNames(subkeys[i - 1]!.name, name);
      if (order < 0) continue;
      this.#damage(
        "order",
        position,
        order === 0
          ? `There are two subkeys named "${name}"`
          : `"${name}" is in the wrong order, so that Windows does not find it`,
      );
    }
  }

  #ownsSubkey(key: KeyNode, subkey: KeyNode): boolean {
    const { name, position } = subkey;
    if (!this.#claim(subkey.offset)) {
      this.#damage("list", position, `The key "${name}" is listed twice, or above itself`);
      return false;
    }
    if (subkey.parentOffset !== key.offset) {
      this.#damage("key", position, `The key "${name}" names another key as its parent`);
    }
    return true;
  }
}
