/** Which settings say that this Windows is not to be upgraded, and whose they are. */
import {
  type Evidence,
  findUpdatePolicies,
  type Management,
  type OfflineWindows,
  readManagement,
  registryEvidence,
} from "../windows/mod.ts";

/** What was found. */
export interface PolicyFacts {
  /** The release that Windows stays at: `24H2`; "" if it is to stay, but at none that is named. */
  readonly release: string | undefined;
  /** `Windows 11` */
  readonly product: string | undefined;
  readonly releaseEvidence: readonly Evidence[];
  /** `DisableOSUpgrade` is set. */
  readonly noUpgrade: readonly Evidence[];
  readonly management: Management;
}

const POLICIES = "SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate";

/** Reads the facts. Never throws for damaged hives. */
export async function readPolicyFacts(windows: OfflineWindows): Promise<PolicyFacts> {
  const found = await findUpdatePolicies(windows);
  const row = (id: string) => found.find((policy) => policy.row.id === id);
  const pinned = row("target-release");
  const unquoted = (id: string) => row(id)?.data.replace(/^"|"$/g, "");
  return {
    release: pinned === undefined ? undefined : unquoted("target-release-name") ?? "",
    product: pinned === undefined ? undefined : unquoted("target-product"),
    releaseEvidence: found.filter(({ row }) => row.id.startsWith("target-"))
      .map(({ evidence }) => evidence),
    noUpgrade: await noUpgradePolicy(windows),
    management: await readManagement(windows),
  };
}

/**
 * `DisableOSUpgrade` keeps Windows Update from upgrading. Source: Microsoft Support KB 3080351. That
 * Setup of media obeys it, too, is told by nobody.
 */
async function noUpgradePolicy(windows: OfflineWindows): Promise<Evidence[]> {
  const name = "DisableOSUpgrade";
  const number = await windows.registry.number(POLICIES, name);
  const key = await windows.registry.key(POLICIES);
  if (number === undefined || number === 0 || key === undefined) return [];
  return [registryEvidence(key, String(number), name)];
}
