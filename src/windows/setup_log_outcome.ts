/**
 * What one setupact.log says about the newest run of Setup in it. Read from the end backwards up
 * to where that run begins, so that a log of hundreds of megabytes costs no more than its tail.
 */
import type { LogTime, SetupLog, SetupLogRecord } from "../formats/logs/mod.ts";
import { setupLogEvent } from "./setup_log_events.ts";
import { failedAction, findCause, foldOperations, foldResults } from "./setup_log_fold.ts";
import { findLast, lineOf, type Told } from "./setup_log_told.ts";

/** A line of a log that can be cited. */
export interface SetupLogLine {
  /** Volume-relative path of the log. */
  readonly path: string;
  /** In bytes from its start. */
  readonly offset: number;
  /** In the local time of whatever system wrote it. */
  readonly time: string | undefined;
  /** Columns and text, cut to what fits into a report. */
  readonly text: string;
}

/** An operation of the platform. */
export interface SetupLogOperation {
  /** In the log's words: `Apply WIM file …`. */
  readonly name: string;
  /** Why it failed, unsigned; undefined while it runs. */
  readonly code: number | undefined;
  readonly line: SetupLogLine;
}

/** A code and where it stands. */
export interface SetupLogCode {
  /** Unsigned. */
  readonly code: number;
  readonly line: SetupLogLine;
}

/** What kind of line a cause is; what tells most comes first. */
export const SETUP_CAUSE_KINDS = ["object", "crash", "operation", "error", "report"] as const;

/**
 * The line that is nearest to the cause.
 *
 * - `object`: a file, key or plug-in that ended the work.
 * - `crash`: Windows stopped.
 * - `operation`: the operation that failed.
 * - `error`: the first error with the code of the result.
 * - `report`: only the report of the result.
 */
export interface SetupLogCause {
  readonly kind: (typeof SETUP_CAUSE_KINDS)[number];
  readonly line: SetupLogLine;
}

/** The newest run in one log. */
export interface SetupLogOutcome {
  readonly path: string;
  /** When the run began; undefined if the log does not reach back so far. */
  readonly begun: LogTime | undefined;
  /** The last line of the log. */
  readonly last: SetupLogLine | undefined;
  readonly commandLine: string | undefined;
  readonly setupBuild: string | undefined;
  readonly hostVersion: string | undefined;
  readonly hostEdition: string | undefined;
  readonly targetVersion: string | undefined;
  /** What Setup ended with, before it was mapped for reports; 0 is success. */
  readonly result: SetupLogCode | undefined;
  /** What it was reported as, if that is another code. */
  readonly mapped: number | undefined;
  readonly extend: SetupLogCode | undefined;
  /** Last phase of the program in Windows. */
  readonly taskPhase: string | undefined;
  /** Phase of the platform that was begun last. */
  readonly platformPhase: string | undefined;
  readonly platformDone: readonly string[];
  /** Begun and neither completed nor failed. */
  readonly runningOperation: SetupLogOperation | undefined;
  /** The last operation that failed and ended the work. */
  readonly failedOperation: SetupLogOperation | undefined;
  /** Operations that failed while the work went on: noise. */
  readonly toleratedFailures: number;
  /** Action of the program in Windows that failed: `DataMigrate`. */
  readonly failedAction: string | undefined;
  readonly cause: SetupLogCause | undefined;
  readonly crash: SetupLogCode | undefined;
  readonly rollback: SetupLogLine | undefined;
  /** Setup closed the log itself; false after a power cut, a crash, or while it goes on. */
  readonly closed: boolean;
  /** Zero bytes, or an end in the middle of a line: what a power cut leaves. */
  readonly torn: boolean;
}

/** Bytes that are looked through before the search for the beginning is given up. */
const MOST_SCANNED = 64 << 20;

/** Telling lines that are kept; the newest count. */
const MOST_EVENTS = 20_000;

/** Reads the newest run; undefined if no line of this log comes from an upgrade. */
export async function readLogOutcome(
  path: string,
  log: SetupLog,
): Promise<SetupLogOutcome | undefined> {
  const run = await collect(log);
  if (!isOfUpgrade(run.events)) return undefined;
  return fold(path, run);
}

interface Run {
  /** The oldest first. */
  readonly events: readonly Told[];
  readonly last: SetupLogRecord | undefined;
  readonly torn: boolean;
}

async function collect(log: SetupLog): Promise<Run> {
  const events: Told[] = [];
  let last: SetupLogRecord | undefined;
  let torn = false;
  let commandLine: string | undefined;
  for await (const record of log.recordsBackwards()) {
    last ??= record;
    torn ||= record.problems.some(({ kind }) => kind === "nul-run" || kind === "unfinished");
    const event = setupLogEvent(record);
    if (event !== undefined && events.length < MOST_EVENTS) events.push({ event, record });
    if (event?.kind === "command-line") commandLine = event.text;
    if (event?.kind === "begin" && isInstallation(commandLine)) break;
    if (event?.kind === "begin") commandLine = undefined;
    if (log.size - record.offset > MOST_SCANNED) break;
  }
  return { events: events.reverse(), last, torn };
}

/** A run that downloads or only reports is part of the one before it. */
function isInstallation(commandLine: string | undefined): boolean {
  return commandLine === undefined || /\/Install\b/i.test(commandLine);
}

/** Kinds of lines that are in other logs too, or say nothing without the rest of a run. */
const NOTHING_ALONE: ReadonlySet<string> = new Set(["error", "object", "command-line", "fact"]);

/** Setup that was started from media installs anew: that is no upgrade. */
function isOfUpgrade(events: readonly Told[]): boolean {
  const fromMedia = events.some(({ event }) =>
    event.kind === "command-line" && /\/Boot\b/i.test(event.text) && /\/Install\b/i.test(event.text)
  );
  return !fromMedia &&
    events.some(({ event }) => !NOTHING_ALONE.has(event.kind));
}

function fold(path: string, run: Run): SetupLogOutcome {
  const { last, torn } = run;
  const all = run.events;
  const events = newestTry(all);
  const operations = foldOperations(path, events);
  const results = foldResults(path, events);
  const text = (name: string) => factOf(all, name);
  const crash = findLast(events, "crash");
  const rollback = events.find(({ event }) => event.kind === "rollback");
  return {
    path,
    begun: all.find(({ event }) => event.kind === "begin")?.record.time,
    last: last === undefined ? undefined : lineOf(path, last),
    commandLine: findLast(all, "command-line")?.event.text,
    setupBuild: text("setupBuild"),
    hostVersion: text("hostVersion"),
    hostEdition: text("hostEdition"),
    targetVersion: text("targetVersion") ?? text("setupBuild"),
    ...results,
    ...operations,
    taskPhase: findLast(events, "task-phase")?.event.name,
    platformPhase: findLast(events, "platform-phase")?.event.name,
    platformDone: events.flatMap(({ event }) =>
      event.kind === "platform-phase" && event.done ? [event.name] : []
    ),
    failedAction: failedAction(events, results.result?.code),
    cause: findCause(path, { events, operations, result: results.result }),
    crash: crash === undefined
      ? undefined
      : { code: crash.event.code, line: lineOf(path, crash.record) },
    rollback: rollback === undefined ? undefined : lineOf(path, rollback.record),
    closed: all.at(-1)?.event.kind === "end",
    torn,
  };
}

/** After a failure the page of Setup offers to try again, in the same run. */
function newestTry(events: readonly Told[]): readonly Told[] {
  const reported = events.findLastIndex(({ event }) => event.kind === "reported");
  const again = events.findIndex(({ event }, index) =>
    index > reported && event.kind === "task-phase" && event.name === "SetupPhaseInstall"
  );
  return reported < 0 || again < 0 ? events : events.slice(again);
}

function factOf(events: readonly Told[], name: string): string | undefined {
  for (const { event } of events) {
    if (event.kind === "fact" && event.fact === name) return event.text;
  }
  return undefined;
}
