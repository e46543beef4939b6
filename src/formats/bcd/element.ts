/** One element of a BCD object: a number that says what it is, and a value. */
import { FormatError } from "../../base/mod.ts";
import type { HiveValue } from "../regf/mod.ts";
import { type BcdDeviceElement, decodeDevice, describeDevice } from "./device.ts";
import { elementName } from "./element_table.ts";
import { objectId } from "./object_names.ts";
import type { BcdApplication } from "./object_type.ts";

/** What an element holds. */
export type BcdValue =
  | { readonly format: "device"; readonly device: BcdDeviceElement }
  | { readonly format: "string"; readonly text: string }
  /** Ids are lower case, without braces. */
  | { readonly format: "object"; readonly id: string }
  | { readonly format: "object-list"; readonly ids: readonly string[] }
  | { readonly format: "integer"; readonly number: bigint }
  | { readonly format: "boolean"; readonly on: boolean }
  | { readonly format: "integer-list"; readonly numbers: readonly bigint[] }
  /** A format that is not known, or data that do not fit theirs. */
  | { readonly format: "raw"; readonly data: Uint8Array; readonly reason: string };

/** An element. */
export interface BcdElement {
  /** `0x12000004` */
  readonly type: number;
  /** As bcdedit shows it: `description`, or `custom:26000099`. */
  readonly name: string;
  readonly value: BcdValue;
}

/** Element types by the names that bcdedit has for them. */
export const ElementType = {
  device: 0x11000001,
  path: 0x12000002,
  description: 0x12000004,
  inherit: 0x14000006,
  recoverySequence: 0x14000008,
  displayOrder: 0x24000001,
  bootSequence: 0x24000002,
  default: 0x23000003,
  timeout: 0x25000004,
  toolsDisplayOrder: 0x24000010,
  osDevice: 0x21000001,
  systemRoot: 0x22000002,
  resumeObject: 0x23000003,
  winpe: 0x26000022,
  safeBoot: 0x25000080,
  imcHiveName: 0x22000137,
  imcDevice: 0x21000138,
} as const;

/** The number that the name of an element's key stands for: eight hexadecimal digits. */
export function elementTypeOf(keyName: string): number | undefined {
  return /^[0-9a-f]{8}$/i.test(keyName) ? Number.parseInt(keyName, 16) : undefined;
}

/** Reads an element. Never throws for data that do not fit: the value is then `raw`. */
export function readElement(
  type: number,
  value: HiveValue,
  application: BcdApplication | undefined,
): BcdElement {
  return { type, name: elementName(type, application), value: readValue(type, value) };
}

const Format = {
  device: 1,
  string: 2,
  object: 3,
  objectList: 4,
  integer: 5,
  boolean: 6,
  integerList: 7,
} as const;

const WIDEST_INTEGER = 8;

function readValue(type: number, value: HiveValue): BcdValue {
  try {
    return valueOf((type >>> 24) & 0xf, value) ??
      raw(value, "its data do not fit the format of this element");
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { format: "raw", data: new Uint8Array(), reason: error.message };
  }
}

function raw(value: HiveValue, reason: string): BcdValue {
  return { format: "raw", data: value.data, reason };
}

function valueOf(format: number, value: HiveValue): BcdValue | undefined {
  switch (format) {
    case Format.device:
      return value.string() === undefined
        ? { format: "device", device: decodeDevice(value.data) }
        : undefined;
    case Format.string: {
      const text = value.string();
      return text === undefined ? undefined : { format: "string", text };
    }
    case Format.object: {
      const id = objectId(value.string() ?? "");
      return id === undefined ? undefined : { format: "object", id };
    }
    case Format.objectList: {
      const ids = value.strings()?.map(objectId);
      return ids === undefined || !allThere(ids) ? undefined : { format: "object-list", ids };
    }
    default:
      return numbers(format, value);
  }
}

function numbers(format: number, value: HiveValue): BcdValue | undefined {
  const { data } = value;
  switch (format) {
    // Windows writes 8 bytes; other programs' stores have as few as 1 or 3.
    case Format.integer:
      return data.length === 0 || data.length > WIDEST_INTEGER
        ? undefined
        : { format: "integer", number: littleEndian(data) };
    case Format.boolean:
      return data.length === 0 ? undefined : { format: "boolean", on: data[0] !== 0 };
    case Format.integerList:
      return data.length % 8 !== 0 ? undefined : {
        format: "integer-list",
        numbers: Array.from(
          { length: data.length / 8 },
          (_, index) => littleEndian(data.subarray(8 * index, 8 * index + 8)),
        ),
      };
    default:
      return raw(value, `element format ${format} is not known`);
  }
}

function allThere(ids: readonly (string | undefined)[]): ids is readonly string[] {
  return ids.every((id) => id !== undefined);
}

function littleEndian(data: Uint8Array): bigint {
  return data.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

/** The value for people, in the manner of bcdedit. Objects are ids in braces. */
export function describeElement(element: BcdElement): string {
  const { value } = element;
  switch (value.format) {
    case "device":
      return describeDevice(value.device);
    case "string":
      return value.text;
    case "object":
      return `{${value.id}}`;
    case "object-list":
      return value.ids.map((id) => `{${id}}`).join(" ");
    case "integer":
      return String(value.number);
    case "boolean":
      return value.on ? "Yes" : "No";
    case "integer-list":
      return value.numbers.map((number) => `0x${number.toString(16)}`).join(" ");
    case "raw":
      return `${value.data.length} bytes (${value.reason})`;
  }
}
