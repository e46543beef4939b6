/** Where the shared corpus of real files is, if this machine has it. Third-party data, never committed. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = Deno.env.get("PEMEDIC_CORPUS") ??
  fileURLToPath(new URL("../../shared/corpus", import.meta.url));

/** True if the corpus can be read; tests that need it are skipped by name otherwise. */
export const corpusPresent: boolean = existsSync(root);

/** The path of a corpus file. */
export function corpusPath(relative: string): string {
  return `${root}/${relative}`;
}
