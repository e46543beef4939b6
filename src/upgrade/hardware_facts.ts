/** What the registry remembers of the machine from when Windows ran last. */
import { TPM_DEVICES } from "../knowledge/mod.ts";
import {
  type Evidence,
  inControlSet,
  type OfflineWindows,
  registryEvidence,
} from "../windows/mod.ts";

/** What is known of the machine; what is not known is undefined. */
export interface HardwareFacts {
  /** A TPM of that generation was there. */
  readonly tpm: "2.0" | "1.2" | undefined;
  /** `Intel64 Family 6 Model 158 Stepping 10, GenuineIntel` */
  readonly processor: string | undefined;
  /** `LENOVO 20N2` */
  readonly machine: string | undefined;
  readonly evidence: readonly Evidence[];
}

/** Reads the facts. Never throws for damaged hives. */
export async function readHardwareFacts(windows: OfflineWindows): Promise<HardwareFacts> {
  const evidence: Evidence[] = [];
  return {
    tpm: await readTpm(windows, evidence),
    processor: await readProcessor(windows, evidence),
    machine: await readMachine(windows, evidence),
    evidence,
  };
}

/** The devices of a machine stay in `Enum` when they are gone: it says what was there once. */
async function readTpm(
  windows: OfflineWindows,
  evidence: Evidence[],
): Promise<HardwareFacts["tpm"]> {
  const set = await windows.registry.controlSet();
  for (const { device, version } of TPM_DEVICES) {
    const key = await windows.registry.key(inControlSet(set, `Enum\\ACPI\\${device}`));
    if (key === undefined) continue;
    evidence.push(registryEvidence(key, `the device of a TPM ${version}`));
    return version;
  }
  return undefined;
}

const ENVIRONMENT = "SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment";

async function readProcessor(
  windows: OfflineWindows,
  evidence: Evidence[],
): Promise<string | undefined> {
  return await readText(windows, evidence, { key: ENVIRONMENT, name: "PROCESSOR_IDENTIFIER" });
}

/** `LastConfig` names the configuration that was started last. Source: hives of Windows 10 and 11. */
async function readMachine(
  windows: OfflineWindows,
  evidence: Evidence[],
): Promise<string | undefined> {
  const root = "SYSTEM\\HardwareConfig";
  const last = await windows.registry.text(root, "LastConfig");
  if (last === undefined) return undefined;
  const key = `${root}\\${last}`;
  const maker = await readText(windows, evidence, { key, name: "SystemManufacturer" });
  const product = await readText(windows, evidence, { key, name: "SystemProductName" });
  const words = [maker, product].filter((word) => word !== undefined);
  return words.length === 0 ? undefined : words.join(" ");
}

async function readText(
  windows: OfflineWindows,
  evidence: Evidence[],
  value: { readonly key: string; readonly name: string },
): Promise<string | undefined> {
  const text = (await windows.registry.text(value.key, value.name))?.trim();
  const key = await windows.registry.key(value.key);
  if (text === undefined || text === "" || key === undefined) return undefined;
  evidence.push(registryEvidence(key, `"${text}"`, value.name));
  return text;
}
