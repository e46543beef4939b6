/** The lab's time: it stands still until somebody moves it, so that every run is the same. */
import type { Clock } from "../../src/host/mod.ts";

/** A clock that tests turn. */
export class LabClock implements Clock {
  readonly #start: number;
  #elapsedMs = 0;

  constructor(start: Date = new Date(Date.UTC(2026, 0, 15, 10))) {
    this.#start = start.getTime();
  }

  now(): Date {
    return new Date(this.#start + this.#elapsedMs);
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  /** Lets this much time pass. */
  advance(milliseconds: number): void {
    this.#elapsedMs += milliseconds;
  }
}
