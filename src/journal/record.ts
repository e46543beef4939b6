/**
 * The journal's lines: one JSON object each, numbered, with a checksum. A torn last line is
 * what a power cut leaves and is tolerated; a damaged line anywhere else is not.
 */
import * as v from "valibot";
import { MedicError } from "../base/mod.ts";
import type { Change } from "./change.ts";
import { changeSchema, changesSchema, optionalPath } from "./change_schema.ts";

/** Version of the journal's format; a newer one is refused. */
export const JOURNAL_FORMAT = 1;

/** What a session works on, to recognise the volume again under another letter. */
export interface SessionTarget {
  /** Volume serial number as printed by Windows, or "". */
  readonly serial: string;
  readonly label: string;
  /** For people: `Windows 11 Pro 24H2 (26100.4061, x64)`. */
  readonly windows: string;
}

/** Opens a session. */
export interface SessionRecord {
  readonly type: "session";
  readonly format: number;
  readonly session: string;
  readonly at: string;
  readonly program: string;
  readonly command: string;
  readonly target: SessionTarget;
  /** Options of the ladder, so that resume goes on with the same ones. */
  readonly options: { readonly [name: string]: unknown };
}

/** A step begins, with its whole plan, or ends with its verdict. */
export interface StepRecord {
  readonly type: "step";
  readonly at: string;
  readonly step: string;
  readonly state: "begin" | "end";
  readonly changes?: readonly Change[];
  readonly outcome?: string;
  readonly reason?: string;
}

/** Written before a change (`intent`) and after it (`done`, `failed`). */
export interface ChangeRecord {
  readonly type: "change";
  readonly at: string;
  /** Counts from 1 in a session. */
  readonly id: number;
  readonly state: "intent" | "done" | "failed" | "not-done" | "interrupted";
  readonly change?: Change;
  /** Where a moved or replaced thing is kept, with `{session}`. */
  readonly kept?: string;
  readonly exitCode?: number;
  readonly reason?: string;
}

/** Written before and after a change is taken back. */
export interface UndoRecord {
  readonly type: "undo";
  readonly at: string;
  readonly id: number;
  readonly state: "intent" | "done" | "failed";
  /** What had appeared in the old place meanwhile was moved here, with `{session}`. */
  readonly displaced?: string;
  readonly reason?: string;
}

/** Anything worth keeping that is no change: reopening, pruning, the end. */
export interface NoteRecord {
  readonly type: "reopened" | "pruned" | "end" | "undone";
  readonly at: string;
  readonly outcome?: string;
  readonly reason?: string;
  readonly bytes?: number;
}

/** One line of a journal. */
export type JournalRecord = SessionRecord | StepRecord | ChangeRecord | UndoRecord | NoteRecord;

const text = v.string();
const changeId = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const optionalText = v.exactOptional(v.string());

const recordSchema = v.variant("type", [
  v.object({
    type: v.literal("session"),
    format: v.number(),
    session: text,
    at: text,
    program: text,
    command: text,
    target: v.object({ serial: text, label: text, windows: text }),
    options: v.record(text, v.unknown()),
  }),
  v.object({
    type: v.literal("step"),
    at: text,
    step: text,
    state: v.picklist(["begin", "end"]),
    changes: v.exactOptional(changesSchema),
    outcome: optionalText,
    reason: optionalText,
  }),
  v.object({
    type: v.literal("change"),
    at: text,
    id: changeId,
    state: v.picklist(["intent", "done", "failed", "not-done", "interrupted"]),
    change: v.exactOptional(changeSchema),
    kept: optionalPath,
    exitCode: v.exactOptional(v.number()),
    reason: optionalText,
  }),
  v.object({
    type: v.literal("undo"),
    at: text,
    id: changeId,
    state: v.picklist(["intent", "done", "failed"]),
    displaced: optionalPath,
    reason: optionalText,
  }),
  v.object({
    type: v.picklist(["reopened", "pruned", "end", "undone"]),
    at: text,
    outcome: optionalText,
    reason: optionalText,
    bytes: v.exactOptional(v.number()),
  }),
]);

/** Encodes record number `n` as one line with its checksum and a line feed. */
export function encodeRecord(n: number, record: JournalRecord): string {
  const body = JSON.stringify({ n, ...record });
  return `${crc32(body).toString(16).padStart(8, "0")} ${body}\n`;
}

/** What a journal's bytes say. */
export interface ParsedJournal {
  readonly records: readonly JournalRecord[];
  /** The file ends inside a line: the last append was cut off. */
  readonly torn: boolean;
}

/**
 * Parses a journal. A line that is cut off is allowed at the end, and where the next line
 * says the journal was `reopened` after a cut. Reopening can be cut off too, again and again.
 *
 * @throws {MedicError} `journalDamaged` for any other damage, naming the line, and for a newer
 * format.
 */
export function parseJournal(content: string): ParsedJournal {
  const lines = content.split("\n");
  const last = lines.length - 1;
  const records: JournalRecord[] = [];
  let cut: number | undefined;
  for (const [index, line] of lines.entries()) {
    if (index === last && line === "") break;
    const decoded = decodeLine(line);
    if (decoded === undefined) {
      if (cut !== undefined && !isCutReopening(line, records.length + 1)) throw damaged(cut);
      cut ??= index + 1;
      continue;
    }
    const expected = decoded.n === records.length + 1;
    const mends = cut === undefined || decoded.record.type === "reopened";
    if (!expected || !mends) throw damaged(cut ?? index + 1);
    cut = undefined;
    records.push(decoded.record);
  }
  return { records, torn: lines[last] !== "" || cut !== undefined };
}

/** What a power cut leaves of a `reopened` line: nothing, zeros, or its beginning. */
function isCutReopening(line: string, n: number): boolean {
  const body = line.slice(9);
  const begin = `{"n":${n},"type":"reopened",`;
  return /^\0*$/.test(line) || begin.startsWith(body) || body.startsWith(begin);
}

function decodeLine(line: string): { n: number; record: JournalRecord } | undefined {
  const body = line.slice(9);
  if (!/^[0-9a-f]{8} /.test(line) || Number.parseInt(line.slice(0, 8), 16) !== crc32(body)) {
    return undefined;
  }
  const value = parseObject(body);
  if (value === undefined) return undefined;
  refuseNewer(value);
  const record = parseRecord(value);
  if (record === undefined || typeof value.n !== "number") return undefined;
  return { n: value.n, record };
}

/** Windows allows 512 levels of keys; only a forged line is nested deeper than the stack. */
function parseRecord(value: unknown): JournalRecord | undefined {
  try {
    const parsed = v.safeParse(recordSchema, value);
    return parsed.success ? parsed.output as JournalRecord : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A checksum is no proof of who wrote the line: whoever forged it could compute that too. */
function parseObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== "object" || value === null) return undefined;
    return value as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function refuseNewer(value: Readonly<Record<string, unknown>>): void {
  const { type, format } = value;
  if (type !== "session" || typeof format !== "number" || format <= JOURNAL_FORMAT) return;
  throw new MedicError("journalDamaged", `Cannot use the journal: its format ${format} is newer`, {
    next: "Use the newer pemedic.exe that wrote it",
  });
}

function damaged(line: number): MedicError {
  return new MedicError("journalDamaged", `Cannot use the journal: line ${line} is damaged`, {
    next: "Use the copy on the stick: run the command again with --journal and that file",
  });
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 (IEEE 802.3) of the UTF-8 form of a text. */
export function crc32(content: string): number {
  let crc = 0xffffffff;
  for (const byte of new TextEncoder().encode(content)) {
    crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
