/** Examines the base block of a hive. */
import { dirtyReason, type HiveHeader } from "./base_block.ts";
import type { FaultList } from "./fault_list.ts";
import { headerRefusal } from "./hive.ts";
import { BaseBlock } from "./layout.ts";

/** "Direct memory load", the only format there is. */
const DIRECT_MEMORY_LOAD = 1;

/** What sectors of 4096 bytes would have; Windows writes 1 for them too (msuhanov/regf). */
const CLUSTERING_OF_LARGE_SECTORS = 8;

/** Adds what is wrong with a base block. Returns false if nothing behind it can be read. */
export function checkHeader(header: HiveHeader, faults: FaultList): boolean {
  const add = (weight: "damage" | "untidy", offset: number, message: string) =>
    faults.add({ kind: "header", weight, offset, message });
  if (!header.checksumValid) {
    add("damage", BaseBlock.checksum, "The checksum of its header is wrong");
  }
  const refusal = headerRefusal(header);
  if (refusal !== undefined) {
    add("damage", 0, `Cannot be read: ${refusal}`);
    return false;
  }
  const dirty = dirtyReason(header);
  if (header.checksumValid && dirty !== undefined) add("untidy", BaseBlock.primarySequence, dirty);
  if (header.format !== DIRECT_MEMORY_LOAD) {
    add("damage", BaseBlock.format, `Its format is ${header.format} instead of 1`);
  }
  const { clustering } = header;
  if (clustering !== 1) {
    const weight = clustering === CLUSTERING_OF_LARGE_SECTORS ? "untidy" : "damage";
    add(weight, BaseBlock.clustering, `Its clustering factor is ${clustering} instead of 1`);
  }
  return true;
}
