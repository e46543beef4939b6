/**
 * The bytes of a value as text or number, and back. Reading is lenient, because programs write
 * strings without their end, with rubbish behind it, or with an odd number of bytes.
 */
import { decodeUtf16, encodeUtf16 } from "../../base/mod.ts";
import { RegistryType } from "./registry_type.ts";

/** A text ends at its first NUL, as for `RegGetValue`, or else with the data. */
export function textFromData(data: Uint8Array): string {
  const text = decodeUtf16(data);
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/**
 * The strings of a list. The list's own NUL is dropped, if it is there, and then one NUL ends
 * each string. Empty strings inside count: PendingFileRenameOperations lives on them.
 */
export function stringsFromData(data: Uint8Array): readonly string[] {
  const text = decodeUtf16(data);
  if (text === "" || text === "\0" || text === "\0\0") return [];
  const listed = text.endsWith("\0") ? text.slice(0, -1) : text;
  const strings = listed.split("\0");
  if (strings.at(-1) === "") strings.pop();
  return strings;
}

/** Says whether values of this type hold a number. */
export function isNumberType(type: number): boolean {
  return type === RegistryType.REG_DWORD || type === RegistryType.REG_QWORD ||
    type === RegistryType.REG_DWORD_BIG_ENDIAN;
}

/** The number in the data, or undefined if the type is not one of a number or bytes are missing. */
export function numberFromData(type: number, data: Uint8Array): number | bigint | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  switch (type) {
    case RegistryType.REG_DWORD:
      return data.length < 4 ? undefined : view.getUint32(0, true);
    case RegistryType.REG_DWORD_BIG_ENDIAN:
      return data.length < 4 ? undefined : view.getUint32(0, false);
    case RegistryType.REG_QWORD:
      return data.length < 8 ? undefined : view.getBigUint64(0, true);
    default:
      return undefined;
  }
}

/** Data of a REG_SZ or REG_EXPAND_SZ value: UTF-16LE with one NUL. */
export function registryString(text: string): Uint8Array {
  return encodeUtf16(text + "\0");
}

/** Data of a REG_MULTI_SZ value: each string with its NUL, and one NUL for the list. */
export function registryStrings(strings: readonly string[]): Uint8Array {
  return encodeUtf16(strings.map((text) => text + "\0").join("") + "\0");
}

/** Data of a REG_DWORD value. */
export function registryDword(value: number): Uint8Array {
  const data = new Uint8Array(4);
  new DataView(data.buffer).setUint32(0, value, true);
  return data;
}

/** Data of a REG_QWORD value. */
export function registryQword(value: bigint): Uint8Array {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setBigUint64(0, value, true);
  return data;
}
