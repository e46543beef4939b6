/**
 * The base block: the first 4096 bytes of a hive, and the first 512 bytes of its logs. Tells
 * whether Windows finished its last write.
 */
import { dateFromFiletime, decodeUtf16, FormatError } from "../../base/mod.ts";
import { BASE_BLOCK_CORE_SIZE, BaseBlock, Magic } from "./layout.ts";

/** What a base block says. */
export interface HiveHeader {
  /** Raised before a write. */
  readonly primarySequence: number;
  /** Made equal to the primary number after a write. */
  readonly secondarySequence: number;
  readonly lastWritten: Date | null;
  /** 1 in every hive known. */
  readonly majorVersion: number;
  /** 3 (user hives, BCD), 5 (SYSTEM, SOFTWARE) or 6 (layered hives of containers). */
  readonly minorVersion: number;
  /** 0 for a hive; 1, 2 (old format) or 6 (since Windows 8.1) for a log. */
  readonly fileType: number;
  readonly format: number;
  /** Bytes of a sector divided by 512; 1 since Windows 8, whatever the disk. */
  readonly clustering: number;
  /** Offset of the root key's cell from the end of the base block. */
  readonly rootOffset: number;
  /** Bytes of all bins. */
  readonly binsSize: number;
  /** The last 31 or 32 characters of the hive's path. */
  readonly storedName: string;
  /** Bit 0: a transaction of the kernel is pending. Set on ordinary SYSTEM and SOFTWARE hives. */
  readonly flags: number;
  readonly checksumValid: boolean;
}

/**
 * Reads a base block, of a hive or of a log. Judges nothing but the signature.
 *
 * @throws {FormatError} if there are fewer than 512 bytes or the signature is not `regf`.
 */
export function parseBaseBlock(bytes: Uint8Array, name: string): HiveHeader {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || data.getUint32(BaseBlock.signature, true) !== Magic.regf) {
    throw new FormatError(`Cannot read hive "${name}": it does not begin with "regf"`, {
      offset: 0,
    });
  }
  if (bytes.length < BASE_BLOCK_CORE_SIZE) {
    throw new FormatError(`Cannot read hive "${name}": it ends after ${bytes.length} bytes`, {
      offset: bytes.length,
    });
  }
  const u32 = (offset: number) => data.getUint32(offset, true);
  return {
    primarySequence: u32(BaseBlock.primarySequence),
    secondarySequence: u32(BaseBlock.secondarySequence),
    lastWritten: dateFromFiletime(data.getBigUint64(BaseBlock.lastWritten, true)),
    majorVersion: u32(BaseBlock.majorVersion),
    minorVersion: u32(BaseBlock.minorVersion),
    fileType: u32(BaseBlock.fileType),
    format: u32(BaseBlock.format),
    clustering: u32(BaseBlock.clustering),
    rootOffset: u32(BaseBlock.rootOffset),
    binsSize: u32(BaseBlock.binsSize),
    storedName: storedName(bytes),
    flags: u32(BaseBlock.flags),
    checksumValid: u32(BaseBlock.checksum) === baseBlockChecksum(bytes),
  };
}

function storedName(bytes: Uint8Array): string {
  const start = BaseBlock.storedName;
  const text = decodeUtf16(bytes.subarray(start, start + BaseBlock.storedNameSize));
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** The checksum that belongs into a base block: XOR of its first 127 numbers, never 0 or -1. */
export function baseBlockChecksum(bytes: Uint8Array): number {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let sum = 0;
  for (let offset = 0; offset < BaseBlock.checksum; offset += 4) {
    sum ^= data.getInt32(offset, true);
  }
  if (sum === 0) return 1;
  return sum === -1 ? 0xfffffffe : sum >>> 0;
}

/** Why Windows would replay the logs before it uses this hive, or undefined if it would not. */
export function dirtyReason(header: HiveHeader): string | undefined {
  if (!header.checksumValid) return "The checksum of its header is wrong";
  const { primarySequence, secondarySequence } = header;
  if (primarySequence === secondarySequence) return undefined;
  return `Its sequence numbers differ (${primarySequence} and ${secondarySequence}): ` +
    "the last write was not finished";
}
