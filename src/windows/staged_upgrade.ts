/**
 * Whether an in-place upgrade was staged on a Windows: what starts it is in the registry, and what
 * it follows is a file beside the program that was left there.
 */
import { isFileFault } from "../base/mod.ts";
import type { ReadableFileSystem } from "../host/mod.ts";
import {
  RUN_ONCE_KEY,
  UPGRADE_ORDER,
  UPGRADE_RUN_ONCE,
  UPGRADE_SERVICE,
} from "../knowledge/mod.ts";
import type { Evidence } from "./evidence.ts";
import { type OfflineRegistry, registryEvidence } from "./registry.ts";
import { DISABLED, inControlSet } from "./services.ts";

/** A staged upgrade. */
export interface StagedUpgrade {
  /**
   * `armed`: Windows starts it. `disabled`, `manual`: its service is there, and Windows does not
   * start it. `left`: only its files are there, nothing starts them.
   */
  readonly state: ServiceArming | "left";
  /** What would start it. */
  readonly start: "service" | "logon" | undefined;
  readonly evidence: readonly Evidence[];
}

/** What the service of a staged upgrade comes to. */
export type ServiceArming = "armed" | "disabled" | "manual";

/** `SERVICE_DEMAND_START` and `SERVICE_DISABLED`. Source: Microsoft Learn, CreateServiceW. */
const UNSTARTED: Readonly<Record<number, ServiceArming>> = { 3: "manual", [DISABLED]: "disabled" };

/**
 * What a value `Start` means for the service of a staged upgrade. One that is missing or damaged
 * counts as `armed`: that nothing happens is promised only where it is known.
 */
export function serviceArming(start: number | undefined): ServiceArming {
  return UNSTARTED[start ?? -1] ?? "armed";
}

/** Looks for one in all control sets; undefined if there is none. */
export async function readStagedUpgrade(
  files: ReadableFileSystem,
  registry: OfflineRegistry,
): Promise<StagedUpgrade | undefined> {
  const service = await findServices(registry);
  const logon = await runOnceEvidence(registry);
  const order = await orderEvidence(files);
  const evidence = [...service.flatMap((each) => each.evidence), ...logon, ...order];
  if (evidence.length === 0) return undefined;
  const arming = await armingOf(registry, service);
  if (logon.length > 0 && arming !== "armed") return { state: "armed", start: "logon", evidence };
  const start = arming === undefined ? undefined : "service";
  return { state: arming ?? "left", start, evidence };
}

/** The control set that Windows starts with decides; where it has none, any other one may. */
async function armingOf(
  registry: OfflineRegistry,
  found: readonly FoundService[],
): Promise<ServiceArming | undefined> {
  const starting = await registry.number("SYSTEM\\Select", "Default") ??
    await registry.controlSet();
  const own = found.find(({ set }) => set === starting);
  if (own !== undefined) return own.arming;
  return found.find(({ arming }) => arming === "armed")?.arming ?? found[0]?.arming;
}

/** Windows numbers at most a few sets; those that are not there answer nothing. */
const CONTROL_SETS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

interface FoundService {
  /** Number of the control set. */
  readonly set: number;
  readonly arming: ServiceArming;
  readonly evidence: readonly Evidence[];
}

async function findServices(registry: OfflineRegistry): Promise<FoundService[]> {
  const found: FoundService[] = [];
  for (const set of CONTROL_SETS) {
    const key = await registry.key(inControlSet(set, `Services\\${UPGRADE_SERVICE}`));
    if (key === undefined) continue;
    const place = `${key.hive}\\${key.path}`;
    const command = await registry.text(place, "ImagePath");
    const start = await registry.number(place, "Start");
    const arming = serviceArming(start);
    const evidence = [registryEvidence(key, command ?? "no program", "ImagePath")];
    if (arming !== "armed") evidence.push(registryEvidence(key, `${start} (${arming})`, "Start"));
    found.push({ set, arming, evidence });
  }
  return found;
}

async function runOnceEvidence(registry: OfflineRegistry): Promise<Evidence[]> {
  const key = await registry.key(`SOFTWARE\\${RUN_ONCE_KEY}`);
  const command = await registry.text(`SOFTWARE\\${RUN_ONCE_KEY}`, UPGRADE_RUN_ONCE);
  if (key === undefined || command === undefined) return [];
  return [registryEvidence(key, command, UPGRADE_RUN_ONCE)];
}

async function orderEvidence(files: ReadableFileSystem): Promise<Evidence[]> {
  try {
    const entry = await files.stat(UPGRADE_ORDER);
    if (entry?.kind !== "file") return [];
    return [{ kind: "file", path: UPGRADE_ORDER, detail: `${entry.size} bytes` }];
  } catch (error) {
    if (isFileFault(error, "not-a-directory")) return []; // a file is where the folder should be
    throw error;
  }
}
