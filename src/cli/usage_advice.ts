/**
 * What to type instead of a command line that is wrong: the help of that command, or how it is
 * said here what reg.exe says with `/v`, `/t`, `/d`.
 */
import type { Command } from "commander";

/**
 * The next step after a command line that commander refused.
 *
 * @param reason commander's code of the error, as `commander.unknownOption`.
 */
export function usageAdvice(
  program: Command,
  args: readonly string[],
  reason: string,
): string {
  const asked = regExeAdvice(args);
  if (asked !== undefined) return asked;
  const path = commandPath(program, args);
  if (path.join(" ") === "registry set" && reason === "commander.unknownOption") {
    return "Data that begins with - comes last, behind --";
  }
  const extra = reason === "commander.excessArguments" ? FORMS_OF_EXTRA[path.join(" ")] : undefined;
  if (extra !== undefined) return `Write: pemedic ${path.join(" ")} ${extra}`;
  return ["pemedic help", ...path].join(" ");
}

/** What one argument more than a command takes is mostly meant to be. */
const FORMS_OF_EXTRA: Readonly<Record<string, string>> = {
  "registry query": "HIVE PATH --value NAME",
  "registry delete": "HIVE PATH --value NAME",
  "registry export": "HIVE PATH --output FILE",
  "service show": "NAME --windows VOLUME",
};

/** The names of the command that the arguments begin with: `registry`, `set`. */
function commandPath(program: Command, args: readonly string[]): string[] {
  const path: string[] = [];
  let command = program;
  for (const name of args) {
    const next = command.commands.find((candidate) =>
      candidate.name() === name || candidate.aliases().includes(name)
    );
    if (next === undefined || name === "help") break;
    path.push(name);
    command = next;
  }
  return path;
}

/** Options of reg.exe that have a counterpart here. Source: Microsoft Learn, reg add, reg query. */
const REG_EXE_OPTION = /^\/(?:v|ve|t|d|s|f)$/i;

/** Says whether an argument is an option as reg.exe writes it. */
export function isRegExeOption(argument: string): boolean {
  return REG_EXE_OPTION.test(argument);
}

/** How a command line of reg.exe is written here; undefined if it is none. */
export function regExeAdvice(args: readonly string[]): string | undefined {
  const [command = "", verb = "", ...rest] = args;
  const foreign = command === "reg" || (command === "registry" && verb === "add");
  const options = new Set(rest.filter(isRegExeOption).map((option) => option.toLowerCase()));
  if (!foreign && (command !== "registry" || options.size === 0)) return undefined;
  const form = REG_EXE_FORMS[verb]?.((option) => options.has(option));
  return form === undefined ? "pemedic help registry" : `Write: pemedic registry ${form}`;
}

const REG_EXE_FORMS: Readonly<Record<string, (has: (option: string) => boolean) => string>> = {
  query: (has) => `query HIVE PATH${chosenValue(has)}${has("/s") ? " --recursive" : ""}`,
  add: setForm,
  set: setForm,
  delete: (has) => `delete HIVE PATH${chosenValue(has)}${agreedWith(has)}`,
  export: () => "export HIVE PATH --output FILE",
  import: () => "import HIVE FILE",
};

function setForm(has: (option: string) => boolean): string {
  return `set HIVE PATH ${has("/ve") ? "--default" : "NAME"} DATA --type TYPE${agreedWith(has)}`;
}

function chosenValue(has: (option: string) => boolean): string {
  return has("/ve") ? " --default" : has("/v") ? " --value NAME" : "";
}

function agreedWith(has: (option: string) => boolean): string {
  return has("/f") ? " --yes" : "";
}
