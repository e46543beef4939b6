/** Writes lists of subkeys: leaves of the kind that the version wants, above one an `ri` list. */
import type { CellWriter } from "./cell_writer.ts";
import type { OrderedSpec } from "./key_spec.ts";
import { ListField, Magic, NO_CELL } from "./layout.ts";
import { lhHash } from "./upcase.ts";

/** As many entries of 8 bytes as fit into a bin of one page: 32 + 4 + 4 + 507 * 8 = 4096. */
const HINTED_ENTRIES = 507;
/** As many offsets as Windows puts into an `li` leaf: what fits into a page, less one. */
const PLAIN_ENTRIES = 1013;

/**
 * The signature of the leaves for so many subkeys in a hive of this minor version, and how many
 * entries one leaf may have.
 *
 * Before 1.5 `lf` is for the only leaf of a key. When a leaf below an `ri` list is full, Windows
 * splits it as if it were `li` there, and would tear `lf` entries apart (ReactOS cmindex.c,
 * CmpAddSubKey and CmpSplitLeaf; every hive of the corpus is like that).
 */
function leafKind(count: number, minor: number): { magic: number; entries: number } {
  if (minor >= 5) return { magic: Magic.lh, entries: HINTED_ENTRIES };
  if (count <= HINTED_ENTRIES) return { magic: Magic.lf, entries: HINTED_ENTRIES };
  return { magic: Magic.li, entries: PLAIN_ENTRIES };
}

/** Subkeys in list order, with the offsets of their cells. */
export interface SubkeyListSpec {
  readonly children: readonly OrderedSpec[];
  readonly offsets: readonly number[];
  /** Minor version of the hive: `lf` or `li` before 1.5, `lh` from then on. */
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
  const { entries } = leafKind(count, spec.minor);
  for (let start = 0; start < count; start += entries) {
    leaves.push(writeLeaf(writer, spec, start));
  }
  return leaves.length === 1 ? leaves[0]! : writeListOfLists(writer, leaves);
}

function writeLeaf(writer: CellWriter, spec: NameListSpec, start: number): number {
  const { names, offsets, minor } = spec;
  const { magic, entries } = leafKind(names.length, minor);
  const count = Math.min(entries, names.length - start);
  const stride = magic === Magic.li ? 4 : 8;
  const offset = writer.allocate(ListField.entries + stride * count);
  const position = writer.position(offset);
  writer.u16(position, magic);
  writer.u16(position + ListField.count, count);
  for (let i = 0; i < count; i++) {
    const entry = position + ListField.entries + stride * i;
    const name = names[start + i]!;
    writer.u32(entry, offsets[start + i]!);
    if (magic === Magic.li) continue;
    writer.u32(entry + 4, magic === Magic.lf ? nameHint(name) : lhHash(name));
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
