/** The descriptors in front of the files of a UDF volume: recognition, anchors, sequences. */
import type { SparseImage } from "./sparse_image.ts";
import {
  sealTag,
  writeCharset,
  writeDstring,
  writeEntityId,
  writeLongAddress,
  writeTimestamp,
} from "./udf_descriptors.ts";

/** The sectors of the fixed parts; the same for all sector sizes. */
export const UdfSector = { main: 96, reserve: 112, anchor: 256, partition: 257 } as const;

/** What the volume descriptors say. */
export interface VolumeFacts {
  readonly blockSize: number;
  readonly label: string;
  /** For example 0x0102. */
  readonly revision: number;
  readonly date: Date;
  /** Blocks. */
  readonly partitionBlocks: number;
  /** Where anchors are written: numbers from the end are negative (-1 is the last sector). */
  readonly anchors: readonly number[];
  /** Leads from the first sector of the main sequence to the rest by a pointer (tag 3). */
  readonly pointer: boolean;
}

/** Writes everything in front of the partition, and the anchors. */
export function writeVolume(image: SparseImage, facts: VolumeFacts): void {
  const { blockSize } = facts;
  const words = ["BEA01", facts.revision >= 0x0200 ? "NSR03" : "NSR02", "TEA01"];
  for (const [index, word] of words.entries()) {
    const bytes = new Uint8Array(2048);
    bytes.set(new TextEncoder().encode(word), 1);
    bytes[6] = 1;
    image.write(32768 + index * Math.max(2048, blockSize), bytes);
  }
  writeSequence(image, facts, UdfSector.main);
  writeSequence(image, { ...facts, pointer: false }, UdfSector.reserve);
  const sectors = Math.floor(image.size / blockSize);
  for (const place of facts.anchors) {
    const sector = place < 0 ? sectors + place : place;
    image.write(sector * blockSize, anchor(blockSize, sector));
  }
}

function anchor(blockSize: number, sector: number): Uint8Array {
  const bytes = new Uint8Array(512);
  const view = new DataView(bytes.buffer);
  for (const [index, start] of [UdfSector.main, UdfSector.reserve].entries()) {
    view.setUint32(16 + 8 * index, 16 * blockSize, true);
    view.setUint32(20 + 8 * index, start, true);
  }
  return sealTag(bytes, { id: 2, location: sector });
}

function writeSequence(image: SparseImage, facts: VolumeFacts, start: number): void {
  let sector = start;
  if (facts.pointer) {
    const pointer = new Uint8Array(512);
    const view = new DataView(pointer.buffer);
    view.setUint32(20, 8 * facts.blockSize, true);
    view.setUint32(24, start + 4, true);
    image.write(sector * facts.blockSize, sealTag(pointer, { id: 3, location: sector }));
    sector += 4;
  }
  const descriptors = [
    { id: 1, bytes: primary(facts) },
    { id: 6, bytes: logicalVolume(facts) },
    { id: 5, bytes: partition(facts) },
    { id: 8, bytes: new Uint8Array(512) },
  ];
  for (const { id, bytes } of descriptors) {
    image.write(sector * facts.blockSize, sealTag(bytes, { id, location: sector }));
    sector++;
  }
}

function primary(facts: VolumeFacts): Uint8Array {
  const bytes = new Uint8Array(512);
  const view = new DataView(bytes.buffer);
  writeDstring(bytes.subarray(24, 56), facts.label.slice(0, 30));
  for (const at of [56, 58, 60, 62]) view.setUint16(at, 1, true);
  view.setUint32(64, 1, true);
  view.setUint32(68, 1, true);
  writeDstring(bytes.subarray(72, 200), `0123456789ABCDEF${facts.label}`);
  writeCharset(bytes.subarray(200, 264));
  writeCharset(bytes.subarray(264, 328));
  writeTimestamp(bytes.subarray(376, 388), facts.date);
  return bytes;
}

function logicalVolume(facts: VolumeFacts): Uint8Array {
  const bytes = new Uint8Array(512);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, 1, true);
  writeCharset(bytes.subarray(20, 84));
  writeDstring(bytes.subarray(84, 212), facts.label);
  view.setUint32(212, facts.blockSize, true);
  writeEntityId(bytes.subarray(216, 248), "*OSTA UDF Compliant", facts.revision);
  writeLongAddress(view, 248, { block: 0, length: 2 * facts.blockSize });
  view.setUint32(264, 6, true);
  view.setUint32(268, 1, true);
  bytes.set([1, 6, 1, 0, 0, 0], 440);
  return bytes;
}

function partition(facts: VolumeFacts): Uint8Array {
  const bytes = new Uint8Array(512);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, 2, true);
  view.setUint16(20, 1, true);
  writeEntityId(bytes.subarray(24, 56), facts.revision >= 0x0200 ? "+NSR03" : "+NSR02");
  view.setUint32(184, 1, true);
  view.setUint32(188, UdfSector.partition, true);
  view.setUint32(192, facts.partitionBlocks, true);
  return bytes;
}

/** The file set descriptor of block 0, whose root is at `root`. */
export function fileSet(facts: Pick<VolumeFacts, "label" | "revision" | "date">, root: {
  readonly block: number;
  readonly length: number;
}): Uint8Array {
  const bytes = new Uint8Array(512);
  const view = new DataView(bytes.buffer);
  writeTimestamp(bytes.subarray(16, 28), facts.date);
  view.setUint16(28, 3, true);
  view.setUint16(30, 3, true);
  view.setUint32(32, 1, true);
  view.setUint32(36, 1, true);
  writeCharset(bytes.subarray(48, 112));
  writeDstring(bytes.subarray(112, 240), facts.label);
  writeCharset(bytes.subarray(240, 304));
  writeDstring(bytes.subarray(304, 336), "FILES");
  writeLongAddress(view, 400, root);
  writeEntityId(bytes.subarray(416, 448), "*OSTA UDF Compliant", facts.revision);
  return sealTag(bytes, { id: 256, location: 0 });
}
