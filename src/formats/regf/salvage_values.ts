/**
 * Collects the values of a damaged hive, in two passes: first the records of all keys, which can
 * be told by their signature, then the data, which can not. So no value takes the record of
 * another one for its data.
 */
import type { CellClaims } from "./cell_claims.ts";
import { type CellSpace, orReport } from "./cell_space.ts";
import type { FaultList } from "./fault_list.ts";
import type { ValueSpec } from "./key_spec.ts";
import { LINK_VALUE } from "./layout.ts";
import { valueOffsets } from "./lists.ts";
import type { Branch } from "./salvage_branch.ts";
import { hasUncountedValues } from "./uncounted.ts";
import { upcaseText } from "./upcase.ts";
import { ValueRecord } from "./value.ts";
import { checkValueData } from "./value_data.ts";

/** Longest name that can be built, in UTF-16 code units ("Registry element size limits"). */
const LONGEST_VALUE_NAME = 16383;

/** What is read, what is taken already, and who receives what is lost. */
export interface SalvageContext {
  readonly space: CellSpace;
  readonly claims: CellClaims;
  readonly lost: FaultList;
}

/** The records of the values of a key, each name once; the others are lost. */
export function salvageRecords(place: Branch, context: SalvageContext): ValueRecord[] {
  const { space, claims, lost } = context;
  const { node } = place;
  if (node === undefined) return [];
  if (hasUncountedValues(space, node.position)) {
    const message = "It counts no values, but has a list of them, which is not read";
    lost.add({ kind: "list", weight: "damage", offset: node.position, place, message });
  }
  const records: ValueRecord[] = [];
  const names = new Set<string>();
  const options = { report: lost.reporter("list", place), claim: claims.claim };
  for (const offset of valueOffsets(space, node.position, options)) {
    const record = orReport(lost.reporter("value", place), () => new ValueRecord(space, offset));
    if (record === undefined) continue;
    const refusal = recordRefusal(record, names, claims) ??
      (node.symbolicLink ? linkRefusal(record) : undefined);
    if (refusal === undefined) records.push(record);
    else loseValue(record, refusal, { place, lost });
  }
  return records;
}

function recordRefusal(
  { offset, name }: ValueRecord,
  names: Set<string>,
  claims: CellClaims,
): string | undefined {
  if (!claims.claim(offset)) return "its record belongs to something else too";
  if (name.length > LONGEST_VALUE_NAME) return `its name has ${name.length} characters`;
  const { size } = names;
  return names.add(upcaseText(name)).size > size ? undefined : "there is another one of that name";
}

function linkRefusal({ name }: ValueRecord): string | undefined {
  return name === LINK_VALUE ? undefined : `a symbolic link has no value but "${LINK_VALUE}"`;
}

function loseValue(
  record: ValueRecord,
  reason: string,
  { place, lost }: { readonly place: Branch; readonly lost: FaultList },
): void {
  lost.add({
    kind: "value",
    weight: "damage",
    offset: record.position,
    place,
    message: `The value "${record.name.slice(0, 0x100)}" cannot be kept: ${reason}`,
  });
}

/** The values whose data can be read whole; the others are lost. */
export function salvageData(
  records: readonly ValueRecord[],
  place: Branch,
  { space, claims, lost }: SalvageContext,
): ValueSpec[] {
  const values: ValueSpec[] = [];
  for (const record of records) {
    const report = ({ message }: Error) => loseValue(record, message, { place, lost });
    const spec = orReport(report, () => {
      checkValueData(space, record.position, claims.claim);
      return specOf(record);
    });
    if (spec !== undefined) values.push(spec);
  }
  return values;
}

function specOf({ name, type, data, tombstone }: ValueRecord): ValueSpec {
  // What a tombstone hides lies in another hive: it has no data of its own.
  return tombstone ? { name, type, data: data.subarray(0, 0), tombstone } : { name, type, data };
}
