/**
 * The proof of an edit, before the new file takes the place of the old one. Nothing of the
 * editor is used here: what the edits mean is worked out a second time.
 */
import { FormatError } from "../../base/mod.ts";
import type { CellSpace } from "./cell_space.ts";
import { EditPair } from "./edit_pair.ts";
import type { HiveEdit } from "./hive_edit.ts";
import { type Hive, openHive } from "./hive.ts";
import { intendedTree } from "./intended_key.ts";
import { KeyNode } from "./key.ts";
import { BASE_BLOCK_SIZE, BaseBlock, BIN_HEADER_SIZE, BinHeader } from "./layout.ts";
import { verifyKeys } from "./verify_keys.ts";
import { verifySecurity } from "./verify_security.ts";

/**
 * Reads both hives whole and proves that the second is the first with these edits and nothing
 * else: names, order, classes, flags, security, types and data of every key and value; that its
 * cells fill the bins and belong to one structure each; that its header is complete.
 *
 * Keys and values that no edit names must be the same bytes in the same place.
 *
 * @throws {FormatError} naming the first difference and the path of its key.
 */
export function verifyEdit(
  before: Uint8Array,
  after: Uint8Array,
  edits: readonly HiveEdit[],
  options: { readonly name: string },
): void {
  const { name } = options;
  const old = openWhole(before, name);
  const edited = openWhole(after, name);
  if (edited.space.size < old.space.size) throw refusal(name, "it is shorter than before");
  if (after.length !== BASE_BLOCK_SIZE + edited.space.size) {
    throw refusal(name, "it does not end with its bins");
  }
  verifyBaseBlock(old.space, edited.space);
  verifyBins(old.space, edited.space);
  const pair = new EditPair({ before: old.space, after: edited.space }, {
    minor: old.hive.header.minorVersion,
    time: edited.space.data.getBigUint64(BaseBlock.lastWritten, true),
  });
  const use = verifyKeys(pair, intendedTree(old.root, edits), edited.root.offset);
  verifySecurity(pair, use);
  const lost = pair.cells.firstUnclaimed(old.space.size);
  if (lost !== undefined) throw pair.difference("a new cell belongs to nothing", lost);
}

interface WholeHive {
  readonly hive: Hive;
  readonly root: KeyNode;
  readonly space: CellSpace;
}

function openWhole(bytes: Uint8Array, name: string): WholeHive {
  const hive = openHive(bytes, { name });
  if (hive.dirtyReason !== undefined) throw refusal(name, `dirty, ${hive.dirtyReason}`);
  if (hive.truncated) throw refusal(name, "the file ends before its bins do");
  const { root } = hive;
  if (!(root instanceof KeyNode)) throw new TypeError("A hive comes from openHive()");
  return { hive, root, space: root.space };
}

/** What a write changes in a base block; all else must stay, the fields of transactions first. */
const WRITTEN: readonly (readonly [offset: number, length: number])[] = [
  [BaseBlock.primarySequence, 4],
  [BaseBlock.secondarySequence, 4],
  [BaseBlock.lastWritten, 8],
  [BaseBlock.binsSize, 4],
  [BaseBlock.checksum, 4],
];

function verifyBaseBlock(before: CellSpace, after: CellSpace): void {
  for (let at = 0; at < BASE_BLOCK_SIZE; at++) {
    if (before.bytes[at] === after.bytes[at]) continue;
    if (WRITTEN.some(([offset, length]) => at >= offset && at < offset + length)) continue;
    throw refusal(after.name, "its base block changed", at);
  }
  const sequence = BaseBlock.primarySequence;
  if (before.u32(sequence) === after.u32(sequence)) {
    throw refusal(after.name, "its sequence numbers are those of the old one", sequence);
  }
}

function verifyBins(before: CellSpace, after: CellSpace): void {
  for (const { start } of before.bins()) {
    const position = start + BASE_BLOCK_SIZE;
    for (let at = 0; at < BIN_HEADER_SIZE; at++) {
      if (before.bytes[position + at] === after.bytes[position + at]) continue;
      const time = start === 0 && at >= BinHeader.timestamp && at < BinHeader.timestamp + 8;
      if (!time) throw refusal(after.name, "the header of a bin changed", position + at);
    }
  }
  const told = after.data.getBigUint64(BaseBlock.lastWritten, true);
  if (after.data.getBigUint64(BASE_BLOCK_SIZE + BinHeader.timestamp, true) !== told) {
    throw refusal(after.name, "its first bin tells another time than its base block");
  }
}

function refusal(name: string, state: string, offset?: number): FormatError {
  const message = `Cannot accept the edited hive "${name}": ${state}`;
  return new FormatError(message, offset === undefined ? {} : { offset });
}
