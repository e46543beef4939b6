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
  #title = "";
  #began = 0;
  #measured = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  begin(title: string): void {
    this.end();
    // The bar vanishes when the work ends; this line stays.
    this.#context.output.talk(`... ${title}`);
    this.#title = title;
    this.#began = this.#now();
    this.#measured = false;
    this.#bar = $.progress(this.#text(), {});
    this.#timer = setInterval(() => this.#bar?.message(this.#text()), 1000);
  }

  progress(progress: ToolProgress): void {
    const { percent } = progress;
    if (this.#bar === undefined || percent === undefined) return;
    if (!this.#measured) {
      this.#measured = true;
      this.#bar.length(100);
    }
    this.#bar.position(Math.floor(percent));
    this.#bar.message(this.#text());
  }

  quiet(silentMs: number): void {
    this.#bar?.message(`${this.#title}: ${quietText(silentMs)}`);
  }

  end(): void {
    if (this.#timer !== undefined) clearInterval(this.#timer);
    this.#timer = undefined;
    this.#bar?.finish();
    this.#bar = undefined;
  }

  #text(): string {
    return `${this.#title} ${formatElapsed(this.#now() - this.#began)}`;
  }

  #now(): number {
    return this.#context.host.clock.monotonicMs();
  }
}
