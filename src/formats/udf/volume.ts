/** The way from the first byte of an image to its root directory. */
import { type ByteSource, FormatError, MedicError } from "../../base/mod.ts";
import { type BlockExtent, type Geometry, readLongAddress } from "./address.ts";
import { type Anchor, findAnchors } from "./anchor.ts";
import { cachedSource } from "./cached_source.ts";
import { decodeDstring } from "./cs0.ts";
import { readDirectory, type UdfChild } from "./directory.ts";
import { readFileEntry, type UdfNode } from "./file_entry.ts";
import { findRoot } from "./file_set.ts";
import { readPartitions } from "./partition_map.ts";
import { readVolumeSequence } from "./volume_sequence.ts";
import type { UdfSpend, UdfWarn } from "./warn.ts";

/** An opened UDF volume. */
export interface UdfVolume {
  readonly label: string;
  /** For example "1.02"; "" if the volume does not say. */
  readonly revision: string;
  /** Bytes per logical block. */
  readonly blockSize: number;
  /** Bytes that the image must have at least: the end of the last partition. */
  readonly neededBytes: number;
  readonly root: UdfNode;
  /**
   * The names in a directory of this volume.
   *
   * @throws {FormatError} where it cannot be read any further.
   */
  children(directory: UdfNode): AsyncIterable<UdfChild>;
}

/**
 * Opens the UDF volume of an image.
 *
 * @throws {FormatError} if there is none, or if it is damaged before its root directory.
 * @throws {RefusalError} if it uses partitions that are not read here.
 */
export async function openUdf(
  source: ByteSource,
  { warn, spend = () => {} }: { readonly warn: UdfWarn; readonly spend?: UdfSpend },
): Promise<UdfVolume> {
  const cached = cachedSource(source);
  const anchors = await findAnchors(cached);
  let failure: MedicError | undefined;
  for (const anchor of anchors) {
    const held: Parameters<UdfWarn>[] = [];
    try {
      const volume = await openBehind(cached, {
        anchor,
        warn: (...warning) => held.push(warning),
        spend,
      });
      if (anchor.misplaced) warn("The anchor says that it lies in another sector", anchor.offset);
      for (const warning of held) warn(...warning);
      const { geometry, ...told } = volume;
      const context = { source: cached, geometry, warn, spend };
      return { ...told, children: (directory) => readDirectory(context, directory) };
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      failure ??= error;
    }
  }
  throw failure ?? new FormatError(
    "Cannot read the UDF volume: no anchor in sector 256, 512, the last one or 257 from the end",
    { offset: 256 * 2048 },
  );
}

async function openBehind(
  source: ByteSource,
  { anchor, warn, spend }: {
    readonly anchor: Anchor;
    readonly warn: UdfWarn;
    readonly spend: UdfSpend;
  },
): Promise<Omit<UdfVolume, "children"> & { readonly geometry: Geometry }> {
  const sequence = await readVolumeSequence(source, { anchor, warn });
  const { view, offset } = sequence.logicalVolume;
  const blockSize = checkedBlockSize(view.u32(212), offset);
  const partitions = readPartitions(sequence, anchor.sectorSize);
  const geometry = { blockSize, partitions };
  const icb = await findRoot(source, { geometry, extent: readLongAddress(view, 248), warn });
  const root = await readRoot(source, { geometry, icb, spend });
  // One name must be readable: a volume whose root is damaged gives way to what else there is.
  for await (const _ of readDirectory({ source, geometry, warn: () => {}, spend }, root)) break;
  return {
    label: decodeDstring(view.bytes(84, 128)) ||
      decodeDstring(sequence.primary?.view.bytes(24, 32) ?? new Uint8Array(0)),
    revision: revisionText(view.u16(240)),
    blockSize,
    neededBytes: Math.max(...partitions.map((partition) => partition.offset + partition.length)),
    root,
    geometry,
  };
}

function checkedBlockSize(blockSize: number, offset: number): number {
  if ([512, 1024, 2048, 4096].includes(blockSize)) return blockSize;
  throw new FormatError(
    `Cannot read the UDF volume: a block size of ${blockSize} bytes cannot be`,
    {
      offset: offset + 212,
    },
  );
}

/** The suffix of the domain identifier is binary-coded decimal: 0x0102 is 1.02. */
function revisionText(revision: number): string {
  if (revision === 0) return "";
  return `${revision >>> 8}.${(revision & 0xff).toString(16).padStart(2, "0")}`;
}

async function readRoot(
  source: ByteSource,
  at: { readonly geometry: Geometry; readonly icb: BlockExtent; readonly spend: UdfSpend },
): Promise<UdfNode> {
  const root = await readFileEntry(source, at);
  if (root?.directory) return root;
  throw new FormatError("Cannot read the UDF volume: its root is not a directory", {
    offset: root?.offset ?? 0,
  });
}
