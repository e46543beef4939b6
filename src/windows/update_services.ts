/** How the services that updates need are to start, in every control set that Windows may use. */
import { SERVICE_DEFAULTS, type ServiceDefaultRow } from "../knowledge/mod.ts";
import type { Evidence } from "./evidence.ts";
import { controlSetName, readControlSets } from "./control_sets.ts";
import type { OfflineWindows } from "./offline_windows.ts";
import { type OfflineKey, registryEvidence } from "./registry.ts";
import { unlessDamaged } from "./unless_damaged.ts";

/** `Start` of a service that nothing starts. */
const DISABLED = 4;

/** One service of one control set. */
export interface UpdateService {
  readonly row: ServiceDefaultRow;
  /** Path of its key, beginning with the hive. */
  readonly path: string;
  readonly start: number | undefined;
  /** `DelayedAutostart` is there, whatever it says. */
  readonly saysDelayed: boolean;
  readonly evidence: Evidence;
  /** The hive is dirty and its logs cannot be used: Windows may see something else. */
  readonly stale: boolean;
}

/** The services of all control sets in use. */
export interface UpdateServices {
  readonly there: readonly UpdateService[];
  /** Services that this build has and the current control set has not. */
  readonly missing: readonly ServiceDefaultRow[];
  /** The key `Services` of the current control set. */
  readonly key: OfflineKey;
}

/** The services, or undefined if the current control set has none that can be read. */
export async function readUpdateServices(
  windows: OfflineWindows,
): Promise<UpdateServices | undefined> {
  const sets = await setsInUse(windows);
  const key = await windows.registry.key(servicesOf(sets[0]!));
  if (key === undefined) return undefined;
  const there: UpdateService[] = [];
  const missing: ServiceDefaultRow[] = [];
  for (const row of SERVICE_DEFAULTS.filter((service) => service.neededForUpdates)) {
    for (const set of sets) {
      const service = await readService(windows, row, `${servicesOf(set)}\\${row.name}`);
      if (service !== undefined) there.push(service);
      else if (set === sets[0] && isExpected(windows, row)) missing.push(row);
    }
  }
  return { there, missing, key };
}

/** Says whether a service was switched off that Windows has switched on by itself. */
export function isSwitchedOff(service: UpdateService): boolean {
  return service.start === DISABLED && service.row.start !== DISABLED;
}

/** The sets that a change must reach; without `Select` what the registry takes for current. */
async function setsInUse(windows: OfflineWindows): Promise<readonly number[]> {
  const { inUse } = await readControlSets(windows.hives);
  return inUse.length > 0 ? inUse : [await windows.registry.controlSet()];
}

function servicesOf(set: number): string {
  return `SYSTEM\\${controlSetName(set)}\\Services`;
}

/** Without a known build nobody can say what should be there. */
function isExpected(windows: OfflineWindows, row: ServiceDefaultRow): boolean {
  const { build } = windows.identity;
  return build !== undefined && build >= (row.sinceBuild ?? FIRST_WINDOWS_10);
}

/** Build of Windows 10 1507. Source: Microsoft's release information. */
const FIRST_WINDOWS_10 = 10240;

async function readService(
  windows: OfflineWindows,
  row: ServiceDefaultRow,
  path: string,
): Promise<UpdateService | undefined> {
  const key = await windows.registry.key(path);
  if (key === undefined) return undefined;
  const start = await windows.registry.number(path, "Start");
  const delayed = unlessDamaged(() => key.key.value("DelayedAutostart"));
  return {
    row,
    path,
    start,
    saysDelayed: delayed !== undefined,
    evidence: registryEvidence(key, start?.toString() ?? "no number", "Start"),
    stale: key.stale,
  };
}
