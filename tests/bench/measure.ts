/** Whole processes measured from outside: wall time and peak memory, in turns. */

/** One measured run. */
export interface Run {
  readonly milliseconds: number;
  /** Largest resident size in MB, or undefined where `/usr/bin/time` is absent. */
  readonly peakMb: number | undefined;
}

/** A program with its arguments. */
export type CommandLine = readonly [program: string, ...args: readonly string[]];

const TIME = "/usr/bin/time";

/** Exit codes that count as a run: a diagnosis that finds problems ends with 5. */
const ACCEPTED = [0, 5];

/** Runs a program once; its output goes nowhere. */
export async function measure(line: CommandLine): Promise<Run> {
  const [program, ...args] = line;
  const start = performance.now();
  const command = new Deno.Command(program, { args, stdout: "null", stderr: "null" });
  const { code } = await command.output();
  const milliseconds = performance.now() - start;
  if (!ACCEPTED.includes(code)) throw new Error(`${program} ended with exit code ${code}`);
  return { milliseconds, peakMb: undefined };
}

/** Runs a program once under `time`, for its peak memory. */
export async function measurePeak(line: CommandLine): Promise<number | undefined> {
  try {
    const command = new Deno.Command(TIME, { args: ["-f", "%M", ...line], stdout: "null" });
    const { stderr } = await command.output();
    const last = new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "";
    return Number(last) / 1024;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Minimum and median of some figures. */
export function summarise(values: readonly number[]): { min: number; median: number } {
  const sorted = values.toSorted((a, b) => a - b);
  return { min: sorted[0]!, median: sorted[Math.floor(sorted.length / 2)]! };
}

/** Measures two programs in turns, after one run of each that does not count. */
export async function compareInTurns(
  ours: CommandLine,
  theirs: CommandLine,
  rounds: number,
): Promise<{ ours: number[]; theirs: number[] }> {
  await measure(ours);
  await measure(theirs);
  const times = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.ours.push((await measure(ours)).milliseconds);
    times.theirs.push((await measure(theirs)).milliseconds);
  }
  return times;
}

/** Prints both figures and their ratio. */
export async function printComparison(
  names: { ours: string; theirs: string; aim: string },
  times: { ours: readonly number[]; theirs: readonly number[] },
): Promise<void> {
  const [a, b] = [summarise(times.ours), summarise(times.theirs)];
  const line = (name: string, figures: { min: number; median: number }) =>
    `  ${name.padEnd(28)} min ${figures.min.toFixed(0)} ms, median ${figures.median.toFixed(0)} ms`;
  await print(line(names.ours, a));
  await print(line(names.theirs, b));
  const ratio = `min ${(a.min / b.min).toFixed(2)}, median ${(a.median / b.median).toFixed(2)}`;
  await print(`  ${"ratio".padEnd(28)} ${ratio} (aim: ${names.aim})`);
}

/** Prints one line. */
export async function print(line: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(line + "\n"));
}
