/** Can Windows reach its own disk, or will it end with stop code 0x7B? */
import { type Evidence, inControlSet, registryEvidence } from "../windows/mod.ts";
import { findBootFaults, isMendable } from "./boot_faults.ts";
import { type Check, commandFor, type Finding, unreadableServices } from "./finding.ts";

const CHECK = "boot.services";

/** Looks at the drivers and filter lists on the way to the system disk. */
export const bootServices: Check = {
  id: CHECK,
  question: "Are the drivers that the system disk needs loaded at boot?",
  deep: false,
  async run(windows): Promise<Finding[]> {
    const set = await windows.registry.controlSet();
    const services = await windows.registry.key(inControlSet(set, "Services"));
    if (services === undefined) {
      return [
        unreadableServices(windows, {
          check: CHECK,
          summary: "The boot drivers cannot be looked at, because the SYSTEM hive cannot be read",
        }),
      ];
    }
    const faults = await findBootFaults(windows);
    const first = faults.find(isMendable) ?? faults[0];
    if (first === undefined) {
      return [{
        check: CHECK,
        outcome: "ok",
        blocking: false,
        summary: "The drivers on the way to the system disk start at boot",
        evidence: [registryEvidence(services, "required drivers and filter lists in order")],
      }];
    }
    const more = faults.length === 1 ? "" : ` (and ${faults.length - 1} more)`;
    const command = isMendable(first) ? "repair --only boot.restore-services" : first.remedy;
    return [{
      check: CHECK,
      outcome: "problem",
      blocking: true,
      summary: `The way to the system disk is broken (0x7B): ${first.summary}${more}`,
      evidence: eachOnce(faults.flatMap((fault) => fault.evidence)),
      next: commandFor(windows, command),
    }];
  },
};

/** Two names of one filter list are proven by the same value. */
function eachOnce(evidence: readonly Evidence[]): Evidence[] {
  return [...new Map(evidence.map((piece) => [JSON.stringify(piece), piece])).values()];
}
