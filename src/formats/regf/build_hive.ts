/**
 * Builds a whole new hive from a tree. Cells are laid out in one pass, each key after its
 * parent, so that every offset is known when it is written.
 */
import { encodeUtf16, filetimeFromDate } from "../../base/mod.ts";
import { baseBlockChecksum } from "./base_block.ts";
import { CellWriter } from "./cell_writer.ts";
import { checkKeySpec, type KeySpec, type OrderedSpec, orderSubkeys } from "./key_spec.ts";
import {
  BASE_BLOCK_SIZE,
  BaseBlock,
  BinHeader,
  KeyFlag,
  KeyNodeField,
  Magic,
  NO_CELL,
  SecurityField,
} from "./layout.ts";
import { encodeName } from "./name_text.ts";
import { defaultSecurityDescriptor } from "./security_descriptor.ts";
import { writeSubkeyList } from "./write_lists.ts";
import { writeValues } from "./write_values.ts";

export type { KeySpec, ValueSpec } from "./key_spec.ts";

/** How to build a hive. */
export interface BuildHiveOptions {
  /** Minor version: 3 for user hives and BCD, 5 (the default) for SYSTEM and SOFTWARE, 6. */
  readonly minor?: 3 | 5 | 6;
  /** Path to be remembered in the base block; only its last 31 characters fit. */
  readonly name?: string;
  /** Time of every key and of the hive; 2020-01-01 if absent. */
  readonly lastWritten?: Date;
  /** Leaves the primary sequence number one ahead, as an interrupted write does. */
  readonly dirty?: boolean;
}

const DEFAULT_TIME = new Date("2020-01-01T00:00:00Z");

/** Name of a root key whose spec has none. */
const ROOT_NAME = "ROOT";

/**
 * Builds a hive whose root key is `root` (its name `ROOT` if it has none).
 *
 * @throws {FormatError} if the tree cannot be a registry: names, depth or sizes.
 */
export function buildHive(root: KeySpec, options: BuildHiveOptions = {}): Uint8Array {
  const building = new Building(options);
  const rootOffset = building.writeTree(root.name === "" ? { ...root, name: ROOT_NAME } : root);
  return building.finish(rootOffset);
}

interface PlacedKey {
  readonly spec: KeySpec;
  readonly offset: number;
  readonly parent: number;
  readonly depth: number;
}

class Building {
  readonly #writer = new CellWriter();
  readonly #minor: number;
  readonly #time: bigint;
  readonly #options: BuildHiveOptions;
  #security = NO_CELL;
  #keys = 0;

  constructor(options: BuildHiveOptions) {
    this.#options = options;
    this.#minor = options.minor ?? 5;
    this.#time = filetimeFromDate(options.lastWritten ?? DEFAULT_TIME);
  }

  writeTree(root: KeySpec): number {
    checkKeySpec(root, 1);
    const rootOffset = this.#allocateKey(root);
    this.#security = this.#writeSecurity();
    const waiting: PlacedKey[] = [{ spec: root, offset: rootOffset, parent: NO_CELL, depth: 1 }];
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
      const { offset, depth } = key;
      const children = orderSubkeys(key.spec);
      const offsets = children.map(({ spec }) => this.#allocateChild(spec, depth + 1));
      this.#writeKey(key, children, offsets);
      for (let i = children.length - 1; i >= 0; i--) {
        const { spec } = children[i]!;
        waiting.push({ spec, offset: offsets[i]!, parent: offset, depth: depth + 1 });
      }
    }
    return rootOffset;
  }

  #allocateChild(spec: KeySpec, depth: number): number {
    checkKeySpec(spec, depth);
    return this.#allocateKey(spec);
  }

  #allocateKey(spec: KeySpec): number {
    this.#keys++;
    const { bytes, latin1 } = encodeName(spec.name);
    const offset = this.#writer.allocate(KeyNodeField.name + bytes.length);
    const position = this.#writer.position(offset);
    this.#writer.u16(position, Magic.nk);
    this.#writer.u16(position + KeyNodeField.flags, latin1 ? KeyFlag.latin1Name : 0);
    this.#writer.u16(position + KeyNodeField.nameLength, bytes.length);
    this.#writer.bytes.set(bytes, position + KeyNodeField.name);
    return offset;
  }

  #writeKey(
    key: PlacedKey,
    children: readonly OrderedSpec[],
    offsets: readonly number[],
  ): void {
    const writer = this.#writer;
    const { spec } = key;
    const list = writeSubkeyList(writer, { children, offsets, minor: this.#minor });
    const values = writeValues(writer, spec.values, this.#minor);
    const classBytes = encodeUtf16(spec.className ?? "");
    const classOffset = classBytes.length === 0 ? NO_CELL : writer.store(classBytes);
    const position = writer.position(key.offset);
    const field = (offset: number, value: number) => writer.u32(position + offset, value);
    this.#writeFlags(key, position);
    writer.data.setBigUint64(position + KeyNodeField.lastWritten, this.#time, true);
    field(KeyNodeField.parent, key.parent);
    field(KeyNodeField.subkeyCount, children.length);
    field(KeyNodeField.subkeyList, list);
    field(KeyNodeField.volatileSubkeyList, NO_CELL);
    field(KeyNodeField.valueCount, spec.values.length);
    field(KeyNodeField.valueList, values.list);
    field(KeyNodeField.security, this.#security);
    field(KeyNodeField.classOffset, classOffset);
    field(KeyNodeField.largestSubkeyName, largest(spec.subkeys, (key) => 2 * key.name.length));
    field(
      KeyNodeField.largestSubkeyClass,
      largest(spec.subkeys, (key) => 2 * (key.className?.length ?? 0)),
    );
    field(KeyNodeField.largestValueName, values.largestName);
    field(KeyNodeField.largestValueData, values.largestData);
    writer.u16(position + KeyNodeField.classLength, classBytes.length);
  }

  #writeFlags(key: PlacedKey, position: number): void {
    const at = position + KeyNodeField.flags;
    let flags = this.#writer.data.getUint16(at, true);
    if (key.depth === 1) flags |= KeyFlag.hiveEntry | KeyFlag.noDelete;
    if (key.spec.symbolicLink === true) flags |= KeyFlag.symbolicLink;
    this.#writer.u16(at, flags);
  }

  #writeSecurity(): number {
    const writer = this.#writer;
    const descriptor = defaultSecurityDescriptor();
    const offset = writer.allocate(SecurityField.descriptor + descriptor.length);
    const position = writer.position(offset);
    writer.u16(position, Magic.sk);
    writer.u32(position + SecurityField.next, offset); // a ring of one
    writer.u32(position + SecurityField.previous, offset);
    writer.u32(position + SecurityField.descriptorSize, descriptor.length);
    writer.bytes.set(descriptor, position + SecurityField.descriptor);
    return offset;
  }

  finish(rootOffset: number): Uint8Array {
    const writer = this.#writer;
    writer.u32(writer.position(this.#security) + SecurityField.references, this.#keys);
    const bytes = writer.finish();
    const data = new DataView(bytes.buffer);
    const field = (offset: number, value: number) => data.setUint32(offset, value, true);
    field(BaseBlock.signature, Magic.regf);
    field(BaseBlock.primarySequence, this.#options.dirty === true ? 2 : 1);
    field(BaseBlock.secondarySequence, 1);
    data.setBigUint64(BaseBlock.lastWritten, this.#time, true);
    data.setBigUint64(BASE_BLOCK_SIZE + BinHeader.timestamp, this.#time, true);
    field(BaseBlock.majorVersion, 1);
    field(BaseBlock.minorVersion, this.#minor);
    field(BaseBlock.format, 1); // direct memory load
    field(BaseBlock.rootOffset, rootOffset);
    field(BaseBlock.binsSize, writer.binsSize);
    field(BaseBlock.clustering, 1);
    const stored = (this.#options.name ?? "").slice(-(BaseBlock.storedNameSize / 2 - 1));
    bytes.set(encodeUtf16(stored), BaseBlock.storedName);
    field(BaseBlock.checksum, baseBlockChecksum(bytes));
    return bytes;
  }
}

function largest<T>(items: readonly T[], measure: (item: T) => number): number {
  return items.reduce((most, item) => Math.max(most, measure(item)), 0);
}
