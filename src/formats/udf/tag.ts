/**
 * The 16 bytes in front of every UDF descriptor: what it is, and whether it arrived whole.
 * Source: ECMA-167 3/7.2; the CRC is that of ITU-T V.41 (polynomial 0x1021, starting at 0).
 */
import { ByteView } from "../../base/mod.ts";

/** Tag identifiers of ECMA-167 3/7.2.1 and 4/7.2.1. */
export const Tag = {
  primaryVolume: 1,
  anchor: 2,
  volumePointer: 3,
  partition: 5,
  logicalVolume: 6,
  terminator: 8,
  fileSet: 256,
  fileIdentifier: 257,
  allocationExtent: 258,
  fileEntry: 261,
  extendedFileEntry: 266,
} as const;

export const TAG_BYTES = 16;

/** One tag and the state of the descriptor behind it. */
export interface DescriptorTag {
  readonly id: number;
  /** The block that it says it lies in; wrong on some real discs. */
  readonly location: number;
  /** The sum over the tag itself is right. */
  readonly checksumRight: boolean;
  /** `cut`: the CRC covers more bytes than there are. */
  readonly crc: "right" | "wrong" | "cut";
}

/** Reads the tag at the start of `bytes`, which hold the descriptor as far as it is known. */
export function readTag(bytes: Uint8Array): DescriptorTag {
  const view = new ByteView(bytes, "descriptor");
  const crcLength = view.u16(10);
  const covered = bytes.length - TAG_BYTES;
  const crc = crcLength > covered
    ? "cut"
    : crc16(bytes.subarray(TAG_BYTES, TAG_BYTES + crcLength)) === view.u16(8)
    ? "right"
    : "wrong";
  return { id: view.u16(0), location: view.u32(12), checksumRight: checksumRight(bytes), crc };
}

/** What is wrong with a tag, in words, or undefined. */
export function tagFault(tag: DescriptorTag): string | undefined {
  if (!tag.checksumRight) return "its tag checksum is wrong";
  if (tag.crc === "wrong") return "its CRC is wrong";
  return tag.crc === "cut" ? "its CRC covers more bytes than it has" : undefined;
}

/** Says whether the first 16 bytes are all zero: a block that was never written. */
export function tagIsBlank(bytes: Uint8Array): boolean {
  const end = Math.min(TAG_BYTES, bytes.length);
  for (let i = 0; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}

function checksumRight(bytes: Uint8Array): boolean {
  let sum = 0;
  for (let i = 0; i < TAG_BYTES; i++) if (i !== 4) sum += bytes[i]!;
  return (sum & 0xff) === bytes[4];
}

const CRC_TABLE: Uint16Array = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0);
  return crc & 0xffff;
});

/** CRC-16 of `bytes` as UDF uses it. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0;
  // Counted, because a listing is over before an iterator would be compiled.
  for (let i = 0; i < bytes.length; i++) {
    crc = ((crc << 8) ^ CRC_TABLE[(crc >>> 8) ^ bytes[i]!]!) & 0xffff;
  }
  return crc;
}
