/** Says of a file that was taken for media what it is instead, and what to do about it. */
import { FormatError, MedicError } from "../base/mod.ts";
import type { Host } from "../host/mod.ts";
import { openSource } from "./sources.ts";

/** What other files begin with. Sources: RFC 1952; PKWARE APPNOTE; 7-Zip and RAR format notes. */
const BEGINNINGS: readonly (readonly [string, readonly number[]])[] = [
  ["a gzip file", [0x1f, 0x8b]],
  ["a ZIP file", [0x50, 0x4b, 0x03, 0x04]],
  ["a 7z file", [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ["a RAR file", [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07]],
  ["a program of Windows", [0x4d, 0x5a]],
  ["a web page", [0x3c, 0x21, 0x44, 0x4f, 0x43, 0x54, 0x59, 0x50, 0x45]], // "<!DOCTYPE"
];
const LONGEST_BEGINNING = 16;

/** What helps against a file that is cut off, damaged, or not what its name says. */
const AGAIN = "Copy it again from where it came from, or download it again";

/**
 * The error for a file that was opened as media in vain: the same with a way on, or a better one
 * where its first bytes or its name say more. What is no matter of its bytes stays as it is.
 */
export async function explainUnreadable(
  host: Host,
  path: string,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof MedicError) || error.code !== "damagedFile") return error;
  const reason = await otherKind(host, path);
  const packed = reason?.includes("begins like");
  const next = packed ? "Unpack it, or name the ISO, WIM, ESD or SWM file itself" : AGAIN;
  if (reason !== undefined) {
    return new FormatError(`Cannot read "${path}": ${reason}`, { next, cause: error });
  }
  if (error.next !== undefined) return error;
  const explained = { next, cause: error };
  return error instanceof FormatError
    ? new FormatError(error.message, explained)
    : new MedicError(error.code, error.message, explained);
}

/** Why it cannot be media, if that is plain to see. */
async function otherKind(host: Host, path: string): Promise<string | undefined> {
  const source = await openSource(host.files, path);
  try {
    if (source.size === 0) return "the file is empty";
    const head = await source.read(0, Math.min(LONGEST_BEGINNING, source.size));
    const known = BEGINNINGS.find(([, bytes]) => bytes.every((byte, at) => head[at] === byte));
    if (known !== undefined) return `it begins like ${known[0]}`;
    if (/^(?:MSWIM|WLPWM)/.test(String.fromCharCode(...head))) return undefined;
    const ending = /\.(?:wim|esd|swm)$/i.exec(path)?.[0];
    return ending === undefined ? undefined : `it is called ${ending} and has no WIM header`;
  } catch (error) {
    if (error instanceof MedicError) return undefined; // the first error says it
    throw error;
  } finally {
    await source.close();
  }
}
