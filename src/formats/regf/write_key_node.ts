/** Writes the record of a key, once everything that belongs to the key has its place. */
import { encodeUtf16 } from "../../base/mod.ts";
import type { CellWriter } from "./cell_writer.ts";
import { KeyFlag, KeyNodeField, Magic, NO_CELL } from "./layout.ts";
import { encodeName } from "./name_text.ts";
import type { WrittenValues } from "./write_values.ts";

/** Allocates the record of a key with its name in it, so that others can name its offset. */
export function allocateKeyNode(writer: CellWriter, name: string): number {
  const { bytes, latin1 } = encodeName(name);
  const offset = writer.allocate(KeyNodeField.name + bytes.length);
  const position = writer.position(offset);
  writer.u16(position, Magic.nk);
  writer.u16(position + KeyNodeField.flags, latin1 ? KeyFlag.latin1Name : 0);
  writer.u16(position + KeyNodeField.nameLength, bytes.length);
  writer.bytes.set(bytes, position + KeyNodeField.name);
  return offset;
}

/** What a key node says besides its name. Sizes are in bytes, of UTF-16. */
export interface KeyNodeContent {
  /** Flags beside the one that says how the name is written. */
  readonly flags: number;
  /** FILETIME. */
  readonly lastWritten: bigint;
  readonly access: number;
  readonly parent: number;
  readonly security: number;
  readonly className: string;
  readonly subkeys: WrittenSubkeys;
  readonly values: WrittenValues & { readonly count: number };
  /** User, virtualization and debug flags. */
  readonly userFlags: number;
}

/** What a key node says about its subkeys. */
export interface WrittenSubkeys {
  readonly count: number;
  /** Offset of the list, or "no cell". */
  readonly list: number;
  readonly largestName: number;
  readonly largestClass: number;
}

/** Fills the record at `offset`; the class name gets a cell of its own. */
export function fillKeyNode(writer: CellWriter, offset: number, content: KeyNodeContent): void {
  const { subkeys, values } = content;
  const className = encodeUtf16(content.className);
  const classOffset = className.length === 0 ? NO_CELL : writer.store(className);
  const position = writer.position(offset);
  const field = (at: number, value: number) => writer.u32(position + at, value);
  const flags = writer.data.getUint16(position + KeyNodeField.flags, true);
  writer.u16(position + KeyNodeField.flags, flags | content.flags);
  writer.data.setBigUint64(position + KeyNodeField.lastWritten, content.lastWritten, true);
  field(KeyNodeField.access, content.access);
  field(KeyNodeField.parent, content.parent);
  field(KeyNodeField.subkeyCount, subkeys.count);
  field(KeyNodeField.subkeyList, subkeys.list);
  field(KeyNodeField.volatileSubkeyList, NO_CELL);
  field(KeyNodeField.valueCount, values.count);
  field(KeyNodeField.valueList, values.list);
  field(KeyNodeField.security, content.security);
  field(KeyNodeField.classOffset, classOffset);
  field(KeyNodeField.largestSubkeyName, subkeys.largestName);
  writer.u16(position + KeyNodeField.userFlags, content.userFlags);
  field(KeyNodeField.largestSubkeyClass, subkeys.largestClass);
  field(KeyNodeField.largestValueName, values.largestName);
  field(KeyNodeField.largestValueData, values.largestData);
  writer.u16(position + KeyNodeField.classLength, className.length);
}
