/** Were services switched off that updates need? */
import { findServiceDefault, SERVICE_DEFAULTS, type ServiceDefaultRow } from "../knowledge/mod.ts";
import { type Evidence, type OfflineWindows, registryEvidence } from "../windows/mod.ts";
import type { Check, Finding } from "./finding.ts";

const SERVICES = "SYSTEM\\CurrentControlSet\\Services";
const DISABLED = 4;

/** Looks at the start types of the services that updates need. */
export const serviceStarts: Check = {
  id: "services.start",
  question: "Are the services that updates need switched on?",
  deep: false,
  async run(windows): Promise<Finding[]> {
    if (await windows.registry.key(SERVICES) === undefined) return [unreadable(windows)];
    const off: { row: ServiceDefaultRow; evidence: Evidence }[] = [];
    const seen: Evidence[] = [];
    for (const row of SERVICE_DEFAULTS.filter((service) => service.neededForUpdates)) {
      const found = await windows.registry.value(`${SERVICES}\\${row.name}`, "Start");
      if (found === undefined) continue;
      const start = Number(found.value.number());
      const evidence = registryEvidence(found.key, String(start), "Start");
      seen.push(evidence);
      if (start === DISABLED && row.start !== DISABLED) off.push({ row, evidence });
    }
    return [off.length === 0 ? allOn(seen) : disabled(off)];
  },
};

function unreadable(windows: OfflineWindows): Finding {
  return {
    check: "services.start",
    outcome: "unknown",
    blocking: false,
    summary: "The services cannot be read, because the SYSTEM hive cannot",
    evidence: [{
      kind: "volume",
      volume: windows.volume.letter ?? windows.root,
      detail: `${SERVICES} is not readable`,
    }],
  };
}

function allOn(evidence: readonly Evidence[]): Finding {
  return {
    check: "services.start",
    outcome: "ok",
    blocking: false,
    summary: "No service that updates need is disabled",
    evidence,
  };
}

const START_WORDS: Readonly<Record<number, string>> = { 2: "auto", 3: "demand" };

function disabled(off: readonly { row: ServiceDefaultRow; evidence: Evidence }[]): Finding {
  const names = off.map(({ row }) => row.name).join(", ");
  const first = findServiceDefault(off[0]!.row.name)!;
  return {
    check: "services.start",
    outcome: "problem",
    blocking: false,
    summary: `Services that updates need are disabled: ${names}`,
    evidence: off.map((entry) => entry.evidence),
    next: `When Windows runs: sc.exe config ${first.name} start= ${
      START_WORDS[first.start] ?? "demand"
    }`,
  };
}
