/** Small hives for the tests, and ways to damage them at a named place. */
import {
  baseBlockChecksum,
  buildHive,
  type BuildHiveOptions,
  type Hive,
  type HiveKey,
  type HiveProblem,
  type HiveValue,
  type KeySpec,
  openHive,
  type ProblemReport,
  registryDword,
  registryString,
  RegistryType,
  type ValueSpec,
  walkHive,
} from "../../../src/formats/regf/mod.ts";

/** A key with nothing but what is given. */
export function key(
  name: string,
  content: Partial<Omit<KeySpec, "name">> = {},
): KeySpec {
  return { name, values: [], subkeys: [], ...content };
}

/** A REG_SZ value. */
export function text(name: string, value: string): ValueSpec {
  return { name, type: RegistryType.REG_SZ, data: registryString(value) };
}

/** A REG_BINARY value of bytes that follow from their place. */
export function binary(name: string, length: number): ValueSpec {
  const data = Uint8Array.from({ length }, (_, i) => (i * 7 + (i >>> 8)) & 0xff);
  return { name, type: RegistryType.REG_BINARY, data };
}

/** Two levels, a default value, a class name, data in a cell and data in the record. */
export const SMALL_TREE: KeySpec = key("ROOT", {
  values: [text("", "default")],
  subkeys: [
    key("Alpha", {
      className: "alpha class",
      values: [
        text("Path", "C:\\Windows"),
        { name: "Start", type: RegistryType.REG_DWORD, data: registryDword(2) },
      ],
      subkeys: [key("Inner", { values: [binary("Blob", 40)] })],
    }),
    key("Beta"),
    key("gamma"),
  ],
});

/** The small tree as a hive. */
export function smallHive(options: BuildHiveOptions = {}): Uint8Array {
  return buildHive(SMALL_TREE, options);
}

/** Position of the content of a cell, in bytes from the start of the file. */
export function contentOf(item: HiveKey | HiveValue): number {
  return item.offset + 4096 + 4;
}

/** A key that must be there. */
export function keyAt(hive: Hive, path: string): HiveKey {
  const found = hive.key(path);
  if (found === undefined) throw new Error(`No key "${path}"`);
  return found;
}

/** A copy with one 32-bit number changed, and the checksum made right again. */
export function withU32(bytes: Uint8Array, position: number, value: number): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(position, value, true);
  return withChecksum(copy);
}

/** A copy with one 16-bit number changed. */
export function withU16(bytes: Uint8Array, position: number, value: number): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint16(position, value, true);
  return withChecksum(copy);
}

/** Makes the checksum of the base block right, in place. */
export function withChecksum(bytes: Uint8Array): Uint8Array {
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(0x1fc, baseBlockChecksum(bytes), true);
  return bytes;
}

/** Reads a 32-bit number. */
export function u32At(bytes: Uint8Array, position: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(position, true);
}

/** Everything a walk meets, as lines. */
export function listing(hive: Hive): string[] {
  const lines: string[] = [];
  walkHive(hive, {
    key: (_, { path }) => void lines.push(`[${path}]`),
    value: (value, { path }) => void lines.push(`${path}:${value.name}=${value.data.length}`),
    problem: ({ message }) => void lines.push(`! ${message}`),
  });
  return lines;
}

/** The problems of a whole hive. */
export function problemsOf(bytes: Uint8Array): HiveProblem[] {
  const problems: HiveProblem[] = [];
  walkHive(openHive(bytes), { problem: (problem) => void problems.push(problem) });
  return problems;
}

/** Collects the messages of a report. */
export function collector(): { readonly report: ProblemReport; readonly messages: string[] } {
  const messages: string[] = [];
  return { report: (problem) => void messages.push(problem.message), messages };
}
