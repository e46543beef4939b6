/**
 * Edits of a hive as plans and journals hold them: each with the state before and after, so
 * that people see both, the journal can tell a changed hive from the one that was planned for,
 * and undo can write the old values back one by one.
 */
import {
  type HiveEdit,
  type HiveKey,
  type KeySpec,
  numberFromData,
  RegistryType,
  registryTypeName,
  stringsFromData,
  textFromData,
} from "../formats/regf/mod.ts";

/** Type and data of a value, as text that JSON can hold. */
export interface RecordedData {
  /** Number of the registry type. */
  readonly type: number;
  /** The bytes, in hexadecimal. */
  readonly hex: string;
}

/** A key with everything below it. */
export interface RecordedKey {
  readonly className?: string;
  readonly symbolicLink?: boolean;
  /** Security descriptor, in hexadecimal. */
  readonly security?: string;
  readonly values: readonly (RecordedData & { readonly name: string })[];
  readonly subkeys: readonly (RecordedKey & { readonly name: string })[];
}

/** One edit. Keys are paths below the root of the hive; "" is the root. */
export type RegistryEdit =
  | {
    readonly edit: "value";
    readonly key: string;
    /** "" is the default value. */
    readonly name: string;
    /** `null`: the value is not there. */
    readonly before: RecordedData | null;
    readonly after: RecordedData | null;
  }
  | { readonly edit: "key-created"; readonly key: string }
  | { readonly edit: "key-deleted"; readonly key: string; readonly before: RecordedKey };

/** Records type and data of a value. */
export function recordData(value: { readonly type: number; readonly data: Uint8Array }) {
  return { type: value.type, hex: toHex(value.data) } satisfies RecordedData;
}

/** Compares type and bytes. */
export function sameData(a: RecordedData, b: RecordedData): boolean {
  return a.type === b.type && a.hex === b.hex;
}

/**
 * Records a key with everything below it.
 *
 * @throws {FormatError} if something of it is damaged.
 */
export function recordKey(key: HiveKey): RecordedKey {
  const { className, securityDescriptor } = key;
  return {
    ...(className === undefined ? {} : { className }),
    ...(key.symbolicLink ? { symbolicLink: true } : {}),
    ...(securityDescriptor === undefined ? {} : { security: toHex(securityDescriptor) }),
    values: key.values().map((value) => ({ name: value.name, ...recordData(value) })),
    subkeys: key.subkeys().map((subkey) => ({ name: subkey.name, ...recordKey(subkey) })),
  };
}

/** The edit for the hive editor. */
export function hiveEdit(edit: RegistryEdit): HiveEdit {
  switch (edit.edit) {
    case "value":
      return edit.after === null ? { kind: "delete-value", key: edit.key, name: edit.name } : {
        kind: "set-value",
        key: edit.key,
        name: edit.name,
        type: edit.after.type,
        data: fromHex(edit.after.hex),
      };
    case "key-created":
      return { kind: "create-key", key: edit.key };
    case "key-deleted":
      return { kind: "delete-key", key: edit.key };
  }
}

/** The edit that takes another one back. */
export function inverseEdit(edit: RegistryEdit): HiveEdit {
  switch (edit.edit) {
    case "value":
      return hiveEdit({ ...edit, before: edit.after, after: edit.before });
    case "key-created":
      return { kind: "delete-key", key: edit.key };
    case "key-deleted":
      return { kind: "create-key", key: edit.key, spec: keySpec(edit.before) };
  }
}

function keySpec(key: RecordedKey): Omit<KeySpec, "name"> {
  return {
    ...(key.className === undefined ? {} : { className: key.className }),
    ...(key.symbolicLink ? { symbolicLink: true } : {}),
    ...(key.security === undefined ? {} : { security: fromHex(key.security) }),
    values: key.values.map((value) => ({
      name: value.name,
      type: value.type,
      data: fromHex(value.hex),
    })),
    subkeys: key.subkeys.map((subkey) => ({ name: subkey.name, ...keySpec(subkey) })),
  };
}

/** One line for people: `ControlSet001\\Services\\BITS "Start": 4 -> 3`. */
export function describeEdit(edit: RegistryEdit): string {
  switch (edit.edit) {
    case "value": {
      const name = edit.name === "" ? "(Default)" : `"${edit.name}"`;
      return `${edit.key} ${name}: ${showData(edit.before)} -> ${showData(edit.after)}`;
    }
    case "key-created":
      return `${edit.key}: create the key`;
    case "key-deleted": {
      const { values, subkeys } = edit.before;
      const held = `${counted(values.length, "value")}, ${counted(subkeys.length, "subkey")}`;
      return `${edit.key}: delete the key (${held})`;
    }
  }
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Bytes of data without a text that are shown. */
const BYTES_SHOWN = 16;
/** Characters of a value's data that are shown. */
const SHOWN = 200;
/** Hexadecimal digits that are more than enough for them. */
const DECODED = 4096;

/** A value's data for people: what `before` and `after` were. */
export function showData(data: RecordedData | null): string {
  if (data === null) return "(not there)";
  const text = dataText({ type: data.type, hex: data.hex.slice(0, DECODED) }, data.hex.length / 2);
  return text.length > SHOWN ? `${text.slice(0, SHOWN - 3)}...` : text;
}

/**
 * `is 3 now`: a value's data beside others that it is not. What looks like one of them is told
 * with its type, or with its size.
 */
export function showOther(
  data: RecordedData | null,
  others: readonly (RecordedData | null)[],
): string {
  const text = showData(data);
  const alike = others.find((other) => other !== null && showData(other) === text);
  if (data === null || alike === undefined || alike === null) return `is ${text} now`;
  const type = registryTypeName(data.type);
  if (data.type !== alike.type) return `is ${type} ${text} now`;
  return `has other data now: ${type}, ${data.hex.length / 2} bytes`;
}

function dataText({ type, hex }: RecordedData, size: number): string {
  const data = fromHex(hex);
  switch (type) {
    case RegistryType.REG_SZ:
    case RegistryType.REG_EXPAND_SZ:
    case RegistryType.REG_LINK:
      return `"${textFromData(data)}"`;
    case RegistryType.REG_MULTI_SZ:
      return `[${stringsFromData(data).map((text) => `"${text}"`).join(", ")}]`;
    default: {
      const number = numberFromData(type, data);
      if (number !== undefined) return String(number);
      const name = registryTypeName(type);
      if (size === 0) return `${name} (empty)`;
      if (size <= BYTES_SHOWN) return `${name} ${hex}`;
      return `${name} ${hex.slice(0, 2 * BYTES_SHOWN)}... (${size} bytes)`;
    }
  }
}

/** Bytes that become text at a time. */
const PIECE = 4096;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Bytes as hexadecimal text. */
export function toHex(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let start = 0; start < bytes.length; start += PIECE) {
    let piece = "";
    for (const byte of bytes.subarray(start, start + PIECE)) piece += HEX[byte];
    pieces.push(piece);
  }
  return pieces.join("");
}

/** Hexadecimal text as bytes; the journal's schema has proven that it is such. */
export function fromHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = digit(hex.charCodeAt(2 * i)) * 16 + digit(hex.charCodeAt(2 * i + 1));
  }
  return bytes;
}

/** `0` to `9` and `a` to `f` by their code. */
function digit(code: number): number {
  return code < 0x3a ? code - 0x30 : code - 0x57;
}
