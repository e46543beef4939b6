/** Reads a log of either format, and says in words why one cannot be used. */
import { type HiveHeader, parseBaseBlock } from "./base_block.ts";
import { BASE_BLOCK_CORE_SIZE, BaseBlock, Magic } from "./layout.ts";
import { LogType } from "./log_layout.ts";
import type { LogStep } from "./log_step.ts";
import { entryNumbers, readLogChain } from "./new_log.ts";
import { readOldLog } from "./old_log.ts";
import type { HiveLog } from "./replay.ts";

/** A log whose base block is sound. */
export interface UsableLog {
  readonly kind: "old" | "new";
  readonly name: string;
  /** Its base block: the copy of the hive's. */
  readonly core: Uint8Array;
  readonly header: HiveHeader;
  /** FILETIME; exact, other than the date of the header. */
  readonly lastWritten: bigint;
  /** What it holds. None in a new log that is damaged from its start. */
  readonly steps: readonly LogStep[];
  /** Why there are no more steps. */
  readonly end: string;
  /** True if a further step is there but damaged. */
  readonly endsInDamage: boolean;
  /** Every sequence number in it, also of entries that no longer count. */
  readonly numbers: readonly number[];
}

/** A log that cannot be used. */
export interface UnusableLog {
  readonly kind: "unusable";
  readonly name: string;
  readonly reason: string;
}

/** Reads a log. Never throws for its content. */
export function parseLog({ name, bytes }: HiveLog): UsableLog | UnusableLog {
  const unusable = (reason: string): UnusableLog => ({ kind: "unusable", name, reason });
  const absent = missingBaseBlock(bytes);
  if (absent !== undefined) return unusable(absent);
  const header = parseBaseBlock(bytes, name);
  const fault = baseBlockFault(header);
  if (fault !== undefined) return unusable(fault);
  const core = bytes.subarray(0, BASE_BLOCK_CORE_SIZE);
  const log = { name, core, header, lastWritten: lastWrittenIn(bytes) };
  const sequence = header.primarySequence;
  if (header.fileType === LogType.new) {
    const numbers = [sequence, ...entryNumbers(bytes)];
    return { ...log, kind: "new", ...readLogChain(bytes, sequence), numbers };
  }
  const read = readOldLog(bytes, header);
  if ("fault" in read) return unusable(read.fault);
  const steps = [read.step];
  return { ...log, kind: "old", steps, end: "", endsInDamage: false, numbers: [sequence] };
}

/** The exact last-written time in a base block, as a FILETIME. */
export function lastWrittenIn(bytes: Uint8Array): bigint {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return data.getBigUint64(BaseBlock.lastWritten, true);
}

function missingBaseBlock(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return "it is empty";
  if (bytes.length < BASE_BLOCK_CORE_SIZE) return `it ends after ${bytes.length} bytes`;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const signed = data.getUint32(BaseBlock.signature, true) === Magic.regf;
  return signed ? undefined : `it does not begin with "regf"`;
}

function baseBlockFault(header: HiveHeader): string | undefined {
  const { checksumValid, primarySequence, secondarySequence, fileType } = header;
  if (!checksumValid) return "the checksum of its header is wrong";
  if (fileType !== LogType.old && fileType !== LogType.windows2000 && fileType !== LogType.new) {
    return fileType === 0 ? "it is a hive, not a log" : `its file type ${fileType} is no log's`;
  }
  if (primarySequence === secondarySequence) return undefined;
  return `its sequence numbers differ (${primarySequence} and ${secondarySequence}): ` +
    "it was not written to its end";
}
