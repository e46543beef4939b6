/**
 * Takes away the settings that hold updates back: exactly those of the table that have an effect.
 * On request only, because they may be meant. On a member of a domain, too: who asks for it by
 * name is told in the plan that the policy comes back, and decides.
 */
import {
  describeManagement,
  findUpdatePolicies,
  type OfflineWindows,
  readManagement,
} from "../windows/mod.ts";
import { applyOwnChanges, HiveChanges, verdictOnEdits } from "./hive_changes.ts";
import type { RepairStep } from "./step.ts";

const ID = "updates.reset-policy";
const TITLE = "Take away the policies and pauses that hold updates back";
/** Where local group policy keeps its settings. Source: [MS-GPREG]. */
const LOCAL_POLICY = "Windows\\System32\\GroupPolicy\\Machine\\Registry.pol";

/** The step. */
export function resetUpdatePolicy(): RepairStep {
  return {
    id: ID,
    title: TITLE,
    resolves: "Updates are managed by an organisation that this machine belongs to no longer",
    risk: "reversible",
    answers: ["updates.policy"],
    async detect(windows) {
      const [first] = await findUpdatePolicies(windows);
      return first === undefined
        ? { applies: false, reason: "No policy and no pause holds updates back" }
        : { applies: true, reason: first.row.meaning };
    },
    async plan(windows) {
      const changes = new HiveChanges(windows);
      for (const { path, row } of await findUpdatePolicies(windows)) {
        await changes.deleteValue(path, row.name);
      }
      return {
        step: ID,
        title: TITLE,
        risk: "reversible",
        changes: changes.changes(),
        remarks: await remarks(windows),
      };
    },
    apply: applyOwnChanges,
    async verify(windows, plan) {
      const left = await findUpdatePolicies(windows);
      return await verdictOnEdits(windows, plan, {
        fixed: "Nothing holds updates back any more",
        left: left.length === 0 ? undefined : {
          reason: `Still in effect: ${left[0]!.row.name}`,
          evidence: left.map((policy) => policy.evidence),
        },
      });
    },
  };
}

async function remarks(windows: OfflineWindows): Promise<string[]> {
  const found: string[] = [];
  const management = await readManagement(windows);
  if (management.managed !== "no") {
    found.push(
      `These settings come back with the next refresh: ${describeManagement(management)}`,
    );
  }
  if (await windows.files.stat(LOCAL_POLICY) !== undefined) {
    found.push(`Local group policy may set them again: ${LOCAL_POLICY} is there`);
  }
  return found;
}
