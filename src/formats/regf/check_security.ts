/** Examines the security records: their descriptors, their counters and the ring they form. */
import type { FormatError } from "../../base/mod.ts";
import { CellClaims } from "./cell_claims.ts";
import { type CellSpace, orReport } from "./cell_space.ts";
import type { Examination, SecurityUse, TreeResult } from "./check_tree.ts";
import type { FaultPlace } from "./fault_list.ts";
import { KeyNodeField, NO_CELL, SecurityField } from "./layout.ts";
import type { KeyNode } from "./key.ts";
import { securityDescriptorAt, securityPosition } from "./security_record.ts";

/** Adds what is wrong with security; returns the cells of all records that were met. */
export function checkSecurity(
  root: KeyNode,
  tree: TreeResult,
  examination: Examination,
): CellClaims {
  return new SecurityCheck(tree, examination).run(root);
}

class SecurityCheck {
  readonly #tree: TreeResult;
  readonly #examination: Examination;
  readonly #space: CellSpace;
  readonly #claims: CellClaims;

  constructor(tree: TreeResult, examination: Examination) {
    this.#tree = tree;
    this.#examination = examination;
    this.#space = examination.space;
    this.#claims = new CellClaims(examination.space);
  }

  run(root: KeyNode): CellClaims {
    const first = this.#space.u32(root.position + KeyNodeField.security);
    const ring = first === NO_CELL ? new Set<number>() : this.#walkRing(first);
    for (const [offset, use] of this.#tree.security) this.#checkRecord(offset, use, ring);
    for (const offset of ring) this.#checkUnused(offset);
    return this.#claims;
  }

  #add(fault: {
    readonly weight: "damage" | "untidy";
    readonly offset: number;
    readonly message: string;
    readonly place?: FaultPlace;
  }): void {
    this.#examination.faults.add({ kind: "security", ...fault });
  }

  /** Follows the ring from the root's record; the offsets of all that can be reached. */
  #walkRing(first: number): Set<number> {
    const ring = new Set<number>();
    // A bad record of the root is told with the keys that name it.
    let position = orReport(() => {}, () => securityPosition(this.#space, first));
    let offset = first;
    while (position !== undefined && !ring.has(offset)) {
      ring.add(offset);
      const next = this.#space.u32(position + SecurityField.next);
      const report = (problem: FormatError) =>
        this.#tellBroken(problem.offset ?? 0, problem.message);
      const following = orReport(report, () => securityPosition(this.#space, next));
      if (following === undefined) return ring;
      if (this.#space.u32(following + SecurityField.previous) !== offset) {
        this.#tellBroken(following, "A record does not name the one before it");
      }
      position = following;
      offset = next;
    }
    if (position !== undefined && offset !== first) {
      this.#tellBroken(position, "It does not come back to its first record");
    }
    return ring;
  }

  #tellBroken(offset: number, state: string): void {
    const message = `The ring of security records is broken: ${state}`;
    this.#add({ weight: "damage", offset, message });
  }

  #checkRecord(offset: number, use: SecurityUse, ring: ReadonlySet<number>): void {
    const { keys, place } = use;
    if (offset === NO_CELL) {
      const message = `${count(keys)} no security record, the first of them this one`;
      return this.#add({ weight: "damage", offset: 0, message, place });
    }
    const report = this.#examination.faults.reporter("security", place);
    const read = () => securityDescriptorAt(this.#space, offset);
    if (orReport(report, read) === undefined) return;
    const position = securityPosition(this.#space, offset);
    if (!this.#examination.index.begins(offset)) {
      const message = "A security record lies inside another cell";
      return this.#add({ weight: "damage", offset: position, message, place });
    }
    if (!this.#claims.claim(offset) || this.#tree.claims.has(offset)) {
      const message = "The cell of a security record belongs to something else too";
      return this.#add({ weight: "damage", offset: position, message, place });
    }
    const references = this.#space.u32(position + SecurityField.references);
    if (references !== keys) {
      const message = `A security record counts ${references} keys; ${count(keys)} it`;
      this.#add({ weight: "untidy", offset: position, message, place });
    }
    if (ring.size > 0 && !ring.has(offset)) {
      this.#tellBroken(position, "A record that keys name is not in it");
    }
  }

  #checkUnused(offset: number): void {
    if (this.#tree.security.has(offset)) return;
    const position = securityPosition(this.#space, offset);
    this.#claims.claim(offset);
    const references = this.#space.u32(position + SecurityField.references);
    const message = `A security record counts ${references} keys; no key names it`;
    this.#add({ weight: "untidy", offset: position, message });
  }
}

function count(keys: number): string {
  return keys === 1 ? "1 key names" : `${keys} keys name`;
}
