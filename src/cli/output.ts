/**
 * Where commands talk. Standard output is the result, standard error is the talk; with
 * `--json` standard output holds JSON only. Everything also goes to `--log`, if given.
 */
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
  readonly #log: AppendFile | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(host: Host, options: { json: boolean; log?: AppendFile }) {
    this.#host = host;
    this.json = options.json;
    this.#log = options.log;
  }

  /** The result for people; nothing with `--json`. */
  result(text: string): void {
    this.#record("result", { text });
    if (!this.json) this.#host.terminal.write(text.endsWith("\n") ? text : text + "\n");
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
    if (!this.json) this.#host.terminal.writeError(text + "\n");
  }

  /** An error for people, or as JSON. */
  error(message: string, facts: Record<string, unknown>): void {
    this.#record("error", { message, ...facts });
    if (this.json) this.#host.terminal.write(toJson({ type: "error", message, ...facts }) + "\n");
    else this.#host.terminal.writeError(message + "\n");
  }

  /** Only for the log file. */
  trace(facts: Record<string, unknown>): void {
    this.#record("trace", facts);
  }

  /** Waits until the log is written. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#log?.close();
  }

  #record(kind: string, facts: Record<string, unknown>): void {
    const log = this.#log;
    if (log === undefined) return;
    const line = toJson({ at: this.#host.clock.now().toISOString(), kind, ...facts }) + "\n";
    this.#writing = this.#writing.then(() => log.append(new TextEncoder().encode(line)));
  }
}
