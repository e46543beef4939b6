/** Proves lists of subkeys after an edit. */
import { refuseProblem } from "./cell_space.ts";
import type { EditPair } from "./edit_pair.ts";
import { KeyNodeField, ListField, Magic } from "./layout.ts";
import { subkeyOffsets } from "./lists.ts";
import { lhHash } from "./upcase.ts";

/**
 * Takes the cells of a list that must be what it was.
 *
 * @returns the offsets of the subkeys
 */
export function verifyOldList(pair: EditPair, key: number): readonly number[] {
  const { after } = pair;
  if (after.u32(key + KeyNodeField.subkeyCount) === 0) return [];
  return subkeyOffsets(after, key, {
    report: refuseProblem,
    claim: (offset) => {
      pair.ownUnchanged(offset, ListField.entries, "list of subkeys");
      return true;
    },
  });
}

/**
 * Takes the cells of a list that was written anew and compares each entry with the name that it
 * shall find: Windows searches by hash or by the first characters before it looks at names.
 *
 * @returns the offsets of the subkeys
 */
export function verifyNewList(
  pair: EditPair,
  key: number,
  names: readonly string[],
): readonly number[] {
  const { after } = pair;
  if (after.u32(key + KeyNodeField.subkeyCount) === 0) return [];
  const leaves: number[] = [];
  const offsets = subkeyOffsets(after, key, {
    report: refuseProblem,
    claim: (offset) => {
      const position = pair.own(offset, ListField.entries, "list of subkeys");
      if (after.u16(position) !== Magic.ri) leaves.push(position);
      return true;
    },
  });
  let first = 0;
  for (const leaf of leaves) first = verifyLeaf(pair, leaf, { names, first });
  return offsets;
}

interface LeafNames {
  readonly names: readonly string[];
  /** Index of the name of the first entry. */
  readonly first: number;
}

/** Before 1.5, more subkeys than this lie in `li` leaves: Windows splits those and no others. */
const MOST_HINTED = 507;

function wantedKind(minor: number, subkeys: number): number {
  if (minor >= 5) return Magic.lh;
  return subkeys > MOST_HINTED ? Magic.li : Magic.lf;
}

function verifyLeaf(pair: EditPair, leaf: number, { names, first }: LeafNames): number {
  const { after, minor } = pair;
  const kind = wantedKind(minor, names.length);
  if (after.u16(leaf) !== kind) {
    throw pair.difference(`its list of subkeys is none for version 1.${minor}`);
  }
  const count = after.u16(leaf + ListField.count);
  for (let i = 0; i < count && kind !== Magic.li; i++) {
    const name = names[first + i] ?? "";
    const found = after.u32(leaf + ListField.entries + 8 * i + 4);
    if (kind === Magic.lh ? found === lhHash(name) : matchesHint(name, found)) continue;
    throw pair.difference(`its list of subkeys finds "${name}" by something else`);
  }
  return first + count;
}

/** Zero in the first byte means "no hint": one of the first four characters is no byte. */
function matchesHint(name: string, hint: number): boolean {
  if ((hint & 0xff) === 0) return true;
  return [0, 1, 2, 3].every((i) => {
    const byte = (hint >>> (8 * i)) & 0xff;
    return byte === (i < name.length ? name.charCodeAt(i) : 0);
  });
}
