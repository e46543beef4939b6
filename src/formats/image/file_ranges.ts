/**
 * The ranges of a file: joined, cut at its size, and ended where the image or the partition ends.
 */
import type { ImageProblem, ImageRange } from "./disc_image.ts";
import { faultOf } from "./fault.ts";
import type { TreeNode } from "./volume_tree.ts";

/** A file in so many pieces would cost more memory than all the rest; 5 GB in 20 KB pieces fit. */
const MAX_RANGES = 262_144;

/** Where the readable beginning of a file lies. */
export interface FileRanges {
  readonly ranges: readonly ImageRange[];
  readonly readableBytes: number;
  /** Why the rest cannot be read. */
  readonly problem: ImageProblem | undefined;
}

/** Follows the runs of a file up to its size or to the first byte that cannot be read. */
export async function fileRanges(
  node: TreeNode,
  { imageSize, offset, spend }: {
    readonly imageSize: number;
    readonly offset: number;
    readonly spend: (units: number, offset: number) => void;
  },
): Promise<FileRanges> {
  const ranges: ImageRange[] = [];
  let readable = 0;
  const stop = (reason: string, at: number): FileRanges => {
    const message = `Its last ${node.size - readable} bytes cannot be read: ${reason}`;
    return { ranges, readableBytes: readable, problem: { kind: "data", message, offset: at } };
  };
  try {
    if (node.size > 0) {
      for await (const extent of node.extents()) {
        const length = Math.min(extent.length, node.size - readable);
        if (extent.fault !== undefined) return stop(extent.fault, extent.offset ?? offset);
        const inside = extent.offset === undefined
          ? length
          : Math.max(0, Math.min(length, imageSize - extent.offset));
        const before = ranges.length;
        if (inside > 0) append(ranges, { offset: extent.offset, length: inside });
        // Many names may lead to one file in many pieces, and callers keep all entries.
        if (before > 0 && ranges.length > before) spend(1, offset);
        readable += inside;
        if (inside < length) return stop("the image ends before them", imageSize);
        if (readable >= node.size) break;
        if (ranges.length >= MAX_RANGES) return stop("the file lies in too many pieces", offset);
      }
    }
  } catch (error) {
    const fault = faultOf(error);
    return stop(fault.message, fault.offset ?? offset);
  }
  if (readable < node.size) return stop("no place is recorded for them", offset);
  return { ranges, readableBytes: readable, problem: undefined };
}

function append(
  ranges: ImageRange[],
  { offset, length }: { readonly offset: number | undefined; readonly length: number },
): void {
  const last = ranges.at(-1);
  if (offset === undefined) {
    if (last?.kind === "hole") {
      ranges[ranges.length - 1] = { ...last, length: last.length + length };
    } else ranges.push({ kind: "hole", length });
  } else if (last?.kind === "data" && last.offset + last.length === offset) {
    ranges[ranges.length - 1] = { ...last, length: last.length + length };
  } else {
    ranges.push({ kind: "data", offset, length });
  }
}
