/**
 * What the starter records: one JSON line each, flushed before and after what it does, so that
 * the next start of Windows and the next session of the stick both know how far it came. The
 * first line is written when the order is left on the target: a starter that does not find it
 * knows that its past was taken away, and starts nothing.
 */
import * as v from "valibot";
import type { UpgradeOrder } from "./order.ts";

const text = v.string();
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const schema = v.variant("event", [
  /** Written together with the order, before Windows starts. */
  v.object({ event: v.literal("staged"), at: text, order: text }),
  /** The service runs; Windows was started so long ago. */
  v.object({ event: v.literal("woke"), at: text, order: text, uptimeMs: v.nullable(count) }),
  /** Something must settle first. */
  v.object({ event: v.literal("waits"), at: text, order: text, reason: text }),
  /** Written and flushed before Setup is started. */
  v.object({
    event: v.literal("starts"),
    at: text,
    order: text,
    attempt: count,
    /** Names the rollback log that was there before, if any: another one means a rollback. */
    rollbackLog: v.exactOptional(v.nullable(text)),
  }),
  v.object({
    event: v.literal("ended"),
    at: text,
    order: text,
    attempt: count,
    /** As Windows has it: unsigned. */
    exitCode: count,
    meaning: text,
  }),
  /** The program could not be started at all. */
  v.object({
    event: v.literal("not-started"),
    at: text,
    order: text,
    attempt: count,
    reason: text,
  }),
  /** Windows is shutting down while Setup runs, as it does at the end of its first phase. */
  v.object({ event: v.literal("shutdown"), at: text, order: text, attempt: count }),
  /** Somebody stopped the service while Setup runs: Setup goes on by itself. */
  v.object({ event: v.literal("stopped"), at: text, order: text, attempt: count }),
  /** Setup did not end within its limit. It was not ended by force. */
  v.object({ event: v.literal("hangs"), at: text, order: text, attempt: count }),
  /** It will not be tried again. */
  v.object({ event: v.literal("stood-down"), at: text, order: text, reason: text }),
  v.object({
    event: v.literal("done"),
    at: text,
    order: text,
    build: v.nullable(count),
    ubr: v.nullable(count),
  }),
  v.object({ event: v.literal("removed"), at: text, order: text }),
  /** Windows did not let the service be removed; it is tried again at the next start. */
  v.object({ event: v.literal("not-removed"), at: text, order: text, reason: text }),
]);

/** One record. */
export type StarterRecord = v.InferOutput<typeof schema>;

/** One record as a line. */
export function serializeRecord(record: StarterRecord): string {
  return JSON.stringify(v.parse(schema, record)) + "\n";
}

/** What the progress file holds when the order is left on the target. */
export function firstProgress(order: Pick<UpgradeOrder, "id" | "made">): string {
  return serializeRecord({ event: "staged", at: order.made, order: order.id });
}

/** The records that were read, and how many lines are none: a power cut tears the last one. */
export interface StarterProgress {
  readonly records: readonly StarterRecord[];
  /** Lines among the records of this order that cannot be read. */
  readonly unreadable: number;
}

/**
 * Reads the file; what belongs to another order is left out. A line that cannot be read belongs
 * to the order of the line before it, and the first one to every order.
 */
export function parseProgress(content: string, order: string): StarterProgress {
  const records: StarterRecord[] = [];
  let unreadable = 0;
  let ours = true;
  for (const line of content.split("\n")) {
    if (line.trim() === "") continue;
    const record = parseLine(line);
    if (record !== undefined) ours = record.order === order;
    if (!ours) continue;
    if (record === undefined) unreadable++;
    else records.push(record);
  }
  return { records, unreadable };
}

function parseLine(line: string): StarterRecord | undefined {
  try {
    const parsed = v.safeParse(schema, JSON.parse(line));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
