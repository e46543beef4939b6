/** Outcomes of tools for parser tests. */
import type {
  ConsoleEvent,
  ProgressReader,
  ToolOutcome,
  ToolProgress,
} from "../../src/base/mod.ts";

/** What a runner hands over. */
export function outcomeOf(output: string, exitCode = 0): ToolOutcome {
  return { exitCode: exitCode >>> 0, output, errorOutput: "", durationMs: 1 };
}

/** All progress that a reader tells about these events. */
export function progressOf(
  reader: ProgressReader,
  events: readonly ConsoleEvent[],
): ToolProgress[] {
  return events.map((event) => reader.read(event)).filter((progress) => progress !== undefined);
}
