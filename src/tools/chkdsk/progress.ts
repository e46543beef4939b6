/** Progress of chkdsk, in any language: percentages, stages and counted records. */
import type { ConsoleEvent, ProgressReader, ToolProgress } from "../../base/mod.ts";

/** A line that begins a stage. */
export interface ChkdskStage {
  readonly number: number;
  /** The whole line, in the language of the system. */
  readonly title: string;
}

/** `Stage 1: Examining …`, `Phase 1: …`; older builds: `… files (stage 1 of 3)...`. */
const STAGE = /^\s*\p{L}+\s*([1-5])\s*[:：]\s*\S|\(\p{L}+ ([1-5]) \p{L}+ [1-5]\)/u;

/** Two percentages in one line: first the stage, then the whole. */
const PERCENT = /(\d{1,3})\s?%/g;

/** `  378624 file records processed.` */
const COUNTED = /^\s*\d[\d.,]* \p{L}[\p{L} ]+/u;

/** The stage that a line begins, if it does. */
export function stageOf(line: string): ChkdskStage | undefined {
  const found = STAGE.exec(line);
  if (found === null || /%/.test(line)) return undefined;
  return { number: Number(found[1] ?? found[2]), title: line.trim() };
}

/** Reads the percentage of the whole where it is shown, else stages and counts. */
export class ChkdskProgressReader implements ProgressReader {
  #stage: string | undefined;

  read(event: ConsoleEvent): ToolProgress | undefined {
    const stage = stageOf(event.text);
    if (stage !== undefined) {
      this.#stage = stage.title;
      return { message: stage.title };
    }
    return this.#percentage(event.text) ?? this.#count(event.text);
  }

  #percentage(text: string): ToolProgress | undefined {
    const found = [...text.matchAll(PERCENT)].map((match) => Number(match[1]));
    const percent = found.at(found.length === 1 ? 0 : 1);
    if (percent !== undefined && percent <= 100) {
      return { percent, ...(this.#stage === undefined ? {} : { message: this.#stage }) };
    }
    const spelt = /(\d{1,3}) percent complete/i.exec(text);
    if (spelt === null || Number(spelt[1]) > 100) return undefined;
    return this.#stage === undefined
      ? { message: text.trim() }
      : { message: `${this.#stage} ${spelt[1]}%` };
  }

  #count(text: string): ToolProgress | undefined {
    return COUNTED.test(text) && !/\bKB\b/.test(text) ? { message: text.trim() } : undefined;
  }
}
