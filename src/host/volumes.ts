/** Volumes of the machine we run on, without PowerShell or WMI. */

/** How the partition of a volume is identified on its disk. */
export type PartitionIdentity =
  | { readonly style: "gpt"; readonly id: string }
  | { readonly style: "mbr"; readonly signature: number; readonly offset: bigint };

/** One volume as the running system sees it. */
export interface VolumeInfo {
  /** Root for file access: `D:\` on Windows, the mount point elsewhere. */
  readonly root: string;
  /** `D:` on Windows, undefined where there are no letters. */
  readonly letter?: string;
  readonly drive: "fixed" | "removable" | "cdrom" | "ramdisk" | "network" | "unknown";
  /** False for a volume without a readable file system: unformatted, or locked by BitLocker. */
  readonly mounted: boolean;
  readonly label: string;
  /** `NTFS`, `FAT32`, `exFAT`, `ReFS`, … or "" if unknown. */
  readonly fileSystem: string;
  /** Volume serial number as Windows prints it (`1A2B-3C4D`), or "". */
  readonly serial: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly readOnly: boolean;
  /** `\\?\Volume{…}\`, if known. */
  readonly volumeName?: string;
  /** `\Device\HarddiskVolume3`, or `/dev/sda3`. */
  readonly device?: string;
  readonly partition?: PartitionIdentity;
}

/** The machine's volumes. */
export interface Volumes {
  list(): Promise<VolumeInfo[]>;
  /** The volume at or above a path, or undefined if the path does not exist. */
  at(path: string): Promise<VolumeInfo | undefined>;
  /** Reads raw bytes of a volume's device, or undefined where that is not possible. */
  readRaw(volume: VolumeInfo, offset: number, length: number): Promise<Uint8Array | undefined>;
}
