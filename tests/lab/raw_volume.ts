/**
 * The raw beginning of a volume: boot sector, and for NTFS the records of the master file table
 * that hold the volume's name and its dirty flag (record 3, $VOLUME_INFORMATION).
 *
 * Only what a careful reader looks at is there; everything else is zero.
 */
import { encodeUtf16 } from "../../src/base/mod.ts";

/** What lies at the beginning of a volume. */
export type RawKind = "ntfs" | "fat32" | "bitlocker";

/** What the raw bytes must agree with. */
export interface RawVolumeOptions {
  readonly kind: RawKind;
  readonly totalBytes: number;
  /** As Windows prints it, `1A2B-3C4D`. */
  readonly serial: string;
  readonly label: string;
  readonly dirty: boolean;
}

const SECTOR = 512;
const CLUSTER = 4096;
const MFT_CLUSTER = 4;
const RECORD = 1024;
const MIRROR_CLUSTER = 2;
const NTFS_DIRTY = 0x0001;
/** `EB 52 90` and `EB 58 90`: jumps over the parameter blocks of NTFS and of FAT32 and BitLocker. */
const NTFS_JUMP = [0xeb, 0x52, 0x90];
const FAT_JUMP = [0xeb, 0x58, 0x90];

/** The first 32 KB of a volume. What follows counts as zero. */
export function rawVolume(options: RawVolumeOptions): Uint8Array {
  const bytes = new Uint8Array(8 * CLUSTER);
  const view = new DataView(bytes.buffer);
  view.setUint16(0x0b, SECTOR, true);
  view.setUint8(0x0d, CLUSTER / SECTOR);
  view.setUint8(0x15, 0xf8);
  view.setUint16(0x1fe, 0xaa55, true);
  if (options.kind === "ntfs") writeNtfs(bytes, options);
  else writeFatLike(bytes, options);
  return bytes;
}

/** A range of a volume whose beginning is `head`. */
export function readRange(head: Uint8Array, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (offset < head.length) bytes.set(head.subarray(offset, offset + length));
  return bytes;
}

function writeNtfs(bytes: Uint8Array, options: RawVolumeOptions): void {
  const view = new DataView(bytes.buffer);
  bytes.set(NTFS_JUMP);
  writeAscii(bytes, 0x03, "NTFS    ");
  view.setBigUint64(0x28, BigInt(Math.floor(options.totalBytes / SECTOR) - 1), true);
  view.setBigUint64(0x30, BigInt(MFT_CLUSTER), true);
  view.setBigUint64(0x38, BigInt(MIRROR_CLUSTER), true);
  view.setInt8(0x40, -10);
  view.setInt8(0x44, 1);
  view.setBigUint64(0x48, 0x5ec0_0000_0000_0000n | BigInt(serialNumber(options.serial)), true);
  const volume = fileRecord(3, [
    residentAttribute(0x60, encodeUtf16(options.label)),
    residentAttribute(0x70, volumeInformation(options.dirty)),
  ]);
  const table = fileRecord(0, [tableData()]);
  for (const start of [MFT_CLUSTER * CLUSTER, MIRROR_CLUSTER * CLUSTER]) {
    bytes.set(table, start);
    bytes.set(fileRecord(1, []), start + RECORD);
    bytes.set(fileRecord(2, []), start + 2 * RECORD);
    bytes.set(volume, start + 3 * RECORD);
  }
}

function writeFatLike(bytes: Uint8Array, options: RawVolumeOptions): void {
  const view = new DataView(bytes.buffer);
  bytes.set(FAT_JUMP);
  writeAscii(bytes, 0x03, options.kind === "bitlocker" ? "-FVE-FS-" : "MSDOS5.0");
  view.setUint16(0x0e, 32, true);
  view.setUint8(0x10, 2);
  view.setUint32(0x20, Math.min(0xffff_ffff, Math.floor(options.totalBytes / SECTOR)), true);
  if (options.kind === "bitlocker") return;
  view.setUint32(0x2c, 2, true);
  view.setUint8(0x41, options.dirty ? 1 : 0);
  view.setUint8(0x42, 0x29);
  view.setUint32(0x43, serialNumber(options.serial), true);
  writeAscii(bytes, 0x47, options.label.toUpperCase().padEnd(11).slice(0, 11));
  writeAscii(bytes, 0x52, "FAT32   ");
}

/** An NTFS file record with its update sequence applied. */
function fileRecord(number: number, attributes: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(RECORD);
  const view = new DataView(bytes.buffer);
  writeAscii(bytes, 0, "FILE");
  view.setUint16(0x04, 0x30, true);
  view.setUint16(0x06, RECORD / SECTOR + 1, true);
  view.setUint16(0x10, Math.max(1, number), true);
  view.setUint16(0x12, 1, true);
  view.setUint16(0x14, 0x38, true);
  view.setUint16(0x16, 1, true);
  view.setUint32(0x1c, RECORD, true);
  view.setUint16(0x28, attributes.length, true);
  view.setUint32(0x2c, number, true);
  let at = 0x38;
  for (const [id, attribute] of attributes.entries()) {
    bytes.set(attribute, at);
    view.setUint16(at + 0x0e, id, true);
    at += attribute.length;
  }
  view.setUint32(at, 0xffff_ffff, true);
  view.setUint32(0x18, at + 8, true);
  return withUpdateSequence(bytes);
}

/** Puts the sequence number at the end of each sector and keeps what was there in the header. */
function withUpdateSequence(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer);
  const sequence = 0x0007;
  view.setUint16(0x30, sequence, true);
  for (let sector = 1; sector <= RECORD / SECTOR; sector++) {
    const end = sector * SECTOR - 2;
    view.setUint16(0x30 + 2 * sector, view.getUint16(end, true), true);
    view.setUint16(end, sequence, true);
  }
  return bytes;
}

function residentAttribute(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(align8(0x18 + value.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0x00, type, true);
  view.setUint32(0x04, bytes.length, true);
  view.setUint32(0x10, value.length, true);
  view.setUint16(0x14, 0x18, true);
  bytes.set(value, 0x18);
  return bytes;
}

/** $DATA of the table itself: one run of four clusters. */
function tableData(): Uint8Array {
  const bytes = new Uint8Array(0x48);
  const view = new DataView(bytes.buffer);
  view.setUint32(0x00, 0x80, true);
  view.setUint32(0x04, bytes.length, true);
  view.setUint8(0x08, 1);
  view.setUint16(0x0a, 0x40, true);
  view.setBigUint64(0x18, 3n, true);
  view.setUint16(0x20, 0x40, true);
  for (const offset of [0x28, 0x30, 0x38]) view.setBigUint64(offset, BigInt(4 * CLUSTER), true);
  bytes.set([0x11, 4, MFT_CLUSTER, 0], 0x40);
  return bytes;
}

/** NTFS 3.1 with its flags. */
function volumeInformation(dirty: boolean): Uint8Array {
  const bytes = new Uint8Array(12);
  bytes.set([3, 1], 8);
  new DataView(bytes.buffer).setUint16(10, dirty ? NTFS_DIRTY : 0, true);
  return bytes;
}

function serialNumber(serial: string): number {
  return Number.parseInt(serial.replace("-", ""), 16) >>> 0;
}

function writeAscii(bytes: Uint8Array, offset: number, text: string): void {
  bytes.set(new TextEncoder().encode(text), offset);
}

function align8(length: number): number {
  return (length + 7) & ~7;
}
