/** What the lists of subkeys say about names, by which Windows looks for a key. */
import type { CellSpace } from "./cell_space.ts";
import { KeyNodeField, ListField, Magic } from "./layout.ts";
import { lhHash, upcaseUnit } from "./upcase.ts";

/** The hint of one entry of a list. */
export interface ListHint {
  readonly magic: number;
  /** Where it lies in the file. */
  readonly position: number;
}

/**
 * The hints of the subkeys of the key node at `position`, in the order of its list; none for
 * entries of `li` lists. Its lists must have been read without a problem before.
 */
export function subkeyHints(space: CellSpace, position: number): (ListHint | undefined)[] {
  const hints: (ListHint | undefined)[] = [];
  const list = contentOf(space, space.u32(position + KeyNodeField.subkeyList));
  if (space.u16(list) !== Magic.ri) {
    addLeaf(space, list, hints);
    return hints;
  }
  const count = space.u16(list + ListField.count);
  for (let i = 0; i < count; i++) {
    const leaf = space.u32(list + ListField.entries + 4 * i);
    addLeaf(space, contentOf(space, leaf), hints);
  }
  return hints;
}

function contentOf(space: CellSpace, offset: number): number {
  return space.cell(offset, ListField.entries, "list of subkeys");
}

function addLeaf(space: CellSpace, leaf: number, hints: (ListHint | undefined)[]): void {
  const magic = space.u16(leaf);
  const count = space.u16(leaf + ListField.count);
  for (let i = 0; i < count; i++) {
    const position = leaf + ListField.entries + 8 * i + 4;
    hints.push(magic === Magic.li ? undefined : { magic, position });
  }
}

/**
 * True if the hint belongs to a key of this name. Beyond ASCII the four characters of an `lf`
 * entry prove nothing: Windows itself has written other bytes there (CompHive of yarp's tests).
 */
export function hintFits(space: CellSpace, hint: ListHint, name: string): boolean {
  if (hint.magic === Magic.lh) return space.u32(hint.position) === lhHash(name);
  // A first byte of zero means that there is no hint; case does not count.
  if (space.bytes[hint.position] === 0) return true;
  for (let i = 0; i < 4; i++) {
    const byte = space.bytes[hint.position + i]!;
    const unit = i < name.length ? name.charCodeAt(i) : 0;
    if (byte > 0x7f || unit > 0x7f) return true;
    if (upcaseUnit(byte) !== upcaseUnit(unit)) return false;
  }
  return true;
}
