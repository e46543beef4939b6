/**
 * Compares a full walk of a 37.7 MB SOFTWARE hive with `hivexml` over the same file: whole
 * processes, in turns, wall time. Both start cold but read from the page cache.
 */
import { fileURLToPath } from "node:url";
import { corpusPath, corpusPresent } from "../corpus.ts";
import { hivexmlPresent } from "../formats/hive_oracles.ts";
import { compareInTurns, print, printComparison } from "./measure.ts";

const walker = fileURLToPath(new URL("walk_hive.ts", import.meta.url));

/** Unpacks a file of the corpus. */
export async function unpackCorpus(name: string, target: string): Promise<void> {
  const packed = await Deno.open(corpusPath(name));
  const file = await Deno.create(target);
  await packed.readable.pipeThrough(new DecompressionStream("gzip")).pipeTo(file.writable);
}

/** Runs the comparison and prints it. */
export async function benchHiveWalk(folder: string, rounds: number): Promise<void> {
  await print("Full walk of a 37.7 MB SOFTWARE hive, beside hivexml");
  if (!corpusPresent) return await print("  not measured: the corpus is absent");
  if (!hivexmlPresent) return await print("  not measured: hivexml is absent");
  const hive = `${folder}/SOFTWARE`;
  await unpackCorpus("hives-clean/SOFTWARE-plaso.gz", hive);
  const ours = [Deno.execPath(), "run", "--quiet", "--allow-read", walker, hive] as const;
  const times = await compareInTurns(ours, ["hivexml", hive], rounds);
  await printComparison({ ours: "walk_hive.ts", theirs: "hivexml", aim: "under 0.5" }, times);
}
