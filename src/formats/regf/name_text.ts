/** Names of keys and values: Latin-1 or UTF-16, kept as they are, NULs and lone surrogates too. */
import { decodeLatin1, decodeUtf16, encodeLatin1, encodeUtf16 } from "../../base/mod.ts";
import type { CellSpace } from "./cell_space.ts";

/** Where a name lies. */
export interface NamePlace {
  readonly position: number;
  /** In bytes. */
  readonly length: number;
  readonly latin1: boolean;
}

/** A name up to this length is decoded in one call; longer ones are rare. */
const SHORT_NAME = 1024;

/** Decodes a name. Its bytes must lie in a proven cell. Hot: a hive has hundreds of thousands. */
export function readName(space: CellSpace, place: NamePlace): string {
  const { position, length, latin1 } = place;
  const { bytes } = space;
  if (length > SHORT_NAME) {
    const part = bytes.subarray(position, position + length);
    return latin1 ? decodeLatin1(part) : decodeUtf16(part);
  }
  // Not `+=` per character: that leaves a rope, which costs more to collect than to build.
  const units = new Array<number>(latin1 ? length : length >>> 1);
  if (latin1) {
    for (let i = 0; i < units.length; i++) units[i] = bytes[position + i]!;
  } else {
    for (let i = 0; i < units.length; i++) units[i] = space.u16(position + 2 * i);
  }
  return String.fromCharCode.apply(null, units);
}

/** Encodes a name as Windows does: Latin-1 if every code unit fits, otherwise UTF-16. */
export function encodeName(name: string): { readonly bytes: Uint8Array; readonly latin1: boolean } {
  const latin1 = encodeLatin1(name);
  if (latin1 !== undefined) return { bytes: latin1, latin1: true };
  return { bytes: encodeUtf16(name), latin1: false };
}
