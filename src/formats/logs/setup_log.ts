/**
 * A log of hundreds of megabytes, read forwards or from its end backwards, with the memory of one
 * window. Both ways give the same records, because where one begins is told by the bytes around
 * that place alone: a line end, a zero byte or the start of the log before it, a time behind it.
 */
import type { ByteSource } from "../../base/mod.ts";
import { LOG_TIME_LENGTH } from "./log_line.ts";
import { detectLogEncoding, type LogEncoding } from "./log_text.ts";
import { MOST_RECORD_BYTES, parseRecord, type SetupLogRecord } from "./record.ts";

/** Bytes that are read at once; even, so that a window never splits a UTF-16 unit. */
const WINDOW_BYTES = 1 << 18;

/** A log that was opened. */
export interface SetupLog {
  /** In bytes. */
  readonly size: number;
  readonly encoding: LogEncoding;
  /** All records, the oldest first. Errors of the source pass through; content never throws. */
  records(): AsyncGenerator<SetupLogRecord, void, undefined>;
  /** The same records, the newest first. Stop early, and only the tail was read. */
  recordsBackwards(): AsyncGenerator<SetupLogRecord, void, undefined>;
}

/** Opens a log. Reads four bytes of it. */
export async function openSetupLog(source: ByteSource): Promise<SetupLog> {
  const encoding = detectLogEncoding(await source.read(0, Math.min(4, source.size)));
  const place: LogPlace = { source, encoding };
  return {
    size: source.size,
    encoding,
    records: () => forwards(place),
    recordsBackwards: () => backwards(place),
  };
}

/** The newest `count` records, the oldest of them first. */
export async function lastRecords(log: SetupLog, count: number): Promise<SetupLogRecord[]> {
  const found: SetupLogRecord[] = [];
  if (count <= 0) return found;
  for await (const record of log.recordsBackwards()) {
    if (found.push(record) >= count) break;
  }
  return found.reverse();
}

interface LogPlace {
  readonly source: ByteSource;
  readonly encoding: LogEncoding;
}

async function* forwards(place: LogPlace): AsyncGenerator<SetupLogRecord, void, undefined> {
  const { source, encoding } = place;
  let begun = encoding.markBytes;
  for (let start = begun; start < source.size; start += WINDOW_BYTES) {
    const window = await readWindow(place, start);
    for (const next of recordStarts(window, place)) {
      const range = { offset: begun, end: next };
      if (next > begun) yield recordIn(window, range, place) ?? await readRecord(range, place);
      begun = next;
    }
  }
  if (begun < source.size) yield await readRecord({ offset: begun, end: source.size }, place);
}

async function* backwards(place: LogPlace): AsyncGenerator<SetupLogRecord, void, undefined> {
  const { source, encoding } = place;
  const first = encoding.markBytes;
  let end = source.size;
  const windows = Math.ceil(Math.max(0, source.size - first) / WINDOW_BYTES);
  for (let index = windows - 1; index >= 0; index--) {
    const window = await readWindow(place, first + index * WINDOW_BYTES);
    for (const offset of recordStarts(window, place).reverse()) {
      const range = { offset, end };
      yield recordIn(window, range, place) ?? await readRecord(range, place);
      end = offset;
    }
  }
  if (end > first) yield await readRecord({ offset: first, end }, place);
}

/** Bytes of the log with one unit before them and a time's length behind them. */
interface LogWindow {
  /** Of the first byte, in the log. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Records that begin in this part of the log belong to the window. */
  readonly from: number;
  readonly to: number;
}

async function readWindow({ source, encoding }: LogPlace, from: number): Promise<LogWindow> {
  const { unit, markBytes } = encoding;
  const to = Math.min(source.size, from + WINDOW_BYTES);
  const offset = Math.max(markBytes, from - unit);
  const end = Math.min(source.size, to + LOG_TIME_LENGTH * unit);
  return { offset, from, to, bytes: await source.read(offset, end - offset) };
}

/** Where records begin, in rising order. */
function recordStarts({ offset, bytes, from, to }: LogWindow, { encoding }: LogPlace): number[] {
  const { unit, markBytes } = encoding;
  const starts: number[] = [];
  for (let at = from - offset; at < to - offset; at += unit) {
    const digit = bytes[at]!;
    if (digit < 0x30 || digit > 0x39) continue;
    if (offset + at > markBytes && !isBreak(bytes, at - unit, unit)) continue;
    if (isTime(bytes, at, unit)) starts.push(offset + at);
  }
  return starts;
}

/** A line feed or a zero. */
function isBreak(bytes: Uint8Array, at: number, unit: 1 | 2): boolean {
  if (unit === 2 && bytes[at + 1] !== 0) return false;
  return bytes[at] === 0x0a || bytes[at] === 0;
}

const TIME_SHAPE = "0000-00-00 00:00:00, ";

function isTime(bytes: Uint8Array, at: number, unit: 1 | 2): boolean {
  for (let i = 0; i < LOG_TIME_LENGTH; i++) {
    const byte = bytes[at + i * unit];
    const shape = TIME_SHAPE.charCodeAt(i);
    if (byte === undefined || (unit === 2 && bytes[at + i * 2 + 1] !== 0)) return false;
    if (shape === 0x30 ? byte < 0x30 || byte > 0x39 : byte !== shape) return false;
  }
  return true;
}

interface RecordRange {
  readonly offset: number;
  readonly end: number;
}

/** The record, if all that is read of it lies in the window; without waiting. */
function recordIn(
  window: LogWindow,
  { offset, end }: RecordRange,
  { source, encoding }: LogPlace,
): SetupLogRecord | undefined {
  const length = Math.min(MOST_RECORD_BYTES, end - offset);
  const start = offset - window.offset;
  if (start < 0 || start + length > window.bytes.length) return undefined;
  const bytes = window.bytes.subarray(start, start + length);
  return parseRecord(bytes, { offset, end, logEnd: source.size }, encoding);
}

async function readRecord(range: RecordRange, place: LogPlace): Promise<SetupLogRecord> {
  const { source, encoding } = place;
  const { offset, end } = range;
  const bytes = await source.read(offset, Math.min(MOST_RECORD_BYTES, end - offset));
  return parseRecord(bytes, { ...range, logEnd: source.size }, encoding);
}
