/** Were services switched off that updates need? */
import { SERVICE_DEFAULTS, type ServiceDefaultRow } from "../knowledge/mod.ts";
import { type Evidence, type OfflineWindows, registryEvidence } from "../windows/mod.ts";
import { type Check, commandFor, type Finding } from "./finding.ts";

const SERVICES = "SYSTEM\\CurrentControlSet\\Services";
const CHECK = "services.start";
const AUTOMATIC = 2;
const DISABLED = 4;

/** Looks at the start types of the services that updates need. */
export const serviceStarts: Check = {
  id: CHECK,
  question: "Are the services that updates need switched on?",
  deep: false,
  async run(windows): Promise<Finding[]> {
    const services = await windows.registry.key(SERVICES);
    if (services === undefined) return [unreadable(windows)];
    const off: { row: ServiceDefaultRow; evidence: Evidence }[] = [];
    const seen: Evidence[] = [];
    for (const row of SERVICE_DEFAULTS.filter((service) => service.neededForUpdates)) {
      const found = await windows.registry.key(`${SERVICES}\\${row.name}`);
      if (found === undefined) continue;
      const start = await windows.registry.number(`${SERVICES}\\${row.name}`, "Start");
      const evidence = registryEvidence(found, start?.toString() ?? "no number", "Start");
      seen.push(evidence);
      if (start === DISABLED && row.start !== DISABLED) off.push({ row, evidence });
    }
    if (off.length > 0) return [disabled(off)];
    return [
      seen.length > 0 ? allOn(seen) : noneThere(windows, registryEvidence(services, "there")),
    ];
  },
};

function unreadable(windows: OfflineWindows): Finding {
  return {
    check: CHECK,
    outcome: "unknown",
    blocking: false,
    code: "damagedFile",
    summary: "The services cannot be read, because the SYSTEM hive cannot",
    evidence: [{
      kind: "volume",
      volume: windows.volume.letter ?? windows.root,
      detail: `${SERVICES} is not readable`,
    }],
    next: commandFor(windows, "sessions"),
  };
}

function noneThere(windows: OfflineWindows, evidence: Evidence): Finding {
  return {
    check: CHECK,
    outcome: "unknown",
    blocking: false,
    code: "damagedFile",
    summary: "None of the services that updates need is there",
    evidence: [evidence],
    next: commandFor(windows, "sessions"),
  };
}

function allOn(evidence: readonly Evidence[]): Finding {
  return {
    check: CHECK,
    outcome: "ok",
    blocking: false,
    summary: "No service that updates need is disabled",
    evidence,
  };
}

function disabled(off: readonly { row: ServiceDefaultRow; evidence: Evidence }[]): Finding {
  const names = off.map(({ row }) => row.name).join(", ");
  const commands = off.map(({ row }) => `sc.exe config ${row.name} start= ${startWord(row)}`);
  return {
    check: CHECK,
    outcome: "problem",
    blocking: false,
    summary: `Services that updates need are disabled: ${names}`,
    evidence: off.map((entry) => entry.evidence),
    next: `When Windows runs: ${commands.join(" && ")}`,
  };
}

function startWord(row: ServiceDefaultRow): string {
  if (row.start !== AUTOMATIC) return "demand";
  return row.delayed ? "delayed-auto" : "auto";
}
