/** Warnings of one image: each once, and never more than fit on a few screens of a report. */
import type { ImageWarning } from "./disc_image.ts";

/** From what does no harm to what does most. */
const EFFECTS: readonly ImageWarning["effect"][] = ["tolerated", "damaged", "cut", "lost"];

const MAX_WARNINGS = 1_000;

/** Collects warnings; listing twice does not repeat them. */
export class WarningList {
  readonly #list: ImageWarning[] = [];
  readonly #seen = new Set<string>();

  /** The list that grows. */
  get list(): readonly ImageWarning[] {
    return this.#list;
  }

  /** Bound, so that it can be handed on. */
  readonly add = (
    message: string,
    offset: number,
    effect: ImageWarning["effect"] = "tolerated",
  ): void => {
    const key = `${offset} ${message}`;
    if (this.#seen.has(key)) return;
    if (this.#list.length >= MAX_WARNINGS) return this.#worsenLast(effect);
    this.#seen.add(key);
    const last = this.#list.length === MAX_WARNINGS - 1;
    this.#list.push({
      effect,
      message: last ? "There are more warnings; they are left out" : message,
      offset,
    });
  };

  /** The last one stands for all that are left out: it has the worst effect of them. */
  #worsenLast(effect: ImageWarning["effect"]): void {
    const last = this.#list.at(-1)!;
    if (EFFECTS.indexOf(effect) <= EFFECTS.indexOf(last.effect)) return;
    this.#list[this.#list.length - 1] = { ...last, effect };
  }
}
