/** What can be changed in a hive, as data. */
import type { KeySpec } from "./key_spec.ts";

/** One change of a hive. Paths lie below the root, names with `\` between them; "" is the root. */
export type HiveEdit =
  | {
    readonly kind: "set-value";
    readonly key: string;
    /** "" is the default value. */
    readonly name: string;
    readonly type: number;
    readonly data: Uint8Array;
  }
  | { readonly kind: "delete-value"; readonly key: string; readonly name: string }
  /** The key above must be there. With `spec` everything below it comes with it. */
  | { readonly kind: "create-key"; readonly key: string; readonly spec?: Omit<KeySpec, "name"> }
  /** With everything below. Never the root. */
  | { readonly kind: "delete-key"; readonly key: string };

/** How to edit. */
export interface EditOptions {
  /** Names the hive in error messages. */
  readonly name: string;
  /** Last-written time of the hive and of every key that is touched. */
  readonly at: Date;
  /** Both sequence numbers of the new hive; one above the old ones if absent. */
  readonly sequence?: number;
}
