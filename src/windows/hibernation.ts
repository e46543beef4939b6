/**
 * Whether Windows left memory in `hiberfil.sys` that it will resume from: hibernation or
 * Fast Startup. A write to such a volume is lost or does damage when Windows resumes.
 */
import { decodeLatin1, FileError } from "../base/mod.ts";
import type { ReadableFileSystem } from "../host/mod.ts";

/** Answer about `hiberfil.sys`. */
export interface Hibernation {
  readonly active: boolean;
  /** What was seen, for the evidence. */
  readonly detail: string;
  /** The file is there, but what it holds cannot be told: not known to be safe. */
  readonly unknown: boolean;
}

/**
 * First four bytes while the image waits to be resumed, by the Windows versions up to 7 and from
 * 8 on. Source: ntfs-3g refuses to mount such a volume for writing (ntfs_volume_check_hiberfile).
 */
const WAITING = ["hibr", "HIBR"];

/**
 * First four bytes that count as resumed. Zeros: Windows clears the header, and ntfs-3g accepts
 * it. That `WAKE` and `RSTR` stand for a resume that was begun or done is told by forensic
 * writings on the format, not by Microsoft: unverified.
 */
const RESUMED = ["\0\0\0\0", "wake", "WAKE", "rstr", "RSTR"];

/** ntfs-3g refuses a volume whose file is shorter than this header, and so do we. */
const HEADER_BYTES = 4096;

const FILE = "hiberfil.sys";

/**
 * Reads the header of `hiberfil.sys`. Only what is known to be harmless counts as such: a file
 * that is cut short, cannot be read or begins with an unknown mark is `unknown`.
 */
export async function readHibernation(files: ReadableFileSystem): Promise<Hibernation> {
  try {
    const entry = await files.stat(FILE);
    if (entry === undefined) return { active: false, unknown: false, detail: "not there" };
    if (entry.kind !== "file" || entry.reparse) return unknown("it is no plain file");
    return judgeHeader(await readHeader(files));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return unknown(error.message);
  }
}

async function readHeader(files: ReadableFileSystem): Promise<Uint8Array> {
  const file = await files.open(FILE);
  try {
    return await file.read(0, HEADER_BYTES);
  } finally {
    await file.close();
  }
}

function judgeHeader(header: Uint8Array): Hibernation {
  const mark = decodeLatin1(header.subarray(0, 4));
  const detail = `header holds ${shown(mark)}`;
  if (WAITING.includes(mark)) return { active: true, unknown: false, detail };
  if (header.length < HEADER_BYTES) {
    return unknown(`it ends after ${header.length} bytes, in the middle of its header`);
  }
  return RESUMED.includes(mark) ? { active: false, unknown: false, detail } : unknown(detail);
}

function shown(mark: string): string {
  if (mark === "\0\0\0\0") return "no mark";
  if (/^[\x20-\x7e]{4}$/.test(mark)) return `"${mark}"`;
  return "a mark that is not known";
}

function unknown(detail: string): Hibernation {
  return { active: false, unknown: true, detail };
}
