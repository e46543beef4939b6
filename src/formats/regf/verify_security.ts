/** Proves the security records after an edit: descriptors, counts and the ring. */
import type { CellSpace } from "./cell_space.ts";
import type { EditPair } from "./edit_pair.ts";
import { Magic, NO_CELL, SecurityField } from "./layout.ts";
import type { SecurityUse } from "./verify_keys.ts";

/**
 * Checks every security record that a key of the new hive names.
 *
 * @throws {FormatError} if a descriptor changed, if a count or the ring is wrong that was right
 * in the old hive, or if the ring holds a record that no key names any more.
 */
export function verifySecurity(pair: EditPair, use: SecurityUse): void {
  for (const [offset, keys] of use.after) {
    if (offset === NO_CELL) continue;
    const position = pair.ownRecord(offset, Magic.sk, SecurityField.descriptor);
    if (offset < pair.before.size) verifyDescriptor(pair, position, offset);
    const told = pair.after.u32(position + SecurityField.references);
    if (told !== keys && wasRight(pair, use, offset)) {
      throw pair.difference(`a security record counts ${told} keys, it has ${keys}`, offset);
    }
  }
  verifyRing(pair, use);
}

function verifyDescriptor(pair: EditPair, position: number, at: number): void {
  const { before, after } = pair;
  const start = position + SecurityField.descriptorSize;
  const end = position + SecurityField.descriptor +
    Math.min(after.u32(start), after.contentLength(position) - SecurityField.descriptor);
  for (let i = start; i < end; i++) {
    if (before.bytes[i] === after.bytes[i]) continue;
    throw pair.difference("a security descriptor changed", at);
  }
}

function wasRight({ before }: EditPair, use: SecurityUse, offset: number): boolean {
  const keys = use.before.get(offset);
  if (keys === undefined || offset >= before.size) return true;
  const position = before.cell(offset, SecurityField.descriptor, "security record");
  return before.u32(position + SecurityField.references) === keys;
}

function verifyRing(pair: EditPair, use: SecurityUse): void {
  const old = readRing(pair.before, firstOf(use.before));
  if (old !== undefined && !contains(old, use.before)) return; // it was never whole
  if (old === undefined && use.before.size > 0 && firstOf(use.before) !== NO_CELL) return;
  const ring = readRing(pair.after, firstOf(use.after));
  if (ring === undefined || !contains(ring, use.after)) {
    throw pair.difference("the ring of its security records is broken");
  }
  for (const offset of ring) {
    const unusedBefore = old?.has(offset) === true && !use.before.has(offset);
    if (!use.after.has(offset) && !unusedBefore) {
      throw pair.difference("a security record stays that no key names", offset);
    }
  }
}

function firstOf(uses: ReadonlyMap<number, number>): number {
  for (const offset of uses.keys()) if (offset !== NO_CELL) return offset;
  return NO_CELL;
}

function contains(ring: ReadonlySet<number>, uses: ReadonlyMap<number, number>): boolean {
  return [...uses.keys()].every((offset) => offset === NO_CELL || ring.has(offset));
}

/** The records of a ring, or undefined if it is not closed or its links do not agree. */
function readRing(space: CellSpace, start: number): Set<number> | undefined {
  const ring = new Set<number>();
  if (start === NO_CELL) return ring;
  let offset = start;
  do {
    if (ring.has(offset)) return undefined;
    ring.add(offset);
    const next = linkOf(space, offset, SecurityField.next);
    if (next === undefined || linkOf(space, next, SecurityField.previous) !== offset) {
      return undefined;
    }
    offset = next;
  } while (offset !== start);
  return ring;
}

function linkOf(space: CellSpace, offset: number, field: number): number | undefined {
  try {
    return space.u32(space.cell(offset, SecurityField.descriptor, "security record") + field);
  } catch {
    return undefined;
  }
}
