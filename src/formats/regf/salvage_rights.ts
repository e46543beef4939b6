/** Gives salvaged keys their security and their class names. */
import type { FormatError } from "../../base/mod.ts";
import { decodeUtf16 } from "../../base/mod.ts";
import { orReport } from "./cell_space.ts";
import { KeyNodeField, NO_CELL } from "./layout.ts";
import type { Branch } from "./salvage_branch.ts";
import type { SalvageContext } from "./salvage_values.ts";
import { strictSecurityDescriptor } from "./security_descriptor.ts";
import { securityDescriptorAt } from "./security_record.ts";

/** Gives keys their descriptors; `branches` begins with the root. */
export function salvageSecurity(branches: readonly Branch[], context: SalvageContext): void {
  new Rights(context).run(branches);
}

/** Gives a key its class name. */
export function salvageClass(branch: Branch, { space, claims, lost }: SalvageContext): void {
  const { node } = branch;
  if (node === undefined) return;
  const offset = space.u32(node.position + KeyNodeField.classOffset);
  const length = space.u16(node.position + KeyNodeField.classLength);
  if (length === 0 || offset === NO_CELL) return;
  const position = orReport(lost.reporter("key", branch), () => {
    const position = space.cell(offset, length, "key's class name");
    if (claims.claim(offset)) return position;
    throw space.error("key's class name", "its cell belongs to something else too", position);
  });
  if (position === undefined) return;
  branch.spec.className = decodeUtf16(space.bytes.subarray(position, position + length));
}

/** Keys that lose their security for one and the same reason. */
interface Loss {
  keys: number;
  readonly first: Branch;
  readonly problem: FormatError;
}

class Rights {
  readonly #context: SalvageContext;
  readonly #descriptors = new Map<number, Uint8Array | undefined>();
  readonly #losses = new Map<number, Loss>();

  constructor(context: SalvageContext) {
    this.#context = context;
  }

  run(branches: readonly Branch[]): void {
    for (const branch of branches) {
      const security = branch.node === undefined ? undefined : this.#securityOf(branch);
      if (security !== undefined) branch.spec.security = security;
      else if (branch.depth === 1) this.#giveRoot(branch);
    }
    for (const loss of this.#losses.values()) this.#tell(loss);
  }

  #securityOf(branch: Branch): Uint8Array | undefined {
    const { space } = this.#context;
    const offset = space.u32((branch.node?.position ?? 0) + KeyNodeField.security);
    if (!this.#descriptors.has(offset)) {
      const report = (problem: FormatError) =>
        void this.#losses.set(offset, { keys: 0, first: branch, problem });
      this.#descriptors.set(offset, orReport(report, () => this.#read(offset)));
    }
    const loss = this.#losses.get(offset);
    if (loss !== undefined) loss.keys++;
    return this.#descriptors.get(offset);
  }

  #read(offset: number): Uint8Array {
    const { space, claims } = this.#context;
    const descriptor = securityDescriptorAt(space, offset);
    if (claims.claim(offset)) return descriptor;
    const state = "its cell belongs to something else too";
    throw space.error("security record", state, offset);
  }

  #giveRoot(root: Branch): void {
    root.spec.security = strictSecurityDescriptor();
    this.#context.lost.add({
      kind: "security",
      weight: "damage",
      offset: root.node?.position ?? 0,
      place: root,
      message: "The security of the root key cannot be read: only SYSTEM may use it now, and " +
        "Administrators may give themselves the right",
    });
  }

  #tell({ keys, first, problem }: Loss): void {
    const who = keys === 1 ? "1 key takes" : `${keys} keys, the first of them this one, take`;
    this.#context.lost.add({
      kind: "security",
      weight: "damage",
      offset: problem.offset ?? 0,
      place: first,
      message: `${who} the security of the key above: ${problem.message}`,
    });
  }
}
