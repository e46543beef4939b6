/**
 * Who made a driver: `CompanyName` of the version resource of its file. The resource is found by
 * its text, so that no part of the file need be in order but the resource itself.
 */
import { ByteView, decodeUtf16, encodeUtf16, MedicError } from "../base/mod.ts";
import type { OfflineWindows } from "./offline_windows.ts";

/** Key of a `String` structure, with its end. Source: Microsoft Learn, String structure (verrsrc). */
const KEY = encodeUtf16("CompanyName\0");
/** The structure's header: wLength, wValueLength, wType. */
const HEADER_BYTES = 6;
/** Bytes from the key to the value: the key, and padding to 32 bits counted from the header. */
const VALUE_OFFSET = 26;
/** Longest name that is believed, in UTF-16 units. */
const MAX_UNITS = 256;
/** Drivers are smaller; what is larger is not read. */
const MAX_BYTES = 64 << 20;

/** The first `CompanyName` in the bytes of a program, or undefined. */
export function companyName(program: Uint8Array): string | undefined {
  for (let at = indexOf(program, 0); at >= 0; at = indexOf(program, at + 2)) {
    const text = valueAt(program, at);
    if (text !== undefined) return text;
  }
  return undefined;
}

function valueAt(program: Uint8Array, key: number): string | undefined {
  if (key < HEADER_BYTES) return undefined;
  const view = new ByteView(program, "version resource");
  const units = view.u16(key - HEADER_BYTES + 2);
  const start = key + VALUE_OFFSET;
  if (units === 0 || units > MAX_UNITS || start + 2 * units > program.length) return undefined;
  const text = decodeUtf16(program.subarray(start, start + 2 * units)).replace(/\0.*$/s, "").trim();
  return text === "" ? undefined : text;
}

function indexOf(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(KEY[0]!, from); at >= 0; at = bytes.indexOf(KEY[0]!, at + 1)) {
    if (KEY.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}

/** The maker of a file of the volume; undefined if it does not say, or cannot be read. */
export async function driverCompany(
  windows: Pick<OfflineWindows, "files">,
  path: string,
): Promise<string | undefined> {
  try {
    const entry = await windows.files.stat(path);
    if (entry?.kind !== "file" || entry.size > MAX_BYTES) return undefined;
    return companyName(await windows.files.read(path));
  } catch (error) {
    if (error instanceof MedicError) return undefined;
    throw error;
  }
}

/** Says whether a company name is Microsoft's. */
export function isMicrosoft(company: string): boolean {
  return /^Microsoft\b/i.test(company);
}
