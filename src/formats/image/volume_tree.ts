/**
 * What the walk needs of a volume. UDF and ISO9660 are brought to this form, so that names,
 * cycles, limits and truncation are judged in one place.
 */
import type { IsoNode, IsoVolume } from "../iso9660/mod.ts";
import type { UdfNode, UdfVolume } from "../udf/mod.ts";
import type { ImageProblem } from "./disc_image.ts";

/** A run of bytes; `undefined` is a run of zeros. */
export interface TreeExtent {
  readonly offset: number | undefined;
  readonly length: number;
  readonly fault?: string;
}

/** A name in a directory, its file entry not read yet. */
export interface TreeChild {
  readonly name: string;
  readonly directory: boolean;
  readonly hidden: boolean;
  readonly offset: number;
  readonly problems: readonly ImageProblem[];
  /** Undefined where a name leads to a block that was never written. */
  load(): Promise<TreeNode | undefined>;
}

/** A file or directory. */
export interface TreeNode {
  /** Two directories with the same identity are one. */
  readonly identity: number;
  readonly directory: boolean;
  readonly size: number;
  readonly modified: Date | undefined;
  readonly problems: readonly ImageProblem[];
  extents(): AsyncIterable<TreeExtent> | Iterable<TreeExtent>;
  /** Empty for a file. */
  children(): AsyncIterable<TreeChild>;
}

/** The root of a UDF volume. */
export function udfTree(volume: UdfVolume): TreeNode {
  return udfNode(volume, volume.root);
}

function udfNode(volume: UdfVolume, node: UdfNode): TreeNode {
  const { offset, directory, size, modified, problems } = node;
  return {
    identity: offset,
    directory,
    size,
    modified,
    problems,
    extents: () => node.extents(),
    async *children() {
      if (!directory) return;
      for await (const child of volume.children(node)) {
        yield {
          ...child,
          load: async () => {
            const found = await child.load();
            return found === undefined ? undefined : udfNode(volume, found);
          },
        };
      }
    },
  };
}

/** The root of an ISO9660 volume. `cut` holds the records whose sizes are not to be believed. */
export function isoTree(volume: IsoVolume, cut: ReadonlySet<number>): TreeNode {
  return isoNode(volume, { node: volume.root, cut });
}

function isoNode(
  volume: IsoVolume,
  { node, cut }: { readonly node: IsoNode; readonly cut: ReadonlySet<number> },
): TreeNode {
  const { directory, size, modified } = node;
  return {
    identity: node.extents()[0]?.offset ?? node.offset,
    directory,
    size,
    modified,
    problems: [],
    extents: () => node.extents(),
    async *children() {
      if (!directory) return;
      for await (const child of volume.children(node)) {
        const { name, directory, hidden, offset } = child;
        const problems = [...child.problems, ...cutProblem(cut, offset)];
        const load = () => Promise.resolve(isoNode(volume, { node: child, cut }));
        yield { name, directory, hidden, offset, problems, load };
      }
    },
  };
}

function cutProblem(cut: ReadonlySet<number>, offset: number): ImageProblem[] {
  if (!cut.has(offset)) return [];
  return [{
    kind: "size",
    message: "ISO9660 holds its size modulo 4 GB only; the file is at least 4 GB longer",
    offset,
  }];
}
