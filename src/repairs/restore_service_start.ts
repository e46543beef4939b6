/**
 * Switches services on again that updates need: `Start` 4 becomes Windows' own default, in every
 * control set in use. A change between automatic and manual is never made, and a missing service
 * is never made up.
 */
import { purposeOfDisabling } from "../checks/mod.ts";
import { registryDword, RegistryType } from "../formats/regf/mod.ts";
import {
  isSwitchedOff,
  type OfflineWindows,
  readUpdateServices,
  type UpdateService,
} from "../windows/mod.ts";
import { applyOwnChanges, HiveChanges, readBackEdits } from "./hive_changes.ts";
import type { RepairStep } from "./step.ts";

const ID = "services.restore-start";
const TITLE = "Switch the services on again that updates need";
/** `Start` of a service that starts with Windows. */
const AUTOMATIC = 2;

/** The step. */
export function restoreServiceStart(): RepairStep {
  return {
    id: ID,
    title: TITLE,
    resolves: "Windows Update says that its service is not running (0x80070422)",
    risk: "reversible",
    answers: ["services.start"],
    async detect(windows) {
      const off = await switchedOff(windows);
      return off.length === 0
        ? { applies: false, reason: "No service that updates need is disabled" }
        : { applies: true, reason: `Disabled: ${names(off)}` };
    },
    async plan(windows) {
      const changes = new HiveChanges(windows);
      for (const service of await switchedOff(windows)) await lift(changes, service);
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
      const { missing, evidence } = await readBackEdits(windows, plan.changes);
      const off = await switchedOff(windows);
      if (missing !== undefined || off.length > 0) {
        const reason = missing === undefined
          ? `Still disabled: ${names(off)}`
          : `Not so: ${missing}`;
        return {
          outcome: "not-fixed",
          reason,
          evidence: [...evidence, ...off.map((service) => service.evidence)],
        };
      }
      const reason = "The services that updates need are switched on";
      return { outcome: "fixed", reason, evidence };
    },
  };
}

async function switchedOff(windows: OfflineWindows): Promise<UpdateService[]> {
  return (await readUpdateServices(windows))?.there.filter(isSwitchedOff) ?? [];
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
