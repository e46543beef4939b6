/**
 * Patterns for paths inside media, as people type them: `sources\*`, `**\*.inf`, `boot`. Few
 * signs and no surprises, because a pattern decides what is copied.
 */
import { foldCase } from "../base/mod.ts";

/** Says whether a path inside media (`sources\install.wim`) is meant. */
export type PathMatcher = (path: string) => boolean;

/**
 * Makes a matcher. `*` stands for any characters of one name, `?` for one of them, `**` as a whole
 * name for any number of folders. A pattern without these signs means that file, or that folder
 * with all that is in it. Case does not count; `/` separates as `\` does.
 */
export function pathMatcher(pattern: string): PathMatcher {
  const names = foldCase(pattern).split(/[\\/]+/).filter((name) => name !== "" && name !== ".");
  if (!/[*?]/.test(pattern)) {
    const plain = names.join("\\");
    return (path) => {
      const folded = foldCase(path);
      return plain === "" || folded === plain || folded.startsWith(`${plain}\\`);
    };
  }
  return (path) => matchNames(names, foldCase(path).split("\\"));
}

/**
 * Makes a matcher of several patterns: what any of them means, without what a pattern behind `!`
 * means. Everything is meant where there are only such ones, or none.
 */
export function pathSelection(patterns: readonly string[]): PathMatcher {
  const wanted = patterns.filter((pattern) => !pattern.startsWith("!")).map(pathMatcher);
  const unwanted = patterns.filter((pattern) => pattern.startsWith("!"))
    .map((pattern) => pathMatcher(pattern.slice(1)));
  return (path) =>
    (wanted.length === 0 || wanted.some((match) => match(path))) &&
    !unwanted.some((match) => match(path));
}

/**
 * Each name of the path against each of the pattern once: the time grows with their product, not
 * with the number of ways to divide the path.
 */
function matchNames(pattern: readonly string[], names: readonly string[]): boolean {
  // reached[n]: the pattern so far stands for the first n names.
  let reached = names.map(() => false);
  reached = [true, ...reached];
  for (const part of pattern) {
    const next = reached.map(() => false);
    for (let at = 0; at <= names.length; at++) {
      if (part === "**") next[at] = reached[at]! || (at > 0 && next[at - 1]!);
      else if (at > 0) next[at] = reached[at - 1]! && matchName(part, names[at - 1]!);
    }
    reached = next;
  }
  return reached[names.length]!;
}

/** One name. After a failure only the last `*` takes a character more: no other way can be better. */
function matchName(pattern: string, name: string): boolean {
  let [p, n, star, mark] = [0, 0, -1, 0];
  while (n < name.length) {
    if (pattern[p] === "*") {
      star = p++;
      mark = n;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === name[n])) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++mark;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
