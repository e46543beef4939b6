/**
 * Files of 4 GB and more whose ISO9660 size is only the remainder of 2^32. Such records stand
 * beside a UDF volume that holds the true size (`genisoimage -allow-limited-size`, and Windows
 * images re-made with such tools): the bytes are all there, the record does not say so.
 */
import { FormatError } from "../../base/mod.ts";
import type { IsoVolume } from "./volume.ts";

const CUT_STEP = 2 ** 32;
const MAX_FILES = 200_000;
const MAX_DEPTH = 64;

/**
 * The record offsets of files behind which 4 GB or more belong to nobody. Reads the whole tree;
 * a directory that cannot be read is passed over, because listing it tells why.
 */
export async function findCutFiles(volume: IsoVolume): Promise<ReadonlySet<number>> {
  const used: { readonly start: number; readonly end: number; readonly record: number }[] = [];
  for await (const { node, extent } of allExtents(volume)) {
    used.push({
      start: extent.offset,
      end: extent.offset + extent.length,
      record: node.directory ? -1 : node.offset,
    });
  }
  used.sort((a, b) => a.start - b.start);
  const cut = new Set<number>();
  for (const [index, { start, end, record }] of used.entries()) {
    let following = index + 1;
    while (following < used.length && used[following]!.start === start) following++;
    const next = used[following]?.start ?? volume.neededBytes;
    if (record >= 0 && next - end >= CUT_STEP) cut.add(record);
  }
  return cut;
}

async function* allExtents(volume: IsoVolume) {
  const seen = new Set<number>();
  const waiting = [{ node: volume.root, depth: 0 }];
  let files = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const start = next.node.extents()[0]?.offset ?? -1;
    if (seen.has(start) || next.depth > MAX_DEPTH) continue;
    seen.add(start);
    try {
      for await (const node of volume.children(next.node)) {
        if (++files > MAX_FILES) return;
        if (node.directory) waiting.push({ node, depth: next.depth + 1 });
        for (const extent of node.extents()) yield { node, extent };
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
}
