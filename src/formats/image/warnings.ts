/** Warnings of one image: each once, and never more than fit on a few screens of a report. */
import type { ImageWarning } from "./disc_image.ts";

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
  readonly add = (message: string, offset: number): void => {
    const key = `${offset} ${message}`;
    if (this.#list.length >= MAX_WARNINGS || this.#seen.has(key)) return;
    this.#seen.add(key);
    const last = this.#list.length === MAX_WARNINGS - 1;
    this.#list.push({
      message: last ? "There are more warnings; they are left out" : message,
      offset,
    });
  };
}
