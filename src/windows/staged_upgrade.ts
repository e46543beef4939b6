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
import { inControlSet } from "./services.ts";

/** A staged upgrade. */
export interface StagedUpgrade {
  /** `armed`: Windows starts it. `left`: only its files are there, nothing starts them. */
  readonly state: "armed" | "left";
  readonly start: "service" | "logon" | undefined;
  readonly evidence: readonly Evidence[];
}

/** Looks for one in all control sets; undefined if there is none. */
export async function readStagedUpgrade(
  files: ReadableFileSystem,
  registry: OfflineRegistry,
): Promise<StagedUpgrade | undefined> {
  const service = await serviceEvidence(registry);
  const logon = await runOnceEvidence(registry);
  const order = await orderEvidence(files);
  const evidence = [...service, ...logon, ...order];
  if (evidence.length === 0) return undefined;
  const start = service.length > 0 ? "service" : logon.length > 0 ? "logon" : undefined;
  return { state: start === undefined ? "left" : "armed", start, evidence };
}

/** Windows numbers at most a few sets; those that are not there answer nothing. */
const CONTROL_SETS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

async function serviceEvidence(registry: OfflineRegistry): Promise<Evidence[]> {
  const found: Evidence[] = [];
  for (const set of CONTROL_SETS) {
    const key = await registry.key(inControlSet(set, `Services\\${UPGRADE_SERVICE}`));
    if (key === undefined) continue;
    const command = await registry.text(`${key.hive}\\${key.path}`, "ImagePath");
    found.push(registryEvidence(key, command ?? "no program", "ImagePath"));
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
