/** Keys and values as people and programs get to see them. */
import { COLUMNS, printable } from "../base/mod.ts";
import {
  type HiveKey,
  type HiveValue,
  registryDword,
  registryQword,
  registryString,
  registryStrings,
  RegistryType,
  registryTypeName,
} from "../formats/regf/mod.ts";
import { toHex } from "../journal/mod.ts";
import { linkTarget } from "../windows/mod.ts";

/** A value for programs. */
export interface ValueFacts {
  /** "" is the default value. */
  readonly name: string;
  readonly type: string;
  /** Text, list of texts or number; absent if the bytes are not exactly what it would give. */
  readonly data?: string | readonly string[] | number | bigint;
  /** The bytes in hexadecimal. */
  readonly hex: string;
}

/** A key for programs. */
export interface KeyFacts {
  /** As regedit writes it. */
  readonly path: string;
  readonly lastWritten: string | null;
  readonly className?: string;
  readonly symbolicLink?: string;
  readonly values: readonly ValueFacts[];
  readonly subkeys: readonly string[];
}

/** A value for programs. */
export function valueFacts(value: HiveValue): ValueFacts {
  const data = exactData(value);
  return {
    name: value.name,
    type: registryTypeName(value.type),
    ...(data === undefined ? {} : { data }),
    hex: toHex(value.data),
  };
}

function exactData(value: HiveValue): ValueFacts["data"] {
  const decoded = value.strings() ?? value.number() ?? value.string();
  if (decoded === undefined) return undefined;
  const { data } = value;
  const again = encodeAgain(value.type, decoded);
  const same = again?.length === data.length && again.every((byte, i) => byte === data[i]);
  return same ? decoded : undefined;
}

function encodeAgain(
  type: number,
  decoded: NonNullable<ValueFacts["data"]>,
): Uint8Array | undefined {
  switch (typeof decoded) {
    case "number":
      return type === RegistryType.REG_DWORD ? registryDword(decoded) : undefined;
    case "bigint":
      return registryQword(decoded);
    case "string":
      return registryString(decoded);
    default:
      return registryStrings(decoded);
  }
}

/** Width at which names and types end, where names are short. */
const NAME_WIDTH = 28;
const TYPE_WIDTH = 14;
const INDENT = "    ";
const DATA_INDENT = "        ";

/** Bytes of a value without text that a list of values shows; `--value` shows all. */
const BYTES_SHOWN = 144;

/** The lines of one value: name, type, data. Nothing of a text is left out or changed. */
function renderValue(value: HiveValue, nameWidth: number): string {
  const name = shownName(value.name).padEnd(nameWidth);
  const head = `${INDENT}${name} ${registryTypeName(value.type).padEnd(TYPE_WIDTH)}`;
  const [first = "", ...more] = beginning(value);
  const whole = more.length === 0 && head.length + 1 + first.length <= COLUMNS;
  if (whole) return `${head} ${first}`.trimEnd();
  return [head.trimEnd(), ...[first, ...more].flatMap(folded)].join("\n");
}

function beginning(value: HiveValue): string[] {
  const more = value.size - BYTES_SHOWN;
  if (!isBytes(value) || more <= 0) return dataLines(value);
  return [toHex(value.data.subarray(0, BYTES_SHOWN)), `and ${more} bytes more (see --value)`];
}

function isBytes(value: HiveValue): boolean {
  return value.strings() === undefined && value.number() === undefined &&
    value.string() === undefined;
}

/** Breaks at the column and nowhere else: a blank in data may matter. */
function folded(line: string): string[] {
  const width = COLUMNS - DATA_INDENT.length;
  const parts: string[] = [];
  for (let at = 0; at < line.length; at += width) {
    parts.push(DATA_INDENT + line.slice(at, at + width));
  }
  return parts.length === 0 ? [DATA_INDENT] : parts;
}

/** The width for a list of values. */
function nameWidth(values: readonly HiveValue[]): number {
  const longest = Math.max(0, ...values.map((value) => shownName(value.name).length));
  return Math.min(NAME_WIDTH, longest);
}

/** A name on one line; "" is the default value. */
export function shownName(name: string): string {
  return name === "" ? "(Default)" : oneLine(name);
}

/** Says whether regedit or a `.reg` file shows the default value by this name. */
export function isShownDefault(name: string): boolean {
  return name === "@" || name.toLowerCase() === "(default)";
}

/** A text on one line. */
export function oneLine(text: string): string {
  return printable(text).replace(/[\t\n]/g, "?");
}

/** The data of a value, one line per string of a list. */
export function dataLines(value: HiveValue): string[] {
  if (value.tombstone) return ["(deleted in this layer)"];
  const strings = value.strings();
  if (strings !== undefined) return strings.map(oneLine);
  const number = value.number();
  if (number !== undefined) return [`0x${number.toString(16)} (${number})`];
  const text = value.string();
  if (text !== undefined) return [oneLine(text)];
  return [toHex(value.data)];
}

/** The block of a key: its path, values, and the names of its subkeys. */
export function renderKey(
  path: string,
  key: HiveKey,
  content: { readonly values: readonly HiveValue[]; readonly subkeys: readonly string[] },
): string {
  const lines = [oneLine(path)];
  const target = linkTarget(key);
  if (target !== undefined) lines.push(`${INDENT}symbolic link to ${oneLine(target)}`);
  const width = nameWidth(content.values);
  for (const value of content.values) lines.push(renderValue(value, width));
  for (const name of content.subkeys) lines.push(`${INDENT}${oneLine(name)}\\`);
  return lines.join("\n");
}

/** A key for programs. */
export function keyFacts(
  path: string,
  key: HiveKey,
  content: { readonly values: readonly HiveValue[]; readonly subkeys: readonly string[] },
): KeyFacts {
  const { className } = key;
  const symbolicLink = linkTarget(key);
  return {
    path,
    lastWritten: key.lastWritten?.toISOString() ?? null,
    ...(className === undefined ? {} : { className }),
    ...(symbolicLink === undefined ? {} : { symbolicLink }),
    values: content.values.map(valueFacts),
    subkeys: content.subkeys,
  };
}
