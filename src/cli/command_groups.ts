/**
 * The groups of commands and the file of each: a command line loads the group that it names and
 * nothing of the others, because from a slow stick every file is waited for.
 */
import type { Command } from "commander";
import type { Registrar } from "./program.ts";

/** Adds the commands of a group to the program. */
export type AddCommands = (program: Command, registrar: Registrar) => void;

/** Commands that live in one file. */
export interface CommandGroup {
  /** Their names and aliases. */
  readonly words: readonly string[];
  load(): Promise<AddCommands>;
}

/** All groups, in the order of the help. */
export const COMMAND_GROUPS: readonly CommandGroup[] = [
  {
    words: ["scan", "diagnose"],
    load: async () => (await import("./commands/inspect_commands.ts")).addInspectCommands,
  },
  {
    words: ["repair", "cache", "disk", "files", "file"],
    load: async () => (await import("./commands/repair_commands.ts")).addRepairCommands,
  },
  {
    words: ["image"],
    load: async () => (await import("./commands/image_commands.ts")).addImageCommands,
  },
  {
    words: ["registry"],
    load: async () => (await import("./commands/registry_commands.ts")).addRegistryCommands,
  },
  {
    words: ["service", "filters", "control-set"],
    load: async () => (await import("./commands/service_commands.ts")).addServiceCommands,
  },
  {
    words: ["boot"],
    load: async () => (await import("./commands/boot_commands.ts")).addBootCommands,
  },
  {
    words: ["media"],
    load: async () => (await import("./commands/media_commands.ts")).addMediaCommands,
  },
  {
    words: ["upgrade"],
    load: async () => (await import("./commands/upgrade_commands.ts")).addUpgradeCommands,
  },
  {
    words: ["undo", "resume", "sessions"],
    load: async () => (await import("./commands/session_commands.ts")).addSessionCommands,
  },
];

/**
 * The groups that a command line needs: the one of its first word, or all of them where that is
 * an option's value, a mistyped name, or nothing, so that help and advice are complete.
 */
export function groupsFor(args: readonly string[]): readonly CommandGroup[] {
  const word = args.find((argument) => !argument.startsWith("-"));
  const named = COMMAND_GROUPS.filter(({ words }) => word !== undefined && words.includes(word));
  return named.length > 0 ? named : COMMAND_GROUPS;
}
