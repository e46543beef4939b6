/** What the journal needs of the machine and the target, and the names of its places. */
import type { FileSystem, Host } from "../host/mod.ts";

/** The folder of all sessions, in the root of the target. */
export const SESSIONS_FOLDER = "PEMedic";

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
}
