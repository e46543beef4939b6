/** Where an examination is. */
import type { FaultPlace } from "./fault_list.ts";
import type { KeyNode } from "./key.ts";

/** So much of a name is shown; no longer one is valid. */
const SHOWN_NAME = 256;

/** A key and the way to it. */
export class Place implements FaultPlace {
  readonly key: KeyNode;
  /** 1 for the root. */
  readonly depth: number;
  readonly #above: Place | undefined;

  constructor(key: KeyNode, above?: Place) {
    this.key = key;
    this.depth = (above?.depth ?? 0) + 1;
    this.#above = above;
  }

  get path(): string {
    const above = this.#above;
    if (above === undefined) return "";
    const name = this.key.name.slice(0, SHOWN_NAME);
    return above.#above === undefined ? name : `${above.path}\\${name}`;
  }
}
