/** What the journal needs of the machine and the target, and the names of its places. */
import { isWithin } from "../base/mod.ts";
import type { FileSystem, Host } from "../host/mod.ts";
import type { ContentProvider } from "./content_origin.ts";

/** The folder of all sessions, in the root of the target. */
export const SESSIONS_FOLDER = "PEMedic";

/** Installation media that are kept on the target lie here. */
export const MEDIA_FOLDER = "PEMedic\\media";

/** Programs that the target starts by itself lie here. */
export const PROGRAM_FOLDER = "PEMedic\\bin";

/**
 * Says whether a volume-relative path is one of the two folders beside the sessions that changes
 * may create, or lies below it.
 */
export function isPayload(path: string): boolean {
  return isWithin(path, MEDIA_FOLDER) || isWithin(path, PROGRAM_FOLDER);
}

/** Name of the journal in a session's folder. */
export const JOURNAL = "journal.jsonl";

/** A place for copies of the journals: a folder on the stick. */
export interface Mirror {
  readonly files: FileSystem;
  /** For people: where the copies are. */
  readonly place: string;
}

/** What the journal needs of the machine and the target. */
export interface JournalContext {
  readonly host: Host;
  /** The target, with volume-relative paths. */
  readonly target: FileSystem;
  /** The target's root, for arguments of foreign programs: `D:\`. */
  readonly root: string;
  readonly mirror?: Mirror;
  /** Fetches content from outside of the target, for changes that name any. */
  readonly contents?: ContentProvider;
}
