/** Examines the structure of a hive: everything that is wrong with it, in words and offsets. */
import { parseBaseBlock } from "./base_block.ts";
import { CellIndex } from "./cell_index.ts";
import { CellSpace, orReport } from "./cell_space.ts";
import { checkBins } from "./check_bins.ts";
import { checkHeader } from "./check_header.ts";
import { checkOrphans } from "./check_orphans.ts";
import { checkSecurity } from "./check_security.ts";
import { checkTree } from "./check_tree.ts";
import { FaultList } from "./fault_list.ts";
import { KeyNode } from "./key.ts";

/** What kind of thing is wrong. */
export type HiveFaultKind =
  | "header"
  | "bin"
  | "cell"
  | "key"
  | "list"
  | "value"
  | "security"
  | "order"
  | "orphan";

/** One thing that is wrong. */
export interface HiveFault {
  readonly kind: HiveFaultKind;
  /** `damage`: something cannot be read, or Windows refuses it. `untidy`: Windows lives with it. */
  readonly weight: "damage" | "untidy";
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Path of the key below the root, if it belongs to one. */
  readonly path?: string;
  /** One sentence without full stop. */
  readonly message: string;
}

/** The result of an examination. */
export interface HiveExamination {
  readonly keys: number;
  readonly values: number;
  /** Bytes of bins that are there. */
  readonly binsSize: number;
  readonly faults: readonly HiveFault[];
  /** Faults that were found beyond the limit of what is listed. */
  readonly more: number;
}

/** So many faults are listed if nothing else is said. */
const DEFAULT_LIMIT = 1000;

/**
 * Examines a hive. Never throws for damage: what is not a hive at all is a fault too.
 *
 * @param options.limit at most so many faults are listed; 1000 if absent
 */
export function examineHive(
  bytes: Uint8Array,
  options: { readonly name: string; readonly limit?: number },
): HiveExamination {
  const faults = new FaultList(options.limit ?? DEFAULT_LIMIT);
  const counts = examine(bytes, options.name, faults);
  return { ...counts, faults: faults.faults, more: faults.more };
}

type Counts = Pick<HiveExamination, "keys" | "values" | "binsSize">;

const NOTHING: Counts = { keys: 0, values: 0, binsSize: 0 };

function examine(bytes: Uint8Array, name: string, faults: FaultList): Counts {
  const header = orReport(faults.reporter("header"), () => parseBaseBlock(bytes, name));
  if (header === undefined || !checkHeader(header, faults)) return NOTHING;
  const openSpace = () => new CellSpace(bytes, { name, header, badBins: "skip" });
  const space = orReport(faults.reporter("bin"), openSpace);
  if (space === undefined) return NOTHING;
  const index = new CellIndex(space);
  checkBins(space, { header, index, faults });
  const root = orReport(faults.reporter("key"), () => new KeyNode(space, header.rootOffset));
  if (root === undefined) return { ...NOTHING, binsSize: space.size };
  const examination = { space, index, faults };
  const tree = checkTree(root, examination);
  const security = checkSecurity(root, tree, examination);
  checkOrphans(
    examination,
    (offset) => tree.claims.has(offset) || tree.classes.has(offset) || security.has(offset),
  );
  return { keys: tree.keys, values: tree.values, binsSize: space.size };
}
