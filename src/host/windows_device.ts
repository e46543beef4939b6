/**
 * Volumes below the file system: raw sectors, and which partition of which disk they are.
 * All of it may be refused (not an administrator, a volume without a disk); then there is no
 * answer. Structures: winioctl.h.
 */
import { kernel32, Open, withHandle } from "./kernel32.ts";
import type { PartitionIdentity } from "./volumes.ts";

const IOCTL_STORAGE_GET_DEVICE_NUMBER = 0x002d_1080;
const IOCTL_DISK_GET_PARTITION_INFO_EX = 0x0007_0048;
const IOCTL_DISK_GET_DRIVE_LAYOUT_EX = 0x0007_0050;
const IOCTL_DISK_IS_WRITABLE = 0x0007_0024;
const ERROR_WRITE_PROTECT = 19;
const STYLE_MBR = 0;
const STYLE_GPT = 1;
/** Room for a drive layout of 128 partitions (144 bytes each, after a header of 48). */
const LAYOUT_SIZE = 48 + 128 * 144;
/** Raw reads must begin and end at a sector; this suits disks with sectors of 512 and of 4096. */
const ALIGNMENT = 4096;

/** Reads bytes of a device such as `\\.\D:`; undefined where that is not possible. */
export function readDevice(
  device: string,
  range: { readonly offset: number; readonly length: number },
): Uint8Array | undefined {
  const start = Math.floor(range.offset / ALIGNMENT) * ALIGNMENT;
  const end = Math.ceil((range.offset + range.length) / ALIGNMENT) * ALIGNMENT;
  const buffer = new Uint8Array(end - start);
  const count = withHandle(device, {
    access: Open.genericRead,
    use: (handle) => readAt(handle, { offset: start, buffer }),
  });
  const from = range.offset - start;
  if (count === undefined || count < from + range.length) return undefined;
  return buffer.subarray(from, from + range.length);
}

function readAt(
  handle: NonNullable<Deno.PointerValue>,
  at: { readonly offset: number; readonly buffer: Uint8Array<ArrayBuffer> },
): number | undefined {
  const k = kernel32();
  if (k.SetFilePointerEx(handle, BigInt(at.offset), null, 0) === 0) return undefined;
  const count = new Uint32Array(1);
  const done = k.ReadFile(handle, at.buffer, at.buffer.length, count, null);
  return done === 0 ? undefined : count[0];
}

/** The partition of a volume device; ids are in lower case without braces. */
export function partitionOf(device: string): PartitionIdentity | undefined {
  const info = ask(device, { code: IOCTL_DISK_GET_PARTITION_INFO_EX, size: 144 });
  if (info === undefined) return undefined;
  const style = info.getUint32(0, true);
  if (style === STYLE_GPT) return { style: "gpt", id: formatGuid(info, 48) };
  const signature = style === STYLE_MBR ? diskSignature(device) : undefined;
  if (signature === undefined) return undefined;
  return { style: "mbr", signature, offset: info.getBigInt64(8, true) };
}

/** False only if the disk itself says that it is write-protected. */
export function isWritable(device: string): boolean {
  const answer = withHandle(device, {
    access: Open.query,
    use: (handle) => {
      const k = kernel32();
      const done = k.DeviceIoControl(
        handle,
        IOCTL_DISK_IS_WRITABLE,
        null,
        0,
        null,
        0,
        new Uint32Array(1),
        null,
      );
      return done !== 0 || k.GetLastError() !== ERROR_WRITE_PROTECT;
    },
  });
  return answer ?? true;
}

/** The 32-bit signature of the MBR disk that a volume lies on. */
function diskSignature(device: string): number | undefined {
  const number = ask(device, { code: IOCTL_STORAGE_GET_DEVICE_NUMBER, size: 12 });
  if (number === undefined) return undefined;
  const disk = `\\\\.\\PhysicalDrive${number.getUint32(4, true)}`;
  const layout = ask(disk, { code: IOCTL_DISK_GET_DRIVE_LAYOUT_EX, size: LAYOUT_SIZE });
  if (layout?.getUint32(0, true) !== STYLE_MBR) return undefined;
  return layout.getUint32(8, true);
}

function ask(
  device: string,
  question: { readonly code: number; readonly size: number },
): DataView | undefined {
  return withHandle(device, {
    access: Open.query,
    use: (handle) => {
      const answer = new Uint8Array(question.size);
      const done = kernel32().DeviceIoControl(
        handle,
        question.code,
        null,
        0,
        answer,
        answer.length,
        new Uint32Array(1),
        null,
      );
      return done === 0 ? undefined : new DataView(answer.buffer);
    },
  });
}

/** A GUID as text: three little-endian numbers, then eight bytes. */
export function formatGuid(view: DataView, offset: number): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
  const tail = Array.from({ length: 8 }, (_, i) => hex(view.getUint8(offset + 8 + i), 2)).join("");
  return [
    hex(view.getUint32(offset, true), 8),
    hex(view.getUint16(offset + 4, true), 4),
    hex(view.getUint16(offset + 6, true), 4),
    tail.slice(0, 4),
    tail.slice(4),
  ].join("-");
}
