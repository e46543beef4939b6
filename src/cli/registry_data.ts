/** Data of a value as typed on a command line. */
import { UsageError } from "../base/mod.ts";
import {
  registryDword,
  registryQword,
  registryString,
  registryStrings,
  RegistryType,
} from "../formats/regf/mod.ts";

/** What `--type` can name, as regedit's own types without their `REG_`. */
export const DATA_TYPES = {
  sz: RegistryType.REG_SZ,
  expand_sz: RegistryType.REG_EXPAND_SZ,
  multi_sz: RegistryType.REG_MULTI_SZ,
  dword: RegistryType.REG_DWORD,
  qword: RegistryType.REG_QWORD,
  binary: RegistryType.REG_BINARY,
  none: RegistryType.REG_NONE,
} as const;

/** One of {@linkcode DATA_TYPES}. */
export type DataType = keyof typeof DATA_TYPES;

/** Names the types for people. */
export const DATA_TYPE_NAMES: string = Object.keys(DATA_TYPES).join("|");

/**
 * Reads a type: `dword`, `REG_DWORD`.
 *
 * @throws {UsageError} if there is no such type.
 */
export function parseDataType(text: string): DataType {
  const name = text.toLowerCase().replace(/^reg_/, "");
  const found = (Object.keys(DATA_TYPES) as DataType[]).find((type) => type === name);
  if (found !== undefined) return found;
  throw new UsageError(`Cannot use the type "${text}"`, {
    next: `Name one of ${Object.keys(DATA_TYPES).join(", ")}`,
  });
}

/**
 * The bytes of typed data. A list has one string per argument; numbers are decimal or begin with
 * `0x`; bytes are hexadecimal, with or without blanks and commas between them.
 *
 * @throws {UsageError} if the data does not fit the type.
 */
export function encodeData(type: DataType, data: readonly string[]): Uint8Array {
  switch (type) {
    case "sz":
    case "expand_sz":
      return registryString(withoutNul(single(type, data)));
    case "multi_sz":
      return registryStrings(data.map(withoutNul));
    case "dword":
      return registryDword(Number(number(single(type, data), { type, bits: 32n })));
    case "qword":
      return registryQword(number(single(type, data), { type, bits: 64n }));
    case "binary":
    case "none":
      return bytes(data.join(""));
  }
}

function single(type: DataType, data: readonly string[]): string {
  const [only, ...more] = data;
  if (only !== undefined && more.length === 0) return only;
  const reason = only === undefined
    ? "there is no data"
    : `it takes one argument, not ${data.length}; put text with blanks in quotes`;
  throw new UsageError(`Cannot write a value of type ${type}: ${reason}`);
}

function withoutNul(text: string): string {
  if (!text.includes("\0")) return text;
  throw new UsageError("Cannot write a text with a NUL in it");
}

function number(text: string, wanted: { readonly type: DataType; readonly bits: bigint }): bigint {
  const value = /^(?:0x[0-9a-f]+|\d+)$/i.test(text) ? BigInt(text) : undefined;
  if (value !== undefined && value < 1n << wanted.bits) return value;
  const reason = value === undefined
    ? "it is neither a decimal number nor one that begins with 0x"
    : `it is above ${(1n << wanted.bits) - 1n}`;
  throw new UsageError(`Cannot write "${text}" as a ${wanted.type}: ${reason}`);
}

function bytes(text: string): Uint8Array {
  const digits = text.replace(/^0x/i, "").replace(/[\s,]/g, "");
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) {
    throw new UsageError(`Cannot write "${text}" as bytes: two hexadecimal digits make a byte`);
  }
  return Uint8Array.from(
    { length: digits.length / 2 },
    (_, index) => parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  );
}
