/**
 * The version in a VS_VERSIONINFO resource. Layout: Microsoft Learn, "VS_VERSIONINFO structure"
 * and "VS_FIXEDFILEINFO structure (verrsrc.h)".
 */
import { ByteView, FormatError } from "../../base/mod.ts";
import type { FileVersion } from "./file_version.ts";

/** dwSignature of VS_FIXEDFILEINFO. */
const SIGNATURE = 0xfeef04bd;
const FIXED_SIZE = 52;
/** szKey in UTF-16 with its NUL, behind three words. */
const KEY = "VS_VERSION_INFO";
/** wLength, wValueLength, wType, szKey; the value begins at the next multiple of four. */
const VALUE_AT = (6 + 2 * (KEY.length + 1) + 3) & ~3;

/** Bytes of a VS_VERSIONINFO up to the end of its VS_FIXEDFILEINFO. */
export const VERSION_HEAD = VALUE_AT + FIXED_SIZE;

/**
 * Reads the version of the file; undefined if the resource has no fixed part.
 *
 * @throws {FormatError} if it is none or cut off.
 */
export function readVersionResource(bytes: Uint8Array, name: string): FileVersion | undefined {
  const view = new ByteView(bytes, `the version of "${name}"`);
  const valueLength = view.u16(2);
  for (let i = 0; i < KEY.length; i++) {
    if (view.u16(6 + 2 * i) !== KEY.charCodeAt(i)) {
      throw new FormatError(`Cannot read the version of "${name}": it is not marked as one`, {});
    }
  }
  if (valueLength === 0) return undefined;
  if (valueLength < FIXED_SIZE || view.u32(VALUE_AT) !== SIGNATURE) {
    throw new FormatError(`Cannot read the version of "${name}": its fixed part is damaged`, {});
  }
  const [high, low] = [view.u32(VALUE_AT + 8), view.u32(VALUE_AT + 12)];
  return [high >>> 16, high & 0xffff, low >>> 16, low & 0xffff];
}
