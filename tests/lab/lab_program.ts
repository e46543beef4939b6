/** Programs that only look like programs: a PE header with the right machine type. */
import { createHash } from "node:crypto";
import type { LabWindows } from "./lab_edition.ts";

/** IMAGE_FILE_MACHINE_* of the PE format. */
export const PE_MACHINES: Readonly<Record<LabWindows["architecture"], number>> = {
  amd64: 0x8664,
  arm64: 0xaa64,
  x86: 0x014c,
};

const PE_OFFSET = 0x80;
const HEADER_BYTES = 0x200;

/** A PE image without sections whose bytes depend on `seed` alone. */
export function labProgram(
  options: {
    readonly architecture: LabWindows["architecture"];
    readonly size: number;
    readonly seed: string;
  },
): Uint8Array {
  const bytes = pseudoRandomBytes(options.seed, Math.max(options.size, HEADER_BYTES));
  bytes.fill(0, 0, HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  const wide = options.architecture !== "x86";
  view.setUint16(0, 0x5a4d, true); // "MZ"
  view.setUint32(0x3c, PE_OFFSET, true);
  view.setUint32(PE_OFFSET, 0x0000_4550, true); // "PE\0\0"
  view.setUint16(PE_OFFSET + 4, PE_MACHINES[options.architecture], true);
  view.setUint16(PE_OFFSET + 20, wide ? 0xf0 : 0xe0, true); // size of the optional header
  view.setUint16(PE_OFFSET + 22, 0x2022, true); // DLL, executable, large addresses
  view.setUint16(PE_OFFSET + 24, wide ? 0x20b : 0x10b, true);
  view.setUint32(PE_OFFSET + 24 + 60, HEADER_BYTES, true); // size of the headers
  return bytes;
}

/** `length` bytes that look random and depend on `seed` alone. */
export function pseudoRandomBytes(seed: string, length: number): Uint8Array {
  let state = createHash("sha256").update(seed).digest().readUInt32LE(0) | 1;
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state & 0xff;
  }
  return bytes;
}
