/**
 * What Windows would see in a hive: a dirty one with the newest data of its logs in place. Two
 * log formats are known: DIRT (one bitmap of sectors, before Windows 8.1) and HvLE (a chain of
 * entries with hashes, since then). Format: "Windows registry file format specification"
 * (msuhanov/regf, CC BY 4.0).
 *
 * Windows puts dummies in the place of bins that a replay leaves broken. That loses keys, so here
 * it is no success: a replay after which the bins or the root key cannot be read is dropped, the
 * hive stays as it lies, and its logs are refused with the reason.
 */
import { FormatError } from "../../base/mod.ts";
import { applySteps, countJustifiedSteps, settleHeader } from "./apply_steps.ts";
import { dirtyReason, parseBaseBlock } from "./base_block.ts";
import { chooseLogs, type DirtyHive } from "./choose_logs.ts";
import { openHive } from "./hive.ts";
import { BASE_BLOCK_SIZE, BIN_HEADER_SIZE, BinHeader, Magic } from "./layout.ts";
import type { LogStep } from "./log_step.ts";
import { lastWrittenIn, parseLog, type UnusableLog, type UsableLog } from "./parse_log.ts";
import { latestNumber, nextNumber } from "./sequence_number.ts";

/** A log file beside a hive. */
export interface HiveLog {
  /** Its file name: `SYSTEM.LOG1`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a log gave. */
export interface LogUse {
  readonly name: string;
  /** Entries applied; 1 for the old format. */
  readonly entries: number;
  /** Dirty pages (or, in the old format, sectors) written into the hive. */
  readonly pages: number;
  /** Why a further entry that is there was not applied: its data is lost. */
  readonly stopped?: string;
}

/** A log that gave nothing, and why: one sentence without full stop. */
export interface LogRefusal {
  readonly name: string;
  readonly reason: string;
}

/** What became of a hive and its logs. */
export interface HiveReplay {
  /**
   * `clean`: Windows would not look at the logs. `replayed`: it is what Windows would see.
   * `unrecovered`: it is dirty, and no log can be used; the bytes are those of the file.
   */
  readonly state: "clean" | "replayed" | "unrecovered";
  /** Base block and bins. May share memory with the primary file that was given. */
  readonly bytes: Uint8Array;
  /** Why the primary file is dirty. */
  readonly dirtyReason?: string;
  /** In the order in which they were applied. */
  readonly used: readonly LogUse[];
  /** Logs that were looked at and could not be used; none for a clean hive. */
  readonly refused: readonly LogRefusal[];
  /** Pages of all logs together. */
  readonly pages: number;
  /** The log whose copy of the base block took the place of a damaged one. */
  readonly headerFrom?: string;
  /** Above every sequence number in the file and its logs: what the next write must use. */
  readonly nextSequence: number;
}

/** The result for a hive whose logs nobody looks at. */
const UNTOUCHED = { state: "clean", used: [], refused: [], pages: 0 } as const;

/**
 * Replays the logs of a hive, in memory. A replay makes one copy of the hive, which is larger
 * than the hive only by what the logs hold; the memory of `primary` stays as it is.
 *
 * The sequence numbers become what Windows 10 leaves: the last entry's plus one. An old log does
 * not number its data; there the interrupted write counts as done, and both numbers are that
 * write's. A header without even a signature is healed too, if the first bin is there.
 *
 * @throws {FormatError} if the primary file is no hive at all.
 */
export function replayLogs(
  primary: Uint8Array,
  logs: readonly HiveLog[],
  options: { readonly name: string },
): HiveReplay {
  const hive = readPrimary(primary, options.name);
  const parsed = logs.map(parseLog);
  const usable = parsed.filter((log) => log.kind !== "unusable");
  const nextSequence = numberAfterAll(hive, usable);
  if (hive.dirtyReason === undefined) return { ...UNTOUCHED, bytes: primary, nextSequence };
  const dirty = { dirtyReason: hive.dirtyReason, nextSequence };
  const choice = chooseLogs(hive, usable);
  const result = replayChosen(primary, hive, { chosen: choice.chosen, name: options.name });
  const refused = listRefusals(parsed, new Map([...choice.refusals, ...result.refusals]));
  if (result.bytes === undefined) {
    if (hive.unreadable !== undefined) throw hive.unreadable;
    return { ...UNTOUCHED, ...dirty, state: "unrecovered", bytes: primary, refused };
  }
  const { bytes, used } = result;
  const pages = used.reduce((sum, use) => sum + use.pages, 0);
  const healed = hive.header === undefined ? { headerFrom: used[0]!.name } : {};
  return { state: "replayed", bytes, ...dirty, used, refused, pages, ...healed };
}

/** What the primary file says about itself. */
interface Primary extends DirtyHive {
  readonly dirtyReason: string | undefined;
  /** The number in its header, whether that is sound or not. */
  readonly sequence: number | undefined;
  /** Why it is no hive, if its header lacks the signature. */
  readonly unreadable?: FormatError;
}

function readPrimary(bytes: Uint8Array, name: string): Primary {
  try {
    const header = parseBaseBlock(bytes, name);
    const known = { dirtyReason: dirtyReason(header), sequence: header.primarySequence };
    return header.checksumValid
      ? { ...known, header, lastWritten: lastWrittenIn(bytes) }
      : { ...known, header: undefined, lastWritten: timeOfFirstBin(bytes) };
  } catch (unreadable) {
    const lastWritten = timeOfFirstBin(bytes);
    if (!(unreadable instanceof FormatError) || lastWritten === undefined) throw unreadable;
    const dirtyReason = 'Its header does not begin with "regf"';
    return { dirtyReason, sequence: undefined, header: undefined, lastWritten, unreadable };
  }
}

/** The first bin keeps a copy of the last-written time of the base block. */
function timeOfFirstBin(bytes: Uint8Array): bigint | undefined {
  if (bytes.length < BASE_BLOCK_SIZE + BIN_HEADER_SIZE) return undefined;
  const bin = new DataView(bytes.buffer, bytes.byteOffset + BASE_BLOCK_SIZE, BIN_HEADER_SIZE);
  const isFirst = bin.getUint32(BinHeader.signature, true) === Magic.hbin &&
    bin.getUint32(BinHeader.offset, true) === 0;
  return isFirst ? bin.getBigUint64(BinHeader.timestamp, true) : undefined;
}

/** The number after every number that counts; those of a damaged header do not. */
function numberAfterAll({ header, sequence }: Primary, logs: readonly UsableLog[]): number {
  const start = header?.primarySequence ?? logs[0]?.header.primarySequence ?? sequence ?? 0;
  const numbers = logs.flatMap((log) => log.numbers);
  return nextNumber(latestNumber(start, [header?.secondarySequence ?? start, ...numbers]));
}

function listRefusals(
  logs: readonly (UsableLog | UnusableLog)[],
  reasons: ReadonlyMap<UsableLog, string>,
): LogRefusal[] {
  return logs.flatMap((log) => {
    const reason = log.kind === "unusable" ? log.reason : reasons.get(log);
    return reason === undefined ? [] : [{ name: log.name, reason }];
  });
}

/** What became of the logs that Windows would use: bytes only if all went well. */
interface ReplayResult {
  readonly bytes?: Uint8Array;
  readonly used: readonly LogUse[];
  readonly refusals: ReadonlyMap<UsableLog, string>;
}

function replayChosen(
  primary: Uint8Array,
  hive: Primary,
  { chosen, name }: { readonly chosen: readonly UsableLog[]; readonly name: string },
): ReplayResult {
  const present = Math.max(0, primary.length - BASE_BLOCK_SIZE);
  const { steps, used, refusals } = takeJustified(chosen, present);
  const last = steps.at(-1);
  if (last === undefined) return { used: [], refusals };
  const bytes = applySteps(primary, steps);
  const isNew = chosen[0]?.kind === "new";
  settleHeader(bytes, {
    healFrom: hive.header === undefined ? chosen[0]?.core : undefined,
    sequence: isNew ? nextNumber(last.sequence) : undefined,
    transactionFlag: isNew ? last.flags : undefined,
    binsSize: last.binsSize,
  });
  const fault = whyUnreadable(bytes, name);
  if (fault === undefined) return { bytes, used, refusals };
  return { used: [], refusals: new Map(chosen.map((log) => [log, `after its replay: ${fault}`])) };
}

/** What is taken of the logs: every step up to the first that asks for more than is there. */
interface Taken extends ReplayResult {
  readonly steps: readonly LogStep[];
}

function takeJustified(chosen: readonly UsableLog[], present: number): Taken {
  const all = chosen.flatMap((log) => log.steps);
  const steps = all.slice(0, countJustifiedSteps(all, present));
  const used: LogUse[] = [];
  const refusals = new Map<UsableLog, string>();
  let left = steps.length;
  for (const log of chosen) {
    const taken = log.steps.slice(0, left);
    left -= taken.length;
    const stopped = whyStopped(log, taken.length);
    if (taken.length === 0) refusals.set(log, stopped ?? log.end);
    else used.push(logUse(log, taken, stopped));
  }
  return { steps, used, refusals };
}

function whyStopped(log: UsableLog, taken: number): string | undefined {
  const next = log.steps[taken];
  if (next === undefined) return log.endsInDamage ? log.end : undefined;
  return `it asks for ${next.binsSize} bytes of bins, and the data for them is not there`;
}

function logUse({ name }: UsableLog, steps: readonly LogStep[], stopped?: string): LogUse {
  const pages = steps.reduce((sum, step) => sum + step.pageCount, 0);
  const use = { name, entries: steps.length, pages };
  return stopped === undefined ? use : { ...use, stopped };
}

function whyUnreadable(bytes: Uint8Array, name: string): string | undefined {
  try {
    openHive(bytes, { name });
    return undefined;
  } catch (error) {
    if (error instanceof FormatError) return error.message;
    throw error;
  }
}
