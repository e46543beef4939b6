/** Options that several commands share, and how their values are read. */
import { type Command, InvalidArgumentError } from "commander";
import { type Inclusion, INCLUSIONS } from "../repairs/mod.ts";
import type { GlobalOptions } from "./context.ts";
import type { RunOptions } from "./run_repair.ts";

/** Options of a command that only looks. */
export type LookOptions = GlobalOptions & { readonly scratch?: string };

/** Options of a command that changes something. */
export type ChangeOptions = LookOptions & RunOptions;

/** Adds the options that every command has. */
export function common(command: Command): Command {
  return command
    .option("--json", "print JSON (one document, or JSON Lines for events)")
    .option("--log <file>", "append everything to this file, as JSON Lines")
    .option("--windows <volume>", "the Windows to work on, if there are several")
    .option("--tools <folder>", "look for dism.exe, chkdsk.exe, sfc.exe here first")
    .option("--mirror <folder>", "keep a copy of the journal here (default: the stick)");
}

/** Adds the options of every command that changes something. */
export function changing(command: Command): Command {
  return common(command)
    .option("--dry-run", "show the plan and change nothing")
    .option("--yes", "agree to the plan without being asked")
    .option("--save-plan <file>", "write the plan to a file")
    .option("--quiet-after <seconds>", "report a tool that is silent for so long", seconds);
}

/** Adds `--scratch`. */
export function withScratch(command: Command): Command {
  return command.option("--scratch <folder>", "folder for DISM's scratch files");
}

/** An option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** A list of settings, with commas between them; may be given several times. */
export function inclusions(value: string, before: readonly Inclusion[] = []): Inclusion[] {
  const names = value.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !isInclusion(name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`It must be made of ${INCLUSIONS.join(", ")}.`);
  }
  return [...before, ...names.filter(isInclusion)];
}

function isInclusion(name: string): name is Inclusion {
  return INCLUSIONS.some((inclusion) => inclusion === name);
}

/** A number of seconds, at least 1. */
export function seconds(value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || number < 1) {
    throw new InvalidArgumentError("It must be a number of seconds.");
  }
  return number;
}
