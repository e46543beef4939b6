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
  /** The file is there, but its header cannot be read: not known to be safe. */
  readonly unknown: boolean;
}

/**
 * First four bytes while the image waits to be resumed. After a resume Windows writes `WAKE`
 * or `RSTR`, or zeros the header. Source: ntfs-3g refuses to write in exactly these two cases.
 */
const ACTIVE = ["hibr", "HIBR"];

/** Reads the header of `hiberfil.sys`. */
export async function readHibernation(files: ReadableFileSystem): Promise<Hibernation> {
  try {
    const entry = await files.stat("hiberfil.sys");
    if (entry === undefined) return { active: false, unknown: false, detail: "not there" };
    const file = await files.open("hiberfil.sys");
    try {
      const mark = decodeLatin1(await file.read(0, 4));
      const active = ACTIVE.includes(mark);
      const shown = /^[\x20-\x7e]{4}$/.test(mark) ? `"${mark}"` : "no mark";
      return { active, unknown: false, detail: `header holds ${shown}` };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return { active: false, unknown: true, detail: error.message };
  }
}
