/**
 * Whether somebody else sets the policies of this machine: a domain, Microsoft Entra ID, or
 * device management. Read from several places, because none of them is certain alone; what may
 * be a member counts as one.
 */
import { decodeUtf16 } from "../base/mod.ts";
import type { Evidence } from "./evidence.ts";
import type { OfflineWindows } from "./offline_windows.ts";
import { type OfflineKey, registryEvidence } from "./registry.ts";
import { unlessDamaged } from "./unless_damaged.ts";

const CONTROL_SET = "SYSTEM\\CurrentControlSet";
const NETLOGON = `${CONTROL_SET}\\Services\\Netlogon`;
const TCPIP = `${CONTROL_SET}\\Services\\Tcpip\\Parameters`;
const CLOUD_JOIN = `${CONTROL_SET}\\Control\\CloudDomainJoin\\JoinInfo`;
const DOMAIN_SID = "SECURITY\\Policy\\PolPrDmS";
const DOMAIN_NAME = "SECURITY\\Policy\\PolPrDmN";
const POLICY_HISTORY = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Group Policy\\History";
const ENROLMENTS = "SOFTWARE\\Microsoft\\Enrollments";
/** `Start` of a service that starts with Windows. */
const AUTOMATIC = 2;

/** Who sets the policies of a machine. */
export interface Management {
  /** `unknown` must be treated as `yes`. */
  readonly managed: "yes" | "no" | "unknown";
  /** `the domain corp.example`; undefined for `no`. */
  readonly by: string | undefined;
  readonly evidence: readonly Evidence[];
}

interface Sign {
  readonly by: string;
  readonly evidence: Evidence;
}

type Reader = (windows: OfflineWindows) => Promise<Sign | undefined>;

/** Each of these is proof. */
const PROOFS: readonly Reader[] = [
  primaryDomain,
  (windows) => dnsDomain(windows, "NV Domain"),
  (windows) => dnsDomain(windows, "Domain"),
  cloudJoin,
  enrolment,
];

/** These stay when a machine leaves its domain, or are set by hand. */
const HINTS: readonly Reader[] = [policyHistory, netlogon];

/** Reads who sets the policies. Never throws for damaged hives: the answer is then `unknown`. */
export async function readManagement(windows: OfflineWindows): Promise<Management> {
  const proofs = await signs(windows, PROOFS);
  if (proofs.length > 0) {
    return { managed: "yes", by: proofs[0]!.by, evidence: proofs.map(({ evidence }) => evidence) };
  }
  const hints = [...await signs(windows, HINTS), ...await unreadHives(windows)];
  if (hints.length > 0) {
    return { managed: "unknown", by: hints[0]!.by, evidence: hints.map((hint) => hint.evidence) };
  }
  const { hive, path: key } = await windows.registry.resolve(TCPIP);
  const evidence = [{ kind: "registry", hive, key, value: "NV Domain", data: "not set" }] as const;
  return { managed: "no", by: undefined, evidence };
}

/** Who sets the policies, as a clause without full stop; not for `no`. */
export function describeManagement({ managed, by }: Pick<Management, "managed" | "by">): string {
  const who = by ?? "a domain";
  return managed === "yes"
    ? `${who} sets the policies of this machine`
    : `${who} may set the policies of this machine`;
}

async function signs(windows: OfflineWindows, readers: readonly Reader[]): Promise<Sign[]> {
  const found: Sign[] = [];
  for (const read of readers) {
    const sign = await read(windows);
    if (sign !== undefined) found.push(sign);
  }
  return found;
}

/**
 * The security identifier of the domain that the machine has its account in; empty in a
 * workgroup. Source: [MS-LSAD] POLICY_PRIMARY_DOMAIN_INFO; both forms seen in real hives.
 */
async function primaryDomain(windows: OfflineWindows): Promise<Sign | undefined> {
  const found = await windows.registry.value(DOMAIN_SID, "");
  const bytes = unlessDamaged(() => found?.value.data);
  if (found === undefined || bytes === undefined || bytes.length === 0) return undefined;
  const name = await primaryDomainName(windows);
  const data = `${bytes.length} bytes: the machine has an account in a domain`;
  return { by: domainWords(name), evidence: registryEvidence(found.key, data, "") };
}

/** A counted string: length in bytes, room, offset of the text; each little-endian. */
async function primaryDomainName(windows: OfflineWindows): Promise<string | undefined> {
  const found = await windows.registry.value(DOMAIN_NAME, "");
  const data = unlessDamaged(() => found?.value.data);
  if (data === undefined || data.length < 8) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const length = view.getUint16(0, true);
  const start = view.getUint32(4, true);
  if (length === 0 || length % 2 !== 0 || start + length > data.length) return undefined;
  return decodeUtf16(data.subarray(start, start + length));
}

/** The DNS name of the domain. Source: Microsoft Learn, Tcpip\Parameters; seen in real hives. */
async function dnsDomain(windows: OfflineWindows, value: string): Promise<Sign | undefined> {
  const found = await windows.registry.value(TCPIP, value);
  const name = unlessDamaged(() => found?.value.string())?.trim();
  if (found === undefined || name === undefined || name === "") return undefined;
  return { by: domainWords(name), evidence: registryEvidence(found.key, `"${name}"`, value) };
}

/** A subkey for each tenant that the machine has joined. Source: community, several tools. */
async function cloudJoin(windows: OfflineWindows): Promise<Sign | undefined> {
  const key = await windows.registry.key(CLOUD_JOIN);
  const joined = subkeyNames(key);
  if (key === undefined || joined.length === 0) return undefined;
  const data = `${joined.length} ${joined.length === 1 ? "tenant" : "tenants"} joined`;
  return { by: "Microsoft Entra ID", evidence: registryEvidence(key, data) };
}

/**
 * Every Windows has some thirty stubs there; an enrolment that is real names its provider and
 * the server that it came from. Source: community, compared with `dsregcmd`.
 */
async function enrolment(windows: OfflineWindows): Promise<Sign | undefined> {
  for (const name of subkeyNames(await windows.registry.key(ENROLMENTS))) {
    const path = `${ENROLMENTS}\\${name}`;
    const found = await windows.registry.value(path, "ProviderID");
    const provider = unlessDamaged(() => found?.value.string())?.trim() ?? "";
    const server = await windows.registry.text(path, "DiscoveryServiceFullURL") ?? "";
    if (found === undefined || provider === "" || server.trim() === "") continue;
    const evidence = registryEvidence(found.key, `"${provider}"`, "ProviderID");
    return { by: `device management (${provider})`, evidence };
  }
  return undefined;
}

/** The domain whose policies were applied last; empty without one. Seen in real hives. */
async function policyHistory(windows: OfflineWindows): Promise<Sign | undefined> {
  const found = await windows.registry.value(POLICY_HISTORY, "MachineDomain");
  const name = unlessDamaged(() => found?.value.string())?.trim();
  if (found === undefined || name === undefined || name === "") return undefined;
  const evidence = registryEvidence(found.key, `"${name}"`, "MachineDomain");
  return { by: domainWords(name), evidence };
}

/** Automatic on members, manual in a workgroup. Seen in real hives. */
async function netlogon(windows: OfflineWindows): Promise<Sign | undefined> {
  const found = await windows.registry.value(NETLOGON, "Start");
  const start = unlessDamaged(() => found?.value.number());
  if (found === undefined || Number(start) !== AUTOMATIC) return undefined;
  const data = `${AUTOMATIC}: automatic, as on members of a domain`;
  return { by: domainWords(undefined), evidence: registryEvidence(found.key, data, "Start") };
}

/** A hive that cannot be read may hold any of the signs. */
async function unreadHives(windows: OfflineWindows): Promise<Sign[]> {
  const found: Sign[] = [];
  for (const name of ["SYSTEM", "SECURITY", "SOFTWARE"]) {
    const state = await windows.hives.read(name);
    if (state.state !== "absent" && state.state !== "unreadable") continue;
    const detail = state.state === "absent" ? "not there" : state.problem;
    found.push({
      by: domainWords(undefined),
      evidence: { kind: "file", path: state.path, detail },
    });
  }
  return found;
}

function subkeyNames(key: OfflineKey | undefined): string[] {
  return unlessDamaged(() => key?.key.subkeys(() => {}).map(({ name }) => name)) ?? [];
}

function domainWords(name: string | undefined): string {
  return name === undefined ? "a domain" : `the domain ${name}`;
}
