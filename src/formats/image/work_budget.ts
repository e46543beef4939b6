/**
 * How much work and memory a listing may cost beside its entries: deleted names, blocks of
 * allocation descriptors, pieces of files, long paths. A hostile image lets a thousand files share
 * one endless chain; counting entries does not notice, counting work does.
 */
import { FormatError } from "../../base/mod.ts";

/**
 * Deleted names and pieces behind the first of a file count 1 each, a block of descriptors 5, a path
 * 1 for every 130 characters. Real media need some thousand.
 */
const UNITS = 1_000_000;

/** The work that one listing or search may cost. */
export class WorkBudget {
  #left = UNITS;

  /** A new listing or search begins. */
  reset(): void {
    this.#left = UNITS;
  }

  /**
   * Bound, so that it can be handed on.
   *
   * @throws {FormatError} when the budget is spent.
   */
  readonly spend = (units: number, offset: number): void => {
    this.#left -= units;
    if (this.#left >= 0) return;
    throw new FormatError("It takes more work than any real image, and was left out", { offset });
  };
}
