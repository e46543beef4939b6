/** The command line: names, options, help. This folder is the only one that knows `commander`. */
import { Command, Option } from "commander";
import { EXIT_CODES, ExitCode, wrap } from "../base/mod.ts";
import type { Host } from "../host/mod.ts";
import { groupsFor } from "./command_groups.ts";
import type { CommandContext, GlobalOptions } from "./context.ts";
import { common } from "./options.ts";
import type { Output } from "./output.ts";
import { hideProductKeys } from "../tools/setup/mod.ts";
import { quoted } from "./registry_path.ts";
import { usageAdvice } from "./usage_advice.ts";
import { VERSION } from "./version.ts";

/** What the program is built with. */
export interface ProgramParts {
  readonly host: Host;
  readonly output: Output;
  readonly args: readonly string[];
}

/** The program, the exit code of the command that ran, and what to do after a wrong one. */
export type MedicProgram = Command & {
  medicExitCode(): number;
  /** @param reason commander's code of the error. */
  medicAdvice(reason: string): string;
};

/** Runs one command and returns its exit code. */
export type CommandBody = (context: CommandContext) => Promise<number>;

/** How command files hook into the program. */
export interface Registrar {
  /** Wraps a command's body: makes its context, keeps its exit code. */
  run(options: GlobalOptions, body: CommandBody): Promise<void>;
}

/**
 * Builds the command line, as far as `words` asks for it.
 *
 * @param words the command as it will be parsed; without the name of one, all are built.
 */
export async function buildProgram(
  parts: ProgramParts,
  words: readonly string[] = [],
): Promise<MedicProgram> {
  let exitCode: number = ExitCode.ok;
  const program = new Command("pemedic")
    .description(
      "Repairs a Windows that does not start, from WinPE: proves, plans, asks, undoes.",
    )
    .version(`pemedic ${VERSION}`, "-V, --version")
    .addHelpOption(new Option("-h, --help").hideHelp())
    .helpCommand(false)
    .configureHelp({ helpWidth: 80, showGlobalOptions: false, subcommandTerm })
    .configureOutput({
      writeOut: (text) => parts.host.terminal.write(text),
      writeErr: (text) => {
        if (!parts.output.json) parts.host.terminal.writeError(text);
      },
      outputError: (text, write) => write(text.split("\n").map(wrapError).join("\n")),
    })
    .exitOverride()
    .addHelpText("after", "\nMore: pemedic help COMMAND; every exit code: pemedic exit-codes");
  for (const option of program.options) option.hideHelp();
  const registrar: Registrar = {
    run: async (options, body) => {
      exitCode = await body({
        host: parts.host,
        output: parts.output,
        options,
        // A product key that somebody typed must not get into a journal.
        commandLine: hideProductKeys(["pemedic", ...parts.args.map(quoted)].join(" ")),
      });
    },
  };
  for (const group of groupsFor(words)) (await group.load())(program, registrar);
  common(
    program.command("exit-codes", { hidden: true }).description(
      "every exit code and what it means",
    ),
  )
    .action((options: GlobalOptions) => registrar.run(options, showExitCodes));
  return Object.assign(program, {
    medicExitCode: () => exitCode,
    medicAdvice: (reason: string) => usageAdvice(program, parts.args, reason),
  });
}

/** A command in a list: its name and what it takes. That it has options goes without saying. */
function subcommandTerm(command: Command): string {
  const taken = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...taken].join(" ");
}

function wrapError(line: string): string {
  return wrap(line, { first: "", indent: "  " });
}

function showExitCodes({ output }: CommandContext): Promise<number> {
  output.document({ exitCodes: EXIT_CODES });
  output.result(exitCodeTable());
  return Promise.resolve(ExitCode.ok);
}

function exitCodeTable(): string {
  const rows = EXIT_CODES.map((row) => {
    const [first = "", ...rest] = breakAt(row.meaning, 72);
    return [`  ${String(row.code).padStart(3)}  ${first}`, ...rest.map((line) => `       ${line}`)]
      .join("\n");
  });
  return `${rows.join("\n")}\n  Any other code means that it failed.`;
}

function breakAt(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}

/** How commander ends the program: after help, version or a wrong option. */
export type UsageExit = Error & { readonly exitCode: number; readonly code: string };

/** Says whether commander ended the program. */
export function isUsageExit(error: unknown): error is UsageExit {
  return error instanceof Error && "code" in error &&
    typeof error.code === "string" && error.code.startsWith("commander.") && "exitCode" in error;
}
