/** Runs a program of the build machine and insists on its success. */

/** Options of {@linkcode runTool}. */
export interface RunToolOptions {
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Shows the output as it comes instead of keeping it. */
  readonly show?: boolean;
}

/**
 * Runs a program to its end and returns its standard output, trimmed ("" if it is shown).
 *
 * @throws {Error} with the last lines of its output if it is missing or fails.
 */
export async function runTool(
  program: string,
  args: readonly string[],
  options: RunToolOptions = {},
): Promise<string> {
  const stream = options.show === true ? "inherit" : "piped";
  const command = new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    stdout: stream,
    stderr: stream,
    env: { ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const result = await command.output().catch((cause) => {
    throw new Error(`Cannot start "${program}": ${cause.message}`, { cause });
  });
  const kept = options.show !== true;
  const stdout = kept ? new TextDecoder().decode(result.stdout).trim() : "";
  if (result.success) return stdout;
  const stderr = kept ? new TextDecoder().decode(result.stderr).trim() : "";
  const tail = `${stdout}\n${stderr}`.trim().split("\n").slice(-12).join("\n");
  throw new Error(`"${program} ${args.join(" ")}" failed with exit code ${result.code}\n${tail}`);
}
