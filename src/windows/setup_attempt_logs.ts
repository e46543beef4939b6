/** Which logs tell of the newest attempt, where folders of several attempts lie side by side. */
import type { ReadSetupLog } from "./setup_logs.ts";

/**
 * The logs of the newest attempt, the upgrade's own before those of its rollback. A rollback's log
 * does not say when the attempt began: it counts unless it ended before that, by its last line and
 * by its file's time. Both are asked, because SafeOS may write in another time zone.
 */
export function newestAttemptLogs(logs: readonly ReadSetupLog[]): ReadSetupLog[] {
  const begins = logs.map(beginOf).filter((text) => text !== undefined).sort();
  const newest = begins.at(-1);
  if (newest === undefined) return newestFamily(logs);
  const own = logs.filter((log) => beginOf(log) === newest);
  const families = new Set(own.map(({ place }) => place.family));
  const written = Math.max(...own.map(({ modified }) => modified?.getTime() ?? 0));
  const others = logs.filter((log) =>
    beginOf(log) === undefined && families.has(log.place.family) &&
    (lastOf(log) >= newest || (log.modified?.getTime() ?? 0) > written)
  );
  return [...own, ...others].sort(byRole);
}

/** No log reaches back to its beginning: those of the folder that was written last. */
function newestFamily(logs: readonly ReadSetupLog[]): ReadSetupLog[] {
  const last = logs.toSorted((a, b) => lastOf(a).localeCompare(lastOf(b))).at(-1);
  return logs.filter(({ place }) => place.family === last?.place.family).sort(byRole);
}

function byRole(a: ReadSetupLog, b: ReadSetupLog): number {
  return Number(a.place.role === "rollback") - Number(b.place.role === "rollback");
}

function beginOf({ outcome }: ReadSetupLog): string | undefined {
  return outcome.begun?.text;
}

function lastOf({ outcome }: ReadSetupLog): string {
  return outcome.last?.time ?? "";
}
