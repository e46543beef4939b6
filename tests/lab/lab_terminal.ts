/** A terminal that remembers what was said to it and answers from a list. */
import type { Terminal } from "../../src/host/mod.ts";

/** What kind of terminal it is. */
export interface LabTerminalOptions {
  readonly interactive?: boolean;
  readonly color?: boolean;
  readonly columns?: number;
  /** Answers in the order of the questions; after them the input is at its end. */
  readonly answers?: readonly string[];
}

/** A scripted terminal. */
export class LabTerminal implements Terminal {
  readonly interactive: boolean;
  readonly color: boolean;
  readonly columns: number;
  readonly #answers: string[];
  /** Everything that was asked, in order. */
  readonly questions: string[] = [];
  #stdout = "";
  #stderr = "";

  constructor(options: LabTerminalOptions = {}) {
    this.interactive = options.interactive ?? false;
    this.color = options.color ?? false;
    this.columns = options.columns ?? 80;
    this.#answers = [...options.answers ?? []];
  }

  /** All of standard output. */
  get stdout(): string {
    return this.#stdout;
  }

  /** All of standard error. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Answers that nobody asked for. */
  get answersLeft(): number {
    return this.#answers.length;
  }

  write(text: string): void {
    this.#stdout += text;
  }

  writeError(text: string): void {
    this.#stderr += text;
  }

  ask(question: string): Promise<string | undefined> {
    this.questions.push(question);
    return Promise.resolve(this.interactive ? this.#answers.shift() : undefined);
  }

  /** Adds answers to the end of the list. */
  answer(...answers: readonly string[]): void {
    this.#answers.push(...answers);
  }

  /** Forgets what was written and asked. */
  clear(): void {
    this.#stdout = "";
    this.#stderr = "";
    this.questions.length = 0;
  }
}
