/**
 * Talks to people: commands, prompts, progress, and the one place where errors become exit
 * codes. Wires the real host; the tests wire the lab's.
 *
 * @module
 */
import type { Command } from "commander";
import { ExitCode, MedicError, UsageError, wrap } from "../base/mod.ts";
import type { Host } from "../host/mod.ts";
import type { GlobalOptions } from "./context.ts";
import { Output } from "./output.ts";
import { buildProgram, isUsageExit, type MedicProgram, type UsageExit } from "./program.ts";
import { regExeAdvice } from "./usage_advice.ts";

/** Started with nothing, as from the stick: show the machine; the scan names the next command. */
const FIRST_COMMAND = ["scan"];

/** `help cache reset` and, as in Windows, `cache reset /?` are what `cache reset --help` is. */
function commandOf(args: readonly string[]): string[] {
  if (args.length === 0) return [...FIRST_COMMAND];
  const [first, ...rest] = args;
  if (first === "help") return [...rest, "--help"];
  return args.at(-1) === "/?" ? [...args.slice(0, -1), "--help"] : [...args];
}

/** `help bogus` is a mistyped command; what follows a whole one is taken for its arguments. */
function requireKnownHelp(program: MedicProgram, [first, ...names]: readonly string[]): void {
  if (first !== "help") return;
  let command: Command = program;
  for (const [at, name] of names.entries()) {
    if (name.startsWith("-") || name === "help" || command.commands.length === 0) return;
    const next = command.commands.find((one) =>
      one.name() === name || one.aliases().includes(name)
    );
    if (next === undefined) {
      throw new UsageError(`Cannot find the command "${names.slice(0, at + 1).join(" ")}"`, {
        next: ["pemedic help", ...names.slice(0, at)].join(" "),
      });
    }
    command = next;
  }
}

/** How `main` gets its host. */
export type HostFactory = (options: { toolFolder?: string }) => Promise<Host>;

async function realHost(options: { toolFolder?: string }): Promise<Host> {
  const { createRealHost } = await import("../host/real_host.ts");
  return await createRealHost(options);
}

/** Runs a command line and returns the exit code. */
export async function main(
  args: readonly string[],
  makeHost: HostFactory = realHost,
): Promise<number> {
  const toolFolder = valueOf(args, "--tools");
  const host = await makeHost(toolFolder === undefined ? {} : { toolFolder });
  let output = new Output(host, { json: args.includes("--json") });
  let program: MedicProgram | undefined;
  try {
    output = await withLog(host, args, output);
    for (const option of FOLDER_OPTIONS) await requireFolder(host, option, valueOf(args, option));
    const command = commandOf(args);
    program = await buildProgram({ host, output, args }, command);
    requireKnownHelp(program, args);
    await program.parseAsync(command, { from: "user" });
    if (args.length === 0) output.talk("All commands: pemedic help");
    return program.medicExitCode();
  } catch (error) {
    if (program !== undefined && isUsageExit(error)) return reportUsage(error, output, program);
    return report(error, output, args);
  } finally {
    await closeQuietly(output);
  }
}

/** Options that name a folder: a mistyped one must not be found out after the repair. */
const FOLDER_OPTIONS = ["--tools", "--mirror"] as const;

async function requireFolder(host: Host, option: string, path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const entry = await host.files.stat(path);
  if (entry?.kind === "directory") return;
  const state = entry === undefined ? "it is not there" : "it is a file";
  throw new UsageError(`Cannot use the folder "${path}" of ${option}: ${state}`, {
    next: "See the letters of here with: pemedic scan",
  });
}

async function withLog(host: Host, args: readonly string[], output: Output): Promise<Output> {
  const path = valueOf(args, "--log");
  if (path === undefined) return output;
  try {
    return new Output(host, { json: output.json, log: await host.files.openAppend(path) });
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    throw new UsageError(`Cannot write the log: ${error.message}`, {
      next: "Name a file in a folder that exists, on a disk that can be written: --log E:\\log.txt",
      cause: error,
    });
  }
}

async function closeQuietly(output: Output): Promise<void> {
  try {
    await output.close();
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    output.talk(`The log could not be written: ${error.message}`);
  }
}

/** Options that are needed before the command line is parsed. */
function valueOf(
  args: readonly string[],
  option: keyof GlobalOptions | `--${string}`,
): string | undefined {
  const joined = args.find((argument) => argument.startsWith(`${option}=`));
  if (joined !== undefined) return joined.slice(option.length + 1);
  const at = args.indexOf(option);
  return at >= 0 ? args[at + 1] : undefined;
}

/** Commander has told people already; programs get their document. */
function reportUsage(error: UsageExit, output: Output, program: MedicProgram): number {
  if (error.exitCode === 0) return ExitCode.ok;
  const shown = error.message.startsWith("("); // the help
  const message = shown ? "No command was given" : error.message.replace(/^error: /, "");
  const next = program.medicAdvice(error.code);
  if (output.json) output.error(message, { code: "usage", exitCode: ExitCode.usage, next });
  else if (!shown) output.talk(wrap(next, { first: "Next: ", indent: "      " }));
  return ExitCode.usage;
}

/** The one switch from errors to exit codes: sentences for users, stacks only for our own faults. */
function report(error: unknown, output: Output, args: readonly string[]): number {
  if (error instanceof MedicError) {
    const next = error.next ?? (error instanceof UsageError ? regExeAdvice(args) : undefined);
    output.error(error.message, {
      code: error.code,
      exitCode: error.exitCode,
      ...(next === undefined ? {} : { next }),
    });
    return error.exitCode;
  }
  const stack = error instanceof Error ? error.stack ?? error.message : String(error);
  output.error(`This is a fault in PE Medic, please report it:\n${stack}`, {
    code: "internal",
    exitCode: ExitCode.internal,
  });
  return ExitCode.internal;
}
