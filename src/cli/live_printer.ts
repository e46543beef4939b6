/** The progress bar on a console, with the elapsed time. Loaded only where there is one. */
import { $ } from "dax";
import type { ToolProgress } from "../base/mod.ts";
import type { CommandContext } from "./context.ts";
import { formatElapsed, type Printer, quietText } from "./printer.ts";

type Bar = ReturnType<typeof $.progress>;

/** A bar for work that tells its percentage, a moving mark for work that does not. */
export class LivePrinter implements Printer {
  readonly #context: CommandContext;
  #bar: Bar | undefined;
  #began = 0;
  /** What is said beside the elapsed time until the next sign of life. */
  #note = "";
  #measured = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  begin(title: string): void {
    this.end();
    // The bar vanishes when the work ends; this line stays.
    this.#context.output.talk(`... ${title}`);
    this.#began = this.#now();
    this.#note = "";
    this.#measured = false;
    this.#bar = $.progress({ message: this.#text() });
    this.#timer = setInterval(() => this.#refresh(), 1000);
  }

  progress(progress: ToolProgress): void {
    const { percent } = progress;
    this.#note = progress.pace === undefined ? "" : `  ${progress.pace}`;
    if (this.#bar === undefined || percent === undefined) return;
    if (!this.#measured) {
      this.#measured = true;
      this.#bar.length(100);
    }
    this.#bar.position(Math.floor(percent));
    this.#refresh();
  }

  quiet(silentMs: number): void {
    this.#note = `  ${quietText(silentMs)}`;
    this.#refresh();
  }

  end(): void {
    if (this.#timer !== undefined) clearInterval(this.#timer);
    this.#timer = undefined;
    this.#bar?.finish();
    this.#bar = undefined;
  }

  #refresh(): void {
    this.#bar?.message(this.#text());
  }

  #text(): string {
    return `    ${formatElapsed(this.#now() - this.#began)}${this.#note}`;
  }

  #now(): number {
    return this.#context.host.clock.monotonicMs();
  }
}
