/**
 * Lists of subkeys and values: from a key node to the offsets of its children's cells. Counts
 * are compared with the cells they claim, so that no list is longer than its bytes.
 */
import { type CellSpace, orReport, type ProblemReport } from "./cell_space.ts";
import { KeyFlag, KeyNodeField, ListField, Magic } from "./layout.ts";

/** How to read a list. */
export interface ListOptions {
  /** Receives what is wrong; the rest of the list is still read. One that throws stops it. */
  readonly report: ProblemReport;
  /** Says whether a list's cell is met for the first time; a walk must not read one twice. */
  readonly claim?: (offset: number) => boolean;
}

/** The least bytes of a subkey's cell: no hive has more subkeys than its size divided by this. */
const SMALLEST_KEY_CELL = 0x50;

/** The offsets of the subkeys of the key node at `position`, in the order of its list. */
export function subkeyOffsets(
  space: CellSpace,
  position: number,
  options: ListOptions,
): number[] {
  const count = space.u32(position + KeyNodeField.subkeyCount);
  if (count === 0) return [];
  const offsets: number[] = [];
  const reading: SubkeyReading = { space, options, offsets, limit: count };
  if (count > space.size / SMALLEST_KEY_CELL) {
    complain(reading, `${count} subkeys do not fit into it`, position);
    return offsets;
  }
  readList(reading, space.u32(position + KeyNodeField.subkeyList), "key");
  if (offsets.length < count) {
    complain(reading, `its key counts ${count} subkeys, the list has ${offsets.length}`, position);
  }
  return offsets;
}

interface SubkeyReading {
  readonly space: CellSpace;
  readonly options: ListOptions;
  readonly offsets: number[];
  readonly limit: number;
}

function complain(reading: SubkeyReading, state: string, position: number): void {
  reading.options.report(reading.space.error("list of subkeys", state, position));
}

function readList(reading: SubkeyReading, offset: number, parent: "key" | "ri"): void {
  const { space, options } = reading;
  const open = () => space.cell(offset, ListField.entries, "list of subkeys");
  const list = orReport(options.report, open);
  if (list === undefined) return;
  if (options.claim?.(offset) === false) {
    return complain(reading, "it belongs to another key too", list);
  }
  const magic = space.u16(list);
  if (magic === Magic.ri && parent === "key") return readListOfLists(reading, list);
  const stride = LEAF_STRIDES.get(magic);
  if (stride === undefined) {
    return complain(reading, `its signature is 0x${magic.toString(16)}`, list);
  }
  readLeaf(reading, list, stride);
}

const LEAF_STRIDES: ReadonlyMap<number, number> = new Map([
  [Magic.li, 4],
  [Magic.lf, 8],
  [Magic.lh, 8],
]);

function readListOfLists(reading: SubkeyReading, list: number): void {
  const { space, offsets, limit } = reading;
  const count = entryCount(reading, list, 4);
  for (let i = 0; i < count && offsets.length <= limit; i++) {
    readList(reading, space.u32(list + ListField.entries + 4 * i), "ri");
  }
}

function readLeaf(reading: SubkeyReading, list: number, stride: number): void {
  const { space, offsets, limit } = reading;
  const count = entryCount(reading, list, stride);
  if (offsets.length + count > limit) {
    complain(reading, `it has more entries than the ${limit} subkeys its key counts`, list);
  }
  const readable = Math.min(count, limit - offsets.length);
  for (let i = 0; i < readable; i++) {
    offsets.push(space.u32(list + ListField.entries + stride * i));
  }
}

function entryCount(reading: SubkeyReading, list: number, stride: number): number {
  const { space } = reading;
  const count = space.u16(list + ListField.count);
  const room = Math.floor((space.contentLength(list) - ListField.entries) / stride);
  if (count <= room) return count;
  complain(reading, `its cell has no room for ${count} entries`, list);
  return room;
}

/** The number of values that the key node at `position` has. */
export function valueCount(space: CellSpace, position: number): number {
  // A predefined handle is stored in the place of the count.
  const flags = space.u16(position + KeyNodeField.flags);
  if ((flags & KeyFlag.predefinedHandle) !== 0) return 0;
  return space.u32(position + KeyNodeField.valueCount);
}

/** The offsets of the values of the key node at `position`, in the order of its list. */
export function valueOffsets(space: CellSpace, position: number, options: ListOptions): number[] {
  const count = valueCount(space, position);
  if (count === 0) return [];
  const offset = space.u32(position + KeyNodeField.valueList);
  const list = orReport(options.report, () => space.cell(offset, 4, "list of values"));
  if (list === undefined) return [];
  const complain = (state: string) => options.report(space.error("list of values", state, list));
  if (options.claim?.(offset) === false) {
    complain("it belongs to another key too");
    return [];
  }
  const room = Math.floor(space.contentLength(list) / 4);
  if (count > room) complain(`its cell has no room for ${count} entries`);
  const offsets = new Array<number>(Math.min(count, room));
  for (let i = 0; i < offsets.length; i++) offsets[i] = space.u32(list + 4 * i);
  return offsets;
}
