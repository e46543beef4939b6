/** Progress of DISM: a bar of 58 or 60 cells, as lines on a pipe or rewritten with CR. */
import type { ConsoleEvent, ProgressReader, ToolProgress } from "../../base/mod.ts";

/** The number stands in the middle of the bar: `[====   12.5%   ]`. */
const BAR = /\[[= ]*([0-9]{1,3}[.,][0-9])%[= ]*\]/;

/** `Processing 1 of 3 - Adding package Name~…` */
const ITEM = /^Processing (\d+) of (\d+) - (.+)$/;

/** Reads the percentage, and for several packages which one is at work. */
export class DismProgressReader implements ProgressReader {
  #percent: number | undefined;
  #message: string | undefined;

  read(event: ConsoleEvent): ToolProgress | undefined {
    const item = ITEM.exec(event.text.trim());
    if (item !== null) {
      this.#message = item[0];
      this.#percent = undefined;
      return { message: this.#message };
    }
    const bar = BAR.exec(event.text);
    return bar === null ? undefined : this.#step(Number(bar[1]!.replace(",", ".")));
  }

  #step(percent: number): ToolProgress | undefined {
    if (percent > 100 || percent === this.#percent) return undefined;
    this.#percent = percent;
    return { percent, ...(this.#message === undefined ? {} : { message: this.#message }) };
  }
}
