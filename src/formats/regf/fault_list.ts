/** Collects what is wrong with a hive, up to a limit: damage before what is only untidy. */
import type { FormatError } from "../../base/mod.ts";
import type { HiveFault } from "./check.ts";
import type { ProblemReport } from "./cell_space.ts";

/** Something that knows its path, which is put together only if it is needed. */
export interface FaultPlace {
  readonly path: string;
}

/** A fault, and the place whose path it gets. */
export interface FaultReport extends Omit<HiveFault, "path"> {
  readonly place?: FaultPlace;
}

/** Faults in the order in which they were found, those of weight `damage` first. */
export class FaultList {
  readonly #limit: number;
  readonly #damage: HiveFault[] = [];
  readonly #untidy: HiveFault[] = [];
  #found = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add({ place, ...fault }: FaultReport): void {
    this.#found++;
    const list = fault.weight === "damage" ? this.#damage : this.#untidy;
    if (list.length >= this.#limit) return;
    list.push(place === undefined ? fault : { ...fault, path: place.path });
  }

  /** A report that adds errors of readers as damage of this kind. */
  reporter(kind: HiveFault["kind"], place?: FaultPlace): ProblemReport {
    return (problem) => this.addError(problem, kind, place);
  }

  addError({ message, offset = 0 }: FormatError, kind: HiveFault["kind"], place?: FaultPlace) {
    this.add({
      kind,
      weight: "damage",
      offset,
      message,
      ...(place === undefined ? {} : { place }),
    });
  }

  get faults(): readonly HiveFault[] {
    return [...this.#damage, ...this.#untidy].slice(0, this.#limit);
  }

  /** Faults that did not fit. */
  get more(): number {
    return this.#found - this.faults.length;
  }
}
