/** Starting foreign programs through `Deno.Command`: no shell, no current directory, no input. */
import { delimiter, isAbsolute, join } from "node:path";
import { ToolError, unsignedExitCode } from "../base/mod.ts";
import type { ProcessRequest, ProcessResult, ProcessRunner } from "./process_runner.ts";

/** How long output is awaited after the end of a program whose children hold its pipes open. */
const GRACE_MS = 5000;
const DEFAULT_QUIET_MS = 60_000;

/** Where tools are looked for. */
export interface ToolPlaces {
  /** The folder that the user named (`--tools`). */
  readonly toolFolder?: string;
  /** System folder of the Windows we run on. */
  readonly systemFolder?: string;
  /** The search path; the one of this process by default. */
  readonly path?: string;
}

/** The {@linkcode ProcessRunner} of the running system. */
export class DenoProcessRunner implements ProcessRunner {
  readonly #places: ToolPlaces;

  constructor(places: ToolPlaces = {}) {
    this.#places = places;
  }

  async run(request: ProcessRequest): Promise<ProcessResult> {
    const started = performance.now();
    if (request.outlives === true) return await runOnItsOwn(request, started);
    const child = await start(request, "piped");
    const quiet = new QuietTimer(request);
    const stdout = new StreamReader(child.stdout, (piece) => quiet.heard(piece, "stdout"));
    const stderr = new StreamReader(child.stderr, (piece) => quiet.heard(piece, "stderr"));
    try {
      const { code } = await child.status;
      return {
        exitCode: unsignedExitCode(code),
        stdout: await stdout.finish(),
        stderr: await stderr.finish(),
        durationMs: Math.round(performance.now() - started),
      };
    } finally {
      quiet.stop();
    }
  }

  async find(tool: string, fallbacks: readonly string[] = []): Promise<string | undefined> {
    const { toolFolder, systemFolder } = this.#places;
    const path = this.#places.path ?? Deno.env.get("PATH") ?? "";
    const folders = [toolFolder, systemFolder, ...path.split(delimiter), ...fallbacks];
    const name = programName(tool);
    for (const folder of folders) {
      // A relative folder depends on the current directory: whoever puts a file there wins.
      if (folder === undefined || !isAbsolute(folder)) continue;
      const candidate = join(folder, name);
      if (await isProgram(candidate)) return candidate;
    }
    return undefined;
  }
}

/** No pipe connects it with this program: one that breaks could end it. */
async function runOnItsOwn(request: ProcessRequest, started: number): Promise<ProcessResult> {
  const child = await start(request, "null");
  const { code } = await child.status;
  return {
    exitCode: unsignedExitCode(code),
    stdout: new Uint8Array(),
    stderr: new Uint8Array(),
    durationMs: Math.round(performance.now() - started),
  };
}

async function start(
  request: ProcessRequest,
  output: "piped" | "null",
): Promise<Deno.ChildProcess> {
  const { program } = request;
  if (!isAbsolute(program)) {
    throw new ToolError(`Cannot start "${program}": not a full path`, { code: "toolMissing" });
  }
  try {
    return new Deno.Command(program, {
      args: [...request.arguments],
      stdin: "null",
      stdout: output,
      stderr: output,
      detached: request.outlives === true,
    }).spawn();
  } catch (cause) {
    // On Windows Deno throws a plain error for a missing program: the disk tells.
    if (!await isProgram(program)) {
      throw new ToolError(`Cannot start "${program}": not found`, { code: "toolMissing", cause });
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ToolError(`Cannot start "${program}": ${reason}`, { cause });
  }
}

/** Tells the caller of output as it comes, and of silence. */
class QuietTimer {
  readonly #request: ProcessRequest;
  readonly #interval: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastHeard = performance.now();
  #stopped = false;

  constructor(request: ProcessRequest) {
    this.#request = request;
    this.#interval = request.quietAfterMs ?? DEFAULT_QUIET_MS;
    this.#restart();
  }

  heard(piece: Uint8Array, stream: "stdout" | "stderr"): void {
    this.#lastHeard = performance.now();
    this.#restart();
    this.#request.onOutput?.(piece, stream);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #restart(): void {
    clearTimeout(this.#timer);
    if (this.#request.onQuiet === undefined || this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#request.onQuiet?.(Math.round(performance.now() - this.#lastHeard));
      this.#restart();
    }, this.#interval);
  }
}

/** Reads one stream to its end, whatever the listener does. */
class StreamReader {
  readonly #pieces: Uint8Array[] = [];
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #ended: Promise<unknown>;

  constructor(stream: ReadableStream<Uint8Array>, heard: (piece: Uint8Array) => void) {
    this.#reader = stream.getReader();
    this.#ended = this.#readAll(heard).then(() => undefined, (error: unknown) => error);
  }

  async #readAll(heard: (piece: Uint8Array) => void): Promise<void> {
    while (true) {
      const { value, done } = await this.#reader.read();
      if (done) return;
      this.#pieces.push(value);
      heard(value);
    }
  }

  /** All bytes, once the program has ended. What its children still print is not waited for. */
  async finish(): Promise<Uint8Array> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const grace = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), GRACE_MS);
    });
    const error = await Promise.race([this.#ended, grace]);
    clearTimeout(timer);
    await this.#reader.cancel().catch(() => undefined);
    if (error !== undefined) throw error;
    return concatenate(this.#pieces);
  }
}

function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

/** The file name of a tool on this system. */
function programName(tool: string): string {
  if (Deno.build.os !== "windows" || /\.exe$/i.test(tool)) return tool;
  return `${tool}.exe`;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    const info = await Deno.stat(path);
    return info.isFile && (Deno.build.os === "windows" || ((info.mode ?? 0) & 0o111) !== 0);
  } catch {
    return false;
  }
}
