/** What stands between Setup and the files: antivirus, encryption of others, BitLocker. */
import { isEncryptionFilter } from "../knowledge/mod.ts";
import { MedicError } from "../base/mod.ts";
import { bitLockerStatus, parseBitLockerStatus } from "../tools/manage_bde/mod.ts";
import {
  DISABLED,
  type Evidence,
  type FilterDriver,
  filterEvidence,
  filterOwner,
  findFilterDrivers,
  isAntivirus,
  mayDecryptDisksFor,
  type OfflineWindows,
} from "../windows/mod.ts";

/** One product with its drivers. */
export interface FilterProduct {
  /** `ESET`, or `unknown maker` */
  readonly owner: string;
  /** Names of driver services. */
  readonly drivers: readonly string[];
  readonly evidence: readonly Evidence[];
}

/** Whether BitLocker encrypts the volume. */
export interface BitLockerFact {
  /**
   * - `none`: nothing is encrypted.
   * - `protected`: encrypted, and its protectors are on.
   * - `suspended`: encrypted, with its protectors off.
   * - `unknown`: nobody could be asked.
   */
  readonly state: "none" | "protected" | "suspended" | "unknown";
  readonly evidence: readonly Evidence[];
}

/** Drivers of others that are switched on, and BitLocker. */
export interface ProtectionFacts {
  readonly antivirus: readonly FilterProduct[];
  readonly encryption: readonly FilterProduct[];
  readonly bitLocker: BitLockerFact;
}

/** Reads the facts. Never throws for damaged hives or a tool that fails. */
export async function readProtectionFacts(windows: OfflineWindows): Promise<ProtectionFacts> {
  const set = await windows.registry.controlSet();
  const filters = (await findFilterDrivers(windows, set)).filter((filter) =>
    !filter.microsoft && filter.service.start !== DISABLED
  );
  const encryption = filters.filter(decrypts);
  return {
    antivirus: byOwner(filters.filter((filter) => !decrypts(filter) && isAntivirus(filter))),
    encryption: byOwner(encryption),
    bitLocker: await readBitLocker(windows),
  };
}

function decrypts(filter: FilterDriver): boolean {
  return filter.purpose === "encryption" || isEncryptionFilter(filter.service.name) ||
    mayDecryptDisksFor(filter) !== undefined;
}

function byOwner(filters: readonly FilterDriver[]): FilterProduct[] {
  const owners = new Map<string, FilterDriver[]>();
  for (const filter of filters) {
    const owner = mayDecryptDisksFor(filter)?.name ?? filterOwner(filter);
    owners.set(owner, [...owners.get(owner) ?? [], filter]);
  }
  return [...owners].map(([owner, own]) => ({
    owner,
    drivers: own.map(({ service }) => service.name),
    evidence: own.map(filterEvidence),
  }));
}

/** manage-bde is not in every WinPE; a volume without letter cannot be asked about. */
async function readBitLocker(windows: OfflineWindows): Promise<BitLockerFact> {
  const volume = windows.volume.letter;
  if (volume === undefined || !windows.onWindows) return { state: "unknown", evidence: [] };
  const invocation = bitLockerStatus({ volume });
  try {
    if (await windows.tools.find(invocation.tool) === undefined) {
      return { state: "unknown", evidence: [] };
    }
    const outcome = await windows.tools.run(invocation);
    const answer = parseBitLockerStatus(outcome);
    const line = answer.kind !== "done"
      ? "no answer that can be understood"
      : `encrypted ${answer.value.encryptedPercent ?? "?"}%, protection ${answer.value.protection}`;
    const command = [invocation.tool, ...invocation.arguments].join(" ");
    const evidence = [{ kind: "tool" as const, command, exitCode: outcome.exitCode, line }];
    if (answer.kind !== "done") return { state: "unknown", evidence };
    const { encryptedPercent, protection } = answer.value;
    if (encryptedPercent === 0) return { state: "none", evidence };
    if (protection === "off") return { state: "suspended", evidence };
    return { state: protection === "on" ? "protected" : "unknown", evidence };
  } catch (error) {
    if (error instanceof MedicError && error.code !== "cancelled") {
      return { state: "unknown", evidence: [] };
    }
    throw error;
  }
}
