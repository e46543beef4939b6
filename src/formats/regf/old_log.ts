/**
 * Logs of Windows before 8.1: a base block, a bitmap of the sectors of the bins that were to be
 * written, and those sectors.
 */
import type { HiveHeader } from "./base_block.ts";
import { BASE_BLOCK_CORE_SIZE, BIN_ALIGNMENT } from "./layout.ts";
import { DIRT_HEADER_SIZE, LOG_SECTOR, LogMagic } from "./log_layout.ts";
import type { LogPage, StepOrFault } from "./log_step.ts";

/** Reads the log whose base block is `header`. All of its sectors must be there. */
export function readOldLog(bytes: Uint8Array, header: HiveHeader): StepOrFault {
  const { binsSize } = header;
  if (binsSize === 0 || binsSize % BIN_ALIGNMENT !== 0) {
    return { fault: `its bins are said to have ${binsSize} bytes` };
  }
  const bitmapStart = BASE_BLOCK_CORE_SIZE + DIRT_HEADER_SIZE;
  // One bit per sector of 512 bytes: one byte per page of 4096.
  const bitmapEnd = bitmapStart + binsSize / BIN_ALIGNMENT;
  if (bitmapEnd > bytes.length) {
    return { fault: `it ends after ${bytes.length} bytes, before the end of its bitmap` };
  }
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (data.getUint32(BASE_BLOCK_CORE_SIZE, true) !== LogMagic.dirt) {
    return { fault: `its bitmap does not begin with "DIRT"` };
  }
  const runs = dirtyRuns(bytes.subarray(bitmapStart, bitmapEnd));
  const sectors = runs.reduce((sum, run) => sum + run.sectors, 0);
  if (sectors === 0) return { fault: "it marks no sector as changed" };
  const start = Math.ceil(bitmapEnd / LOG_SECTOR) * LOG_SECTOR;
  if (start + sectors * LOG_SECTOR > bytes.length) {
    return { fault: `it ends after ${bytes.length} bytes, before its last sector` };
  }
  const pages = pagesOf(runs, bytes.subarray(start));
  const { primarySequence: sequence, flags } = header;
  return { step: { sequence, flags, binsSize, pages, pageCount: sectors } };
}

/** Neighbouring sectors that are all dirty. */
interface DirtyRun {
  readonly first: number;
  sectors: number;
}

function dirtyRuns(bitmap: Uint8Array): DirtyRun[] {
  const runs: DirtyRun[] = [];
  let run: DirtyRun | undefined;
  for (let sector = 0; sector < bitmap.length * 8; sector++) {
    if ((bitmap[sector >>> 3]! >>> (sector & 7) & 1) === 0) run = undefined;
    else if (run !== undefined) run.sectors++;
    else runs.push(run = { first: sector, sectors: 1 });
  }
  return runs;
}

function pagesOf(runs: readonly DirtyRun[], packed: Uint8Array): LogPage[] {
  let at = 0;
  return runs.map(({ first, sectors }) => {
    const bytes = packed.subarray(at, at + sectors * LOG_SECTOR);
    at += bytes.length;
    return { offset: first * LOG_SECTOR, bytes };
  });
}
