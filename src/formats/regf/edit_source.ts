/** The hive that is to be edited: read whole first, so that nothing is built upon damage. */
import { FormatError } from "../../base/mod.ts";
import type { CellSpace } from "./cell_space.ts";
import { CellMap } from "./cell_map.ts";
import { openHive } from "./hive.ts";
import { KeyNode } from "./key.ts";
import { KeyNodeField } from "./layout.ts";
import { type HiveProblem, walkHive } from "./walk.ts";

/** A hive that is sound enough to be edited. */
export interface EditSource {
  readonly name: string;
  readonly minor: number;
  readonly sequence: number;
  readonly space: CellSpace;
  readonly root: KeyNode;
  readonly cells: CellMap;
  /** How many keys name each security record, counted: the records may say otherwise. */
  readonly references: ReadonlyMap<number, number>;
}

/**
 * Opens a hive for editing.
 *
 * @throws {FormatError} if it is dirty, truncated or damaged in any way that a walk finds.
 */
export function openForEdit(bytes: Uint8Array, name: string): EditSource {
  const hive = openHive(bytes, { name });
  if (hive.dirtyReason !== undefined) throw dirtyRefusal(name, hive.dirtyReason);
  if (hive.truncated) throw editRefusal(name, "the file ends before its bins do");
  const root = hive.root;
  if (!(root instanceof KeyNode)) throw new TypeError("A hive comes from openHive()");
  const references = new Map<number, number>();
  const problems: HiveProblem[] = [];
  walkHive(hive, {
    key: (key) => {
      if (key instanceof KeyNode) countReference(references, key);
    },
    problem: (problem) => void problems.push(problem),
  });
  if (problems.length > 0) throw damageRefusal(name, problems);
  return {
    name,
    minor: hive.header.minorVersion,
    sequence: hive.header.primarySequence,
    space: root.space,
    root,
    cells: new CellMap(root.space),
    references,
  };
}

function countReference(references: Map<number, number>, key: KeyNode): void {
  const offset = key.space.u32(key.position + KeyNodeField.security);
  references.set(offset, (references.get(offset) ?? 0) + 1);
}

/** "Cannot edit hive "NAME": STATE". */
export function editRefusal(name: string, state: string): FormatError {
  return new FormatError(`Cannot edit hive "${name}": ${state}`);
}

function dirtyRefusal(name: string, reason: string): FormatError {
  const clause = reason.charAt(0).toLowerCase() + reason.slice(1);
  return new FormatError(`Cannot edit hive "${name}": it is dirty, ${clause}`, {
    next: "Replay its logs first",
  });
}

function damageRefusal(name: string, problems: readonly HiveProblem[]): FormatError {
  const { message, path } = problems[0]!;
  const more = problems.length === 1 ? "" : ` and ${problems.length - 1} more`;
  return editRefusal(name, `it is damaged: ${message}, key "${path}"${more}`);
}
