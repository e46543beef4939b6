/** What a `.reg` file says, as data: keys in the order of the file, not merged. */

/** A value: set, or deleted (`"name"=-`). `name` "" is the default value. */
export type RegValueEntry =
  | {
    readonly name: string;
    readonly deleted: false;
    /** The number of a registry type: 1 is REG_SZ. */
    readonly type: number;
    readonly data: Uint8Array;
  }
  | { readonly name: string; readonly deleted: true };

/** One `[KEY]` or, if `deleted`, `[-KEY]`. */
export interface RegKeyEntry {
  /** The path as it is written, with the root key spelt out: `HKEY_LOCAL_MACHINE\SYSTEM`. */
  readonly path: string;
  readonly deleted: boolean;
  readonly values: readonly RegValueEntry[];
}

/** A `.reg` file of version 5. */
export interface RegDocument {
  readonly keys: readonly RegKeyEntry[];
}

/** The first line of every `.reg` file of version 5. */
export const REG_HEADER = "Windows Registry Editor Version 5.00";

/** Registry types that `.reg` files have a notation of their own for. */
export const RegTextType = { string: 1, binary: 3, dword: 4 } as const;
