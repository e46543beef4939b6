/**
 * Visits everything in a hive once, past all damage: cycles, lists that two keys share, trees
 * that are too deep and structures that lie nowhere become problems, not ends.
 */
import type { FormatError } from "../../base/mod.ts";
import { CellClaims } from "./cell_claims.ts";
import { type CellSpace, type ProblemReport, reportCaught } from "./cell_space.ts";
import type { Hive } from "./hive.ts";
import { type HiveKey, KeyNode } from "./key.ts";
import { MAX_KEY_DEPTH } from "./layout.ts";
import type { ListOptions } from "./lists.ts";
import { compareNames } from "./upcase.ts";
import type { HiveValue, ValueRecord } from "./value.ts";
import { checkValueData } from "./value_data.ts";

/** Something wrong in a hive. */
export interface HiveProblem {
  /** Where, in bytes from the start of the file. */
  readonly offset: number;
  /** Path of the key below the root, "" for the root. */
  readonly path: string;
  readonly message: string;
}

/** Where a walk is. */
export interface HivePlace {
  /** The path of the key below the root, "" for the root. Put together when asked for. */
  readonly path: string;
  /** 1 for the root. */
  readonly depth: number;
}

/** Receives what a walk meets, each key before its values and its subkeys. */
export interface HiveVisitor {
  key?(key: HiveKey, place: HivePlace): void;
  value?(value: HiveValue, place: HivePlace): void;
  problem?(problem: HiveProblem): void;
}

/**
 * Visits every key and value that can be read. Values with damaged data are problems only.
 * With `from`, a key of this hive, only that key and what is below it; paths begin below it.
 */
export function walkHive(hive: Hive, visitor: HiveVisitor, from: HiveKey = hive.root): void {
  for (const bin of hive.badBins) visitor.problem?.(describe(bin, ""));
  const root = from;
  if (!(root instanceof KeyNode)) throw new TypeError("A hive comes from openHive()");
  new Walk(root, visitor).run();
}

/** What a hive holds. */
export interface HiveCount {
  readonly keys: number;
  readonly values: number;
  /** Bytes of data of all values. */
  readonly valueBytes: number;
  readonly problems: readonly HiveProblem[];
}

/** Counts a hive by walking it, and collects its problems. */
export function countHive(hive: Hive): HiveCount {
  let keys = 0;
  let values = 0;
  let valueBytes = 0;
  const problems: HiveProblem[] = [];
  walkHive(hive, {
    key: () => void keys++,
    value: (value) => {
      values++;
      valueBytes += value.size;
    },
    problem: (problem) => void problems.push(problem),
  });
  return { keys, values, valueBytes, problems };
}

function describe(error: FormatError, path: string): HiveProblem {
  return { offset: error.offset ?? 0, path, message: error.message };
}

class Place implements HivePlace {
  readonly key: KeyNode;
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
    return above.#above === undefined ? this.key.name : `${above.path}\\${this.key.name}`;
  }
}

class Walk {
  readonly #visitor: HiveVisitor;
  readonly #waiting: Place[];
  readonly #claim: (offset: number) => boolean;

  constructor(root: KeyNode, visitor: HiveVisitor) {
    this.#visitor = visitor;
    this.#waiting = [new Place(root)];
    this.#claim = new CellClaims(root.space).claim;
    this.#claim(root.offset);
  }

  run(): void {
    let current: Place | undefined;
    // One for the whole walk: a big hive has hundreds of thousands of keys.
    const options: ListOptions = {
      report: (problem) => this.#visitor.problem?.(describe(problem, current?.path ?? "")),
      claim: this.#claim,
    };
    for (let place = this.#waiting.pop(); place !== undefined; place = this.#waiting.pop()) {
      current = place;
      this.#visitor.key?.(place.key, place);
      if (place.key.valueCount > 0) this.#visitValues(place, options);
      if (place.key.subkeyCount > 0) this.#enterSubkeys(place, options);
    }
  }

  #visitValues(place: Place, options: ListOptions): void {
    const { space } = place.key;
    for (const value of place.key.listValues(options)) {
      try {
        if (!this.#claim(value.offset)) throw sharedCell(value, space);
        checkValueData(space, value.position, this.#claim);
      } catch (error) {
        reportCaught(options.report, error);
        continue;
      }
      this.#visitor.value?.(value, place);
    }
  }

  #enterSubkeys(place: Place, options: ListOptions): void {
    const { key, depth } = place;
    if (depth >= MAX_KEY_DEPTH) {
      const state = `it has subkeys below ${MAX_KEY_DEPTH} levels`;
      return options.report(key.space.error("key", state, key.position));
    }
    const subkeys = key.listSubkeys(options);
    checkOrder(subkeys, options.report);
    const start = this.#waiting.length;
    for (const subkey of subkeys) {
      if (this.#ownsSubkey(key, subkey, options.report)) {
        this.#waiting.push(new Place(subkey, place));
      }
    }
    reverseFrom(this.#waiting, start);
  }

  #ownsSubkey(key: KeyNode, subkey: KeyNode, report: ProblemReport): boolean {
    if (!this.#claim(subkey.offset)) {
      const state = `"${subkey.name}" is listed twice, or above itself`;
      report(key.space.error("key", state, subkey.position));
      return false;
    }
    if (subkey.parentOffset !== key.offset) {
      const state = `"${subkey.name}" names another key as its parent`;
      report(key.space.error("key", state, subkey.position));
    }
    return true;
  }
}

function sharedCell(value: ValueRecord, space: CellSpace): FormatError {
  return space.error("value", "its cell belongs to something else too", value.position);
}

function checkOrder(subkeys: readonly KeyNode[], report: ProblemReport): void {
  for (let i = 1; i < subkeys.length; i++) {
    const subkey = subkeys[i]!;
    const order = compareNames(subkeys[i - 1]!.name, subkey.name);
    if (order < 0) continue;
    const state = order === 0
      ? `there are two named "${subkey.name}"`
      : `"${subkey.name}" is in the wrong order, so that Windows does not find it`;
    report(subkey.space.error("key", state, subkey.position));
  }
}

/** Turns the end of a stack around: the first subkey is to be visited first. */
function reverseFrom(stack: Place[], start: number): void {
  for (let low = start, high = stack.length - 1; low < high; low++, high--) {
    const place = stack[low]!;
    stack[low] = stack[high]!;
    stack[high] = place;
  }
}
