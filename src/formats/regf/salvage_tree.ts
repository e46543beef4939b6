/**
 * Collects the keys that can still be reached in a damaged hive. Where keys disagree about who is below
 * whom, the key that the subkey itself names wins; what no list names any more is looked for
 * among the cells in use, and only for keys whose own list is damaged: a key that a good list
 * does not name was deleted.
 */
import type { FormatError } from "../../base/mod.ts";
import { CellClaims } from "./cell_claims.ts";
import { CellIndex } from "./cell_index.ts";
import { type CellSpace, orReport } from "./cell_space.ts";
import type { FaultList } from "./fault_list.ts";
import { KeyNode } from "./key.ts";
import { BASE_BLOCK_SIZE, KeyNodeField, LONGEST_KEY_NAME, Magic, MAX_KEY_DEPTH } from "./layout.ts";
import { subkeyOffsets } from "./lists.ts";
import { Branch } from "./salvage_branch.ts";
import type { SalvageImage } from "./salvage_image.ts";
import { hasUncountedSubkeys } from "./uncounted.ts";
import { upcaseText } from "./upcase.ts";

/** What was collected. */
export interface SalvagedTree {
  readonly claims: CellClaims;
  /** Each after the one above it. */
  readonly branches: readonly Branch[];
  readonly reattached: number;
}

/** Collects all keys below `root`, the branch of the root key. */
export function salvageTree(root: Branch, image: SalvageImage, lost: FaultList): SalvagedTree {
  return new Collection(image, lost).run(root);
}

/** The unreached key nodes in use, by the offset that they name as their parent. */
type Strays = Map<number, number[]>;

/** A subkey whose record names another key as its parent than the one that lists it. */
interface Disputed {
  readonly lister: Branch;
  readonly node: KeyNode;
}

class Collection {
  readonly #image: SalvageImage;
  readonly #space: CellSpace;
  readonly #lost: FaultList;
  readonly #claims: CellClaims;
  readonly #branches: Branch[] = [];
  readonly #disputed: Disputed[] = [];
  /** Branches whose list is damaged and whose strays were not looked for yet. */
  #damaged: Branch[] = [];
  #strays: Strays | undefined;
  #reattached = 0;

  constructor(image: SalvageImage, lost: FaultList) {
    this.#image = image;
    this.#space = image.space;
    this.#lost = lost;
    this.#claims = new CellClaims(image.space);
  }

  run(root: Branch): SalvagedTree {
    if (root.node !== undefined) this.#claims.claim(root.offset);
    this.#collect(root);
    this.#putBackStrays();
    for (let i = 0; i < this.#disputed.length; i++) {
      const { lister, node } = this.#disputed[i]!;
      // If the key it names has it by now, the list is damaged, and its own subkey is missing.
      const branch = this.#attach(lister, node);
      if (branch !== undefined) this.#collect(branch);
      this.#putBackStrays();
    }
    for (const branch of this.#branches) this.#tellMissing(branch);
    if (this.#strays !== undefined) this.#tellStrays(this.#strays);
    return {
      claims: this.#claims,
      branches: this.#branches,
      reattached: this.#reattached,
    };
  }

  /** Takes up a branch and all that its lists name. */
  #collect(start: Branch): void {
    const waiting = [start];
    for (let branch = waiting.pop(); branch !== undefined; branch = waiting.pop()) {
      this.#branches.push(branch);
      const subkeys = this.#readSubkeys(branch);
      for (const subkey of subkeys.reverse()) waiting.push(subkey);
    }
  }

  #readSubkeys(branch: Branch): Branch[] {
    const { node } = branch;
    if (node === undefined) this.#damaged.push(branch); // a root whose record is gone
    if (node === undefined) return [];
    if (hasUncountedSubkeys(this.#space, node.position)) {
      const state = "its key counts no subkeys";
      this.#markDamaged(branch, this.#space.error("list of subkeys", state, node.position));
    }
    if (node.subkeyCount === 0) return [];
    const listed: Branch[] = [];
    const damage = (problem: FormatError) => this.#markDamaged(branch, problem);
    const options = { report: damage, claim: this.#claims.claim };
    for (const offset of subkeyOffsets(this.#space, node.position, options)) {
      const subkey = orReport(damage, () => new KeyNode(this.#space, offset));
      if (subkey === undefined) continue;
      if (subkey.parentOffset !== branch.offset) {
        this.#disputed.push({ lister: branch, node: subkey });
        continue;
      }
      const attached = this.#attach(branch, subkey);
      if (attached !== undefined) listed.push(attached);
    }
    return listed;
  }

  #markDamaged(branch: Branch, problem: FormatError): void {
    if (branch.listProblem === undefined) this.#damaged.push(branch);
    branch.listProblem ??= problem;
  }

  /** Puts a key below another one; undefined if it is there already or cannot be. */
  #attach(above: Branch, node: KeyNode): Branch | undefined {
    if (!this.#claims.claim(node.offset)) {
      const state = "it names a key twice, or one that belongs elsewhere";
      this.#markDamaged(above, this.#space.error("list of subkeys", state, node.position));
      return undefined;
    }
    const branch = new Branch(node, above);
    const refusal = this.#refusal(above, branch);
    if (refusal !== undefined) {
      above.refused++;
      this.#loseKey(branch, `The key cannot be kept, with all that is below it: ${refusal}`);
      return undefined;
    }
    above.spec.subkeys.push(branch.spec);
    return branch;
  }

  #refusal(above: Branch, { node, depth }: Branch): string | undefined {
    const name = node?.name ?? "";
    if (name === "" || name.includes("\\")) return `"${name}" is no name for a key`;
    if (name.length > LONGEST_KEY_NAME) return `its name has ${name.length} characters`;
    if (depth > MAX_KEY_DEPTH) return `it lies below ${MAX_KEY_DEPTH} levels`;
    const upper = upcaseText(name);
    if (above.names.has(upper)) return "there is another one of that name";
    above.names.add(upper);
    return undefined;
  }

  #loseKey(branch: Branch, message: string): void {
    const offset = branch.node?.position ?? 0;
    this.#lost.add({ kind: "key", weight: "damage", offset, place: branch, message });
  }

  /** Looks for the lost subkeys of damaged branches, until no branch is damaged any more. */
  #putBackStrays(): void {
    for (let branch = this.#damaged.pop(); branch !== undefined; branch = this.#damaged.pop()) {
      this.#strays ??= this.#findStrays();
      for (const offset of this.#strays.get(branch.offset) ?? []) {
        if (this.#claims.has(offset)) continue;
        const node = orReport(() => {}, () => new KeyNode(this.#space, offset));
        const attached = node === undefined ? undefined : this.#attach(branch, node);
        if (attached === undefined) continue;
        this.#reattached++;
        this.#collect(attached);
      }
    }
  }

  #findStrays(): Strays {
    const strays: Strays = new Map();
    const space = this.#space;
    new CellIndex(space).forEachAllocated((offset, size) => {
      const position = offset + BASE_BLOCK_SIZE + 4;
      if (size < KeyNodeField.name + 4 || space.u16(position) !== Magic.nk) return;
      if (this.#claims.has(offset)) return;
      const parent = space.u32(position + KeyNodeField.parent);
      const siblings = strays.get(parent);
      if (siblings === undefined) strays.set(parent, [offset]);
      else siblings.push(offset);
    });
    return strays;
  }

  #tellMissing(branch: Branch): void {
    const { node, listProblem } = branch;
    if (node === undefined || listProblem === undefined) return;
    const found = branch.spec.subkeys.length + branch.refused;
    const { subkeyCount } = node;
    if (found >= subkeyCount) return;
    this.#lost.add({
      kind: "list",
      weight: "damage",
      offset: listProblem.offset ?? node.position,
      place: branch,
      message: `${found} of the ${subkeyCount} subkeys that it counts were found: ` +
        listProblem.message,
    });
  }

  /** Keys that cannot be put back, because the one above them lay in what is gone. */
  #tellStrays(strays: Strays): void {
    for (const [parent, offsets] of strays) {
      if (this.#claims.has(parent) || !this.#image.lostAt(parent)) continue;
      for (const offset of offsets) {
        const node = orReport(() => {}, () => new KeyNode(this.#space, offset));
        if (node === undefined || this.#claims.has(offset)) continue;
        const message = `The key "${node.name}" and all that is below it has no place any more: ` +
          "the key above it is gone";
        this.#lost.add({ kind: "key", weight: "damage", offset: node.position, message });
      }
    }
  }
}
