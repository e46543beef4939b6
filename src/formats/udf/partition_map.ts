/**
 * Partition maps: how a partition reference in an address becomes a place in the image. Only
 * type 1, a plain run of sectors, is read; installation media have no other.
 * Sources: ECMA-167 3/10.5 and 3/10.7; OSTA UDF 2.2.8 to 2.2.10.
 */
import { type ByteView, decodeLatin1, FormatError, RefusalError } from "../../base/mod.ts";
import type { FoundDescriptor, VolumeSequence } from "./volume_sequence.ts";

const MAPS_AT = 440;
const TYPE_1_BYTES = 6;
/** OSTA UDF allows two; some writers leave a few more. */
const MAX_MAPS = 16;

/** One partition as bytes of the image. */
export interface Partition {
  readonly offset: number;
  readonly length: number;
}

/** Identifiers of type 2 maps, and what such volumes are. */
const TYPE_2: readonly { readonly identifier: string; readonly name: string }[] = [
  { identifier: "*UDF Virtual Partition", name: "virtual partition (a disc written in sessions)" },
  { identifier: "*UDF Sparable Partition", name: "sparable partition (a rewritable disc)" },
  { identifier: "*UDF Metadata Partition", name: "metadata partition (a Blu-ray disc)" },
];

/**
 * The partitions in the order of the maps.
 *
 * @throws {RefusalError} for virtual, sparable, metadata and unknown maps.
 * @throws {FormatError} if a map is cut off or names a partition that is not described.
 */
export function readPartitions(sequence: VolumeSequence, sectorSize: number): Partition[] {
  const { view, offset } = sequence.logicalVolume;
  const count = view.u32(268);
  const tableEnd = Math.min(MAPS_AT + view.u32(264), view.length);
  if (count === 0 || count > MAX_MAPS) {
    throw new FormatError(`Cannot read the UDF volume: it says it has ${count} partition maps`, {
      offset: offset + 268,
    });
  }
  const partitions: Partition[] = [];
  for (let index = 0, at = MAPS_AT; index < count; index++) {
    const length = at + 2 <= tableEnd ? view.u8(at + 1) : 0;
    if (length < TYPE_1_BYTES || at + length > tableEnd) {
      throw new FormatError("Cannot read the UDF volume: a partition map is cut off", {
        offset: offset + at,
      });
    }
    if (view.u8(at) !== 1) throw unsupportedMap(view, at);
    partitions.push(partitionOf(sequence, { number: view.u16(at + 4), sectorSize }));
    at += length;
  }
  return partitions;
}

function unsupportedMap(view: ByteView, at: number): RefusalError {
  const identifier = view.u8(at) === 2 && view.u8(at + 1) >= 28
    ? decodeLatin1(view.bytes(at + 5, 23)).replace(/\0.*$/s, "")
    : "";
  const known = TYPE_2.find((type) => type.identifier === identifier);
  const name = known?.name ?? `partition map of type ${view.u8(at)} ${JSON.stringify(identifier)}`;
  return new RefusalError(`Cannot read the UDF volume: it uses a ${name}`, {
    next: "Copy its files to a folder with a Windows that can read the disc, and use the folder",
  });
}

function partitionOf(
  sequence: VolumeSequence,
  { number, sectorSize }: { readonly number: number; readonly sectorSize: number },
): Partition {
  const found: FoundDescriptor | undefined = sequence.partitions.get(number);
  if (found === undefined) {
    throw new FormatError(`Cannot read the UDF volume: its partition ${number} is not described`, {
      offset: sequence.logicalVolume.offset,
    });
  }
  return {
    offset: found.view.u32(188) * sectorSize,
    length: found.view.u32(192) * sectorSize,
  };
}
