/**
 * Switches services on again that updates need: `Start` 4 becomes Windows' own default, in every
 * control set in use. A change between automatic and manual is never made, and a missing service
 * is never made up.
 */
import { purposeOfDisabling, switchedOffByMistake } from "../checks/mod.ts";
import { registryDword, RegistryType } from "../formats/regf/mod.ts";
import {
  isSwitchedOff,
  type OfflineWindows,
  readUpdateServices,
  type UpdateService,
} from "../windows/mod.ts";
import { applyOwnChanges, HiveChanges, verdictOnEdits } from "./hive_changes.ts";
import type { RepairOptions, RepairStep } from "./step.ts";

const ID = "services.restore-start";
const TITLE = "Switch the services on again that updates need";
/** `Start` of a service that starts with Windows. */
const AUTOMATIC = 2;

/** The step. What may be disabled on purpose is switched on only if the step was named. */
export function restoreServiceStart(options: Pick<RepairOptions, "only" | "include">): RepairStep {
  const toLift = (windows: OfflineWindows) => switchedOff(windows, options);
  return {
    id: ID,
    title: TITLE,
    resolves: "Windows Update says that its service is not running (0x80070422)",
    risk: "reversible",
    answers: ["services.start"],
    async detect(windows) {
      const off = await toLift(windows);
      if (off.length > 0) return { applies: true, reason: `Disabled: ${names(off)}` };
      const meant = await allOff(windows);
      const reason = meant.length === 0
        ? "No service that updates need is disabled"
        : `Disabled, and it may be meant: ${names(meant)}`;
      return { applies: false, reason };
    },
    async plan(windows) {
      const changes = new HiveChanges(windows);
      for (const service of await toLift(windows)) await lift(changes, service);
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
      const off = await toLift(windows);
      return await verdictOnEdits(windows, plan, {
        fixed: "The services that updates need are switched on",
        left: off.length === 0 ? undefined : {
          reason: `Still disabled: ${names(off)}`,
          evidence: off.map((service) => service.evidence),
        },
      });
    },
  };
}

async function allOff(windows: OfflineWindows): Promise<UpdateService[]> {
  return (await readUpdateServices(windows))?.there.filter(isSwitchedOff) ?? [];
}

async function switchedOff(
  windows: OfflineWindows,
  { only, include }: Pick<RepairOptions, "only" | "include">,
): Promise<readonly UpdateService[]> {
  const off = await allOff(windows);
  if (only?.includes(ID)) return off;
  return await switchedOffByMistake(windows, off, { withoutPolicies: include.includes("policy") });
}

/**
 * `DelayedAutostart` goes with an automatic start that is restored here. Where a service is
 * automatic already, its absence proves nothing: Windows writes it for some releases only.
 */
async function lift(changes: HiveChanges, { row, path, saysDelayed }: UpdateService) {
  const type = RegistryType.REG_DWORD;
  await changes.setValue(path, "Start", { type, data: registryDword(row.start) });
  if (row.start !== AUTOMATIC || !row.delayed || saysDelayed) return;
  await changes.setValue(path, "DelayedAutostart", { type, data: registryDword(1) });
}

async function remarks(windows: OfflineWindows): Promise<string[]> {
  const purpose = await purposeOfDisabling(windows);
  if (purpose === undefined) return [];
  return [`They may be disabled on purpose, and be so again soon: ${purpose.reason}`];
}

function names(services: readonly UpdateService[]): string {
  return [...new Set(services.map(({ row }) => row.name))].join(", ");
}
