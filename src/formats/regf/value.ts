/** One value of a key, read from its `vk` record when asked. */
import { decodeUtf16 } from "../../base/mod.ts";
import type { CellSpace } from "./cell_space.ts";
import { Magic, ValueField, ValueFlag } from "./layout.ts";
import { readName } from "./name_text.ts";
import { RegistryType } from "./registry_type.ts";
import { valueData, valueDataSize } from "./value_data.ts";
import { isNumberType, numberFromData, stringsFromData, textFromData } from "./value_text.ts";

/** A value. Getters read the hive's bytes each time; keep what is needed twice. */
export interface HiveValue {
  /** "" is the default value. */
  readonly name: string;
  /** Offset of its cell from the end of the base block. */
  readonly offset: number;
  /** A number of {@linkcode RegistryType}, or any other. */
  readonly type: number;
  /** Bytes of data that the record announces. */
  readonly size: number;
  /** In a layered hive: the value of the layer below is deleted. Size 0, type REG_NONE. */
  readonly tombstone: boolean;
  /**
   * The raw data; do not change it, it may be the hive itself.
   *
   * @throws {FormatError} if it is damaged.
   */
  readonly data: Uint8Array;
  /** The text of a REG_SZ, REG_EXPAND_SZ or REG_LINK value, otherwise undefined. */
  string(): string | undefined;
  /** The strings of a REG_MULTI_SZ value, otherwise undefined. */
  strings(): readonly string[] | undefined;
  /** The number of a REG_DWORD, REG_DWORD_BIG_ENDIAN (number) or REG_QWORD value (bigint). */
  number(): number | bigint | undefined;
}

/** A {@linkcode HiveValue} over its record. */
export class ValueRecord implements HiveValue {
  readonly offset: number;
  readonly #space: CellSpace;
  readonly #position: number;

  /** @throws {FormatError} if there is no value record at `offset`. */
  constructor(space: CellSpace, offset: number) {
    const position = space.cell(offset, ValueField.name, "value");
    if (space.u16(position) !== Magic.vk) {
      throw space.error("value", `it does not begin with "vk"`, position);
    }
    const nameEnd = ValueField.name + space.u16(position + ValueField.nameLength);
    if (nameEnd > space.contentLength(position)) {
      throw space.error("value", "its name does not fit into its cell", position);
    }
    this.offset = offset;
    this.#space = space;
    this.#position = position;
  }

  /** Where the record lies in the file. */
  get position(): number {
    return this.#position;
  }

  get name(): string {
    const position = this.#position;
    return readName(this.#space, {
      position: position + ValueField.name,
      length: this.#space.u16(position + ValueField.nameLength),
      latin1: (this.#flags & ValueFlag.latin1Name) !== 0,
    });
  }

  get type(): number {
    return this.#space.u32(this.#position + ValueField.type);
  }

  get size(): number {
    return valueDataSize(this.#space, this.#position);
  }

  get tombstone(): boolean {
    return (this.#flags & ValueFlag.tombstone) !== 0;
  }

  get #flags(): number {
    return this.#space.u16(this.#position + ValueField.flags);
  }

  get data(): Uint8Array {
    return valueData(this.#space, this.#position);
  }

  string(): string | undefined {
    switch (this.type) {
      case RegistryType.REG_SZ:
      case RegistryType.REG_EXPAND_SZ:
        return textFromData(this.data);
      case RegistryType.REG_LINK: // has no NUL at its end
        return decodeUtf16(this.data);
      default:
        return undefined;
    }
  }

  strings(): readonly string[] | undefined {
    return this.type === RegistryType.REG_MULTI_SZ ? stringsFromData(this.data) : undefined;
  }

  number(): number | bigint | undefined {
    const type = this.type;
    return isNumberType(type) ? numberFromData(type, this.data) : undefined;
  }
}
