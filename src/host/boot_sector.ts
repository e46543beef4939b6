/**
 * What the first sector of a volume says about its file system. Sources: NTFS documentation of
 * the Linux-NTFS project ($Boot), Microsoft's FAT and exFAT specifications.
 */

/** Bytes that {@linkcode identifyBootSector} needs. */
export const BOOT_SECTOR_SIZE = 512;

/** A file system with the serial number that Windows prints for it. */
export interface BootSectorIdentity {
  readonly fileSystem: "NTFS" | "exFAT" | "FAT32" | "FAT" | "ReFS" | "BitLocker";
  /** `1A2B-3C4D`, or "" where the sector holds none. */
  readonly serial: string;
}

/** Offset of the name, the name, what it means, and where the serial number is. */
const SIGNATURES = [
  [0x03, "NTFS    ", "NTFS", 0x48],
  [0x03, "-FVE-FS-", "BitLocker", undefined],
  [0x03, "EXFAT   ", "exFAT", 0x64],
  [0x03, "ReFS", "ReFS", undefined],
  [0x52, "FAT32   ", "FAT32", 0x43],
  [0x36, "FAT1", "FAT", 0x27],
] as const;

/** Recognises a file system, or returns undefined. */
export function identifyBootSector(sector: Uint8Array): BootSectorIdentity | undefined {
  if (sector.length < BOOT_SECTOR_SIZE) return undefined;
  const view = new DataView(sector.buffer, sector.byteOffset, sector.byteLength);
  for (const [offset, name, fileSystem, serialAt] of SIGNATURES) {
    const found = String.fromCharCode(...sector.subarray(offset, offset + name.length));
    if (found !== name) continue;
    const serial = serialAt === undefined ? "" : formatSerial(view.getUint32(serialAt, true));
    return { fileSystem, serial };
  }
  return undefined;
}

/** A volume serial number as `dir` and `vol` print it. 0 means that there is none. */
export function formatSerial(serial: number): string {
  if (serial === 0) return "";
  const hex = (serial >>> 0).toString(16).toUpperCase().padStart(8, "0");
  return `${hex.slice(0, 4)}-${hex.slice(4)}`;
}
