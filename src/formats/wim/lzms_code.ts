/**
 * LZMS's adaptive Huffman codes: no lengths are stored; both sides count symbols and rebuild the
 * code from the counts at the same moments.
 *
 * Source: wimlib's LZMS notes: ties are broken in favour of leaves, then of smaller symbols.
 */
import { HuffmanCode } from "./huffman_code.ts";

/** A symbol's number is below this, so that `count * SYMBOLS + symbol` sorts by both. */
const SYMBOLS = 1024;

/** A Huffman code that follows the symbols that were decoded with it. */
export class AdaptiveCode {
  readonly code: HuffmanCode;
  readonly #interval: number;
  readonly #counts: Uint32Array;
  readonly #sorted: Uint32Array;
  /** Weights of the inner nodes, then their depths. */
  readonly #weights: Uint32Array;
  readonly #parents: Uint32Array;
  #untilRebuild = 0;

  /** A code of `symbols` symbols that is rebuilt after every `interval` symbols. */
  constructor(
    { symbols, interval, tableBits }: {
      readonly symbols: number;
      readonly interval: number;
      readonly tableBits: number;
    },
  ) {
    // A code needs two codewords, even if one of them is never used.
    const size = Math.max(2, symbols);
    this.code = new HuffmanCode(size, tableBits);
    this.#interval = interval;
    this.#counts = new Uint32Array(size);
    this.#sorted = new Uint32Array(size);
    this.#weights = new Uint32Array(size);
    this.#parents = new Uint32Array(size);
  }

  /** Begins a new chunk: every symbol counts once. */
  reset(): void {
    this.#counts.fill(1);
    this.#rebuild();
  }

  /** Counts a decoded symbol. */
  count(symbol: number): void {
    this.#counts[symbol]!++;
    if (--this.#untilRebuild > 0) return;
    this.#rebuild();
    const counts = this.#counts;
    for (let i = 0; i < counts.length; i++) counts[i] = (counts[i]! >>> 1) + 1;
  }

  #rebuild(): void {
    const sorted = this.#sorted;
    for (let i = 0; i < sorted.length; i++) sorted[i] = this.#counts[i]! * SYMBOLS + i;
    sorted.sort();
    this.#buildTree();
    this.#assignLengths();
    this.code.build();
    this.#untilRebuild = this.#interval;
  }

  /** Joins the two lightest nodes again and again; a leaf wins over an inner node of its weight. */
  #buildTree(): void {
    const sorted = this.#sorted, weights = this.#weights, parents = this.#parents;
    const leaves = sorted.length;
    let leaf = 0, inner = 0;
    for (let node = 0; node < leaves - 1; node++) {
      let weight = 0;
      for (let child = 0; child < 2; child++) {
        const leafWeight = leaf < leaves ? Math.floor(sorted[leaf]! / SYMBOLS) : Infinity;
        const innerWeight = inner < node ? weights[inner]! : Infinity;
        if (leafWeight <= innerWeight) weight += leafWeight, leaf++;
        else weight += innerWeight, parents[inner++] = node;
      }
      weights[node] = weight;
    }
  }

  /** Only how many leaves each depth has matters: rarer symbols get the longer codewords. */
  #assignLengths(): void {
    const depths = this.#weights, parents = this.#parents, sorted = this.#sorted;
    const root = sorted.length - 2;
    const leavesAt = new Int32Array(sorted.length + 2);
    leavesAt[1] = 2;
    depths[root] = 0;
    for (let node = root - 1; node >= 0; node--) {
      const depth = depths[parents[node]!]! + 1;
      depths[node] = depth;
      leavesAt[depth]!--;
      leavesAt[depth + 1]! += 2;
    }
    let next = 0;
    for (let length = leavesAt.length - 1; length >= 1; length--) {
      for (let i = leavesAt[length]!; i > 0; i--) {
        this.code.lengths[sorted[next++]! % SYMBOLS] = length;
      }
    }
  }
}
