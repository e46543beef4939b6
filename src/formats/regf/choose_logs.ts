/**
 * Which logs Windows would replay, in which order, and why it would leave the others alone. The
 * rules are those of "Windows registry file format specification" (msuhanov/regf), "Multiple
 * transaction log files".
 */
import type { HiveHeader } from "./base_block.ts";
import type { UsableLog } from "./parse_log.ts";
import { nextNumber, sequenceDistance } from "./sequence_number.ts";

/** What decides about the logs of a dirty hive. */
export interface DirtyHive {
  /** Undefined if its base block is damaged: then nothing in it counts. */
  readonly header: HiveHeader | undefined;
  /**
   * FILETIME of the last write: from the base block; if that is damaged, from the first bin, which
   * keeps a copy; undefined if neither can be read.
   */
  readonly lastWritten: bigint | undefined;
}

/** Logs to replay in this order, though one may hold no step; and the reasons against the others. */
export interface LogChoice {
  readonly chosen: readonly UsableLog[];
  readonly refusals: ReadonlyMap<UsableLog, string>;
}

/** Chooses. At most one log if the base block is damaged, or if the logs are old. */
export function chooseLogs(hive: DirtyHive, logs: readonly UsableLog[]): LogChoice {
  const newer = logs.filter(({ kind }) => kind === "new");
  if (newer.length === 0) return chooseOldLog(hive, logs);
  // An upgrade to Windows 8.1 may leave an old log behind, whose time still matches: since then
  // Windows no longer changes the time. Beside a new log it must never be used.
  const refusals = new Map<UsableLog, string>();
  for (const log of logs) {
    if (log.kind === "old") refusals.set(log, "it is a leftover: another log has the newer format");
  }
  const choice = hive.header === undefined
    ? chooseLatestLog(newer)
    : chooseConnectedLogs(hive.header, newer);
  return { chosen: choice.chosen, refusals: new Map([...refusals, ...choice.refusals]) };
}

/** The log with the lower number first; the next must begin where the one before ends. */
function chooseConnectedLogs(header: HiveHeader, logs: readonly UsableLog[]): LogChoice {
  const chosen: UsableLog[] = [];
  const refusals = new Map<UsableLog, string>();
  const ordered = logs.toSorted((a, b) => sequenceDistance(firstNumber(b), firstNumber(a)));
  let expected: number | undefined;
  for (const log of ordered) {
    const first = firstNumber(log);
    if (sequenceDistance(header.secondarySequence, first) < 0) {
      refusals.set(log, tooOld(first, header));
    } else if (expected !== undefined && first !== expected) {
      refusals.set(log, `it begins with entry ${first}, and entry ${expected} comes next`);
    } else if (log.steps.length === 0) {
      refusals.set(log, log.end);
      expected ??= first; // what follows would leave a gap
    } else {
      chosen.push(log);
      expected = nextNumber(lastNumber(log));
    }
  }
  return { chosen, refusals };
}

function tooOld(first: number, { secondarySequence }: HiveHeader): string {
  return `it begins with entry ${first}, which is older than the hive (${secondarySequence})`;
}

/**
 * With a damaged base block Windows uses only the log with the latest entries. If those are
 * damaged, the other log is no help: its entries may be older than what the hive holds already.
 */
function chooseLatestLog(logs: readonly UsableLog[]): LogChoice {
  const latest = logs.reduce((best, log) => isLater(log, best) ? log : best);
  const refusals = new Map<UsableLog, string>();
  for (const log of logs) {
    if (log !== latest) {
      refusals.set(log, `${latest.name} is newer, and a header is healed from one log`);
    }
  }
  return { chosen: [latest], refusals };
}

function isLater(log: UsableLog, other: UsableLog): boolean {
  return sequenceDistance(firstNumber(other), firstNumber(log)) > 0;
}

/** Its first entry has the number of its base block. */
function firstNumber(log: UsableLog): number {
  return log.header.primarySequence;
}

function lastNumber(log: UsableLog): number {
  return log.steps.at(-1)?.sequence ?? firstNumber(log);
}

/**
 * An old log is of the hive's last write if its time is the hive's. With a damaged base block the
 * time of the first bin stands in; that bin may not have been written before the power went, so a
 * log that is later is accepted too, and the latest of those.
 */
function chooseOldLog(hive: DirtyHive, logs: readonly UsableLog[]): LogChoice {
  const refusals = new Map<UsableLog, string>();
  const { lastWritten } = hive;
  const exact = logs.find((log) => log.lastWritten === lastWritten);
  const chosen = exact ?? (hive.header === undefined ? latestAfter(lastWritten, logs) : undefined);
  for (const log of logs) {
    if (log !== chosen) refusals.set(log, oldLogRefusal(log, { hive, chosen }));
  }
  return { chosen: chosen === undefined ? [] : [chosen], refusals };
}

function latestAfter(
  time: bigint | undefined,
  logs: readonly UsableLog[],
): UsableLog | undefined {
  if (time === undefined) return undefined;
  let latest: UsableLog | undefined;
  for (const log of logs) {
    if (log.lastWritten > (latest?.lastWritten ?? time)) latest = log;
  }
  return latest;
}

function oldLogRefusal(
  log: UsableLog,
  { hive, chosen }: { readonly hive: DirtyHive; readonly chosen: UsableLog | undefined },
): string {
  if (hive.lastWritten === undefined) return "the time of the hive's last write cannot be read";
  const matches = log.lastWritten === hive.lastWritten;
  if (chosen !== undefined && (matches || hive.header === undefined)) {
    return `${chosen.name} comes first`;
  }
  return "its time is not that of the hive's last write: it belongs to another write or hive";
}
