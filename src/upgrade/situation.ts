/**
 * Everything about an installed Windows that decides over an upgrade, as plain data: read once, then
 * judged without another look at the disk.
 */
import {
  type Evidence,
  inControlSet,
  isPortable,
  type OfflineWindows,
  readMountedLetters,
  readSetupAttempt,
  readSetupState,
  registryEvidence,
  samePartition,
  type SetupAttempt,
  type SetupState,
  type WindowsIdentity,
} from "../windows/mod.ts";
import { MedicError } from "../base/mod.ts";
import { type BootFacts, type Found, readBootFacts } from "./boot_facts.ts";
import { type HardwareFacts, readHardwareFacts } from "./hardware_facts.ts";
import { type PolicyFacts, readPolicyFacts } from "./policy_facts.ts";
import { type ProtectionFacts, readProtectionFacts } from "./protection_facts.ts";
import { readStartFacts, type StartFacts } from "./start_facts.ts";

/** The target. What is undefined could not be read. */
export interface UpgradeSituation {
  /** As commands name it: `D:`. */
  readonly volume: string;
  readonly identity: WindowsIdentity;
  /** Where the identity was read. */
  readonly identityEvidence: readonly Evidence[];
  /** Bytes of the volume of Windows. */
  readonly space: { readonly free: number; readonly total: number };
  /** Windows is hibernated or was shut down with Fast Startup, or that cannot be told. */
  readonly hibernated: readonly Evidence[];
  /** Nothing can be written to the volume from here. */
  readonly readOnly: boolean;
  readonly boot: BootFacts;
  /** Windows To Go. */
  readonly portable: readonly Evidence[];
  readonly setup: Pick<SetupState, "name" | "reason" | "evidence">;
  /** The image is in audit mode. */
  readonly audit: boolean;
  /** How the newest upgrade ended, if it did not succeed. */
  readonly endedBadly: EndedBadly | undefined;
  /** `$WINDOWS.~BT` is there: of an upgrade that ended, or goes on. */
  readonly leftover: readonly Evidence[];
  /** `Windows.old` is there: the Windows before this one, to which people may go back. */
  readonly wayBack: readonly Evidence[];
  /** The letter by which the running Windows calls this volume, if that is another than its own. */
  readonly otherLetter: Found | undefined;
  readonly start: StartFacts;
  readonly protection: ProtectionFacts;
  readonly policy: PolicyFacts;
  readonly hardware: HardwareFacts;
}

/** An upgrade that was over without a new Windows. */
export interface EndedBadly {
  readonly state: Extract<SetupAttempt["state"], "rolled-back" | "failed" | "refused">;
  /** `0xC1900101 - 0x30018`, or the result alone; undefined if nothing tells it. */
  readonly code: string | undefined;
  /** Why, for people, no full stop. */
  readonly reason: string;
  readonly evidence: readonly Evidence[];
}

const UPGRADE_FOLDER = "$WINDOWS.~BT";

/** Reads the situation. Never throws for damaged hives or stores. */
export async function readSituation(windows: OfflineWindows): Promise<UpgradeSituation> {
  const setup = await readSetupState(windows);
  return {
    volume: windows.volume.letter ?? windows.root,
    identity: windows.identity,
    identityEvidence: await identityEvidence(windows),
    space: { free: await windows.freeBytes(), total: windows.volume.totalBytes },
    hibernated: await hibernated(windows),
    readOnly: windows.volume.readOnly,
    boot: await readBootFacts(windows),
    portable: await portable(windows),
    setup: { name: setup.name, reason: setup.reason, evidence: setup.evidence },
    audit: isAudit(setup),
    endedBadly: await endedBadly(windows),
    leftover: await leftover(windows, setup),
    wayBack: await wayBack(windows),
    otherLetter: await otherLetter(windows),
    start: await readStartFacts(windows),
    protection: await readProtectionFacts(windows),
    policy: await readPolicyFacts(windows),
    hardware: await readHardwareFacts(windows),
  };
}

const CURRENT_VERSION = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";

async function identityEvidence(windows: OfflineWindows): Promise<Evidence[]> {
  const { edition, build, ubr, language, installationType } = windows.identity;
  const evidence: Evidence[] = [];
  const version = await windows.registry.key(CURRENT_VERSION);
  if (version !== undefined) {
    const kind = installationType === undefined ? "" : `, ${installationType}`;
    const data = `${edition ?? "edition unknown"} ${build ?? "?"}.${ubr ?? "?"}${kind}`;
    evidence.push(registryEvidence(version, data));
  }
  const nls = await windows.registry.key("SYSTEM\\CurrentControlSet\\Control\\Nls\\Language");
  if (nls !== undefined && language !== undefined) {
    evidence.push(registryEvidence(nls, language, "InstallLanguage"));
  }
  return evidence;
}

async function hibernated(windows: OfflineWindows): Promise<Evidence[]> {
  const { active, unknown, detail } = await windows.hibernation();
  return active || unknown ? [{ kind: "file", path: "hiberfil.sys", detail }] : [];
}

async function portable(windows: OfflineWindows): Promise<Evidence[]> {
  const set = await windows.registry.controlSet();
  if (!await isPortable(windows, set)) return [];
  const key = await windows.registry.key(inControlSet(set, "Control"));
  return key === undefined ? [] : [registryEvidence(key, "1", "PortableOperatingSystem")];
}

function isAudit({ facts }: SetupState): boolean {
  const { values, children, imageState = "" } = facts;
  return values.auditInProgress === 1 || children.audit === 1 || /RESEAL_TO_AUDIT/.test(imageState);
}

async function endedBadly(windows: OfflineWindows): Promise<EndedBadly | undefined> {
  const attempt = await readSetupAttempt(windows);
  if (attempt === undefined) return undefined;
  const { state, reason, explanation, evidence } = attempt;
  switch (state) {
    case "rolled-back":
    case "failed":
    case "refused":
      return { state, code: explanation?.code, reason, evidence };
    case "scanned":
    case "completed":
    case "in-progress":
      return undefined;
  }
}

async function leftover(windows: OfflineWindows, { facts }: SetupState): Promise<Evidence[]> {
  if (!facts.folder.present) return [];
  const parts = [
    ...facts.folder.newOs ? ["a new Windows"] : [],
    ...facts.folder.setupPlatform ? ["Setup's program"] : [],
    ...facts.folder.rollbackLog ? ["the log of a rollback"] : [],
  ];
  const what = parts.length === 0 ? "it is there" : `it is there, with ${parts.join(" and ")}`;
  const time = await dateOf(windows, UPGRADE_FOLDER);
  return [{ kind: "file", path: UPGRADE_FOLDER, detail: `${what}${time ?? ""}` }];
}

async function wayBack(windows: OfflineWindows): Promise<Evidence[]> {
  const path = "Windows.old\\Windows";
  const time = await dateOf(windows, path);
  return time === undefined ? [] : [{ kind: "file", path, detail: `it is there${time}` }];
}

/** `, of 2026-01-15`, or "" if it does not say; undefined if it is not there. */
async function dateOf(windows: OfflineWindows, path: string): Promise<string | undefined> {
  try {
    const entry = await windows.files.stat(path);
    if (entry === undefined) return undefined;
    return entry.modified === null ? "" : `, of ${entry.modified.toISOString().slice(0, 10)}`;
  } catch (error) {
    if (error instanceof MedicError) return "";
    throw error;
  }
}

/** A disk that was copied keeps the letters of the old one: the copy then runs as another drive. */
async function otherLetter(windows: OfflineWindows): Promise<Found | undefined> {
  const { systemLetter } = windows.identity;
  const { partition } = windows.volume;
  if (systemLetter === undefined || partition === undefined) return undefined;
  const letters = await readMountedLetters(windows.registry);
  const own = letters.find((letter) => samePartition(letter.partition, partition))?.letter;
  const key = await windows.registry.key("SYSTEM\\MountedDevices");
  if (own === undefined || own === systemLetter || key === undefined) return undefined;
  return {
    text: own,
    evidence: [registryEvidence(key, "the partition of this volume", `\\DosDevices\\${own}`)],
  };
}
