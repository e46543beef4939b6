/**
 * Volumes on Windows, from kernel32 alone: WinPE has neither WMI nor PowerShell. Volumes
 * without a letter (the EFI and recovery partitions) are listed too, by their volume name.
 */
import { FileError } from "../base/mod.ts";
import { formatSerial } from "./boot_sector.ts";
import { win32Error, win32Fault } from "./file_faults.ts";
import {
  fromMultiWide,
  fromWide,
  isHandle,
  kernel32,
  longPath,
  wide,
  wideBuffer,
} from "./kernel32.ts";
import { sameRoot } from "./volume_root.ts";
import { isWritable, partitionOf, readDevice } from "./windows_device.ts";
import type { VolumeInfo, Volumes } from "./volumes.ts";

/** MAX_PATH + 1, what the volume functions ask for. */
const NAME_UNITS = 261;
const PATHS_UNITS = 4096;
/** DRIVE_NO_ROOT_DIR. */
const NO_ROOT = 1;
/** FILE_READ_ONLY_VOLUME. */
const READ_ONLY_VOLUME = 0x0008_0000;
const ERROR_NOT_READY = 21;
const ERROR_NO_MEDIA_IN_DRIVE = 1112;
const ATTRIBUTE_DIRECTORY = 0x10;

/** Results of `GetDriveTypeW`. */
const DRIVES: Readonly<Record<number, VolumeInfo["drive"]>> = {
  2: "removable",
  3: "fixed",
  4: "network",
  5: "cdrom",
  6: "ramdisk",
};

/** The {@linkcode Volumes} of a Windows system. */
export class WindowsVolumes implements Volumes {
  list(): Promise<VolumeInfo[]> {
    return new Promise((resolve) => resolve(listNow()));
  }

  at(path: string): Promise<VolumeInfo | undefined> {
    return new Promise((resolve) => resolve(volumeAt(path)));
  }

  readRaw(volume: VolumeInfo, offset: number, length: number): Promise<Uint8Array | undefined> {
    const device = deviceOf(volume);
    return Promise.resolve(
      device === undefined ? undefined : readDevice(device, { offset, length }),
    );
  }
}

function listNow(): VolumeInfo[] {
  const lettered = letterRoots().flatMap((root) => describe(root) ?? []);
  const nameless = volumeNames()
    .filter((name) => !lettered.some((volume) => volume.volumeName === name))
    .filter((name) => mountPaths(name).length === 0)
    .flatMap((name) => describe(name) ?? []);
  return [...lettered, ...nameless];
}

/** A letter or the root of a volume is that volume; any other folder is one of its own. */
function volumeAt(path: string): VolumeInfo | undefined {
  const native = path.replaceAll("/", "\\");
  const folder = /^[A-Za-z]:$/.test(native) ? `${native}\\` : native;
  const attributes = attributesOf(folder);
  if (attributes === undefined) return undefined;
  if ((attributes & ATTRIBUTE_DIRECTORY) === 0) {
    throw new FileError("use as a volume", path, "not-a-directory");
  }
  const root = volumeRoot(folder);
  if (root === undefined) return undefined;
  const volume = describe(root);
  if (volume === undefined || sameRoot(root, folder)) return volume;
  return folderVolume(volume, folder);
}

/** A folder in the place of a volume. It has no device: raw reads would show another root. */
function folderVolume(volume: VolumeInfo, folder: string): VolumeInfo {
  const { mounted, fileSystem, totalBytes, freeBytes, readOnly } = volume;
  return {
    root: folder,
    drive: "unknown",
    mounted,
    label: "",
    fileSystem,
    serial: "",
    totalBytes,
    freeBytes,
    readOnly,
  };
}

function attributesOf(path: string): number | undefined {
  const k = kernel32();
  const data = new Uint8Array(36);
  if (k.GetFileAttributesExW(wide(longPath(path)), 0, data) !== 0) {
    return new DataView(data.buffer).getUint32(0, true);
  }
  const code = k.GetLastError();
  const fault = win32Fault(code);
  if (fault === "not-found" || fault === "not-a-directory") return undefined;
  throw win32Error({ action: "use as a volume", path, code });
}

function letterRoots(): string[] {
  const mask = kernel32().GetLogicalDrives();
  return Array.from({ length: 26 }, (_, index) => index)
    .filter((index) => (mask & (1 << index)) !== 0)
    .map((index) => `${String.fromCharCode(0x41 + index)}:\\`);
}

function volumeNames(): string[] {
  const k = kernel32();
  const name = wideBuffer(NAME_UNITS);
  const handle = k.FindFirstVolumeW(name, NAME_UNITS);
  if (!isHandle(handle)) return [];
  const names: string[] = [];
  do names.push(fromWide(name)); while (k.FindNextVolumeW(handle, name, NAME_UNITS) !== 0);
  k.FindVolumeClose(handle);
  return names;
}

/** Letters and folders where a volume is mounted. */
function mountPaths(volumeName: string): string[] {
  const paths = wideBuffer(PATHS_UNITS);
  const length = new Uint32Array(1);
  const k = kernel32();
  const done = k.GetVolumePathNamesForVolumeNameW(wide(volumeName), paths, PATHS_UNITS, length);
  return done === 0 ? [] : fromMultiWide(paths);
}

function volumeRoot(path: string): string | undefined {
  const root = wideBuffer(NAME_UNITS);
  const done = kernel32().GetVolumePathNameW(wide(path), root, NAME_UNITS);
  return done === 0 ? undefined : fromWide(root);
}

/** Undefined for a drive without a medium: an empty card reader is no volume. */
function describe(root: string): VolumeInfo | undefined {
  const k = kernel32();
  const type = k.GetDriveTypeW(wide(root));
  if (type === NO_ROOT) return undefined;
  const information = volumeInformation(root);
  if (information === "no medium") return undefined;
  const names = identify(root);
  const drive = DRIVES[type] ?? "unknown";
  const { flags, ...texts } = information;
  const readOnly = (flags & READ_ONLY_VOLUME) !== 0 || drive === "cdrom" ||
    (names.volumeName !== undefined && !isWritable(openable(names.volumeName)));
  return { root, drive, readOnly, ...texts, ...space(root), ...names };
}

/** What `GetVolumeInformationW` says; a locked or unformatted volume is not mounted. */
function volumeInformation(
  root: string,
):
  | Pick<VolumeInfo, "mounted" | "label" | "fileSystem" | "serial"> & { readonly flags: number }
  | "no medium" {
  const k = kernel32();
  const label = wideBuffer(NAME_UNITS);
  const fileSystem = wideBuffer(NAME_UNITS);
  const [serial, longest, flags] = [new Uint32Array(1), new Uint32Array(1), new Uint32Array(1)];
  const done = k.GetVolumeInformationW(
    wide(root),
    label,
    NAME_UNITS,
    serial,
    longest,
    flags,
    fileSystem,
    NAME_UNITS,
  );
  if (done === 0) {
    const code = k.GetLastError();
    if (code === ERROR_NOT_READY || code === ERROR_NO_MEDIA_IN_DRIVE) return "no medium";
    return { mounted: false, label: "", fileSystem: "", serial: "", flags: 0 };
  }
  return {
    mounted: true,
    label: fromWide(label),
    fileSystem: fromWide(fileSystem),
    serial: formatSerial(serial[0]!),
    flags: flags[0]!,
  };
}

function space(root: string): Pick<VolumeInfo, "totalBytes" | "freeBytes"> {
  const [available, total, free] = [0, 1, 2].map(() => new BigUint64Array(1));
  const done = kernel32().GetDiskFreeSpaceExW(wide(root), available!, total!, free!);
  if (done === 0) return { totalBytes: 0, freeBytes: 0 };
  return { totalBytes: Number(total![0]), freeBytes: Number(available![0]) };
}

/** Letter, volume name, device and partition, as far as they are known. */
function identify(
  root: string,
): Pick<VolumeInfo, "letter" | "volumeName" | "device" | "partition"> {
  const k = kernel32();
  const letter = /^([A-Za-z]:)\\$/.exec(root)?.[1]?.toUpperCase();
  const buffer = wideBuffer(NAME_UNITS);
  const named = k.GetVolumeNameForVolumeMountPointW(wide(root), buffer, NAME_UNITS) !== 0;
  const volumeName = named
    ? fromWide(buffer)
    : root.startsWith("\\\\?\\Volume{")
    ? root
    : undefined;
  const device = dosDevice(letter ?? volumeName?.slice(4, -1));
  const partition = volumeName === undefined ? undefined : partitionOf(openable(volumeName));
  return {
    ...(letter === undefined ? {} : { letter }),
    ...(volumeName === undefined ? {} : { volumeName }),
    ...(device === undefined ? {} : { device }),
    ...(partition === undefined ? {} : { partition }),
  };
}

/** `\Device\HarddiskVolume3` of `D:` or of `Volume{…}`. */
function dosDevice(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const target = wideBuffer(PATHS_UNITS);
  const length = kernel32().QueryDosDeviceW(wide(name), target, PATHS_UNITS);
  return length === 0 ? undefined : fromWide(target);
}

function deviceOf(volume: VolumeInfo): string | undefined {
  if (volume.letter !== undefined) return `\\\\.\\${volume.letter}`;
  return volume.volumeName === undefined ? undefined : openable(volume.volumeName);
}

/** A volume name without its last `\` is the volume itself, with it its root directory. */
function openable(volumeName: string): string {
  return volumeName.replace(/\\$/, "");
}
