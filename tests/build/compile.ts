/**
 * Makes one executable of the program. The official runtime is used where Deno's download
 * server answers; elsewhere a stand-in of an older version, which is good enough for tests.
 * Whichever it was is printed.
 *
 *     deno run -A tests/build/compile.ts --target windows
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { PROGRAM_PERMISSIONS } from "./permissions.ts";
import { runTool } from "./run_tool.ts";
import { STAND_IN_VERSION, standInRuntime, type Target } from "./stand_in_runtime.ts";

/** What to compile. */
export interface CompileOptions {
  readonly target: Target;
  /** Entry point, relative to the repository. */
  readonly entry: string;
  /** The file to write, relative to the repository. */
  readonly output: string;
  /** Permission flags; those of the program by default. */
  readonly permissions?: readonly string[];
  /** Fails instead of using a stand-in. */
  readonly officialOnly?: boolean;
}

/** What was compiled. */
export interface Compiled {
  /** Which runtime is inside, for people. */
  readonly runtime: string;
  /** Size of the executable in bytes. */
  readonly size: number;
}

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

const TRIPLES: Readonly<Record<Target, string>> = {
  windows: "x86_64-pc-windows-msvc",
  linux: "x86_64-unknown-linux-gnu",
};

/**
 * Compiles, with the official runtime if it can be had.
 *
 * @throws {Error} if the program does not compile, or no runtime is to be had.
 */
export async function compile(options: CompileOptions): Promise<Compiled> {
  const runtime = await compileOfficially(options) ?? await compileWithStandIn(options);
  const { size } = await Deno.stat(`${REPOSITORY}/${options.output}`);
  return { runtime, size };
}

/** Undefined if only the download of the runtime failed. */
async function compileOfficially(options: CompileOptions): Promise<string | undefined> {
  try {
    await runTool(Deno.execPath(), compileArguments(options), { cwd: REPOSITORY });
  } catch (error) {
    const unreachable = error instanceof Error && /denort|base binary/i.test(error.message);
    if (!unreachable || options.officialOnly === true) throw error;
    return undefined;
  }
  return `official runtime of Deno ${Deno.version.deno}`;
}

async function compileWithStandIn(options: CompileOptions): Promise<string> {
  const runtime = await standInRuntime(options.target);
  const deno = ["--yes", `deno@${STAND_IN_VERSION}`];
  await runTool("npx", [...deno, ...compileArguments(options)], {
    cwd: REPOSITORY,
    // This older version asks its own list of certificates unless told otherwise.
    env: { DENORT_BIN: runtime, DENO_TLS_CA_STORE: "system" },
  });
  return `stand-in runtime of Deno ${STAND_IN_VERSION}: for tests only`;
}

function compileArguments(options: CompileOptions): string[] {
  return [
    "compile",
    "--quiet",
    "--frozen",
    // `deno task test` checks the types, with the compiler that they are written for.
    "--no-check",
    // Nothing is written to the RAM disk of WinPE at the first start.
    "--no-code-cache",
    // Asking for a permission in the middle of a repair would be a fault.
    "--no-prompt",
    "--node-modules-dir=none",
    ...(options.permissions ?? PROGRAM_PERMISSIONS),
    "--target",
    TRIPLES[options.target],
    "--output",
    options.output,
    options.entry,
  ];
}

/** Command line: `--target windows|linux`, `--output FILE`, `--entry FILE`, `--official-only`. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      target: { type: "string", default: "windows" },
      output: { type: "string" },
      entry: { type: "string", default: "main.ts" },
      "official-only": { type: "boolean", default: false },
    },
  });
  const target = values.target;
  if (target !== "windows" && target !== "linux") {
    throw new Error(`Cannot compile for "${target}": choose windows or linux`);
  }
  const output = values.output ?? `dist/pemedic${target === "windows" ? ".exe" : ""}`;
  const { entry } = values;
  const officialOnly = values["official-only"];
  const { runtime, size } = await compile({ target, entry, output, officialOnly });
  const megabytes = (size / 1e6).toFixed(1);
  await Deno.stdout.write(
    new TextEncoder().encode(`${output}: ${megabytes} MB, ${runtime}\n`),
  );
}

if (import.meta.main) await main();
