/**
 * Keys found without following symbolic links: a link leads to a path of the running registry
 * (`\Registry\Machine\…`), which may lie in another hive or be another key than people think.
 */
import { RefusalError } from "../base/mod.ts";
import type { HiveKey } from "../formats/regf/mod.ts";

/** Name of the value in which a link keeps its target ("Registry Symbolic Links", ntoskrnl). */
const TARGET_VALUE = "SymbolicLinkValue";

/** Where a key that is a symbolic link points to; undefined for any other key. */
export function linkTarget(key: HiveKey): string | undefined {
  if (!key.symbolicLink) return undefined;
  return key.value(TARGET_VALUE)?.string() ?? "a target that cannot be read";
}

/** The refusal to go through the link at `path`. */
export function linkRefusal(path: string, key: HiveKey): RefusalError {
  return new RefusalError(
    `Cannot follow "${path}": it is a symbolic link to "${linkTarget(key)}"`,
    { next: "Name the key that it points to" },
  );
}

/** How far a path leads. */
export interface FoundPath {
  /** The key, if the whole path is there. A link at its end is itself. */
  readonly key: HiveKey | undefined;
  /** The part of the path that is there, in the spelling of the hive. */
  readonly present: string;
}

/**
 * Goes down a path below `root`: names with `\` between them.
 *
 * @throws {RefusalError} if a symbolic link is on the way.
 * @throws {FormatError} if a key on the way is damaged.
 */
export function findKey(root: HiveKey, path: string): FoundPath {
  const present: string[] = [];
  let key = root;
  for (const name of path.split("\\").filter((part) => part !== "")) {
    if (key.symbolicLink) throw linkRefusal(present.join("\\"), key);
    const next = key.subkey(name);
    if (next === undefined) return { key: undefined, present: present.join("\\") };
    present.push(next.name);
    key = next;
  }
  return { key, present: present.join("\\") };
}
