/**
 * Changes a hive that lies in memory. New cells go to new bins at the end, nothing that was
 * freed is used again, and what is not touched keeps its bytes and its place.
 */
import { filetimeFromDate } from "../../base/mod.ts";
import { applyEdits } from "./apply_edits.ts";
import { baseBlockChecksum } from "./base_block.ts";
import { editRefusal, openForEdit } from "./edit_source.ts";
import type { EditOptions, HiveEdit } from "./hive_edit.ts";
import { BASE_BLOCK_SIZE, BaseBlock, BinHeader } from "./layout.ts";
import { writeEdits } from "./write_edits.ts";

export type { EditOptions, HiveEdit } from "./hive_edit.ts";
export { verifyEdit } from "./verify_edit.ts";

/**
 * Applies edits in order to a clean (or replayed) hive and returns a new file.
 *
 * What lies behind the bins of the old file is dropped. Setting a value that is there keeps its
 * place and the spelling of its name. A key that is created takes the security of the key above
 * unless its spec has one. Keys whose values or subkeys were edited get the time `at`.
 *
 * @throws {FormatError} if the hive is dirty or damaged, if a key or value that an edit names is
 * not there (or is there already, for `create-key`), or if Windows' limits are passed.
 */
export function editHive(
  bytes: Uint8Array,
  edits: readonly HiveEdit[],
  options: EditOptions,
): Uint8Array {
  const source = openForEdit(bytes, options.name);
  const sequence = options.sequence ?? (source.sequence + 1) >>> 0;
  if (sequence === source.sequence || sequence !== sequence >>> 0) {
    throw editRefusal(options.name, `${sequence} cannot be its next sequence number`);
  }
  const file = writeEdits(source, applyEdits(source, edits), options.at);
  finishBaseBlock(file, sequence, options.at);
  return file;
}

/** Of the base block only what a write changes: the fields of transactions stay as they are. */
function finishBaseBlock(file: Uint8Array, sequence: number, at: Date): void {
  const data = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const time = filetimeFromDate(at);
  data.setUint32(BaseBlock.primarySequence, sequence, true);
  data.setUint32(BaseBlock.secondarySequence, sequence, true);
  data.setBigUint64(BaseBlock.lastWritten, time, true);
  // The header of the first bin repeats it, for the day the base block is lost.
  data.setBigUint64(BASE_BLOCK_SIZE + BinHeader.timestamp, time, true);
  data.setUint32(BaseBlock.binsSize, file.length - BASE_BLOCK_SIZE, true);
  data.setUint32(BaseBlock.checksum, baseBlockChecksum(file), true);
}
