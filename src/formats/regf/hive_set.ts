/** A hive as it lies on a disk: the primary file with the logs beside it. */
import { type HiveLog, type HiveReplay, replayLogs } from "./replay.ts";

/** Endings of the logs. A lone `.LOG` is that of an old Windows; beside others it is a leftover. */
const LOG_SUFFIXES = [".LOG1", ".LOG2"] as const;
const OLD_LOG_SUFFIX = ".LOG";

/** Reads a file by its path; undefined if there is none. */
export type ReadOrNothing = (path: string) => Promise<Uint8Array | undefined>;

/** The logs that belong to the hive at `path`, without those that are empty. */
export async function readHiveLogs(path: string, read: ReadOrNothing): Promise<HiveLog[]> {
  const logs: HiveLog[] = [];
  for (const suffix of LOG_SUFFIXES) {
    const bytes = await read(path + suffix);
    if (bytes !== undefined && bytes.length > 0) logs.push(logOf(path, suffix, bytes));
  }
  if (logs.length > 0) return logs;
  const old = await read(path + OLD_LOG_SUFFIX);
  return old === undefined || old.length === 0 ? [] : [logOf(path, OLD_LOG_SUFFIX, old)];
}

function logOf(path: string, suffix: string, bytes: Uint8Array): HiveLog {
  const name = path.slice(path.lastIndexOf("\\") + 1).replace(/^.*\//, "");
  return { name: name + suffix, bytes };
}

/**
 * Reads the hive at `path` with its logs and replays them; undefined if there is no such file.
 *
 * @throws {FormatError} if the file is no hive at all.
 */
export async function readHiveSet(
  path: string,
  read: ReadOrNothing,
): Promise<HiveReplay | undefined> {
  const primary = await read(path);
  if (primary === undefined) return undefined;
  return replayLogs(primary, await readHiveLogs(path, read), { name: path });
}
