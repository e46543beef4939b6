/** Telling lines of a log with the records that they stand in. */
import type { SetupLogRecord } from "../formats/logs/mod.ts";
import type { SetupLogEvent } from "./setup_log_events.ts";
import type { SetupLogLine } from "./setup_log_outcome.ts";

/** One of them. */
export interface Told {
  readonly event: SetupLogEvent;
  readonly record: SetupLogRecord;
}

/** Longest text of a cited line, in characters. */
const MOST_TEXT = 400;

/** Cites a record of the log at `path`. */
export function lineOf(path: string, record: SetupLogRecord): SetupLogLine {
  const { offset, time, level, component, text } = record;
  const whole = [level, component, text.trim()].filter((part) => part !== undefined && part !== "")
    .join(" ");
  return {
    path,
    offset,
    time: time?.text,
    text: whole.length > MOST_TEXT ? `${whole.slice(0, MOST_TEXT)}…` : whole,
  };
}

/** A telling line of one kind. */
export type Of<K extends SetupLogEvent["kind"]> = {
  readonly event: Extract<SetupLogEvent, { kind: K }>;
  readonly record: SetupLogRecord;
};

/** Says whether it is of that kind. */
export function isOf<K extends SetupLogEvent["kind"]>(told: Told, kind: K): told is Told & Of<K> {
  return told.event.kind === kind;
}

/** The newest of that kind. */
export function findLast<K extends SetupLogEvent["kind"]>(
  events: readonly Told[],
  kind: K,
): Of<K> | undefined {
  for (let i = events.length - 1; i >= 0; i--) {
    const told = events[i]!;
    if (isOf(told, kind)) return told;
  }
  return undefined;
}
