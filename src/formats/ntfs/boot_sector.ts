/**
 * The first sector of a volume tells what it is, also where the running system shows only
 * "RAW": NTFS, FAT, exFAT, ReFS, or a volume locked by BitLocker.
 */
import { ByteView, FormatError } from "../../base/mod.ts";

/** What the first sector says. */
export type VolumeSignature = "ntfs" | "bitlocker" | "fat32" | "exfat" | "refs" | "unknown";

/** OEM name or signature at offset 3 of the boot sector. `-FVE-FS-` is BitLocker's. */
const SIGNATURES: readonly { readonly text: string; readonly kind: VolumeSignature }[] = [
  { text: "NTFS    ", kind: "ntfs" },
  { text: "-FVE-FS-", kind: "bitlocker" },
  { text: "EXFAT   ", kind: "exfat" },
  { text: "ReFS\0\0\0\0", kind: "refs" },
];

/** BitLocker To Go keeps `MSWIN4.1` in front and marks itself with this GUID at 0x1A8. */
const TO_GO_OFFSET = 0x1a8;
const BITLOCKER_GUID = "3bd66749292ed84a8399f6a339e3d001";

/** Tells a volume by its first sector (512 bytes are enough). */
export function volumeSignature(sector: Uint8Array): VolumeSignature {
  if (sector.length < 512) return "unknown";
  const view = new ByteView(sector, "boot sector");
  const oem = view.ascii(3, 8);
  const known = SIGNATURES.find((signature) => signature.text === oem);
  if (known !== undefined) return known.kind;
  if (hex(view.bytes(TO_GO_OFFSET, 16)) === BITLOCKER_GUID) return "bitlocker";
  return view.ascii(0x52, 5) === "FAT32" ? "fat32" : "unknown";
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Geometry of an NTFS volume. */
export interface NtfsGeometry {
  readonly bytesPerSector: number;
  readonly bytesPerCluster: number;
  /** Byte offset of the master file table. */
  readonly mftOffset: number;
  /** Size of one file record in bytes. */
  readonly recordBytes: number;
}

/**
 * Reads the geometry of an NTFS boot sector.
 *
 * @throws {FormatError} if it is none, or if its figures cannot be.
 */
export function ntfsGeometry(sector: Uint8Array): NtfsGeometry {
  if (volumeSignature(sector) !== "ntfs") {
    throw new FormatError("Cannot read the boot sector: it is not NTFS", { offset: 3 });
  }
  const view = new ByteView(sector, "boot sector");
  const bytesPerSector = view.u16(0x0b);
  const factor = view.u8(0x0d);
  const bytesPerCluster = bytesPerSector * (factor > 0x80 ? 2 ** (256 - factor) : factor);
  const recordSize = view.u8(0x40);
  const recordBytes = recordSize > 0x7f ? 2 ** (256 - recordSize) : recordSize * bytesPerCluster;
  const mftOffset = Number(view.u64(0x30)) * bytesPerCluster;
  if (!isPowerOfTwo(bytesPerSector, 256, 4096)) throw impossible("sector size", 0x0b);
  if (!isPowerOfTwo(bytesPerCluster, 256, 2 ** 21)) throw impossible("cluster size", 0x0d);
  if (!isPowerOfTwo(recordBytes, 512, 65536)) throw impossible("record size", 0x40);
  if (!Number.isSafeInteger(mftOffset) || mftOffset === 0) throw impossible("MFT position", 0x30);
  return { bytesPerSector, bytesPerCluster, mftOffset, recordBytes };
}

function isPowerOfTwo(value: number, least: number, most: number): boolean {
  return value >= least && value <= most && Number.isInteger(Math.log2(value));
}

function impossible(what: string, offset: number): FormatError {
  return new FormatError(`Cannot read the boot sector: its ${what} cannot be`, { offset });
}
