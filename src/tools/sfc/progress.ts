/** Progress of sfc in any language: `Verification 37% complete.`, `Überprüfung 37 % …`. */
import type { ConsoleEvent, ProgressReader, ToolProgress } from "../../base/mod.ts";

const PERCENT = /(?<!\d)(\d{1,3})\s?%/;

/** Reads the percentage. Blocks of 4 KB arrive tens of seconds apart: silence is normal. */
export class SfcProgressReader implements ProgressReader {
  #percent: number | undefined;

  read(event: ConsoleEvent): ToolProgress | undefined {
    const found = PERCENT.exec(event.text);
    const percent = found === null ? undefined : Number(found[1]);
    if (percent === undefined || percent > 100 || percent === this.#percent) return undefined;
    this.#percent = percent;
    return { percent };
  }
}
