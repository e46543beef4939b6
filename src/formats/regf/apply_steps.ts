/** Writes the steps of logs into a copy of a hive. */
import { baseBlockChecksum } from "./base_block.ts";
import { BASE_BLOCK_SIZE, BaseBlock } from "./layout.ts";
import type { LogStep } from "./log_step.ts";

/**
 * How many of the steps can be taken: up to the first that lets the hive grow without bringing
 * the data. Windows logs new bins whole; so nobody can make a small log ask for a huge hive.
 *
 * @param present bytes of bins that the primary file holds
 */
export function countJustifiedSteps(steps: readonly LogStep[], present: number): number {
  let known = present;
  for (const [count, step] of steps.entries()) {
    if (!bringsGrowth(step, known)) return count;
    known = Math.max(known, step.binsSize);
  }
  return steps.length;
}

function bringsGrowth({ binsSize, pages }: LogStep, known: number): boolean {
  let reached = known;
  const beyond = pages.filter(({ offset, bytes }) => offset + bytes.length > known);
  for (const { offset, bytes } of beyond.toSorted((a, b) => a.offset - b.offset)) {
    if (offset > reached) return false;
    reached = Math.max(reached, offset + bytes.length);
  }
  return reached >= binsSize;
}

/** A copy of the hive with the steps in place: its base block and its bins, no more. */
export function applySteps(primary: Uint8Array, steps: readonly LogStep[]): Uint8Array {
  const binsSize = steps.at(-1)?.binsSize ?? 0;
  const largest = steps.reduce((size, step) => Math.max(size, step.binsSize), 0);
  const bytes = new Uint8Array(BASE_BLOCK_SIZE + largest);
  bytes.set(primary.subarray(0, bytes.length));
  for (const { pages } of steps) {
    for (const page of pages) bytes.set(page.bytes, BASE_BLOCK_SIZE + page.offset);
  }
  return bytes.subarray(0, BASE_BLOCK_SIZE + binsSize);
}

/** What a replay changes in the base block of the hive. */
export interface HeaderChange {
  /** The base block of the log, if that of the hive is damaged. */
  readonly healFrom: Uint8Array | undefined;
  /** For both sequence numbers; the primary number that is there if absent. */
  readonly sequence: number | undefined;
  /** Bit 0 of the flags; as it is if absent. */
  readonly transactionFlag: number | undefined;
  readonly binsSize: number;
}

/** Changes the base block in place and makes it that of a clean hive. */
export function settleHeader(bytes: Uint8Array, change: HeaderChange): void {
  if (change.healFrom !== undefined) bytes.set(change.healFrom);
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sequence = change.sequence ?? data.getUint32(BaseBlock.primarySequence, true);
  data.setUint32(BaseBlock.primarySequence, sequence, true);
  data.setUint32(BaseBlock.secondarySequence, sequence, true);
  data.setUint32(BaseBlock.fileType, 0, true);
  data.setUint32(BaseBlock.binsSize, change.binsSize, true);
  const flags = data.getUint32(BaseBlock.flags, true);
  const transaction = (change.transactionFlag ?? flags) & 1;
  data.setUint32(BaseBlock.flags, (flags & ~1) | transaction, true);
  data.setUint32(BaseBlock.checksum, baseBlockChecksum(bytes), true);
}
