/** Were services switched off that updates need? */
import { findNeededService } from "../knowledge/mod.ts";
import {
  describeManagement,
  type Evidence,
  findUpdatePolicies,
  isSwitchedOff,
  type OfflineWindows,
  readManagement,
  readUpdateServices,
  registryEvidence,
  type UpdateService,
  type UpdateServices,
} from "../windows/mod.ts";
import {
  type Check,
  commandFor,
  type Finding,
  unreadableServices,
  upgradeCommand,
} from "./finding.ts";

const CHECK = "services.start";

/** Looks at the start types of the services that updates need. */
export const serviceStarts: Check = {
  id: CHECK,
  question: "Are the services that updates need switched on?",
  deep: false,
  async run(windows): Promise<Finding[]> {
    const services = await readUpdateServices(windows);
    if (services === undefined) {
      return [
        unreadableServices(windows, {
          check: CHECK,
          summary: "The services cannot be read, because the SYSTEM hive cannot",
          detail: "SYSTEM\\CurrentControlSet\\Services is not readable",
        }),
      ];
    }
    if (services.there.length === 0) return [noneThere(windows, services)];
    const off = services.there.filter(isSwitchedOff);
    const finding = off.length === 0 ? allOn(services) : await switchedOff(windows, off);
    return services.missing.length === 0 ? [finding] : [finding, missing(windows, services)];
  },
};

/** Why services may be disabled on purpose. */
export interface Purpose {
  /** A clause without subject and full stop: `the domain corp.example sets the policies`. */
  readonly reason: string;
  readonly evidence: readonly Evidence[];
}

/** What counts as a purpose. */
export interface PurposeOptions {
  /** Policies are taken away in the same run: only a domain and its like count. */
  readonly withoutPolicies?: boolean;
}

/** Whether somebody decided how this machine gets its updates; undefined if nothing says so. */
export async function purposeOfDisabling(
  windows: OfflineWindows,
  options: PurposeOptions = {},
): Promise<Purpose | undefined> {
  const policies = options.withoutPolicies
    ? []
    : (await findUpdatePolicies(windows)).filter(({ row }) => row.onPurpose);
  const { managed, evidence, by } = await readManagement(windows);
  const [first] = policies;
  if (managed === "no" && first === undefined) return undefined;
  const policy = policies.map((found) => found.evidence);
  if (managed === "no") {
    return { reason: `a policy says so (${first!.row.name})`, evidence: policy };
  }
  return { reason: describeManagement({ managed, by }), evidence: [...evidence, ...policy] };
}

/** Of services that are off, those that nobody can have meant: all of them without a purpose. */
export async function switchedOffByMistake(
  windows: OfflineWindows,
  off: readonly UpdateService[],
  options: PurposeOptions = {},
): Promise<readonly UpdateService[]> {
  const purpose = await purposeOfDisabling(windows, options);
  return purpose === undefined ? off : off.filter(isVital);
}

/** No policy of updates explains that a service is off which the logon itself needs. */
function isVital({ row }: UpdateService): boolean {
  return findNeededService(row.name) !== undefined;
}

async function switchedOff(
  windows: OfflineWindows,
  off: readonly UpdateService[],
): Promise<Finding> {
  const purpose = await purposeOfDisabling(windows);
  const base = {
    check: CHECK,
    evidence: [...off.map((service) => service.evidence), ...purpose?.evidence ?? []],
  };
  const repair = commandFor(windows, "repair");
  const next = `${repair} --only services.restore-start`;
  const summary = `Services that updates need are disabled: ${namesOf(off)}`;
  const proven = off.some((service) => !service.stale);
  if (purpose === undefined) {
    return { ...base, outcome: "problem", blocking: proven, summary, next };
  }
  const vital = off.filter(isVital);
  if (vital.length > 0) {
    const told = `Services that Windows cannot do without are disabled: ${namesOf(vital)}`;
    return { ...base, outcome: "problem", blocking: proven, summary: told, next: repair };
  }
  const why = `${summary}; this may be meant, because ${purpose.reason}`;
  return { ...base, outcome: "notice", blocking: false, summary: why, next };
}

function namesOf(services: readonly UpdateService[]): string {
  return [...new Set(services.map(({ row }) => row.name))].join(", ");
}

/** A key that is not there is never made up: what else belongs to it, nobody could tell. */
function missing(windows: OfflineWindows, services: UpdateServices): Finding {
  const names = services.missing.map(({ name }) => name);
  return {
    check: CHECK,
    outcome: "notice",
    blocking: false,
    summary: `Services that updates need are missing: ${names.join(", ")}; ` +
      "only an in-place upgrade brings them back",
    evidence: names.map((name) => registryEvidence(services.key, `no key "${name}"`)),
    next: upgradeCommand(windows),
  };
}

function noneThere(windows: OfflineWindows, services: UpdateServices): Finding {
  return {
    check: CHECK,
    outcome: "unknown",
    blocking: false,
    code: "damagedFile",
    summary: "None of the services that updates need is there",
    evidence: [registryEvidence(services.key, "there")],
    next: commandFor(windows, "sessions"),
  };
}

function allOn(services: UpdateServices): Finding {
  return {
    check: CHECK,
    outcome: "ok",
    blocking: false,
    summary: "No service that updates need is disabled",
    evidence: services.there.map(({ evidence }) => evidence),
  };
}
