/** Addresses of ECMA-167 4/7.1 and 4/14.14: a partition, a block in it, and a length with a type. */
import { type ByteView, FormatError } from "../../base/mod.ts";
import type { Partition } from "./partition_map.ts";

/** The two top bits of an extent length. Source: ECMA-167 4/14.14.1.1. */
export type ExtentType = "recorded" | "allocated" | "hole" | "continued";

const TYPES: readonly ExtentType[] = ["recorded", "allocated", "hole", "continued"];

/** A run of blocks in a partition. */
export interface BlockExtent {
  readonly type: ExtentType;
  /** Bytes, less than 2^30. */
  readonly length: number;
  readonly block: number;
  /** Index into the partition maps. */
  readonly partition: number;
}

/** Block size and partitions: all that is needed to find an address in the image. */
export interface Geometry {
  readonly blockSize: number;
  readonly partitions: readonly Partition[];
}

/** Splits an extent length into type and bytes. */
export function splitExtentLength(value: number): Pick<BlockExtent, "type" | "length"> {
  return { type: TYPES[value >>> 30]!, length: value & 0x3fffffff };
}

/** A long_ad: 16 bytes. */
export function readLongAddress(view: ByteView, offset: number): BlockExtent {
  return {
    ...splitExtentLength(view.u32(offset)),
    block: view.u32(offset + 4),
    partition: view.u16(offset + 8),
  };
}

/** Where `length` bytes from the start of a block lie, or why they lie nowhere. */
export function placeInImage(
  geometry: Geometry,
  at: Pick<BlockExtent, "block" | "partition" | "length">,
): { readonly offset: number } | { readonly fault: string; readonly offset: number } {
  const partition = geometry.partitions[at.partition];
  if (partition === undefined) {
    return { fault: `it points to partition ${at.partition}, which does not exist`, offset: 0 };
  }
  const within = at.block * geometry.blockSize;
  const offset = partition.offset + within;
  if (within + at.length <= partition.length) return { offset };
  return { fault: `block ${at.block} lies outside its partition`, offset };
}

/**
 * The byte offset of a descriptor of one block.
 *
 * @throws {FormatError} if it lies outside its partition.
 */
export function descriptorOffset(geometry: Geometry, at: BlockExtent): number {
  const place = placeInImage(geometry, { ...at, length: geometry.blockSize });
  if (!("fault" in place)) return place.offset;
  throw new FormatError(`Cannot read a descriptor: ${place.fault}`, { offset: place.offset });
}
