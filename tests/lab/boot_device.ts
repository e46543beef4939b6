/**
 * Device elements of a boot configuration, made from what they say: the layout that bcdedit
 * writes, for stores of the lab and for tests of the reader.
 */

/** A partition, as boot configurations name it. Ids are GUIDs without braces. */
export type BootPartition =
  | { readonly style: "gpt"; readonly id: string; readonly disk: string }
  | { readonly style: "mbr"; readonly signature: number; readonly offset: bigint };

/** The partition of the lab's Windows. */
export const WINDOWS_PARTITION = {
  style: "gpt",
  id: "5f1b2c36-9a4e-4d0b-8c37-21d40e9f6a01",
  disk: "a41f07d2-3c58-4be6-91f0-d25e6b7c8a93",
} as const satisfies BootPartition;

/** A whole element: `options` is the id of the object with more options. */
export function deviceElement(device: Uint8Array, options?: string): Uint8Array {
  return join(options === undefined ? new Uint8Array(16) : guid(options), device);
}

/** `partition=C:` */
export function partitionDevice(partition: BootPartition): Uint8Array {
  const disk = join(u32(0), diskIdentity(partition));
  return descriptor(6, join(partitionId(partition), disk, new Uint8Array(16)));
}

/** `boot` */
export function bootDevice(): Uint8Array {
  return descriptor(5, new Uint8Array(56));
}

/** `ramdisk=[device]path` */
export function ramdiskDevice(device: Uint8Array, path: string): Uint8Array {
  return descriptor(0, join(u32(3), new Uint8Array(20), filePath(device, path)), 1);
}

/** `file=[device]path` */
export function fileDevice(device: Uint8Array, path: string): Uint8Array {
  return descriptor(0, join(u32(5), filePath(device, path)));
}

/** A disk in a file, and a partition of it if one is named. */
export function vhdDevice(parent: Uint8Array, partition?: BootPartition): Uint8Array {
  return partition === undefined
    ? descriptor(0, join(u32(6), new Uint8Array(20), parent))
    : descriptor(6, join(partitionId(partition), u32(6), diskIdentity(partition), parent));
}

/** `locate`: the partition that holds what an element (`0x12000002`) or a path names. */
export function locateDevice(
  by: { readonly element: number } | { readonly path: string },
  parent?: Uint8Array,
): Uint8Array {
  const path = utf16("path" in by ? by.path : "");
  const at = 28 + path.length;
  const type = "path" in by ? 1 : 0;
  const body = join(
    u32(type),
    u32("element" in by ? by.element : 0),
    u32(parent === undefined ? 0 : at),
    path,
  );
  return descriptor(8, parent === undefined ? body : join(body, parent));
}

/** A device of any type, with bytes that nobody knows. */
export function descriptor(type: number, body: Uint8Array, flags = 0): Uint8Array {
  return join(u32(type), u32(flags), u32(16 + body.length), u32(0), body);
}

function filePath(device: Uint8Array, path: string): Uint8Array {
  const text = utf16(path);
  return join(u32(1), u32(12 + device.length + text.length), u32(5), device, text);
}

function partitionId(partition: BootPartition): Uint8Array {
  if (partition.style === "gpt") return guid(partition.id);
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, partition.offset, true);
  return bytes;
}

function diskIdentity(partition: BootPartition): Uint8Array {
  return partition.style === "gpt"
    ? join(u32(0), guid(partition.disk))
    : join(u32(1), u32(partition.signature), new Uint8Array(12));
}

/** The 16 bytes of a GUID. */
export function guid(text: string): Uint8Array {
  const hex = text.replaceAll("-", "");
  const bytes = Uint8Array.from(
    { length: 16 },
    (_, index) => Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16),
  );
  return Uint8Array.from([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15], (i) => bytes[i]!);
}

function utf16(text: string): Uint8Array {
  const units = Array.from(`${text}\0`, (_, index) => `${text}\0`.charCodeAt(index));
  return new Uint8Array(Uint16Array.from(units).buffer);
}

function u32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}
