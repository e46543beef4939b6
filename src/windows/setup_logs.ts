/**
 * Where the logs of an upgrade lie, before and after it, and what each says about its newest run.
 * Source: Microsoft Learn, Windows Setup log files and event logs.
 */
import { type ByteSource, FormatError, isFileFault, MedicError } from "../base/mod.ts";
import { openSetupLog } from "../formats/logs/mod.ts";
import type { Evidence } from "./evidence.ts";
import type { OfflineWindows } from "./offline_windows.ts";
import { readLogOutcome, type SetupLogOutcome } from "./setup_log_outcome.ts";

/** Part that a log plays. */
export type SetupLogRole = "upgrade" | "rollback";

/** One place. */
export interface SetupLogPlace {
  /** Volume-relative. */
  readonly folder: string;
  readonly role: SetupLogRole;
  /** Logs of one family are of the same upgrade, unless their times say otherwise. */
  readonly family: "in-flight" | "kept";
}

/** Folders with a `setupact.log`, those of an upgrade that is under way first. */
export const SETUP_LOG_PLACES: readonly SetupLogPlace[] = [
  { folder: "$WINDOWS.~BT\\Sources\\Panther", role: "upgrade", family: "in-flight" },
  { folder: "$WINDOWS.~BT\\Sources\\Panther\\NewOS", role: "upgrade", family: "in-flight" },
  { folder: "$WINDOWS.~BT\\Sources\\Rollback", role: "rollback", family: "in-flight" },
  { folder: "Windows\\Panther", role: "upgrade", family: "kept" },
  { folder: "Windows\\Panther\\NewOS", role: "upgrade", family: "kept" },
  { folder: "Windows\\Panther\\Rollback", role: "rollback", family: "kept" },
  { folder: "Windows\\Panther\\NewOS\\Rollback", role: "rollback", family: "kept" },
];

/** A log that tells something about an upgrade. */
export interface ReadSetupLog {
  readonly place: SetupLogPlace;
  readonly outcome: SetupLogOutcome;
  /** In UTC; null if not known. */
  readonly modified: Date | null;
}

/** Reads all logs; what cannot be read goes to `problems`. */
export async function readSetupLogs(
  windows: Pick<OfflineWindows, "files">,
  problems: (evidence: Evidence) => void,
): Promise<ReadSetupLog[]> {
  const logs: ReadSetupLog[] = [];
  for (const place of SETUP_LOG_PLACES) {
    const log = await readPlace(windows, { place, problems });
    if (log !== undefined) logs.push(log);
  }
  return logs;
}

/** `setuperr.log` repeats the errors of the other: enough where that one is gone. */
const NAMES = ["setupact.log", "setuperr.log"] as const;

async function readPlace(
  windows: Pick<OfflineWindows, "files">,
  { place, problems }: {
    readonly place: SetupLogPlace;
    readonly problems: (evidence: Evidence) => void;
  },
): Promise<ReadSetupLog | undefined> {
  for (const name of NAMES) {
    const path = `${place.folder}\\${name}`;
    try {
      const log = await readOne(windows, { place, path });
      if (log !== undefined) return log;
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      if (!isFileFault(error, "not-found")) {
        problems({ kind: "file", path, detail: error.message });
      }
    }
  }
  return undefined;
}

async function readOne(
  { files }: Pick<OfflineWindows, "files">,
  { place, path }: { readonly place: SetupLogPlace; readonly path: string },
): Promise<ReadSetupLog | undefined> {
  const entry = await files.stat(path);
  if (entry === undefined) return undefined;
  if (entry.reparse) throw new FormatError(`Cannot read "${path}": it is a link to another place`);
  if (entry.kind === "directory") return undefined;
  const file = await files.open(path);
  try {
    const source: ByteSource = {
      size: file.size,
      read: async (offset, length) => {
        const bytes = await file.read(offset, length);
        if (bytes.length === length) return bytes;
        throw new FormatError(`Cannot read "${path}": it ends too early`, { offset });
      },
    };
    const outcome = await readLogOutcome(path, await openSetupLog(source));
    return outcome === undefined ? undefined : { place, outcome, modified: entry.modified };
  } finally {
    await file.close();
  }
}
