/**
 * The first line of a record, in its columns:
 *
 * ```text
 * column 0                   21         32         43     50
 *        2019-03-29 00:25:29, Info       [0x0601c2] IBS    text
 *        2022-07-06 08:08:29, Info                  MOUPG  text
 * ```
 *
 * Source: setupact.log of two machines (builds 17134 and 17763), CBS.log of Windows 7 and 10.
 */

/** A time as the log tells it. It has no time zone: a log goes on in another one after a restart. */
export interface LogTime {
  /** `2022-07-06 08:08:29`: sorts like the time. */
  readonly text: string;
  readonly year: number;
  /** 1 to 12 in a sound log. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** The columns of a first line. */
export interface LogLine {
  readonly time: LogTime;
  /** `Info`, `Warning`, `Error`; `Perf` and others are possible. Empty in a cut line. */
  readonly level: string;
  /** The number in brackets before the component. */
  readonly messageId: number | undefined;
  /** `MOUPG`, `SP`, `CONX`, `MIG`, `IBS`, `CBS`, …; undefined where the column is blank. */
  readonly component: string | undefined;
  /** The rest, with its own indentation. */
  readonly text: string;
}

/** Length of the time with the comma and the blank behind it. */
export const LOG_TIME_LENGTH = 21;

const LEVEL_END = 32;
const ID_END = 42;
const COMPONENT_START = 43;
const COMPONENT_WIDTH = 7;

/** Takes a line apart; undefined if it does not begin with a time. */
export function parseLogLine(line: string): LogLine | undefined {
  const time = parseLogTime(line);
  if (time === undefined) return undefined;
  return { time, ...(alignedColumns(line) ?? looseColumns(line.slice(LOG_TIME_LENGTH))) };
}

function parseLogTime(line: string): LogTime | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d), /.exec(line);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number);
  return {
    text: line.slice(0, LOG_TIME_LENGTH - 2),
    year: year!,
    month: month!,
    day: day!,
    hour: hour!,
    minute: minute!,
    second: second!,
  };
}

/** Says whether the numbers are those of a day and a time of day. */
export function isPossibleTime({ year, month, day, hour, minute, second }: LogTime): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1601 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day &&
    hour < 24 && minute < 60 && second < 61;
}

type Columns = Omit<LogLine, "time">;

function alignedColumns(line: string): Columns | undefined {
  const level = /^([A-Za-z]+) +$/.exec(line.slice(LOG_TIME_LENGTH, LEVEL_END))?.[1];
  const id = /^(?: {10}|\[0x([0-9a-fA-F]{6})\])$/.exec(line.slice(LEVEL_END, ID_END));
  if (level === undefined || id === null || line[ID_END] !== " ") return undefined;
  const messageId = id[1] === undefined ? undefined : Number.parseInt(id[1], 16);
  return { level, messageId, ...componentOf(line.slice(COMPONENT_START)) };
}

function componentOf(rest: string): Pick<Columns, "component" | "text"> {
  const component = /^\S+/.exec(rest)?.[0];
  if (component === undefined) {
    return { component: undefined, text: rest.slice(COMPONENT_WIDTH) };
  }
  return { component, text: rest.slice(Math.max(COMPONENT_WIDTH, component.length + 1)) };
}

/** Where blanks were lost, as in quoted lines, or the line was cut. */
function looseColumns(rest: string): Columns {
  const parts =
    /^([A-Za-z]*)(?: +\[0x([0-9a-fA-F]{1,8})\])?(?: +([A-Z][A-Z0-9]{1,7})(?= |$))? *(.*)$/s
      .exec(rest);
  const [level = "", id, component, text = ""] = parts?.slice(1) ??
    ["", undefined, undefined, rest];
  return {
    level,
    messageId: id === undefined ? undefined : Number.parseInt(id, 16),
    component,
    text,
  };
}
