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
      const held = `${values.length} values, ${subkeys.length} subkeys`;
      return `${edit.key}: delete the key (${held})`;
    }
  }
}

/** Characters of a value's data that are shown. */
const SHOWN = 200;

/** A value's data for people: what `before` and `after` were. */
export function showData(data: RecordedData | null): string {
  if (data === null) return "(not there)";
  const text = dataText(data);
  return text.length > SHOWN ? `${text.slice(0, SHOWN - 3)}...` : text;
}

function dataText({ type, hex }: RecordedData): string {
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
      return `${registryTypeName(type)} ${hex === "" ? "(empty)" : hex}`;
    }
  }
}

/** Bytes as hexadecimal text. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Hexadecimal text as bytes; the journal's schema has proven that it is such. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(
    { length: hex.length / 2 },
    (_, index) => Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16),
  );
}
