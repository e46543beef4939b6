/** The streams of this process as a {@linkcode ConsolePort}. */
import type { ConsolePort } from "./console_terminal.ts";

/** The part of the console that only Windows does differently. */
export interface ConsoleExtras {
  /** Switches on escape sequences; false if the console is too old for them. */
  enableEscapes(): boolean;
  readLine(): Promise<string | undefined>;
}

/** The console of this process; `extras` replaces what Windows does its own way. */
export function denoConsole(extras?: ConsoleExtras): ConsolePort {
  const consoles = {
    stdin: Deno.stdin.isTerminal(),
    stdout: Deno.stdout.isTerminal(),
    stderr: Deno.stderr.isTerminal(),
  };
  const lines = new LineReader(Deno.stdin);
  return {
    consoles,
    escapes: consoles.stdout && (extras?.enableEscapes() ?? true),
    columns,
    write,
    readLine: () => extras?.readLine() ?? lines.next(),
  };
}

function columns(): number | undefined {
  try {
    const width = Deno.consoleSize().columns;
    return width > 0 ? width : undefined;
  } catch {
    return undefined;
  }
}

/** Writes all bytes. A reader that went away (`pemedic … | more`) is no error of ours. */
function write(stream: "stdout" | "stderr", bytes: Uint8Array): void {
  try {
    for (let done = 0; done < bytes.length;) done += Deno[stream].writeSync(bytes.subarray(done));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** Cuts a byte stream into lines; what follows a line is kept for the next call. */
export class LineReader {
  readonly #source: { read(buffer: Uint8Array): Promise<number | null> };
  #kept = new Uint8Array(0);

  constructor(source: { read(buffer: Uint8Array): Promise<number | null> }) {
    this.#source = source;
  }

  /** The next line without its end, or undefined if the stream is over. */
  async next(): Promise<string | undefined> {
    let end = this.#kept.indexOf(0x0a);
    while (end < 0) {
      const buffer = new Uint8Array(1024);
      const count = await this.#source.read(buffer);
      if (count === null) return this.#lastLine();
      const joined = new Uint8Array(this.#kept.length + count);
      joined.set(this.#kept);
      joined.set(buffer.subarray(0, count), this.#kept.length);
      this.#kept = joined;
      end = this.#kept.indexOf(0x0a);
    }
    const line = this.#kept.subarray(0, end);
    this.#kept = this.#kept.slice(end + 1);
    return decodeLine(line);
  }

  #lastLine(): string | undefined {
    const rest = this.#kept;
    this.#kept = new Uint8Array(0);
    return rest.length === 0 ? undefined : decodeLine(rest);
  }
}

function decodeLine(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\r$/, "");
}
