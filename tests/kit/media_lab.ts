/** Machines in memory with an ISO file on `E:` and room on `D:`, for tests of copying and checking. */
import { createHash } from "node:crypto";
import {
  createMemoryHost,
  type FileContent,
  madeUpContent,
  type MemoryHost,
  type MemoryHostOptions,
} from "../lab/mod.ts";
import type { LabVolumeSpec } from "../lab/mod.ts";
import type { UdfItem } from "../lab/udf_items.ts";
import { type UdfOptions, writeUdf } from "../lab/udf_writer.ts";

/** The image on `E:`. */
export const ISO = "E:\\Win11.iso";

/** A disc image as the content of a file: only written pages take memory. */
export function isoContent(items: readonly UdfItem[], options: UdfOptions = {}): FileContent {
  const { image } = writeUdf(items, options);
  return madeUpContent(image.size, {
    recipe: "udf",
    read: (offset, length) => image.slice(offset, length),
  });
}

/** A machine with the image {@linkcode ISO} of these items. */
export function isoHost(
  items: readonly UdfItem[],
  { target = {}, ...options }: MemoryHostOptions & { readonly target?: Partial<LabVolumeSpec> } =
    {},
): MemoryHost {
  const host = createMemoryHost({
    volumes: [
      { letter: "D:", label: "Target", totalBytes: 2 ** 36, ...target },
      { letter: "E:", label: "Stick", drive: "removable", totalBytes: 2 ** 36 },
    ],
    ...options,
  });
  host.files.put(ISO, isoContent(items));
  return host;
}

/** Bytes that never repeat within a page. */
export function noise(length: number, seed = 1): Uint8Array {
  let x = seed >>> 0 || 1;
  return Uint8Array.from({ length }, () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x & 0xff;
  });
}

/** Lower-case hexadecimal digits. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The bytes of a text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
