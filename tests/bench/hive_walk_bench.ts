/**
 * Compares a full walk of a 37.7 MB SOFTWARE hive with `hivexml` over the same file: whole
 * processes, in turns, wall time. Both start cold but read from the page cache.
 *
 * Run: `deno run -A tests/bench/hive_walk_bench.ts [rounds]`
 */
import { fileURLToPath } from "node:url";
import { corpusPath, corpusPresent } from "../corpus.ts";
import { hivexmlPresent } from "../formats/hive_oracles.ts";

const walker = fileURLToPath(new URL("walk_hive.ts", import.meta.url));

async function print(line: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(line + "\n"));
}

/** Milliseconds that a program takes; its output goes nowhere. */
async function measure(program: string, args: readonly string[]): Promise<number> {
  const start = performance.now();
  const command = new Deno.Command(program, { args: [...args], stdout: "null", stderr: "null" });
  const { code } = await command.output();
  if (code !== 0) throw new Error(`${program} ended with exit code ${code}`);
  return performance.now() - start;
}

interface Times {
  readonly min: number;
  readonly median: number;
}

function summarise(times: readonly number[]): Times {
  const sorted = times.toSorted((a, b) => a - b);
  return { min: sorted[0]!, median: sorted[Math.floor(sorted.length / 2)]! };
}

function describe({ min, median }: Times): string {
  return `min ${min.toFixed(0)} ms, median ${median.toFixed(0)} ms`;
}

async function unpack(target: string): Promise<void> {
  const packed = await Deno.open(corpusPath("hives-clean/SOFTWARE-plaso.gz"));
  const file = await Deno.create(target);
  await packed.readable.pipeThrough(new DecompressionStream("gzip")).pipeTo(file.writable);
}

async function compare(hive: string, rounds: number): Promise<void> {
  const walk = ["run", "--quiet", "--allow-read", walker, hive];
  await measure(Deno.execPath(), walk); // compiles the walker once
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await measure(Deno.execPath(), walk));
    theirs.push(await measure("hivexml", [hive]));
  }
  const [a, b] = [summarise(ours), summarise(theirs)];
  await print(`walk_hive.ts: ${describe(a)}`);
  await print(`hivexml:      ${describe(b)}`);
  await print(
    `ratio:        min ${(a.min / b.min).toFixed(2)}, median ${(a.median / b.median).toFixed(2)}`,
  );
}

const rounds = Number(Deno.args[0] ?? 7);
if (!corpusPresent) {
  await print("Not measured: the corpus is absent");
} else if (!hivexmlPresent) {
  await print("Not measured: hivexml is absent");
} else {
  const folder = await Deno.makeTempDir({ prefix: "pemedic-bench-" });
  try {
    await unpack(`${folder}/SOFTWARE`);
    await compare(`${folder}/SOFTWARE`, rounds);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
