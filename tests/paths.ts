/** Paths of the repository in tests, alike on every system: with `/`. */
import { fileURLToPath } from "node:url";
import * as path from "node:path";

/** The path of a file URL, with `/`. */
export function fromFileUrl(url: string): string {
  return fileURLToPath(url).replaceAll("\\", "/");
}

/** The folder of a path. */
export function dirname(file: string): string {
  return path.posix.dirname(file);
}

/** The way from one folder to a path below it. */
export function relative(from: string, to: string): string {
  return path.posix.relative(from, to);
}

/** The repository's root folder. */
export const repositoryRoot = dirname(dirname(fromFileUrl(import.meta.url)));
