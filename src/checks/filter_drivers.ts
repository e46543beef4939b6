/** Which drivers of others stand between programs and files? Worth knowing; no fault by itself. */
import {
  DISABLED,
  type FilterDriver,
  filterEvidence,
  filterOwner,
  findFilterDrivers,
  inControlSet,
  registryEvidence,
} from "../windows/mod.ts";
import { type Check, commandFor, type Finding, unreadableServices } from "./finding.ts";

const CHECK = "filters.third-party";

/** Names antivirus products and other filters that are not Microsoft's. */
export const thirdPartyFilters: Check = {
  id: CHECK,
  question: "Which filter drivers are not Microsoft's?",
  deep: false,
  async run(windows): Promise<Finding[]> {
    const set = await windows.registry.controlSet();
    const services = await windows.registry.key(inControlSet(set, "Services"));
    if (services === undefined) {
      return [
        unreadableServices(windows, {
          check: CHECK,
          summary: "The drivers cannot be listed, because the SYSTEM hive cannot be read",
        }),
      ];
    }
    const foreign = (await findFilterDrivers(windows, set)).filter(isForeign);
    if (foreign.length === 0) {
      return [{
        check: CHECK,
        outcome: "ok",
        blocking: false,
        summary: "Every filter driver that is switched on is Microsoft's",
        evidence: [registryEvidence(services, "no other filter driver")],
      }];
    }
    return [{
      check: CHECK,
      outcome: "notice",
      blocking: false,
      summary: `Filter drivers that are not Microsoft's: ${ownersOf(foreign)}`,
      evidence: foreign.map(filterEvidence),
      next: commandFor(windows, "filters list"),
    }];
  },
};

function isForeign(filter: FilterDriver): boolean {
  return !filter.microsoft && filter.service.start !== DISABLED;
}

/** `ESET (eamonm, ehdrv), unknown maker (foo)` */
function ownersOf(filters: readonly FilterDriver[]): string {
  const owners = new Map<string, string[]>();
  for (const filter of filters) {
    const owner = filterOwner(filter);
    owners.set(owner, [...owners.get(owner) ?? [], filter.service.name]);
  }
  return [...owners].map(([owner, names]) => `${owner} (${names.join(", ")})`).join(", ");
}
