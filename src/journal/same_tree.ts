/** Compares keys with everything below them, as Windows sees them. */
import { type HiveKey, upcaseText } from "../formats/regf/mod.ts";
import { sameBytes } from "./same_content.ts";

/**
 * Says whether two keys hold the same. The order of values, the times and the case of names do
 * not count.
 *
 * @throws {FormatError} if something of them is damaged.
 */
export function sameTree(a: HiveKey, b: HiveKey): boolean {
  if (a.className !== b.className || a.symbolicLink !== b.symbolicLink) return false;
  if (!sameOptional(a.securityDescriptor, b.securityDescriptor) || !sameValues(a, b)) return false;
  const others = byName(b.subkeys());
  const subkeys = a.subkeys();
  return subkeys.length === others.size && subkeys.every((key) => {
    const other = others.get(upcaseText(key.name));
    return other !== undefined && sameTree(key, other);
  });
}

function sameValues(a: HiveKey, b: HiveKey): boolean {
  const others = byName(b.values());
  const values = byName(a.values());
  return values.size === others.size && [...values].every(([name, value]) => {
    const other = others.get(name);
    return other?.type === value.type && sameBytes(value.data, other.data);
  });
}

/** Of two of one name Windows finds the first. */
function byName<T extends { readonly name: string }>(things: readonly T[]): Map<string, T> {
  const named = new Map<string, T>();
  for (const thing of things) {
    const name = upcaseText(thing.name);
    if (!named.has(name)) named.set(name, thing);
  }
  return named;
}

function sameOptional(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameBytes(a, b);
}
