/** A registry in plain arrays, against which edits of hives are tested. */
import {
  compareNames,
  editHive,
  type HiveEdit,
  type HiveKey,
  type KeySpec,
  openHive,
  verifyEdit,
} from "../../../src/formats/regf/mod.ts";

/** Time of all edits in the tests. */
export const EDITED_AT = new Date("2026-03-04T05:06:07Z");

/** Edits a hive and has the result proven. */
export function edited(bytes: Uint8Array, edits: readonly HiveEdit[]): Uint8Array {
  const result = editHive(bytes, edits, { name: "TEST", at: EDITED_AT });
  verifyEdit(bytes, result, edits, { name: "TEST" });
  return result;
}

/** A key of the model. */
export interface ModelKey {
  readonly name: string;
  readonly className: string;
  readonly symbolicLink: boolean;
  /** In hexadecimal. */
  readonly security: string;
  values: { name: string; type: number; data: Uint8Array }[];
  subkeys: ModelKey[];
}

function hex(bytes: Uint8Array | undefined): string {
  return Array.from(bytes ?? [], (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Everything in a hive, through the reader. */
export function modelOf(bytes: Uint8Array): ModelKey {
  return modelOfKey(openHive(bytes).root);
}

/** A key and everything below it, through the reader. */
export function modelOfKey(key: HiveKey): ModelKey {
  return {
    name: key.name,
    className: key.className ?? "",
    symbolicLink: key.symbolicLink,
    security: hex(key.securityDescriptor),
    values: key.values().map(({ name, type, data }) => ({ name, type, data: data.slice() })),
    subkeys: key.subkeys().map(modelOfKey),
  };
}

function modelOfSpec(spec: KeySpec, inherited: string): ModelKey {
  const security = spec.security === undefined ? inherited : hex(spec.security);
  return {
    name: spec.name,
    className: spec.className ?? "",
    symbolicLink: spec.symbolicLink ?? false,
    security,
    values: spec.values.map(({ name, type, data }) => ({ name, type, data })),
    subkeys: spec.subkeys.map((subkey) => modelOfSpec(subkey, security)).sort(byName),
  };
}

function byName(a: ModelKey, b: ModelKey): number {
  return compareNames(a.name, b.name);
}

/** The subkey of that name, in any case. */
export function modelSubkey(key: ModelKey, name: string): ModelKey | undefined {
  return key.subkeys.find((subkey) => compareNames(subkey.name, name) === 0);
}

/** Applies an edit that is possible, in place. */
export function applyToModel(root: ModelKey, edit: HiveEdit): void {
  const names = edit.key === "" ? [] : edit.key.split("\\");
  const last = edit.kind === "create-key" || edit.kind === "delete-key" ? names.pop()! : "";
  const key = names.reduce((above, name) => modelSubkey(above, name)!, root);
  switch (edit.kind) {
    case "set-value": {
      const old = key.values.find(({ name }) => compareNames(name, edit.name) === 0);
      const { type, data } = edit;
      if (old === undefined) key.values.push({ name: edit.name, type, data });
      else Object.assign(old, { type, data });
      return;
    }
    case "delete-value": {
      // Of two values of one name Windows finds the first.
      const gone = key.values.findIndex(({ name }) => compareNames(name, edit.name) === 0);
      key.values = key.values.filter((_, i) => i !== gone);
      return;
    }
    case "create-key": {
      const spec = { values: [], subkeys: [], ...edit.spec, name: last };
      key.subkeys.push(modelOfSpec(spec, key.security));
      key.subkeys.sort(byName);
      return;
    }
    case "delete-key":
      key.subkeys = key.subkeys.filter(({ name }) => compareNames(name, last) !== 0);
  }
}
