/**
 * The names of directories that were looked into. Media are asked for dozens of files of one folder
 * with a thousand names: it is read once, and no further than needed.
 */
import { foldCase } from "../../base/mod.ts";
import type { TreeChild, TreeNode } from "./volume_tree.ts";

/** Directories that are remembered: those of media with the files that Setup needs are fewer. */
const MOST_DIRECTORIES = 8;
/** Names of one that are remembered. Longer ones, if there are any, are read again each time. */
const MOST_NAMES = 20_000;

/** The directories that were looked into last. */
export class NameIndex {
  readonly #listings = new Map<number, Listing>();

  /** The names of a directory, from memory where they are known. */
  listing(node: TreeNode): Listing {
    const known = this.#listings.get(node.identity);
    this.#listings.delete(node.identity);
    const listing = known === undefined || known.tooLong ? new Listing(node) : known;
    const oldest = this.#listings.keys().next();
    if (!oldest.done && this.#listings.size >= MOST_DIRECTORIES) {
      this.#listings.delete(oldest.value);
    }
    this.#listings.set(node.identity, listing);
    return listing;
  }
}

/** The names of one directory as far as they were read. */
export class Listing {
  readonly #children: AsyncIterator<TreeChild>;
  readonly #byName = new Map<string, TreeChild[]>();
  #count = 0;
  #end: { readonly fault?: unknown } | undefined;

  constructor(node: TreeNode) {
    this.#children = node.children()[Symbol.asyncIterator]();
  }

  /** Not all that was read is remembered: no second question can be answered. */
  get tooLong(): boolean {
    return this.#count > MOST_NAMES;
  }

  /**
   * The children of a name in order, regardless of case, among the first `most` of the directory.
   *
   * @throws what reading the directory throws, each time.
   */
  async *named(name: string, most: number): AsyncGenerator<TreeChild> {
    const wanted = foldCase(name);
    for (let number = 0;; number++) {
      let child = this.#byName.get(wanted)?.[number];
      while (child === undefined && this.#end === undefined && this.#count < most) {
        await this.#readOne(wanted);
        child = this.#byName.get(wanted)?.[number];
      }
      if (child === undefined) break;
      yield child;
    }
    if (this.#end !== undefined && "fault" in this.#end) throw this.#end.fault;
  }

  async #readOne(wanted: string): Promise<void> {
    try {
      const next = await this.#children.next();
      if (next.done) {
        this.#end ??= {};
        return;
      }
      const name = foldCase(next.value.name);
      if (++this.#count > MOST_NAMES && name !== wanted) return;
      const same = this.#byName.get(name);
      if (same === undefined) this.#byName.set(name, [next.value]);
      else same.push(next.value);
    } catch (fault) {
      this.#end = { fault };
    }
  }
}
