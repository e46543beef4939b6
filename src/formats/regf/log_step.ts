/** What a log of either format holds: data that belongs into the bins. */

/** A piece of bins. */
export interface LogPage {
  /** Where it belongs, in bytes from the start of the bins. */
  readonly offset: number;
  /** A window into the log. */
  readonly bytes: Uint8Array;
}

/** One step of a replay: an entry of a new log, or the whole of an old one. */
export interface LogStep {
  readonly sequence: number;
  /** Bit 0 belongs into the flags of the base block. */
  readonly flags: number;
  /** Bytes of all bins once the step is done. */
  readonly binsSize: number;
  /** In the order in which they are written; every one ends inside the bins. */
  readonly pages: readonly LogPage[];
  /** How many pages (old format: sectors) the log counts. */
  readonly pageCount: number;
}

/** What is found in one place of a log: a step, or why there is none. */
export type StepOrFault = { readonly step: LogStep } | { readonly fault: string };
