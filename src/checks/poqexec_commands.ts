/**
 * Commands that start `poqexec`, the program that runs an update's list of operations, and whether
 * the list they name is there.
 */
import type { HiveValue } from "../formats/regf/mod.ts";
import {
  type Evidence,
  nativeFile,
  nativeFileState,
  nativeWords,
  type OfflineWindows,
} from "../windows/mod.ts";

/** One command of `SetupExecute` or `PoqexecCmdline`. */
export interface CommandState {
  readonly command: string;
  /** Of its list of operations; `foreign` for a command that does not start `poqexec`. */
  readonly state: "there" | "missing" | "unknown" | "foreign";
  readonly operations: string;
}

/** The commands of a value, whether it is a list or a single text. */
export function commandsOf(value: HiveValue): readonly string[] {
  const strings = value.strings() ?? [value.string() ?? ""];
  return strings.filter((text) => text.trim() !== "");
}

/** Looks whether the list of operations of each command is there. */
export async function judgeCommands(
  windows: OfflineWindows,
  commands: readonly string[],
): Promise<CommandState[]> {
  const states: CommandState[] = [];
  for (const command of commands) {
    const [program = "", ...rest] = nativeWords(command);
    if (!/(?:^|\\)poqexec(?:\.exe)?"?$/i.test(program)) {
      states.push({ command, state: "foreign", operations: "" });
      continue;
    }
    const operations = rest.findLast((word) => /\.xml"?$/i.test(word)) ?? "";
    const state = await nativeFileState(windows, nativeFile(windows, operations));
    states.push({ command, state: state === "empty" ? "there" : state, operations });
  }
  return states;
}

/** Cites that the operations of a command are missing. */
export function missingOperations({ operations }: CommandState): Evidence {
  return { kind: "file", path: operations, detail: "not there, and poqexec is to run it" };
}
