/** All checks in the order they are asked, and how they are run. */
import { MedicError } from "../base/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import { bootServices } from "./boot_services.ts";
import { componentStore } from "./component_store.ts";
import { thirdPartyFilters } from "./filter_drivers.ts";
import type { Check, CheckContext, Finding } from "./finding.ts";
import { freeSpace } from "./free_space.ts";
import { hivesReadable } from "./hives_readable.ts";
import { leftovers } from "./leftovers.ts";
import { networkHosts } from "./network_hosts.ts";
import { networkProxy } from "./network_proxy.ts";
import { pendingServicing } from "./pending_servicing.ts";
import { protectedFiles } from "./protected_files.ts";
import { serviceStarts } from "./service_starts.ts";
import { setupState } from "./setup_state.ts";
import { updateCache } from "./update_cache.ts";
import { updatePolicy } from "./update_policy.ts";
import { upgradeStaged } from "./upgrade_staged.ts";
import { volumeDirty } from "./volume_dirty.ts";

/** The checks, cheap ones first. */
export const CHECKS: readonly Check[] = [
  volumeDirty,
  hivesReadable,
  bootServices,
  pendingServicing,
  leftovers,
  setupState,
  upgradeStaged,
  updateCache,
  serviceStarts,
  updatePolicy,
  networkProxy,
  networkHosts,
  thirdPartyFilters,
  freeSpace,
  protectedFiles,
  componentStore,
];

/** Runs checks one after the other. A check that fails becomes a finding, not the end. */
export async function runChecks(
  windows: OfflineWindows,
  context: CheckContext = {},
  checks: readonly Check[] = CHECKS,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) findings.push(...await runCheck(windows, context, check));
  return findings;
}

/**
 * Runs one check. What it throws becomes an answer, so that the other checks still are asked:
 * a sentence for people as it is, and a fault of ours as `internal`.
 *
 * @throws {MedicError} `cancelled` if the user stopped it.
 */
export async function runCheck(
  windows: OfflineWindows,
  context: CheckContext,
  check: Check,
): Promise<Finding[]> {
  try {
    return await check.run(windows, context);
  } catch (error) {
    if (error instanceof MedicError && error.code !== "cancelled") {
      return [untold(windows, check, error)];
    }
    if (OURS.some((fault) => error instanceof fault)) {
      return [untold(windows, check, new MedicError("internal", String(error)))];
    }
    throw error;
  }
}

/** What JavaScript throws where a program is wrong: mostly for bytes nobody thought of. */
const OURS = [TypeError, RangeError, SyntaxError];

function untold(windows: OfflineWindows, check: Check, error: MedicError): Finding {
  const volume = windows.volume.letter ?? windows.root;
  return {
    check: check.id,
    outcome: "unknown",
    blocking: false,
    summary: `${check.question} This could not be told: ${error.message}`,
    evidence: [{ kind: "volume", volume, detail: error.message }],
    code: error.code,
    ...(error.next === undefined ? {} : { next: error.next }),
  };
}
