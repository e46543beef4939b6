/** The hives of the corpus and what other programs count in them. */
import { gunzipSync } from "node:zlib";
import { existsSync } from "node:fs";
import { corpusPath, corpusPresent } from "../../corpus.ts";

/** One row of EXPECTED-hive-counts.tsv. */
export interface ExpectedCount {
  /** Path in the corpus. */
  readonly file: string;
  /** Undefined where the program that counted refused the hive. */
  readonly counts?: {
    readonly keys: number;
    readonly values: number;
    readonly valueBytes: number;
  };
}

/** Reads a corpus file, unpacked. */
export function readCorpus(file: string): Uint8Array {
  const bytes = Deno.readFileSync(corpusPath(file));
  return file.endsWith(".gz") ? new Uint8Array(gunzipSync(bytes)) : bytes;
}

/** The files of a corpus folder, sorted; none without the corpus. */
export function corpusFiles(folder: string): string[] {
  if (!corpusPresent) return [];
  const entries = [...Deno.readDirSync(corpusPath(folder))].filter(({ isFile }) => isFile);
  return entries.map(({ name }) => `${folder}/${name}`).sort();
}

/** The table of counts; empty without the corpus. */
export function expectedCounts(): ExpectedCount[] {
  const table = corpusPath("EXPECTED-hive-counts.tsv");
  if (!existsSync(table)) return [];
  const rows = Deno.readTextFileSync(table).split("\n").filter((line) => line !== "");
  return rows.map((line) => {
    const [file, keys, values, valueBytes] = line.split("\t");
    if (keys === "") return { file: file! };
    return {
      file: file!,
      counts: { keys: Number(keys), values: Number(values), valueBytes: Number(valueBytes) },
    };
  });
}
