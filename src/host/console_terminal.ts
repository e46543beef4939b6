/**
 * The console. Deno itself turns UTF-8 into what a Windows console shows; what it does not do
 * there, switching on colours and reading a typed line as text, comes in as a `ConsolePort`.
 */
import { FileError } from "../base/mod.ts";
import { faultOf } from "./file_faults.ts";
import type { Terminal } from "./terminal.ts";

/** What the terminal needs of the streams of a process. */
export interface ConsolePort {
  /** Streams that are a console and not a file or a pipe. */
  readonly consoles: {
    readonly stdin: boolean;
    readonly stdout: boolean;
    readonly stderr: boolean;
  };
  /** True if the console obeys escape sequences. */
  readonly escapes: boolean;
  /** Width in characters, if it is known. */
  columns(): number | undefined;
  write(stream: "stdout" | "stderr", bytes: Uint8Array): void;
  /** One line without its end, or undefined at the end of the input. */
  readLine(): Promise<string | undefined>;
}

/** Width to assume where nobody says. */
const DEFAULT_COLUMNS = 80;

/** A {@linkcode Terminal} on the console of this process. */
export class ConsoleTerminal implements Terminal {
  readonly interactive: boolean;
  readonly color: boolean;
  readonly #port: ConsolePort;
  readonly #encoder = new TextEncoder();
  #outputLost = false;

  /** `environment` reads a variable: `NO_COLOR`, `TERM` and `COLUMNS` count. */
  constructor(port: ConsolePort, environment: (name: string) => string | undefined) {
    this.#port = port;
    const { stdout, stderr } = port.consoles;
    this.interactive = stdout && stderr && port.escapes && environment("TERM") !== "dumb";
    this.color = this.interactive && (environment("NO_COLOR") ?? "") === "";
    this.#fallbackColumns = Number(environment("COLUMNS")) || DEFAULT_COLUMNS;
  }

  readonly #fallbackColumns: number;

  get columns(): number {
    return this.#port.columns() ?? this.#fallbackColumns;
  }

  /**
   * Writes the result. After a failure what follows goes to standard error: it says what happened.
   *
   * @throws {FileError} if it goes to a file whose disk is full or fails.
   */
  write(text: string): void {
    if (this.#outputLost) return this.writeError(text);
    try {
      this.#port.write("stdout", this.#encoder.encode(text));
    } catch (error) {
      this.#outputLost = true;
      const fault = faultOf(error);
      const next = fault === "no-space"
        ? { next: "Free some space where the output goes, or send it elsewhere" }
        : {};
      throw new FileError("write to", "standard output", fault, { ...next, cause: error });
    }
  }

  /** Talk that cannot be written is lost: no repair ends in the middle because of it. */
  writeError(text: string): void {
    try {
      this.#port.write("stderr", this.#encoder.encode(text));
    } catch {
      // There is no other place left to say so.
    }
  }

  async ask(question: string): Promise<string | undefined> {
    if (!this.#port.consoles.stdin) return undefined;
    this.writeError(question);
    return await this.#port.readLine();
  }
}
