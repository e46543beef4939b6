/**
 * How much of an image may be read that leads to no entry: deleted names, and blocks of allocation
 * descriptors. A hostile image lets a thousand files share one endless chain; counting entries
 * does not notice, counting work does.
 */
import { FormatError } from "../../base/mod.ts";

/** Deleted names count 1 each, a block of descriptors 5. Real media need some hundred. */
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
