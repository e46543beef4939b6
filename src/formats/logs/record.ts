/** One record of a log: a line that begins with a time, and the lines up to the next such line. */
import { isPossibleTime, type LogTime, parseLogLine } from "./log_line.ts";
import { decodeLogText, type LogEncoding } from "./log_text.ts";

/** Bytes of a record that are read; the rest of a bigger one is left out. */
export const MOST_RECORD_BYTES = 1 << 16;

/**
 * What is wrong with a record.
 *
 * - `no-time`: text before the first time: the beginning of the log is gone, or it is no such log.
 * - `impossible-time`: it has the shape of a time and is none.
 * - `nul-run`: zero bytes, which a power cut leaves behind.
 * - `cut`: the record is longer than what is read of it.
 * - `unfinished`: the log ends before the end of the line.
 */
export interface SetupLogProblem {
  readonly kind: "no-time" | "impossible-time" | "nul-run" | "cut" | "unfinished";
  /** In bytes from the start of the log. */
  readonly offset: number;
  /** Bytes concerned. */
  readonly length: number;
}

/** One record. */
export interface SetupLogRecord {
  /** Of its first byte, from the start of the log. */
  readonly offset: number;
  /** Bytes up to the next record. */
  readonly size: number;
  /** Undefined for text before the first time. */
  readonly time: LogTime | undefined;
  readonly level: string | undefined;
  readonly messageId: number | undefined;
  readonly component: string | undefined;
  /** What its first line says, without the columns before it. */
  readonly text: string;
  /** Further lines with their indentation, without empty ones. */
  readonly continuation: readonly string[];
  readonly problems: readonly SetupLogProblem[];
}

/** Where a record lies. */
export interface RecordPlace {
  readonly offset: number;
  /** Where the next one begins. */
  readonly end: number;
  /** The end of the log. */
  readonly logEnd: number;
}

/** Reads a record from its first bytes, at most {@linkcode MOST_RECORD_BYTES}. Never throws. */
export function parseRecord(
  bytes: Uint8Array,
  place: RecordPlace,
  encoding: LogEncoding,
): SetupLogRecord {
  const { offset, end } = place;
  const text = decodeLogText(bytes, encoding);
  const [first = "", ...others] = linesOf(text);
  const columns = parseLogLine(first);
  const continuation = others.filter((line) => line !== "");
  const problems = findProblems(bytes, place, encoding);
  const common = { offset, size: end - offset };
  if (columns === undefined) {
    const [head = "", ...rest] = [first, ...continuation].filter((line) => line !== "");
    const problem: SetupLogProblem = { kind: "no-time", offset, length: end - offset };
    return {
      ...common,
      ...NO_COLUMNS,
      text: head,
      continuation: rest,
      problems: [problem, ...problems],
    };
  }
  if (!isPossibleTime(columns.time)) {
    problems.unshift({ kind: "impossible-time", offset, length: columns.time.text.length });
  }
  return { ...common, ...columns, continuation, problems };
}

/** Nearly every record is one line; that one is not taken through the general way. */
function linesOf(text: string): string[] {
  const end = text.length - 1;
  if (text.indexOf("\n") === end && !text.includes("\0") && !text.endsWith("\r\r\n")) {
    return [text.slice(0, text[end - 1] === "\r" ? end - 1 : end)];
  }
  return text.split(/\n|\0+/).map((line) => line.replace(/\r+$/, ""));
}

const NO_COLUMNS = {
  time: undefined,
  level: undefined,
  messageId: undefined,
  component: undefined,
} as const;

function findProblems(
  bytes: Uint8Array,
  { offset, end, logEnd }: RecordPlace,
  encoding: LogEncoding,
): SetupLogProblem[] {
  const problems = nulRuns(bytes, { offset, encoding });
  const left = end - offset - bytes.length;
  if (left > 0) problems.push({ kind: "cut", offset: offset + bytes.length, length: left });
  else if (end === logEnd && !endsInNewLine(bytes, encoding)) {
    problems.push({ kind: "unfinished", offset: end, length: 0 });
  }
  return problems;
}

function endsInNewLine(bytes: Uint8Array, { unit }: LogEncoding): boolean {
  if (bytes.length % unit !== 0) return false;
  return bytes.at(-unit) === 0x0a && (unit === 1 || bytes.at(-1) === 0);
}

function nulRuns(
  bytes: Uint8Array,
  { offset, encoding: { unit } }: { readonly offset: number; readonly encoding: LogEncoding },
): SetupLogProblem[] {
  const runs: SetupLogProblem[] = [];
  // Looked for natively: a loop over every byte would cost more than the rest of the record.
  if (unit === 1 && !bytes.includes(0)) return runs;
  let start = -1;
  for (let at = 0; at + unit <= bytes.length + unit; at += unit) {
    const nul = at + unit <= bytes.length && bytes[at] === 0 && (unit === 1 || bytes[at + 1] === 0);
    if (nul && start < 0) start = at;
    if (nul || start < 0) continue;
    runs.push({ kind: "nul-run", offset: offset + start, length: at - start });
    start = -1;
  }
  return runs;
}
