/** Runs a command line in a lab, as the tests of commands and steps do. */
import { main } from "../src/cli/mod.ts";
import type { Host } from "../src/host/mod.ts";
import type { LabTerminal } from "./lab/mod.ts";

/** What a command left on the terminal. */
export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `pemedic ARGS` in a lab and returns what this call printed. */
export async function runCli(
  lab: { readonly host: Host & { readonly terminal: LabTerminal } },
  ...args: readonly string[]
): Promise<CliRun> {
  const { terminal } = lab.host;
  const [out, err] = [terminal.stdout.length, terminal.stderr.length];
  const code = await main(args, () => Promise.resolve(lab.host));
  return { code, stdout: terminal.stdout.slice(out), stderr: terminal.stderr.slice(err) };
}

/** The JSON documents and events that a command printed. */
export function jsonLines(run: CliRun): Record<string, unknown>[] {
  return run.stdout.trim().split("\n").map((line) => JSON.parse(line));
}
