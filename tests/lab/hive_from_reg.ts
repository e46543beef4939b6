/**
 * Makes a hive from the text of a `.reg` file, so that the registry of a test Windows is text in
 * git. One file may describe several hives: each takes the keys below its own root path.
 */
import { FormatError } from "../../src/base/mod.ts";
import {
  buildHive,
  type BuildHiveOptions,
  type KeySpec,
  upcaseText,
  type ValueSpec,
} from "../../src/formats/regf/mod.ts";
import {
  parseRegText,
  type RegDocument,
  type RegKeyEntry,
} from "../../src/formats/reg_text/mod.ts";

/** How to make the hive. */
export interface HiveFromRegOptions extends BuildHiveOptions {
  /** Name of the root key's record; `ROOT` if absent. Windows does not look at it. */
  readonly rootName?: string;
  /** Class names by path below the root, for example `Control\\Lsa\\JD`: `.reg` cannot say them. */
  readonly classNames?: Readonly<Record<string, string>>;
}

/**
 * Builds the hive whose root is `rootPath`, for example `HKEY_LOCAL_MACHINE\\SYSTEM`. A value
 * `SymbolicLinkValue` of type REG_LINK makes its key a symbolic link.
 *
 * @throws {FormatError} if the text is wrong, or has keys but none at or below `rootPath`.
 */
export function hiveFromReg(
  text: string,
  rootPath: string,
  options: HiveFromRegOptions = {},
): Uint8Array {
  return buildHive(keySpecFromReg(parseRegText(text), rootPath, options), options);
}

/** The tree at or below `rootPath`, with deletions and overwriting in the order of the document. */
export function keySpecFromReg(
  document: RegDocument,
  rootPath: string,
  options: HiveFromRegOptions = {},
): KeySpec {
  const root = new Branch(options.rootName ?? "");
  let used = 0;
  for (const entry of document.keys) {
    const names = namesBelow(entry.path, rootPath);
    if (names === undefined) continue;
    used++;
    if (entry.deleted) root.remove(names);
    else root.descend(names).setValues(entry);
  }
  if (used === 0 && document.keys.length > 0) {
    throw new FormatError(`Cannot build the hive "${rootPath}": no key of the text is in it`);
  }
  for (const [path, className] of Object.entries(options.classNames ?? {})) {
    root.descend(path.split("\\")).className = className;
  }
  return root.spec();
}

/** The names below the root, or undefined if the path is not there. */
function namesBelow(path: string, rootPath: string): string[] | undefined {
  const root = rootPath.split("\\");
  const names = path.split("\\");
  const inside = root.every((name, i) => upcaseText(names[i] ?? "\0") === upcaseText(name));
  return inside ? names.slice(root.length).filter((name) => name !== "") : undefined;
}

const REG_LINK = 6;

/** A key that is still growing. Children and values are kept by their name in upper case. */
class Branch {
  readonly #name: string;
  readonly #branches = new Map<string, Branch>();
  readonly #values = new Map<string, ValueSpec>();
  className: string | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  descend(names: readonly string[]): Branch {
    const [first, ...rest] = names;
    if (first === undefined) return this;
    const upper = upcaseText(first);
    const branch = this.#branches.get(upper) ?? new Branch(first);
    this.#branches.set(upper, branch);
    return branch.descend(rest);
  }

  remove(names: readonly string[]): void {
    const [first, ...rest] = names;
    if (first === undefined) {
      this.#branches.clear();
      this.#values.clear();
    } else if (rest.length === 0) {
      this.#branches.delete(upcaseText(first));
    } else {
      this.#branches.get(upcaseText(first))?.remove(rest);
    }
  }

  setValues(entry: RegKeyEntry): void {
    for (const value of entry.values) {
      if (value.deleted) this.#values.delete(upcaseText(value.name));
      else this.#values.set(upcaseText(value.name), value);
    }
  }

  spec(): KeySpec {
    const values = [...this.#values.values()];
    const symbolicLink = values.some(({ name, type }) =>
      type === REG_LINK && upcaseText(name) === "SYMBOLICLINKVALUE"
    );
    return {
      name: this.#name,
      ...(this.className === undefined ? {} : { className: this.className }),
      symbolicLink,
      values,
      subkeys: [...this.#branches.values()].map((branch) => branch.spec()),
    };
  }
}
