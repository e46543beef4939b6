/** Finds the root key of a damaged hive. */
import type { HiveHeader } from "./base_block.ts";
import { CellIndex } from "./cell_index.ts";
import { type CellSpace, orReport } from "./cell_space.ts";
import type { FaultList } from "./fault_list.ts";
import { KeyNode } from "./key.ts";
import { BASE_BLOCK_SIZE, KeyFlag, KeyNodeField, Magic } from "./layout.ts";
import { Branch } from "./salvage_branch.ts";

/**
 * The root: where the header says, else the key that is marked as root, else a new key in the
 * place that other keys name as their parent. Undefined if there is none of them.
 */
export function salvageRoot(
  space: CellSpace,
  header: HiveHeader | undefined,
  lost: FaultList,
): Branch | undefined {
  const said = header === undefined ? undefined : keyAt(space, header.rootOffset);
  if (said !== undefined && (header?.checksumValid === true || isRoot(said))) {
    return new Branch(said);
  }
  const found = findRoot(space, header?.rootOffset);
  const node = found.marked ?? said;
  if (node !== undefined) return new Branch(node);
  if (header === undefined || !found.named) return undefined;
  lost.add({
    kind: "key",
    weight: "damage",
    offset: header.rootOffset + BASE_BLOCK_SIZE,
    message: "The root key is gone, with its name and values; its subkeys are kept",
  });
  return new Branch({ offset: header.rootOffset });
}

function keyAt(space: CellSpace, offset: number): KeyNode | undefined {
  return orReport(() => {}, () => new KeyNode(space, offset));
}

function isRoot(key: KeyNode): boolean {
  return (key.flags & KeyFlag.hiveEntry) !== 0;
}

interface RootSearch {
  /** The first key that is marked as root; one with subkeys goes before one without. */
  marked?: KeyNode;
  /** True if a key names the place where the root should be as its parent. */
  named: boolean;
}

function findRoot(space: CellSpace, said: number | undefined): RootSearch {
  const found: RootSearch = { named: false };
  new CellIndex(space).forEachAllocated((offset, size) => {
    const position = offset + BASE_BLOCK_SIZE + 4;
    if (size < KeyNodeField.name + 4 || space.u16(position) !== Magic.nk) return;
    if (space.u32(position + KeyNodeField.parent) === said) found.named = true;
    if ((found.marked?.subkeyCount ?? 0) > 0) return;
    const key = keyAt(space, offset);
    if (key === undefined || !isRoot(key)) return;
    if (found.marked === undefined || key.subkeyCount > 0) found.marked = key;
  });
  return found;
}
