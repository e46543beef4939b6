/**
 * What a list of requests comes to. They are played on a picture of the keys that they touch,
 * and what differs from the hive in the end becomes edits: a key that is deleted and made anew
 * (as `.reg` files do to empty it) loses only what is not in it again, and keeps its security.
 */
import { UsageError } from "../base/mod.ts";
import { type HiveKey, registryTypeName, upcaseText } from "../formats/regf/mod.ts";
import { recordData, type RecordedData, recordKey, type RegistryEdit } from "../journal/mod.ts";
import { linkRefusal, linkTarget } from "../windows/mod.ts";
import type { RegistryRequest } from "./step.ts";

/** Longest names and deepest path ("Registry element size limits"). */
const LONGEST_KEY_NAME = 255;
const LONGEST_VALUE_NAME = 16383;
const DEEPEST = 512;

/** Edits of one hive, and what people should know of them. */
export interface RequestedEdits {
  readonly edits: readonly RegistryEdit[];
  readonly remarks: readonly string[];
}

/**
 * The edits that make `requests` true. Their paths lie below `root`. What is so already is no
 * edit; missing keys above a value are created.
 *
 * @throws {UsageError} if Windows' limits are passed, or for the root itself.
 * @throws {RefusalError} if a symbolic link is on the way.
 * @throws {FormatError} if a key that is touched is damaged.
 */
export function requestedEdits(
  root: HiveKey,
  requests: readonly RegistryRequest[],
): RequestedEdits {
  const picture = new PicturedKey("", { key: root, emptied: false });
  for (const request of requests) play(picture, request);
  const edits: RegistryEdit[] = [];
  const remarks: string[] = [];
  picture.tell({ edits, remarks });
  return { edits, remarks };
}

function play(root: PicturedKey, request: RegistryRequest): void {
  const names = request.path.split("\\").filter((name) => name !== "");
  switch (request.kind) {
    case "create-key":
      return void root.make(names);
    case "delete-key":
      if (names.length === 0) throw new UsageError("Cannot delete the root key of a hive");
      return root.find(names)?.remove();
    case "set-value":
      if (request.name.length > LONGEST_VALUE_NAME) {
        throw tooLong("value", request.name, LONGEST_VALUE_NAME);
      }
      return root.make(names).setValue(request.name, { type: request.type, hex: request.hex });
    case "delete-value":
      return root.find(names)?.setValue(request.name, null);
  }
}

function tooLong(what: string, name: string, most: number): UsageError {
  return new UsageError(
    `Cannot use the ${what} name "${name.slice(0, 20)}...": it has ${name.length} characters, ` +
      `Windows allows ${most}`,
  );
}

interface Found {
  readonly edits: RegistryEdit[];
  readonly remarks: string[];
}

/** A key as it shall be, with what is there now. Only what requests touch is pictured. */
class PicturedKey {
  readonly path: string;
  readonly #key: HiveKey | undefined;
  readonly #depth: number;
  readonly #subkeys = new Map<string, PicturedKey>();
  readonly #values = new Map<string, { readonly name: string; data: RecordedData | null }>();
  /** What the hive holds in it is not wanted any more. */
  #emptied: boolean;
  #present: boolean;

  constructor(
    path: string,
    place: {
      readonly key: HiveKey | undefined;
      readonly emptied: boolean;
      readonly depth?: number;
    },
  ) {
    this.path = path;
    this.#key = place.key;
    this.#depth = place.depth ?? 1;
    this.#emptied = place.emptied;
    this.#present = place.key !== undefined && !place.emptied;
  }

  /** The key at a path below this one; it and those above it are made where they are missing. */
  make(names: readonly string[]): PicturedKey {
    this.#present = true;
    const [first, ...rest] = names;
    return first === undefined ? this : this.#subkey(first).make(rest);
  }

  /** The key at a path below this one, if it is there. */
  find(names: readonly string[]): PicturedKey | undefined {
    if (!this.#present) return undefined;
    const [first, ...rest] = names;
    return first === undefined ? this : this.#subkey(first).find(rest);
  }

  remove(): void {
    this.#present = false;
    this.#emptied = true;
    this.#subkeys.clear();
    this.#values.clear();
  }

  setValue(name: string, data: RecordedData | null): void {
    this.#values.set(upcaseText(name), { name, data });
  }

  /** Adds what differs from the hive. */
  tell(found: Found): void {
    if (!this.#present) return this.#tellRemoved(found);
    if (this.#key === undefined) found.edits.push({ edit: "key-created", key: this.path });
    this.#tellValues(found);
    this.#tellSubkeys(found);
  }

  #subkey(name: string): PicturedKey {
    const upper = upcaseText(name);
    const known = this.#subkeys.get(upper);
    if (known !== undefined) return known;
    if (this.#key?.symbolicLink) throw linkRefusal(this.path, this.#key);
    const key = this.#key?.subkey(name);
    if (key === undefined) this.#refuseImpossible(name);
    const own = key?.name ?? name;
    const path = this.path === "" ? own : `${this.path}\\${own}`;
    const subkey = new PicturedKey(path, { key, emptied: this.#emptied, depth: this.#depth + 1 });
    this.#subkeys.set(upper, subkey);
    return subkey;
  }

  #refuseImpossible(name: string): void {
    if (name.length > LONGEST_KEY_NAME) throw tooLong("key", name, LONGEST_KEY_NAME);
    if (this.#depth < DEEPEST) return;
    throw new UsageError(`Cannot use the path: it has more than ${DEEPEST} levels`);
  }

  #tellRemoved(found: Found): void {
    const key = this.#key;
    if (key === undefined) return;
    found.edits.push({ edit: "key-deleted", key: this.path, before: recordKey(key) });
    if (!key.symbolicLink) return;
    found.remarks.push(
      `${this.path} is a symbolic link: it is deleted, and "${linkTarget(key)}" stays`,
    );
  }

  #tellValues(found: Found): void {
    const wanted = new Map(this.#values);
    if (wanted.size === 0 && !this.#emptied) return;
    const before = found.edits.length;
    for (const value of this.#key?.values() ?? []) {
      const upper = upcaseText(value.name);
      const entry = wanted.get(upper) ?? (this.#emptied ? { data: null } : undefined);
      wanted.delete(upper);
      if (entry !== undefined) this.#tellValue(found, value.name, recordData(value), entry.data);
    }
    for (const { name, data } of wanted.values()) this.#tellValue(found, name, null, data);
    if (this.#key?.symbolicLink && found.edits.length > before) {
      throw linkRefusal(this.path, this.#key);
    }
  }

  #tellValue(
    found: Found,
    name: string,
    before: RecordedData | null,
    after: RecordedData | null,
  ): void {
    if (before?.type === after?.type && before?.hex === after?.hex) return;
    found.edits.push({ edit: "value", key: this.path, name, before, after });
    if (before === null || after === null || before.type === after.type) return;
    const types = `from ${registryTypeName(before.type)} to ${registryTypeName(after.type)}`;
    found.remarks.push(`${name === "" ? "(Default)" : `"${name}"`} changes its type ${types}`);
  }

  #tellSubkeys(found: Found): void {
    if (this.#emptied) {
      for (const key of this.#key?.subkeys() ?? []) this.#subkey(key.name);
    }
    for (const subkey of this.#subkeys.values()) subkey.tell(found);
  }
}
