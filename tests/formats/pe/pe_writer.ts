/** A writer of the smallest PE files: headers, one section, and a version in it. */
import { encodeUtf16 } from "../../../src/base/mod.ts";

/** What to write. */
export interface NewPe {
  /** Machine field; x64 if absent. */
  readonly machine?: number;
  /** Four numbers; no version at all for null. */
  readonly version?: readonly [number, number, number, number] | null;
  /** 32-bit optional header instead of the 64-bit one. */
  readonly narrow?: boolean;
  /** Bytes behind everything, so that files differ that have the same version. */
  readonly body?: string;
}

/** Where the resource tree begins in the file. */
export const RESOURCES_AT = 0x200;
const RVA = 0x1000;
const PE_AT = 0x80;

/** Writes a PE file. */
export function writePe(
  { machine = 0x8664, version = [10, 0, 26100, 4061], narrow = false, body = "" }: NewPe = {},
): Uint8Array {
  const resources = version === null ? new Uint8Array() : resourceTree(version);
  const tail = new TextEncoder().encode(body);
  const file = new Uint8Array(RESOURCES_AT + resources.length + tail.length);
  const view = new DataView(file.buffer);
  const text = (at: number, chars: string) => file.set(new TextEncoder().encode(chars), at);
  text(0, "MZ");
  view.setUint32(0x3c, PE_AT, true);
  text(PE_AT, "PE\0\0");
  view.setUint16(PE_AT + 4, machine, true);
  view.setUint16(PE_AT + 6, 1, true);
  const [directories, magic] = narrow ? [96, 0x10b] : [112, 0x20b];
  const optional = PE_AT + 24;
  view.setUint16(PE_AT + 20, directories + 16 * 8, true);
  view.setUint16(optional, magic, true);
  view.setUint32(optional + directories - 4, 16, true);
  if (version !== null) {
    view.setUint32(optional + directories + 16, RVA, true);
    view.setUint32(optional + directories + 20, resources.length, true);
  }
  const section = optional + directories + 16 * 8;
  text(section, ".rsrc");
  view.setUint32(section + 8, resources.length, true);
  view.setUint32(section + 12, RVA, true);
  view.setUint32(section + 16, resources.length, true);
  view.setUint32(section + 20, RESOURCES_AT, true);
  file.set(resources, RESOURCES_AT);
  file.set(tail, RESOURCES_AT + resources.length);
  return file;
}

/** Places in the resource tree: those that tests damage. */
export const VERSION_TREE = { type: 24, name: 0x60, language: 0x78, data: 0x90, version: 0xa0 };

/** Two types (an icon first), of each one name, one language, one data entry. */
function resourceTree(version: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(0x200);
  const view = new DataView(bytes.buffer);
  const table = (at: number, entries: readonly (readonly [number, number])[]) => {
    view.setUint16(at + 14, entries.length, true);
    entries.forEach(([id, target], i) => {
      view.setUint32(at + 16 + 8 * i, id, true);
      view.setUint32(at + 20 + 8 * i, target, true);
    });
  };
  const { name, language, data, version: at } = VERSION_TREE;
  table(0, [[3, 0x8000_0020], [16, 0x8000_0000 + name]]);
  table(0x20, [[1, 0x8000_0038]]);
  table(0x38, [[0x409, 0x50]]);
  table(name, [[1, 0x8000_0000 + language]]);
  table(language, [[0x409, data]]);
  view.setUint32(0x50, RVA + 0x100, true);
  view.setUint32(0x54, 4, true);
  view.setUint32(data, RVA + at, true);
  view.setUint32(data + 4, 0x5c, true);
  view.setUint16(at, 0x5c, true);
  view.setUint16(at + 2, 52, true);
  bytes.set(encodeUtf16("VS_VERSION_INFO"), at + 6);
  const fixed = at + 40;
  view.setUint32(fixed, 0xfeef04bd, true);
  view.setUint32(fixed + 4, 0x10000, true);
  const [major = 0, minor = 0, build = 0, revision = 0] = version;
  view.setUint32(fixed + 8, (major << 16 | minor) >>> 0, true);
  view.setUint32(fixed + 12, (build << 16 | revision) >>> 0, true);
  return bytes;
}
