/** Which settings of the offline Windows keep updates back, and which of them are in effect. */
import { UPDATE_POLICIES, type UpdatePolicyRow } from "../knowledge/mod.ts";
import type { Evidence } from "./evidence.ts";
import type { OfflineWindows } from "./offline_windows.ts";
import { registryEvidence } from "./registry.ts";
import { unlessDamaged } from "./unless_damaged.ts";

/** A setting that is in effect. */
export interface FoundUpdatePolicy {
  readonly row: UpdatePolicyRow;
  /** Path of its key, beginning with the hive. */
  readonly path: string;
  /** Its data for people. */
  readonly data: string;
  readonly evidence: Evidence;
}

/**
 * The settings that are in effect. Left out is what Windows passes over: 0, an empty text, data
 * of another type, and the name of a server that no other value tells Windows to use.
 */
export async function findUpdatePolicies(windows: OfflineWindows): Promise<FoundUpdatePolicy[]> {
  const set: FoundUpdatePolicy[] = [];
  for (const row of UPDATE_POLICIES) {
    const found = await readPolicy(windows, row);
    if (found !== undefined) set.push(found);
  }
  const ids = new Set(set.map(({ row }) => row.id));
  return set.filter(({ row }) => row.needs === undefined || ids.has(row.needs));
}

async function readPolicy(
  windows: OfflineWindows,
  row: UpdatePolicyRow,
): Promise<FoundUpdatePolicy | undefined> {
  const path = `SOFTWARE\\${row.key}`;
  const found = await windows.registry.value(path, row.name);
  if (found === undefined) return undefined;
  const data = row.kind === "text"
    ? quoted(unlessDamaged(() => found.value.string()))
    : effective(unlessDamaged(() => found.value.number()));
  if (data === undefined) return undefined;
  return { row, path, data, evidence: registryEvidence(found.key, data, row.name) };
}

function quoted(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : `"${text}"`;
}

function effective(number: number | bigint | undefined): string | undefined {
  return number === undefined || Number(number) === 0 ? undefined : String(number);
}
