/** What CBS.log tells of the last starts: did Windows try to complete an update, and fail? */
import { MedicError } from "../base/mod.ts";
import { START_LINES } from "../knowledge/mod.ts";
import type { OfflineWindows } from "./offline_windows.ts";

/** The log of component based servicing. */
export const CBS_LOG = "Windows\\Logs\\CBS\\CBS.log";

/** Starts at which the waiting operations failed, since the last one that went well. */
export interface FailedStarts {
  readonly count: number;
  /** The last line that says so. */
  readonly line?: string;
}

/** Bytes at the end of the log that are read: logs of 40 MB have been seen, and old is old. */
const TAIL = 1 << 20;

/** Counts failed starts. A log that is missing or cannot be read tells of none. */
export async function readFailedStarts(
  windows: Pick<OfflineWindows, "files">,
): Promise<FailedStarts> {
  try {
    if ((await windows.files.stat(CBS_LOG))?.kind !== "file") return { count: 0 };
    const file = await windows.files.open(CBS_LOG);
    try {
      const from = Math.max(0, file.size - TAIL);
      return countFailedStarts(new TextDecoder().decode(await file.read(from, TAIL)));
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof MedicError) return { count: 0 };
    throw error;
  }
}

/** As {@linkcode readFailedStarts}, of the text of a log. */
export function countFailedStarts(text: string): FailedStarts {
  let count = 0;
  let counted = false;
  let line: string | undefined;
  for (const each of text.split(/\r?\n/)) {
    if (START_LINES.begun.test(each)) counted = false;
    if (START_LINES.failed.test(each)) {
      if (!counted) count++;
      counted = true;
      line = each.trim();
    }
    if (!START_LINES.done.test(each)) continue;
    count = 0;
    line = undefined;
  }
  return line === undefined ? { count } : { count, line };
}
