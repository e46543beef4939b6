/**
 * The volume recognition sequence: fixed words at 2048-byte steps from byte 32768 on that say
 * which file systems an image claims to hold. Sources: ECMA-167 2/8.3 and 2/9, ECMA-119 6.7.
 */
import type { ByteSource } from "../../base/mod.ts";

const START = 16 * 2048;
const STEP = 2048;
/** Up to sector 256, where the anchor lies. */
const STEPS = 240;
const CHUNK_STEPS = 16;

/** What an image claims to hold. */
export interface VolumeRecognition {
  /** Byte offset of `NSR02` or `NSR03`: UDF. */
  readonly udf: number | undefined;
  /** Byte offset of the first `CD001`: ISO9660. */
  readonly iso9660: number | undefined;
}

/** Looks for the words in any order. Blank sectors between them are passed over. */
export async function recogniseVolume(source: ByteSource): Promise<VolumeRecognition> {
  let udf: number | undefined;
  let iso9660: number | undefined;
  for (let step = 0; step < STEPS && udf === undefined; step += CHUNK_STEPS) {
    const offset = START + step * STEP;
    const length = Math.min(CHUNK_STEPS * STEP, source.size - offset);
    if (length < 6) break;
    const bytes = await source.read(offset, length);
    for (let at = 0; at + 6 <= length; at += STEP) {
      const word = String.fromCharCode(...bytes.subarray(at + 1, at + 6));
      if (word === "NSR02" || word === "NSR03") udf ??= offset + at;
      if (word === "CD001") iso9660 ??= offset + at;
    }
  }
  return { udf, iso9660 };
}
