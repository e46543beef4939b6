/**
 * Where commands talk. Standard output is the result, standard error is the talk; with
 * `--json` standard output holds JSON only. Everything also goes to `--log`, if given.
 */
import { MedicError, printable, wrap } from "../base/mod.ts";
import type { AppendFile, Host } from "../host/mod.ts";
import type { LadderEvent } from "../ladder/mod.ts";

/** Bigints (partition offsets) as decimal text, dates as ISO text. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, item) => typeof item === "bigint" ? item.toString() : item);
}

/** The door of all talk of one command. */
export class Output {
  readonly json: boolean;
  readonly #host: Host;
  #log: AppendFile | undefined;
  #writing: Promise<void> = Promise.resolve();
  #problem: string | undefined;

  constructor(host: Host, options: { json: boolean; log?: AppendFile }) {
    this.#host = host;
    this.json = options.json;
    this.#log = options.log;
  }

  /** The result for people; nothing with `--json`. */
  result(text: string): void {
    this.#record("result", { text });
    if (!this.json) this.#host.terminal.write(`${shown(text).replace(/\n$/, "")}\n`);
  }

  /** The result for programs: one JSON document; nothing without `--json`. */
  document(value: unknown): void {
    this.#record("document", { value });
    if (this.json) this.#host.terminal.write(toJson(value) + "\n");
  }

  /** One line of JSON Lines; nothing without `--json`. */
  event(event: LadderEvent | Record<string, unknown>): void {
    this.#record("event", { event });
    if (this.json) this.#host.terminal.write(toJson(event) + "\n");
  }

  /** A remark for people on standard error. */
  talk(text: string): void {
    this.#record("talk", { text });
    if (!this.json) this.#host.terminal.writeError(shown(text) + "\n");
  }

  /** An error for people, with `next` if there is one, or as JSON. */
  error(message: string, facts: Record<string, unknown>): void {
    this.#record("error", { message, ...facts });
    if (this.json) this.#host.terminal.write(toJson({ type: "error", message, ...facts }) + "\n");
    else this.#host.terminal.writeError(shown(errorText(message, facts.next)) + "\n");
  }

  /** Only for the log file. */
  trace(facts: Record<string, unknown>): void {
    this.#record("trace", facts);
  }

  /** Waits until the log is written. Says so if it could not be written whole. */
  async close(): Promise<void> {
    await this.#writing;
    const problem = this.#problem;
    this.#problem = undefined;
    try {
      await this.#log?.close();
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
    }
    this.#log = undefined;
    if (problem !== undefined) this.talk(`The log is not whole: ${problem}`);
  }

  /** A log on a full or pulled stick must not end the repair. */
  async #append(log: AppendFile, line: string): Promise<void> {
    if (this.#problem !== undefined) return;
    try {
      await log.append(new TextEncoder().encode(line));
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      this.#problem = error.message;
    }
  }

  #record(kind: string, facts: Record<string, unknown>): void {
    const log = this.#log;
    if (log === undefined) return;
    const line = toJson({ at: this.#host.clock.now().toISOString(), kind, ...facts }) + "\n";
    this.#writing = this.#writing.then(() => this.#append(log, line));
  }
}

/** A sentence and what to do next. What has lines of its own (the trace of a fault) keeps them. */
function errorText(message: string, next: unknown): string {
  const text = message.includes("\n") ? message : wrap(message, { first: "", indent: "  " });
  if (typeof next !== "string") return text;
  return `${text}\n${wrap(next, { first: "Next: ", indent: "      " })}`;
}

/** Text for a console: lines stay lines, everything else that could steer it does not. */
function shown(text: string): string {
  return printable(text.replaceAll("\r\n", "\n"));
}
