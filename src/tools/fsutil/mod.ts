/**
 * fsutil: is the volume marked as dirty, and what does NTFS say about its own state. A
 * translated answer is `unknown`; the reader of NTFS answers the same question then.
 *
 * ```ts
 * parseDirtyQuery(outcome); // "dirty" | "clean" | "unknown"
 * ```
 *
 * @module
 */
import {
  consolePieces,
  type ToolInvocation,
  type ToolOutcome,
  unsignedExitCode,
  UsageError,
} from "../../base/mod.ts";

/** The dirty bit of a volume. */
export type DirtyState = "dirty" | "clean" | "unknown";

/** What NTFS knows about damage of the volume. */
export type CorruptionState = "clean" | "verifying" | "corrupt" | "unknown";

/** Asks for the dirty bit: `fsutil dirty query D:`. */
export function dirtyQuery(volume: string): ToolInvocation {
  const letter = checkedVolume(volume);
  return reading(["dirty", "query", letter], `Ask whether ${letter} is marked as dirty`);
}

/** Asks for the state of the self-healing: `fsutil repair state D:`. */
export function repairState(volume: string): ToolInvocation {
  const letter = checkedVolume(volume);
  return reading(["repair", "state", letter], `Ask for the known damage of ${letter}`);
}

/** Reads `Volume - D: is NOT Dirty` and the documented `Volume D: is not dirty`. */
export function parseDirtyQuery(outcome: ToolOutcome): DirtyState {
  if (unsignedExitCode(outcome.exitCode) !== 0) return "unknown";
  const line = consolePieces(outcome.output).find((piece) => /\bdirty\b/i.test(piece)) ?? "";
  if (/\bis\s+not\s+dirty\b/i.test(line)) return "clean";
  return /\bis\s+dirty\b/i.test(line) ? "dirty" : "unknown";
}

/** Reads the number in `Corruption State:  0x00 - Clean`; the words may be translated. */
export function parseRepairState(outcome: ToolOutcome): CorruptionState {
  if (unsignedExitCode(outcome.exitCode) !== 0) return "unknown";
  const found = /:\s*0x([0-9a-f]{1,8})\s*-/i.exec(consolePieces(outcome.output).join("\n"));
  if (found === null) return "unknown";
  return (["clean", "verifying", "corrupt"] as const)[parseInt(found[1]!, 16)] ?? "unknown";
}

function reading(args: readonly string[], purpose: string): ToolInvocation {
  return { tool: "fsutil", arguments: args, risk: "reads", encoding: "oem", purpose };
}

function checkedVolume(volume: string): string {
  const letter = /^([A-Za-z]):?\\?$/.exec(volume)?.[1];
  if (letter === undefined) {
    throw new UsageError(`Cannot query "${volume}": fsutil wants a volume such as D:`);
  }
  return `${letter.toUpperCase()}:`;
}
