/**
 * LZMS's memory of the offsets used last. An offset that is used again leaves the queue at once
 * and comes back to its front only after the *next* item.
 *
 * Source: wimlib's LZMS notes.
 */

/** Three offsets that can be named, and one that moves up when one of them is taken. */
export class RecentQueue {
  readonly #items = new Float64Array(4);
  /** Comes to the front after the next item; 0 stands for nothing. */
  #pending = 0;

  /** Begins a new chunk. */
  reset(): void {
    this.#items.set([1, 2, 3, 4]);
    this.#pending = 0;
  }

  /** Takes out the item at `index`, 0 to 2. */
  take(index: number): number {
    const items = this.#items;
    const item = items[index]!;
    for (let i = index; i < 3; i++) items[i] = items[i + 1]!;
    return item;
  }

  /** Ends an item of the chunk: `used` is the offset it had, 0 if it had none of this kind. */
  endItem(used: number): void {
    if (this.#pending !== 0) {
      const items = this.#items;
      items[3] = items[2]!;
      items[2] = items[1]!;
      items[1] = items[0]!;
      items[0] = this.#pending;
    }
    this.#pending = used;
  }

  /** True if {@linkcode endItem}(0) would change nothing. */
  get idle(): boolean {
    return this.#pending === 0;
  }
}
