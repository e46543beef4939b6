/**
 * One call of a foreign program, as data: an argument array and what it can do. The rooms
 * of `tools` build them, plans print them, and a runner that may only read refuses the rest.
 */
import type { Risk } from "./risk.ts";

/** Which bytes the program prints on a pipe. */
export type ConsoleEncoding = "oem" | "utf-16le";

/** A foreign program with its arguments. */
export interface ToolInvocation {
  /** Name without extension, for example `dism`. */
  readonly tool: string;
  readonly arguments: readonly string[];
  readonly risk: Risk;
  readonly encoding: ConsoleEncoding;
  /** One imperative sentence for people: `Scan the component store`. */
  readonly purpose: string;
  /** What can be done to take it back, for irreversible calls. */
  readonly instead?: string;
}

/** What a finished program left behind, decoded. */
export interface ToolOutcome {
  /** Unsigned 32-bit: -2146498529 arrives as 0x800f081f. */
  readonly exitCode: number;
  /** Standard output and standard error as text, in the order of arrival per stream. */
  readonly output: string;
  readonly errorOutput: string;
  readonly durationMs: number;
}

/** A percentage, a stage, or just a sign of life of a running program. */
export interface ToolProgress {
  /** 0 to 100, if the program says so. */
  readonly percent?: number;
  readonly message?: string;
  /** Speed and time left, where both can be told: `85 MB/s, 1:20 left`. */
  readonly pace?: string;
}

/** Turns an exit code of any sign into its unsigned 32-bit form. */
export function unsignedExitCode(code: number): number {
  return code >>> 0;
}

/** An exit code for people: small ones in decimal, HRESULTs in hex. */
export function formatExitCode(code: number): string {
  const unsigned = unsignedExitCode(code);
  return unsigned < 0x10000 ? String(unsigned) : `0x${unsigned.toString(16).padStart(8, "0")}`;
}
