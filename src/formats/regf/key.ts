/** One key, read from its `nk` record when asked, and the way to its subkeys and values. */
import { dateFromFiletime, decodeUtf16 } from "../../base/mod.ts";
import {
  type CellSpace,
  orReport,
  type ProblemReport,
  refuseProblem,
  reportCaught,
} from "./cell_space.ts";
import { KeyFlag, KeyNodeField, Magic, NO_CELL, SecurityField } from "./layout.ts";
import { type ListOptions, subkeyOffsets, valueCount, valueOffsets } from "./lists.ts";
import { readName } from "./name_text.ts";
import { compareNames } from "./upcase.ts";
import { type HiveValue, ValueRecord } from "./value.ts";

/** A key. A symbolic link is described, never followed. */
export interface HiveKey {
  readonly name: string;
  /** Offset of its cell from the end of the base block. */
  readonly offset: number;
  /** Offset of the cell that it names as its parent; meaningless for the root. */
  readonly parentOffset: number;
  readonly lastWritten: Date | null;
  /** Bits of the `nk` record. */
  readonly flags: number;
  readonly className: string | undefined;
  /**
   * Its self-relative security descriptor ([MS-DTYP] 2.4.6); undefined if it names none.
   *
   * @throws {FormatError} if the record that it names is damaged.
   */
  readonly securityDescriptor: Uint8Array | undefined;
  readonly subkeyCount: number;
  readonly valueCount: number;
  /** A link to another key: its value `SymbolicLinkValue` says where to. */
  readonly symbolicLink: boolean;
  /**
   * The subkeys in the order of their list. With `report`, damage is reported and left out.
   *
   * @throws {FormatError} without `report`, if the list or one of the subkeys is damaged.
   */
  subkeys(report?: ProblemReport): HiveKey[];
  /**
   * The subkey of that name, in any case. Found in wrongly ordered lists too.
   *
   * @throws {FormatError} if it is not found and part of the list is damaged.
   */
  subkey(name: string): HiveKey | undefined;
  /** The values in the order of their list; damage as for {@linkcode HiveKey.subkeys}. */
  values(report?: ProblemReport): HiveValue[];
  /** The value of that name, in any case; "" is the default value. Damage as for `subkey`. */
  value(name: string): HiveValue | undefined;
}

/** A {@linkcode HiveKey} over its record. */
export class KeyNode implements HiveKey {
  readonly offset: number;
  readonly name: string;
  readonly space: CellSpace;
  readonly #position: number;

  /** @throws {FormatError} if there is no key node at `offset`. */
  constructor(space: CellSpace, offset: number) {
    const position = space.cell(offset, KeyNodeField.name, "key");
    if (space.u16(position) !== Magic.nk) {
      throw space.error("key", `it does not begin with "nk"`, position);
    }
    const length = space.u16(position + KeyNodeField.nameLength);
    if (KeyNodeField.name + length > space.contentLength(position)) {
      throw space.error("key", "its name does not fit into its cell", position);
    }
    this.offset = offset;
    this.space = space;
    this.#position = position;
    this.name = readName(space, {
      position: position + KeyNodeField.name,
      length,
      latin1: (this.flags & KeyFlag.latin1Name) !== 0,
    });
  }

  /** Where the record lies in the file. */
  get position(): number {
    return this.#position;
  }

  get parentOffset(): number {
    return this.#u32(KeyNodeField.parent);
  }

  get lastWritten(): Date | null {
    const field = this.#position + KeyNodeField.lastWritten;
    return dateFromFiletime(this.space.data.getBigUint64(field, true));
  }

  get flags(): number {
    return this.space.u16(this.#position + KeyNodeField.flags);
  }

  get className(): string | undefined {
    const length = this.space.u16(this.#position + KeyNodeField.classLength);
    const offset = this.#u32(KeyNodeField.classOffset);
    if (length === 0 || offset === NO_CELL) return undefined;
    const position = this.space.cell(offset, length, "key's class name");
    return decodeUtf16(this.space.bytes.subarray(position, position + length));
  }

  get securityDescriptor(): Uint8Array | undefined {
    const offset = this.#u32(KeyNodeField.security);
    if (offset === NO_CELL) return undefined;
    const { space } = this;
    const position = space.cell(offset, SecurityField.descriptor, "security record");
    if (space.u16(position) !== Magic.sk) {
      throw space.error("security record", `it does not begin with "sk"`, position);
    }
    const size = space.u32(position + SecurityField.descriptorSize);
    if (SecurityField.descriptor + size > space.contentLength(position)) {
      throw space.error("security record", "its descriptor does not fit into its cell", position);
    }
    const start = position + SecurityField.descriptor;
    return space.bytes.subarray(start, start + size);
  }

  get subkeyCount(): number {
    return this.#u32(KeyNodeField.subkeyCount);
  }

  get valueCount(): number {
    return valueCount(this.space, this.#position);
  }

  get symbolicLink(): boolean {
    return (this.flags & KeyFlag.symbolicLink) !== 0;
  }

  subkeys(report: ProblemReport = refuseProblem): KeyNode[] {
    return this.listSubkeys({ report });
  }

  /** {@linkcode HiveKey.subkeys} for a walk, which claims lists. */
  listSubkeys(options: ListOptions): KeyNode[] {
    const keys: KeyNode[] = [];
    for (const offset of subkeyOffsets(this.space, this.#position, options)) {
      try {
        keys.push(new KeyNode(this.space, offset));
      } catch (error) {
        reportCaught(options.report, error);
      }
    }
    return keys;
  }

  subkey(name: string): KeyNode | undefined {
    const problems = new Problems();
    const offsets = subkeyOffsets(this.space, this.#position, problems);
    return this.#searchOrdered(offsets, name) ?? this.#searchAll(offsets, name, problems);
  }

  #searchOrdered(offsets: readonly number[], name: string): KeyNode | undefined {
    let low = 0;
    let high = offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const key = orReport(() => {}, () => new KeyNode(this.space, offsets[middle]!));
      if (key === undefined) return undefined;
      const order = compareNames(name, key.name);
      if (order === 0) return key;
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return undefined;
  }

  #searchAll(
    offsets: readonly number[],
    name: string,
    problems: Problems,
  ): KeyNode | undefined {
    for (const offset of offsets) {
      const key = orReport(problems.report, () => new KeyNode(this.space, offset));
      if (key?.name.length === name.length && compareNames(key.name, name) === 0) return key;
    }
    return problems.notFound();
  }

  values(report: ProblemReport = refuseProblem): ValueRecord[] {
    return this.listValues({ report });
  }

  /** {@linkcode HiveKey.values} for a walk, which claims lists. */
  listValues(options: ListOptions): ValueRecord[] {
    const values: ValueRecord[] = [];
    for (const offset of valueOffsets(this.space, this.#position, options)) {
      try {
        values.push(new ValueRecord(this.space, offset));
      } catch (error) {
        reportCaught(options.report, error);
      }
    }
    return values;
  }

  value(name: string): ValueRecord | undefined {
    const problems = new Problems();
    for (const value of this.values(problems.report)) {
      if (compareNames(value.name, name) === 0) return value;
    }
    return problems.notFound();
  }

  #u32(field: number): number {
    return this.space.u32(this.#position + field);
  }
}

/** Remembers the first problem of a search: what was not found may have been what is damaged. */
class Problems {
  #first: Parameters<ProblemReport>[0] | undefined;

  readonly report: ProblemReport = (problem) => {
    this.#first ??= problem;
  };

  notFound(): undefined {
    if (this.#first !== undefined) throw this.#first;
    return undefined;
  }
}
