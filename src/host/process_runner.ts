/** Starting foreign programs: argument arrays only, no shell, output as it arrives. */

/** A program to start. */
export interface ProcessRequest {
  /** Full path of the program. */
  readonly program: string;
  readonly arguments: readonly string[];
  /** Called with each piece of output as it arrives. */
  onOutput?(bytes: Uint8Array, stream: "stdout" | "stderr"): void;
  /** Called each time the program has been silent for another `quietAfterMs`. */
  onQuiet?(silentMs: number): void;
  readonly quietAfterMs?: number;
  /**
   * The program goes on when this one ends, however that happens; nothing of its output is kept.
   * Without it Windows ends it too: Deno puts what it starts into a job that dies with it.
   */
  readonly outlives?: boolean;
}

/** A program that ended. */
export interface ProcessResult {
  /** Unsigned 32-bit. */
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly durationMs: number;
}

/** Starts programs. */
export interface ProcessRunner {
  /**
   * Runs a program to its end. Standard input is empty, so that a prompt cannot hang it.
   *
   * @throws {ToolError} if it cannot be started.
   */
  run(request: ProcessRequest): Promise<ProcessResult>;
  /**
   * The full path of a tool (`dism`), looked for in this order: the folder the user named,
   * the system folder of the Windows we run on, PATH, then `fallbacks` (the target's System32).
   */
  find(tool: string, fallbacks?: readonly string[]): Promise<string | undefined>;
}
