/**
 * Volumes on Linux: for rescue systems and for the lab. A volume is a mounted disk or image,
 * or, when a folder is named, that folder.
 */
import { basename } from "node:path";
import { statfs } from "node:fs/promises";
import { FileError } from "../base/mod.ts";
import { BOOT_SECTOR_SIZE, identifyBootSector } from "./boot_sector.ts";
import { asFileError, faultOf } from "./file_faults.ts";
import { readBytes, readText } from "./libc.ts";
import { type Mount, mountOf, parseMounts, volumeMounts } from "./linux_mounts.ts";
import type { PartitionIdentity, VolumeInfo, Volumes } from "./volumes.ts";

/** Kernel names of file systems and what Windows calls them. Others keep their name. */
const WINDOWS_NAMES: Readonly<Record<string, string>> = {
  ntfs: "NTFS",
  ntfs3: "NTFS",
  "fuse.ntfs": "NTFS",
  "fuse.ntfs-3g": "NTFS",
  vfat: "FAT32",
  exfat: "exFAT",
  "fuse.exfat": "exFAT",
  iso9660: "CDFS",
  udf: "UDF",
};

/** The {@linkcode Volumes} of a Linux system. */
export class LinuxVolumes implements Volumes {
  async list(): Promise<VolumeInfo[]> {
    const mounts = volumeMounts(readMounts());
    const volumes = await Promise.all(mounts.map((mount) => describeIfReachable(mount)));
    return volumes.filter((volume) => volume !== undefined);
  }

  async at(path: string): Promise<VolumeInfo | undefined> {
    const root = await asFileError({ action: "use as a volume", path }, () => realPath(path));
    if (root === undefined) return undefined;
    if (!(await Deno.stat(root)).isDirectory) {
      throw new FileError("use as a volume", path, "not-a-directory");
    }
    const mount = mountOf(readMounts(), root);
    if (mount === undefined) return undefined;
    return await asFileError({ action: "use as a volume", path }, async () => {
      return mount.mountPoint === root ? await describe(mount) : await folderVolume(mount, root);
    });
  }

  readRaw(volume: VolumeInfo, offset: number, length: number): Promise<Uint8Array | undefined> {
    const { device } = volume;
    return Promise.resolve(device === undefined ? device : readBytes(device, { offset, length }));
  }
}

function readMounts(): Mount[] {
  const path = "/proc/self/mounts";
  const table = readText(path);
  if (table === undefined) throw new FileError("read", path, "not-found");
  return parseMounts(table);
}

async function realPath(path: string): Promise<string | undefined> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (faultOf(error) === "not-found") return undefined;
    throw error;
  }
}

/** A dead mount (a stick pulled out) must not hide the others. */
async function describeIfReachable(mount: Mount): Promise<VolumeInfo | undefined> {
  try {
    return await describe(mount);
  } catch {
    return undefined;
  }
}

async function describe(mount: Mount): Promise<VolumeInfo> {
  const device = mount.source.startsWith("/") ? mount.source : undefined;
  const sector = device === undefined
    ? undefined
    : readBytes(device, { offset: 0, length: BOOT_SECTOR_SIZE });
  const identity = sector === undefined ? undefined : identifyBootSector(sector);
  const partition = device === undefined ? undefined : await partitionOf(device);
  return {
    root: mount.mountPoint,
    drive: driveKind(mount),
    mounted: true,
    label: device === undefined ? "" : await linkTo("/dev/disk/by-label", device) ?? "",
    fileSystem: identity?.fileSystem ?? WINDOWS_NAMES[mount.type] ?? mount.type,
    serial: identity?.serial ?? "",
    ...await space(mount.mountPoint),
    readOnly: mount.readOnly,
    ...(device === undefined ? {} : { device }),
    ...(partition === undefined ? {} : { partition }),
  };
}

/** A folder in the place of a volume. It has no device: raw reads would show another root. */
async function folderVolume(mount: Mount, root: string): Promise<VolumeInfo> {
  return {
    root,
    drive: "unknown",
    mounted: true,
    label: "",
    fileSystem: WINDOWS_NAMES[mount.type] ?? mount.type,
    serial: "",
    ...await space(root),
    readOnly: mount.readOnly,
  };
}

async function space(path: string): Promise<Pick<VolumeInfo, "totalBytes" | "freeBytes">> {
  const { blocks, bavail, bsize } = await statfs(path);
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
}

function driveKind(mount: Mount): VolumeInfo["drive"] {
  if (!mount.source.startsWith("/")) return "unknown";
  if (["iso9660", "udf"].includes(mount.type)) return "cdrom";
  const node = `/sys/class/block/${basename(mount.source)}`;
  // A partition asks the disk that it lies on: its folder is inside that of the disk.
  const removable = readText(`${node}/removable`) ?? readText(`${node}/../removable`);
  return removable?.trim() === "1" ? "removable" : "fixed";
}

/** The partition as the boot configuration names it; ids are in lower case without braces. */
async function partitionOf(device: string): Promise<PartitionIdentity | undefined> {
  const id = (await linkTo("/dev/disk/by-partuuid", device))?.toLowerCase();
  if (id === undefined) return undefined;
  const mbr = /^([0-9a-f]{8})-[0-9a-f]{2}$/.exec(id)?.[1];
  if (mbr === undefined) return { style: "gpt", id };
  const start = readText(`/sys/class/block/${basename(device)}/start`);
  if (start === undefined) return undefined;
  // The kernel counts in units of 512 bytes whatever the disk's sector size is.
  return { style: "mbr", signature: parseInt(mbr, 16), offset: BigInt(start.trim()) * 512n };
}

/** The name of the link in `folder` that leads to `device` (udev makes such folders). */
async function linkTo(folder: string, device: string): Promise<string | undefined> {
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (await Deno.realPath(`${folder}/${name}`) === device) return unescapeUdev(name);
    }
  } catch {
    return undefined;
  }
  return undefined;
}

/** udev writes bytes that a name cannot hold as `\x20`. */
function unescapeUdev(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll("%", "%25").replaceAll("\\x", "%"));
  } catch {
    return name;
  }
}
