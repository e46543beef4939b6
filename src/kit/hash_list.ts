/** Lists of SHA-256 hashes of files, as `sha256sum` writes them: `HEX *path` on each line. */

/** One file of a list. */
export interface ListedHash {
  /** Lower-case hexadecimal digits. */
  readonly hash: string;
  /** Relative to the folder of the list, joined by `\`. */
  readonly path: string;
}

/** A list, and the lines that are none of it. */
export interface HashList {
  readonly files: readonly ListedHash[];
  /** Numbers of lines that cannot be understood, from 1 on. */
  readonly unknownLines: readonly number[];
}

/**
 * A `\` in front of the hash says that `\\` and `\n` in the name stand for one character. Source:
 * GNU coreutils manual, "md5sum invocation".
 */
const LINE = /^(\\?)([0-9A-Fa-f]{64})(?: [ *])(.+)$/;

/** Reads a list. Empty lines and those that begin with `#` are passed over; never throws. */
export function parseHashList(text: string): HashList {
  const files: ListedHash[] = [];
  const unknownLines: number[] = [];
  text.replace(/^\ufeff/, "").split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === "" || line.startsWith("#")) return;
    const [, escaped, hash, name] = LINE.exec(line) ?? [];
    const path = name === undefined ? undefined : mediaPath(escaped === "" ? name : unescape(name));
    if (hash === undefined || path === undefined) unknownLines.push(index + 1);
    else files.push({ hash: hash.toLowerCase(), path });
  });
  return { files, unknownLines };
}

function unescape(name: string): string {
  return name.replace(/\\([\\nr])/g, (_, sign) => sign === "n" ? "\n" : sign === "r" ? "\r" : "\\");
}

// deno-lint-ignore no-control-regex
const FORBIDDEN = /[<>:"|?*\u0000-\u001f]/;

/** Undefined for a path that is absolute or climbs: a list speaks of its own folder. */
function mediaPath(name: string): string | undefined {
  const names = name.split(/[\\/]+/).filter((part) => part !== ".");
  const wrong = names.some((part) => part === "" || part === ".." || FORBIDDEN.test(part));
  return wrong ? undefined : names.join("\\");
}
