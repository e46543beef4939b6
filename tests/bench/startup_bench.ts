/** Compares `pemedic --version` with an empty script, both compiled for Linux the same way. */
import { compile } from "../build/compile.ts";
import { repositoryRoot } from "../paths.ts";
import { compareInTurns, print, printComparison } from "./measure.ts";

/** Runs the comparison and prints it. */
export async function benchStartup(rounds: number): Promise<string> {
  await print("Start-up: pemedic --version, beside an empty script compiled alike");
  const program = { target: "linux", entry: "main.ts", output: "dist/bench/pemedic" } as const;
  const empty = {
    target: "linux",
    entry: "tests/bench/empty.ts",
    output: "dist/bench/empty",
  } as const;
  const { runtime } = await compile(program);
  await compile(empty);
  const times = await compareInTurns(
    [`${repositoryRoot}/${program.output}`, "--version"],
    [`${repositoryRoot}/${empty.output}`],
    rounds,
  );
  await print(`  ${runtime}`);
  await printComparison(
    { ours: "pemedic --version", theirs: "empty script", aim: "under 1.5" },
    times,
  );
  return `${repositoryRoot}/${program.output}`;
}
