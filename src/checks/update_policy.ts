/** Do settings hold updates back? They may be meant: told always, changed on request only. */
import {
  describeManagement,
  type Evidence,
  findUpdatePolicies,
  type FoundUpdatePolicy,
  hiveOf,
  type OfflineWindows,
  readManagement,
} from "../windows/mod.ts";
import { type Check, commandFor, type Finding } from "./finding.ts";

const CHECK = "updates.policy";

/** Looks for policies, pauses and update servers. */
export const updatePolicy: Check = {
  id: CHECK,
  question: "Do policies or pauses hold updates back?",
  deep: false,
  async run(windows): Promise<Finding[]> {
    const unread = await unreadSoftware(windows, CHECK);
    if (unread !== undefined) return [unread];
    const found = await findUpdatePolicies(windows);
    return [found.length === 0 ? noPolicy() : await held(windows, found)];
  },
};

/** For checks that read SOFTWARE only: the finding if it cannot be read. */
export async function unreadSoftware(
  windows: OfflineWindows,
  check: string,
): Promise<Finding | undefined> {
  const state = await windows.hives.read("SOFTWARE");
  if (hiveOf(state) !== undefined) return undefined;
  const detail = state.state === "unreadable" ? state.problem : "not there";
  return {
    check,
    outcome: "unknown",
    blocking: false,
    code: "damagedFile",
    summary: "This could not be told, because the SOFTWARE hive cannot be read",
    evidence: [{ kind: "file", path: state.path, detail }],
    next: commandFor(windows, "sessions"),
  };
}

async function held(
  windows: OfflineWindows,
  found: readonly FoundUpdatePolicy[],
): Promise<Finding> {
  const management = await readManagement(windows);
  const by = management.managed === "no" ? "" : `; ${describeManagement(management)}`;
  const more = found.length > 1 ? ` (and ${found.length - 1} more settings)` : "";
  const [first] = found;
  const evidence: Evidence[] = found.map((policy) => policy.evidence);
  if (management.managed !== "no") evidence.push(...management.evidence);
  return {
    check: CHECK,
    outcome: "notice",
    blocking: false,
    summary: `${first!.row.meaning}: ${first!.row.name} = ${first!.data}${more}${by}`,
    evidence,
    next: `${commandFor(windows, "repair")} --include policy --only updates.reset-policy`,
  };
}

function noPolicy(): Finding {
  return {
    check: CHECK,
    outcome: "ok",
    blocking: false,
    summary: "No policy and no pause holds updates back",
    evidence: [{
      kind: "registry",
      hive: "SOFTWARE",
      key: "Policies\\Microsoft\\Windows\\WindowsUpdate",
      data: "nothing of it has an effect",
    }],
  };
}
