/**
 * The binary description of a device in an element: where a loader or its Windows lies. There is
 * no public specification; what is decoded here is what public sources and real stores agree on,
 * everything else stays raw and says so.
 *
 * Sources: the structures of the boot library in ReactOS (`boot/environ/include/bl.h`,
 * `BL_DEVICE_DESCRIPTOR`); the device types of Microsoft's BCD WMI provider (SetDeviceElement,
 * BcdDeviceLocateData); stores made with bcdedit (WinRE's ramdisk, `vhd=[C:]\x.vhd`,
 * `partition=C:`).
 */
import { ByteView, decodeUtf16, FormatError, formatGuid } from "../../base/mod.ts";

/** Which partition, told by its disk. Ids are lower case, without braces. */
export type BcdPartition =
  | { readonly style: "gpt"; readonly id: string; readonly disk: string }
  /** `offset` is in bytes from the start of the disk with that signature. */
  | { readonly style: "mbr"; readonly signature: number; readonly offset: bigint };

/** A file and the device that it lies on. */
export interface BcdFile {
  readonly device: BcdDevice;
  /** `\Recovery\WindowsRE\Winre.wim` */
  readonly path: string;
}

/** A device, as far as it is known. */
export type BcdDevice =
  /** The device that the computer was started from. */
  | { readonly kind: "boot" }
  | { readonly kind: "partition"; readonly partition: BcdPartition }
  | { readonly kind: "ramdisk" | "file"; readonly file: BcdFile }
  /** A virtual disk in a file; `partition` is inside of it, if one is named. */
  | { readonly kind: "vhd"; readonly parent: BcdDevice; readonly partition?: BcdPartition }
  /** The partition on which something is found: the file at `path`, or that of an element. */
  | {
    readonly kind: "locate";
    readonly path: string | undefined;
    readonly element: number | undefined;
    readonly parent: BcdDevice | undefined;
  }
  /** Known by name at most; the bytes are all there is. */
  | { readonly kind: "other"; readonly name: string; readonly reason: string };

/** A device element: the device, the object with more options for it, and its bytes. */
export interface BcdDeviceElement {
  readonly device: BcdDevice;
  /** Id of the object with additional options, such as `{ramdiskoptions}`. */
  readonly options: string | undefined;
  readonly data: Uint8Array;
}

const NO_GUID = "00000000-0000-0000-0000-000000000000";

/** Offsets in a device descriptor and what may stand there. */
const Descriptor = { type: 0, size: 8, body: 16 } as const;
const DeviceType = {
  local: 0,
  legacyPartition: 2,
  serial: 3,
  network: 4,
  boot: 5,
  partition: 6,
  vmbus: 7,
  locate: 8,
  uri: 9,
  composite: 10,
} as const;
const LocalType = { hardDisk: 0, floppy: 1, optical: 2, ramdisk: 3, file: 5, vhd: 6 } as const;
const PartitionStyle = { gpt: 0, mbr: 1 } as const;
const LocateType = { element: 0, path: 1, elementOfParent: 2 } as const;
/** A path that begins with a whole device descriptor. */
const PATH_WITH_DEVICE = 5;
const PATH_HEADER = 12;
const DISK_IDENTITY = 20;

/** Names of the types of which no more than the name is known. */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  [DeviceType.legacyPartition]: "partition by number",
  [DeviceType.serial]: "serial port",
  [DeviceType.network]: "network",
  [DeviceType.vmbus]: "VM bus",
  [DeviceType.uri]: "URI",
  [DeviceType.composite]: "composite",
};
const OTHER_LOCAL: Readonly<Record<number, string>> = {
  [LocalType.hardDisk]: "whole disk",
  [LocalType.floppy]: "floppy disk",
  [LocalType.optical]: "optical disc",
};

/** Devices lie in each other (a partition in a disk in a file on a partition), but not deeply. */
const DEEPEST = 6;

/** Decodes a device element. Never throws: what does not fit becomes `other` with the reason. */
export function decodeDevice(data: Uint8Array): BcdDeviceElement {
  try {
    const view = new ByteView(data, "boot device");
    const options = formatGuid(view.bytes(0, 16));
    const device = decodeDescriptor(view.bytes(16, data.length - 16), 0);
    return { device, options: options === NO_GUID ? undefined : options, data };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const device = { kind: "other", name: "unknown", reason: error.message } as const;
    return { device, options: undefined, data };
  }
}

/** @throws {FormatError} if the bytes end before the device does. */
function decodeDescriptor(bytes: Uint8Array, depth: number): BcdDevice {
  const outer = new ByteView(bytes, "boot device");
  const type = outer.u32(Descriptor.type);
  const size = outer.u32(Descriptor.size);
  if (depth > DEEPEST) return other("unknown", `more than ${DEEPEST} devices lie in each other`);
  const view = new ByteView(outer.bytes(0, size), "boot device");
  switch (type) {
    case DeviceType.boot:
      return { kind: "boot" };
    case DeviceType.partition:
      return decodePartition(view, depth);
    case DeviceType.local:
      return decodeLocal(view, depth);
    case DeviceType.locate:
      return decodeLocate(view, depth);
    default:
      return other(OTHER_TYPES[type] ?? "unknown", `device type ${type} is not decoded`);
  }
}

function other(name: string, reason: string): BcdDevice {
  return { kind: "other", name, reason };
}

function decodePartition(view: ByteView, depth: number): BcdDevice {
  const disk = Descriptor.body + 16;
  const local = view.u32(disk);
  const partition = partitionOf(view, { partition: Descriptor.body, disk: disk + 4 });
  if (local === LocalType.vhd) {
    const parent = decodeDescriptor(rest(view, disk + 4 + DISK_IDENTITY), depth + 1);
    return { kind: "vhd", parent, ...(partition === undefined ? {} : { partition }) };
  }
  if (local !== LocalType.hardDisk) {
    return other("partition", `it lies on a device of type ${local}, which is not decoded`);
  }
  return partition === undefined
    ? other("partition", "its disk is neither GPT nor MBR")
    : { kind: "partition", partition };
}

function partitionOf(
  view: ByteView,
  at: { readonly partition: number; readonly disk: number },
): BcdPartition | undefined {
  const style = view.u32(at.disk);
  if (style === PartitionStyle.mbr) {
    return { style: "mbr", signature: view.u32(at.disk + 4), offset: view.u64(at.partition) };
  }
  if (style !== PartitionStyle.gpt) return undefined;
  return {
    style: "gpt",
    id: formatGuid(view.bytes(at.partition, 16)),
    disk: formatGuid(view.bytes(at.disk + 4, 16)),
  };
}

function decodeLocal(view: ByteView, depth: number): BcdDevice {
  const at = Descriptor.body + 4;
  const type = view.u32(Descriptor.body);
  switch (type) {
    case LocalType.ramdisk:
      // Base address, size and offset of the image come first; they are 0 in a store.
      return { kind: "ramdisk", file: decodeFile(view, { at: at + 20, depth }) };
    case LocalType.file:
      return { kind: "file", file: decodeFile(view, { at, depth }) };
    case LocalType.vhd:
      return { kind: "vhd", parent: decodeDescriptor(rest(view, at + DISK_IDENTITY), depth + 1) };
    default:
      return other(OTHER_LOCAL[type] ?? "unknown", `local device type ${type} is not decoded`);
  }
}

function decodeFile(
  view: ByteView,
  place: { readonly at: number; readonly depth: number },
): BcdFile {
  const { at, depth } = place;
  const length = view.u32(at + 4);
  const type = view.u32(at + 8);
  if (type !== PATH_WITH_DEVICE) {
    throw new FormatError(`Cannot read the path of a boot device: type ${type} is not decoded`);
  }
  const path = new ByteView(view.bytes(at, length), "path of a boot device");
  const inner = rest(path, PATH_HEADER);
  const size = new ByteView(inner, "boot device").u32(Descriptor.size);
  return {
    device: decodeDescriptor(inner, depth + 1),
    path: textAt(path, PATH_HEADER + size),
  };
}

function decodeLocate(view: ByteView, depth: number): BcdDevice {
  const type = view.u32(Descriptor.body);
  const parent = view.u32(Descriptor.body + 8);
  if (
    type !== LocateType.element && type !== LocateType.path &&
    type !== LocateType.elementOfParent
  ) {
    return other("locate", `locate type ${type} is not decoded`);
  }
  const path = textAt(view, Descriptor.body + 12);
  return {
    kind: "locate",
    path: path === "" ? undefined : path,
    element: type === LocateType.path ? undefined : view.u32(Descriptor.body + 4),
    parent: parent === 0 ? undefined : decodeDescriptor(rest(view, parent), depth + 1),
  };
}

function rest(view: ByteView, at: number): Uint8Array {
  return view.bytes(at, view.length - at);
}

/** The UTF-16 text at `at`, up to a NUL or the end. */
function textAt(view: ByteView, at: number): string {
  const bytes = rest(view, at);
  const text = decodeUtf16(bytes.subarray(0, bytes.length & ~1));
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** One word for people, in the manner of bcdedit: `ramdisk=[partition …]\boot.wim,{…}`. */
export function describeDevice(element: Pick<BcdDeviceElement, "device" | "options">): string {
  const options = element.options === undefined ? "" : `,{${element.options}}`;
  return describe(element.device) + options;
}

function describe(device: BcdDevice): string {
  switch (device.kind) {
    case "boot":
      return "boot";
    case "partition":
      return `partition=${describePartition(device.partition)}`;
    case "ramdisk":
    case "file":
      return `${device.kind}=[${describe(device.file.device)}]${device.file.path}`;
    case "vhd":
      return `vhd=${describe(device.parent)}`;
    case "locate":
      return device.path === undefined && device.parent !== undefined
        ? `locate=[${describe(device.parent)}]`
        : `locate=${device.path ?? ""}`;
    case "other":
      return `${device.name} (${device.reason})`;
  }
}

/** `{5f1b…}` for GPT, `signature 4e1d2c3b offset 0x100000` for MBR. */
export function describePartition(partition: BcdPartition): string {
  if (partition.style === "gpt") return `{${partition.id}}`;
  const signature = partition.signature.toString(16).padStart(8, "0");
  return `signature ${signature} offset 0x${partition.offset.toString(16)}`;
}
