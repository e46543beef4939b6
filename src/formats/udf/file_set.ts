/**
 * The file set descriptor: it says where the root directory is. A volume may hold several, the
 * last one of the sequence prevails. Source: ECMA-167 4/8.3.1 and 4/14.1.
 */
import { type ByteSource, ByteView, FormatError } from "../../base/mod.ts";
import { type BlockExtent, descriptorOffset, type Geometry, readLongAddress } from "./address.ts";
import { readTag, Tag, tagFault, tagIsBlank } from "./tag.ts";
import type { UdfWarn } from "./warn.ts";

const MAX_DESCRIPTORS = 64;

/**
 * The address of the root directory's file entry.
 *
 * @throws {FormatError} if there is no sound file set descriptor.
 */
export async function findRoot(
  source: ByteSource,
  { geometry, extent, warn }: {
    readonly geometry: Geometry;
    /** The extent that the logical volume descriptor names. */
    readonly extent: BlockExtent;
    readonly warn: UdfWarn;
  },
): Promise<BlockExtent> {
  let best: { readonly root: BlockExtent; readonly set: number; readonly rank: number } | undefined;
  let next: BlockExtent | undefined = extent;
  for (let count = 0; next !== undefined && count < MAX_DESCRIPTORS; count++) {
    const at: BlockExtent = next;
    next = undefined;
    const outcome: FileSet | undefined = await readFileSet(source, {
      geometry,
      at,
      first: best === undefined,
      warn,
    });
    if (outcome === undefined) break;
    const better = best === undefined || outcome.set < best.set ||
      (outcome.set === best.set && outcome.rank >= best.rank);
    if (better) best = outcome;
    next = outcome.next ?? following(at, geometry.blockSize);
  }
  if (best !== undefined) return best.root;
  throw new FormatError("Cannot read the UDF volume: it has no file set", {
    offset: descriptorOffset(geometry, extent),
  });
}

interface FileSet {
  readonly root: BlockExtent;
  /** File set number: 0 is the one that counts. */
  readonly set: number;
  /** File set descriptor number: the higher one prevails. */
  readonly rank: number;
  readonly next: BlockExtent | undefined;
}

/** The next block of the same extent, if it has one. */
function following(at: BlockExtent, blockSize: number): BlockExtent | undefined {
  const length = at.length - blockSize;
  return length > 0 ? { ...at, block: at.block + 1, length } : undefined;
}

async function readFileSet(
  source: ByteSource,
  { geometry, at, first, warn }: {
    readonly geometry: Geometry;
    readonly at: BlockExtent;
    readonly first: boolean;
    readonly warn: UdfWarn;
  },
): Promise<FileSet | undefined> {
  const offset = descriptorOffset(geometry, at);
  const bytes = await source.read(offset, geometry.blockSize);
  const tag = readTag(bytes);
  if (tag.id !== Tag.fileSet || !tag.checksumRight) {
    if (first || tagIsBlank(bytes) || tag.id === Tag.terminator) return undefined;
    warn("A further file set descriptor is damaged and was left out", offset, "damaged");
    return undefined;
  }
  const fault = tagFault(tag);
  if (fault !== undefined) warn(`The file set descriptor is damaged: ${fault}`, offset, "damaged");
  const view = new ByteView(bytes, "file set descriptor");
  const next = readLongAddress(view, 448);
  return {
    root: readLongAddress(view, 400),
    set: view.u32(40),
    rank: view.u32(44),
    next: next.length > 0 && next.type === "recorded" ? next : undefined,
  };
}
