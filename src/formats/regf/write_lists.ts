/** Writes lists of subkeys: `lf` or `lh` leaves, above one leaf an `ri` list. */
import type { CellWriter } from "./cell_writer.ts";
import type { OrderedSpec } from "./key_spec.ts";
import { ListField, Magic, NO_CELL } from "./layout.ts";
import { lhHash } from "./upcase.ts";

/** As many entries of 8 bytes as fit into a bin of one page: 32 + 4 + 4 + 507 * 8 = 4096. */
const LEAF_ENTRIES = 507;

/** Subkeys in list order, with the offsets of their cells. */
export interface SubkeyListSpec {
  readonly children: readonly OrderedSpec[];
  readonly offsets: readonly number[];
  /** Minor version of the hive: `lf` in 1.3, `lh` from 1.5 on. */
  readonly minor: number;
}

/** Writes the list and returns its offset, or "no cell" for no subkeys. */
export function writeSubkeyList(writer: CellWriter, spec: SubkeyListSpec): number {
  const { offsets, minor } = spec;
  return writeNameList(writer, {
    names: spec.children.map((child) => child.spec.name),
    offsets,
    minor,
  });
}

/** The names of subkeys in list order, with the offsets of their cells. */
export interface NameListSpec {
  readonly names: readonly string[];
  readonly offsets: readonly number[];
  readonly minor: number;
}

/** {@linkcode writeSubkeyList} for keys that are known by their names only. */
export function writeNameList(writer: CellWriter, spec: NameListSpec): number {
  const count = spec.names.length;
  if (count === 0) return NO_CELL;
  const leaves: number[] = [];
  for (let start = 0; start < count; start += LEAF_ENTRIES) {
    leaves.push(writeLeaf(writer, spec, start));
  }
  return leaves.length === 1 ? leaves[0]! : writeListOfLists(writer, leaves);
}

function writeLeaf(writer: CellWriter, spec: NameListSpec, start: number): number {
  const { names, offsets, minor } = spec;
  const count = Math.min(LEAF_ENTRIES, names.length - start);
  const offset = writer.allocate(ListField.entries + 8 * count);
  const position = writer.position(offset);
  writer.u16(position, minor < 5 ? Magic.lf : Magic.lh);
  writer.u16(position + ListField.count, count);
  for (let i = 0; i < count; i++) {
    const entry = position + ListField.entries + 8 * i;
    const name = names[start + i]!;
    writer.u32(entry, offsets[start + i]!);
    writer.u32(entry + 4, minor < 5 ? nameHint(name) : lhHash(name));
  }
  return offset;
}

function writeListOfLists(writer: CellWriter, leaves: readonly number[]): number {
  const offset = writer.allocate(ListField.entries + 4 * leaves.length);
  const position = writer.position(offset);
  writer.u16(position, Magic.ri);
  writer.u16(position + ListField.count, leaves.length);
  leaves.forEach((leaf, i) => writer.u32(position + ListField.entries + 4 * i, leaf));
  return offset;
}

/** The first four characters of a name as bytes; zero ("no hint") if one of them is no byte. */
function nameHint(name: string): number {
  let hint = 0;
  for (let i = Math.min(4, name.length) - 1; i >= 0; i--) {
    const unit = name.charCodeAt(i);
    if (unit > 0xff) return 0;
    hint = hint * 0x100 + unit;
  }
  return hint;
}
