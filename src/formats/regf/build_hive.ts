/**
 * Builds a whole new hive from a tree. Cells are laid out in one pass, each key after its
 * parent, so that every offset is known when it is written.
 */
import { encodeUtf16, filetimeFromDate } from "../../base/mod.ts";
import { baseBlockChecksum } from "./base_block.ts";
import { CellWriter } from "./cell_writer.ts";
import { checkKeySpec, type KeySpec, type OrderedSpec, orderSubkeys } from "./key_spec.ts";
import { BASE_BLOCK_SIZE, BaseBlock, BinHeader, KeyFlag, Magic, NO_CELL } from "./layout.ts";
import { defaultSecurityDescriptor } from "./security_descriptor.ts";
import { allocateKeyNode, fillKeyNode } from "./write_key_node.ts";
import { writeSubkeyList } from "./write_lists.ts";
import { SecurityWriter } from "./write_security.ts";
import { writeValues } from "./write_values.ts";

export type { KeyDetails, KeySpec, ValueSpec } from "./key_spec.ts";

/** How to build a hive. */
export interface BuildHiveOptions {
  /** Minor version: 3 for user hives and BCD, 5 (the default) for SYSTEM and SOFTWARE, 4, 6. */
  readonly minor?: 3 | 4 | 5 | 6;
  /** Path to be remembered in the base block; only its last 31 characters fit. */
  readonly name?: string;
  /** Time of the hive, and of every key that has none itself; 2020-01-01 if absent. */
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
  /** That of the key above. */
  readonly inherited: Uint8Array;
}

/** The subkeys of a key in list order, with the offsets of their cells. */
interface PlacedSubkeys {
  readonly children: readonly OrderedSpec[];
  readonly offsets: readonly number[];
}

class Building {
  readonly #writer = new CellWriter();
  readonly #minor: number;
  readonly #time: bigint;
  readonly #options: BuildHiveOptions;
  readonly #security = new SecurityWriter(this.#writer);

  constructor(options: BuildHiveOptions) {
    this.#options = options;
    this.#minor = options.minor ?? 5;
    this.#time = filetimeFromDate(options.lastWritten ?? DEFAULT_TIME);
  }

  writeTree(root: KeySpec): number {
    checkKeySpec(root, 1);
    const rootOffset = this.#allocateKey(root);
    const inherited = defaultSecurityDescriptor();
    const waiting: PlacedKey[] = [
      { spec: root, offset: rootOffset, parent: NO_CELL, depth: 1, inherited },
    ];
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
      const { offset: parent } = key;
      const depth = key.depth + 1;
      const security = key.spec.security ?? key.inherited;
      const record = this.#security.reference(security);
      const children = orderSubkeys(key.spec);
      const offsets = children.map(({ spec }) => this.#allocateChild(spec, depth));
      this.#writeKey(key, record, { children, offsets });
      for (let i = children.length - 1; i >= 0; i--) {
        const { spec } = children[i]!;
        waiting.push({ spec, offset: offsets[i]!, parent, depth, inherited: security });
      }
    }
    return rootOffset;
  }

  #allocateChild(spec: KeySpec, depth: number): number {
    checkKeySpec(spec, depth);
    return this.#allocateKey(spec);
  }

  #allocateKey(spec: KeySpec): number {
    return allocateKeyNode(this.#writer, spec.name);
  }

  #writeKey(key: PlacedKey, security: number, subkeys: PlacedSubkeys): void {
    const writer = this.#writer;
    const { spec } = key;
    const { details } = spec;
    const list = writeSubkeyList(writer, { ...subkeys, minor: this.#minor });
    const values = writeValues(writer, spec.values, this.#minor);
    fillKeyNode(writer, key.offset, {
      flags: flagsOf(key),
      lastWritten: this.#timeOf(spec),
      access: details?.access ?? 0,
      parent: key.parent,
      security,
      className: spec.className ?? "",
      subkeys: {
        list,
        count: subkeys.children.length,
        largestName: largest(spec.subkeys, (key) => 2 * key.name.length),
        largestClass: largest(spec.subkeys, (key) => 2 * (key.className?.length ?? 0)),
      },
      values: { ...values, count: details?.predefinedHandle ?? spec.values.length },
      userFlags: details?.userFlags ?? 0,
    });
  }

  #timeOf(spec: KeySpec): bigint {
    if (spec.details !== undefined) return spec.details.lastWritten;
    return spec.lastWritten === undefined ? this.#time : filetimeFromDate(spec.lastWritten);
  }

  finish(rootOffset: number): Uint8Array {
    const writer = this.#writer;
    this.#security.finish();
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

function flagsOf({ spec, depth }: PlacedKey): number {
  const root = depth === 1 ? KeyFlag.hiveEntry | KeyFlag.noDelete : 0;
  const link = spec.symbolicLink === true ? KeyFlag.symbolicLink : 0;
  return (spec.details?.flags ?? 0) | root | link;
}

function largest<T>(items: readonly T[], measure: (item: T) => number): number {
  return items.reduce((most, item) => Math.max(most, measure(item)), 0);
}
