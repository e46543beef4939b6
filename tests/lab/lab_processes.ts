/**
 * Starts simulated programs in this process: output in pieces, time that passes, silence, hangs
 * that a test can end, tools that are missing. Nothing leaves the lab.
 */
import { ToolError, unsignedExitCode } from "../../src/base/mod.ts";
import type {
  FileSystem,
  ProcessRequest,
  ProcessResult,
  ProcessRunner,
} from "../../src/host/mod.ts";
import type { CrashSwitch } from "./crash.ts";
import { type ExpectedCommand, ExpectedCommands } from "./expected_commands.ts";
import type { LabClock } from "./lab_clock.ts";
import type { LabState, SimulatorContext } from "./simulators/simulator.ts";

/** Runs the simulator of a tool. */
export type RunSimulator = (
  tool: string,
  args: readonly string[],
  context: SimulatorContext,
) => Promise<number>;

/** One program that was started. */
export interface LabCall {
  readonly tool: string;
  readonly program: string;
  readonly arguments: readonly string[];
  /** Undefined while it runs, and for ever if the power was cut meanwhile. */
  exitCode?: number;
}

/** What the runner works with. */
export interface LabProcessesOptions {
  readonly files: FileSystem;
  readonly state: LabState;
  readonly clock: LabClock;
  readonly crash: CrashSwitch;
  readonly runSimulator?: RunSimulator;
  /** Tools of the running WinPE, by name without extension. */
  readonly tools: readonly string[];
  /** Cuts output into pieces of at most this many bytes, in the middle of characters too. */
  readonly chunkBytes?: number;
}

/** Folder of the running system's tools. */
export const WINPE_SYSTEM_FOLDER = "X:\\Windows\\System32";
/** What a program leaves that was ended by Ctrl-C (STATUS_CONTROL_C_EXIT). */
export const CONTROL_C_EXIT = 0xc000013a;

const DEFAULT_QUIET_MS = 60_000;
const LONGEST_HANG = 200;

/** A {@linkcode ProcessRunner} whose programs are simulators. */
export class LabProcesses implements ProcessRunner {
  readonly #options: LabProcessesOptions;
  #expected: ExpectedCommands | undefined;
  #end: ((exitCode: number) => void) | undefined;
  #hanging = Promise.withResolvers<void>();
  /** Every program that was started, in order. */
  readonly calls: LabCall[] = [];
  /** Tools that the running WinPE does not have. */
  readonly missingTools: Set<string> = new Set();
  /** Called before each program starts; may change the world, or cut the power. */
  onCall: ((call: LabCall) => void | Promise<void>) | undefined;

  constructor(options: LabProcessesOptions) {
    this.#options = options;
  }

  /** From now on exactly these commands are run, in this order, instead of simulators. */
  expectCommands(commands: readonly ExpectedCommand[]): void {
    this.#expected = new ExpectedCommands(commands);
  }

  /** Fails if an expected command was not run. */
  finish(): void {
    this.#expected?.finish();
  }

  /** Resolves when the next program hangs. */
  get hanging(): Promise<void> {
    return this.#hanging.promise;
  }

  /** Ends the program that is running, as Ctrl-C does. Does nothing if none is. */
  endProgram(exitCode: number = CONTROL_C_EXIT): void {
    this.#end?.(exitCode);
  }

  async find(tool: string, fallbacks: readonly string[] = []): Promise<string | undefined> {
    const name = tool.toLowerCase();
    if (this.#isHere(name)) return `${WINPE_SYSTEM_FOLDER}\\${name}.exe`;
    for (const folder of fallbacks) {
      const program = `${folder}${folder.endsWith("\\") ? "" : "\\"}${name}.exe`;
      if ((await this.#options.files.stat(program))?.kind === "file") return program;
    }
    return undefined;
  }

  async run(request: ProcessRequest): Promise<ProcessResult> {
    const { crash, clock } = this.#options;
    crash.check();
    const tool = await this.#resolve(request.program);
    const call: LabCall = { tool, program: request.program, arguments: [...request.arguments] };
    this.calls.push(call);
    await this.onCall?.(call);
    crash.check();
    const started = clock.monotonicMs();
    const output = new RunningOutput(request, this.#options.chunkBytes);
    call.exitCode = unsignedExitCode(await this.#work(call, { request, output }));
    return {
      exitCode: call.exitCode,
      stdout: output.bytes("stdout"),
      stderr: output.bytes("stderr"),
      durationMs: clock.monotonicMs() - started,
    };
  }

  async #work(
    call: LabCall,
    run: { readonly request: ProcessRequest; readonly output: RunningOutput },
  ): Promise<number> {
    if (this.#expected !== undefined) {
      const command = this.#expected.take(call.tool, call.arguments);
      await command.onRun?.();
      run.output.write(bytesOf(command.stdout), "stdout");
      run.output.write(bytesOf(command.stderr), "stderr");
      return command.exitCode ?? 0;
    }
    const { runSimulator } = this.#options;
    if (runSimulator === undefined) {
      throw new Error(`The lab has no simulators, but "${call.tool}" was started`);
    }
    const ended = Promise.withResolvers<number>();
    this.#end = ended.resolve;
    const context = this.#context(run, ended);
    try {
      return await Promise.race([runSimulator(call.tool, call.arguments, context), ended.promise]);
    } finally {
      this.#end = undefined;
    }
  }

  #context(
    run: { readonly request: ProcessRequest; readonly output: RunningOutput },
    ended: PromiseWithResolvers<number>,
  ): SimulatorContext {
    const { files, state, clock } = this.#options;
    const quietMs = run.request.quietAfterMs ?? DEFAULT_QUIET_MS;
    let silentMs = 0;
    const pass = (milliseconds: number) => {
      const before = Math.floor(silentMs / quietMs);
      silentMs += milliseconds;
      clock.advance(milliseconds);
      for (let i = before + 1; i <= Math.floor(silentMs / quietMs); i++) {
        run.request.onQuiet?.(i * quietMs);
      }
    };
    return {
      files,
      program: run.request.program,
      state,
      saveState: () => Promise.resolve(),
      now: () => clock.now(),
      write: (bytes) => {
        silentMs = 0;
        run.output.write(bytes, "stdout");
        return Promise.resolve();
      },
      pause: (milliseconds) => Promise.resolve(pass(milliseconds)),
      hang: () => this.#hang(() => pass(quietMs), ended),
    };
  }

  async #hang(tick: () => void, ended: PromiseWithResolvers<number>): Promise<never> {
    let over = false;
    ended.promise.then(() => over = true, () => over = true);
    this.#hanging.resolve();
    this.#hanging = Promise.withResolvers<void>();
    for (let i = 0; i < LONGEST_HANG && !over; i++) {
      tick();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    if (!over) ended.reject(new Error("The simulated hang was never ended by the test"));
    return await new Promise<never>(() => {});
  }

  /** The name of the tool at a path, if it can be started. */
  async #resolve(program: string): Promise<string> {
    const folder = program.slice(0, program.lastIndexOf("\\"));
    const tool = program.slice(folder.length + 1).toLowerCase().replace(/\.exe$/, "");
    const inWinpe = folder.toUpperCase() === WINPE_SYSTEM_FOLDER.toUpperCase();
    if (inWinpe && this.#isHere(tool)) return tool;
    const file = inWinpe ? undefined : await this.#options.files.stat(program);
    if (file?.kind === "file") return tool;
    throw new ToolError(`Cannot start "${program}": no such program`, { code: "toolMissing" });
  }

  #isHere(tool: string): boolean {
    return this.#options.tools.includes(tool) && !this.missingTools.has(tool);
  }
}

/** What a program printed so far. */
class RunningOutput {
  readonly #request: ProcessRequest;
  readonly #chunkBytes: number;
  readonly #pieces: { readonly stream: "stdout" | "stderr"; readonly bytes: Uint8Array }[] = [];

  constructor(request: ProcessRequest, chunkBytes = Infinity) {
    this.#request = request;
    this.#chunkBytes = chunkBytes;
  }

  write(bytes: Uint8Array, stream: "stdout" | "stderr"): void {
    for (let at = 0; at < bytes.length; at += this.#chunkBytes) {
      const piece = bytes.slice(at, at + this.#chunkBytes);
      this.#pieces.push({ stream, bytes: piece });
      this.#request.onOutput?.(piece, stream);
    }
  }

  bytes(stream: "stdout" | "stderr"): Uint8Array {
    const pieces = this.#pieces.filter((piece) => piece.stream === stream);
    const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.bytes.length, 0));
    let at = 0;
    for (const { bytes } of pieces) {
      all.set(bytes, at);
      at += bytes.length;
    }
    return all;
  }
}

function bytesOf(output: string | Uint8Array | undefined): Uint8Array {
  return typeof output === "string" ? new TextEncoder().encode(output) : output ?? new Uint8Array();
}
