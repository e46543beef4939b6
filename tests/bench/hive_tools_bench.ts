/**
 * Measures what a technician does with a 37.7 MB SOFTWARE hive: export as `.reg` text beside
 * `hivexregedit --export`, one value set with all its verification, and the replay of logs.
 */
import { corpusPath, corpusPresent } from "../corpus.ts";
import { readHiveSet } from "../../src/formats/regf/mod.ts";
import { hivexregeditPresent } from "../formats/hive_oracles.ts";
import { unpackCorpus } from "./hive_walk_bench.ts";
import { compareInTurns, measure, print, printComparison, summarise } from "./measure.ts";

const VALUE = "Microsoft\\Windows NT\\CurrentVersion";
const LARGEST_DIRTY = "hives-dirty/UsrClass/UsrClass.dat";

/** Runs the measurements with the compiled program and prints them. */
export async function benchHiveTools(
  program: string,
  folder: string,
  rounds: number,
): Promise<void> {
  if (!corpusPresent) return await print("Hive tools: not measured, the corpus is absent");
  const hive = `${folder}/SOFTWARE`;
  await unpackCorpus("hives-clean/SOFTWARE-plaso.gz", hive);
  await benchExport(program, hive, rounds);
  await benchSet(program, hive, Math.min(rounds, 5));
  await benchReplay(rounds);
}

async function benchExport(program: string, hive: string, rounds: number): Promise<void> {
  await print(".reg export of a 37.7 MB SOFTWARE hive, beside hivexregedit --export");
  if (!hivexregeditPresent) return await print("  not measured: hivexregedit is absent");
  const ours = [program, "registry", "export", hive] as const;
  const prefix = ["--prefix", "HKEY_LOCAL_MACHINE\\SOFTWARE"] as const;
  const theirs = ["hivexregedit", "--export", ...prefix, hive, "\\"] as const;
  const times = await compareInTurns(ours, theirs, rounds);
  const names = { ours: "pemedic registry export", theirs: "hivexregedit", aim: "under 0.25" };
  await printComparison(names, times);
}

async function benchSet(program: string, hive: string, rounds: number): Promise<void> {
  await print("One value set in a 37.7 MB hive: journal, edit, verification, swap");
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const place = `${hive}-set-${round}`;
    await Deno.mkdir(place);
    const copy = `${place}/SOFTWARE`;
    await Deno.copyFile(hive, copy);
    const values = ["BenchRound", String(round), "--type", "dword"] as const;
    const { milliseconds } = await measure([
      program,
      "registry",
      "set",
      copy,
      VALUE,
      ...values,
      "--yes",
    ]);
    if (round > 0) times.push(milliseconds); // the first one warms the caches
    await Deno.remove(place, { recursive: true });
  }
  const { min, median } = summarise(times);
  await print(`  min ${min.toFixed(0)} ms, median ${median.toFixed(0)} ms (aim: under 1500)`);
}

async function benchReplay(rounds: number): Promise<void> {
  const path = corpusPath(LARGEST_DIRTY);
  const files = new Map<string, Uint8Array>();
  for (const suffix of ["", ".LOG1", ".LOG2"]) {
    files.set(path + suffix, await Deno.readFile(path + suffix));
  }
  const times: number[] = [];
  let pages = 0;
  for (let round = 0; round <= rounds; round++) {
    // The replay takes the primary file's memory over.
    const fresh = new Map([...files].map(([name, bytes]) => [name, bytes.slice()]));
    const start = performance.now();
    const replay = await readHiveSet(path, (file) => Promise.resolve(fresh.get(file)));
    if (round > 0) times.push(performance.now() - start);
    pages = replay?.pages ?? 0;
  }
  const { min, median } = summarise(times);
  await print(`Replay of the largest dirty set of the corpus (${pages} pages), in one process`);
  await print(`  min ${min.toFixed(1)} ms, median ${median.toFixed(1)} ms`);
}
