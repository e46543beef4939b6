/**
 * Keys and values of one hive by their paths and names, each looked up once: an import sets tens
 * of thousands of values, and a search through a key's values for each would take hours.
 */
import { type HiveKey, upcaseText } from "../formats/regf/mod.ts";
import { recordData, type RecordedData } from "./registry_edit.ts";

/** A hive that is not changed while it is asked. */
export class HiveLookup {
  readonly #root: HiveKey | undefined;
  readonly #keys = new Map<string, HiveKey | undefined>();
  readonly #values = new Map<string, ReadonlyMap<string, RecordedData>>();

  constructor(root: HiveKey | undefined) {
    this.#root = root;
  }

  /** The key at a path below the root, in any case; "" is the root. */
  key(path: string): HiveKey | undefined {
    return this.#key(upcaseText(path));
  }

  /**
   * Type and data of a value; `null` if it or its key is not there.
   *
   * @throws {FormatError} if something of the key's values is damaged.
   */
  data(path: string, name: string): RecordedData | null {
    const upper = upcaseText(path);
    let values = this.#values.get(upper);
    if (values === undefined) {
      values = valuesOf(this.#key(upper));
      this.#values.set(upper, values);
    }
    return values.get(upcaseText(name)) ?? null;
  }

  #key(path: string): HiveKey | undefined {
    if (path === "") return this.#root;
    if (this.#keys.has(path)) return this.#keys.get(path);
    const cut = path.lastIndexOf("\\");
    const parent = this.#key(cut < 0 ? "" : path.slice(0, cut));
    const name = path.slice(cut + 1);
    const key = name === "" ? undefined : parent?.subkey(name);
    this.#keys.set(path, key);
    return key;
  }
}

/** Of two values of one name Windows finds the first. */
function valuesOf(key: HiveKey | undefined): ReadonlyMap<string, RecordedData> {
  const values = new Map<string, RecordedData>();
  for (const value of key?.values() ?? []) {
    const name = upcaseText(value.name);
    if (!values.has(name)) values.set(name, recordData(value));
  }
  return values;
}
