/**
 * Lists that a key has although it counts nothing in them. In whole hives a key that counts
 * nothing names no list either (all 175,000 keys of the corpus): its count is damaged.
 */
import { type CellSpace, orReport } from "./cell_space.ts";
import { KeyFlag, KeyNodeField, ListField, Magic, NO_CELL } from "./layout.ts";
import { ValueRecord } from "./value.ts";

const LISTS: ReadonlySet<number> = new Set([Magic.li, Magic.lf, Magic.lh, Magic.ri]);

/** True if the key node at `position` counts no subkeys but names a list of them. */
export function hasUncountedSubkeys(space: CellSpace, position: number): boolean {
  if (space.u32(position + KeyNodeField.subkeyCount) > 0) return false;
  const list = listAt(space, space.u32(position + KeyNodeField.subkeyList));
  return list !== undefined && LISTS.has(space.u16(list));
}

/** True if the key node at `position` counts no values but names a list of them. */
export function hasUncountedValues(space: CellSpace, position: number): boolean {
  if ((space.u16(position + KeyNodeField.flags) & KeyFlag.predefinedHandle) !== 0) return false;
  if (space.u32(position + KeyNodeField.valueCount) > 0) return false;
  const list = listAt(space, space.u32(position + KeyNodeField.valueList));
  if (list === undefined) return false;
  return orReport(() => {}, () => new ValueRecord(space, space.u32(list))) !== undefined;
}

function listAt(space: CellSpace, offset: number): number | undefined {
  if (offset === NO_CELL) return undefined;
  return orReport(() => {}, () => space.cell(offset, ListField.entries, "list"));
}
