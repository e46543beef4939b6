/** Everything that a hive holds, as lines: what a rebuilt hive must have in common with it. */
import { type HiveKey, openHive, walkHive } from "../../../src/formats/regf/mod.ts";

/** Flags that a builder decides: how the name is stored. */
const NAME_FLAG = 0x20;
const PREDEFINED_HANDLE = 0x40;

/** Keys with class, security, flags and time, values with type and data, in the order of a walk. */
export function contentLines(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  walkHive(openHive(bytes, { badBins: "skip" }), {
    key: (key, { path, depth }) => void lines.push(keyLine(data, key, { path, depth })),
    value: ({ name, type, tombstone, data }, { path }) =>
      void lines.push(JSON.stringify([path, name, type, tombstone, digest(data)])),
  });
  return lines;
}

function keyLine(
  data: DataView,
  key: HiveKey,
  place: { readonly path: string; readonly depth: number },
): string {
  const position = key.offset + 4096 + 4;
  return JSON.stringify([
    place.path,
    // A root is a root, whatever it says.
    place.depth === 1 ? "root" : key.flags & ~NAME_FLAG,
    key.className,
    digest(key.securityDescriptor ?? new Uint8Array(0)),
    data.getBigUint64(position + 4, true).toString(16),
    data.getUint32(position + 12, true),
    data.getUint16(position + 0x36, true),
    (key.flags & PREDEFINED_HANDLE) === 0 ? 0 : data.getUint32(position + 0x24, true),
  ]);
}

/** Two sums of 32 bits: enough to tell data apart, and fast enough for hives of 37 MB. */
function digest(bytes: Uint8Array): string {
  let a = 0x811c9dc5;
  let b = bytes.length;
  for (let i = 0; i < bytes.length; i++) {
    a = Math.imul(a ^ bytes[i]!, 0x01000193);
    b = (Math.imul(b, 31) + bytes[i]!) | 0;
  }
  return `${bytes.length}:${a >>> 0}:${b >>> 0}`;
}
