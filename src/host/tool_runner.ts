/**
 * Runs tool invocations: finds the program, decodes its output, reports progress and silence,
 * and refuses what is riskier than its owner may do. Checks get one that only reads.
 */
import {
  ConsoleDecoder,
  type ConsoleEvent,
  exceedsRisk,
  type ProgressReader,
  RefusalError,
  type Risk,
  ToolError,
  type ToolInvocation,
  type ToolOutcome,
  type ToolProgress,
} from "../base/mod.ts";
import type { Host } from "./host.ts";

/** A silence after which a running tool is reported as quiet: sfc alone is silent for 20 s. */
export const DEFAULT_QUIET_MS = 120_000;

/** Options of a {@linkcode ToolRunner}. */
export interface ToolRunnerOptions {
  /** The worst that its invocations may do. */
  readonly limit: Risk;
  /** Root of the target: its `Windows\System32` is the last place a tool is looked for. */
  readonly targetRoot?: string;
}

/** Who listens to a running tool. */
export interface ToolListener {
  readonly progress?: ProgressReader;
  onProgress?(progress: ToolProgress): void;
  onQuiet?(silentMs: number): void;
  readonly quietAfterMs?: number;
  /** Full path, if it was located before. */
  readonly program?: string;
}

/** Runs tool invocations up to a limit of risk. */
export class ToolRunner {
  readonly #host: Host;
  readonly #options: ToolRunnerOptions;

  constructor(host: Host, options: ToolRunnerOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** The program of a tool, or undefined where there is none. */
  async find(tool: string): Promise<string | undefined> {
    const root = this.#options.targetRoot;
    if (root === undefined || this.#host.platform.system !== "windows") {
      return await this.#host.processes.find(tool);
    }
    const separator = root.endsWith("\\") ? "" : "\\";
    return await this.#host.processes.find(tool, [`${root}${separator}Windows\\System32`]);
  }

  /**
   * As {@linkcode find}, but a missing tool is an error.
   *
   * @throws {ToolError} `toolMissing`.
   */
  async locate(tool: string): Promise<string> {
    const program = await this.find(tool);
    if (program !== undefined) return program;
    const onLinux = this.#host.platform.system !== "windows";
    throw new ToolError(`Cannot find the program "${tool}"`, {
      code: "toolMissing",
      next: onLinux
        ? "This step needs a Windows tool: start PE Medic from WinPE on that machine"
        : `Boot a WinPE that has ${tool}.exe, or name its folder with --tools`,
    });
  }

  /**
   * Runs an invocation to its end.
   *
   * @throws {RefusalError} if it could do more than this runner may.
   * @throws {ToolError} if the program is missing or cannot be started.
   */
  async run(invocation: ToolInvocation, listener: ToolListener = {}): Promise<ToolOutcome> {
    if (exceedsRisk(invocation.risk, this.#options.limit)) {
      throw new RefusalError(
        `Cannot run "${invocation.tool}" here: it is ${invocation.risk}, and only what ${this.#options.limit} is allowed`,
      );
    }
    const program = listener.program ?? await this.locate(invocation.tool);
    const codePage = this.#host.platform.oemCodePage;
    const streams = {
      stdout: new StreamText(new ConsoleDecoder(invocation.encoding, codePage), listener),
      stderr: new StreamText(new ConsoleDecoder(invocation.encoding, codePage), listener),
    };
    const result = await this.#host.processes.run({
      program,
      arguments: invocation.arguments,
      onOutput: (bytes, stream) => streams[stream].feed(bytes),
      quietAfterMs: listener.quietAfterMs ?? DEFAULT_QUIET_MS,
      onQuiet: (silentMs) => listener.onQuiet?.(silentMs),
    });
    return {
      exitCode: result.exitCode,
      output: streams.stdout.end(),
      errorOutput: streams.stderr.end(),
      durationMs: result.durationMs,
    };
  }
}

/** Collects one stream's text and feeds the progress reader. */
class StreamText {
  readonly #decoder: ConsoleDecoder;
  readonly #listener: ToolListener;
  #text = "";

  constructor(decoder: ConsoleDecoder, listener: ToolListener) {
    this.#decoder = decoder;
    this.#listener = listener;
  }

  feed(bytes: Uint8Array): void {
    this.#take(this.#decoder.push(bytes));
  }

  end(): string {
    this.#take(this.#decoder.finish());
    return this.#text;
  }

  #take(events: readonly ConsoleEvent[]): void {
    for (const event of events) {
      this.#text += event.text + (event.kind === "line" ? "\n" : "\r");
      const progress = this.#listener.progress?.read(event);
      if (progress !== undefined) this.#listener.onProgress?.(progress);
    }
  }
}
