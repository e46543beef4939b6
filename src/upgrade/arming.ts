/**
 * What makes Windows start a staged upgrade by itself: a service of our own, or a command that
 * runs once when an administrator logs on. The service has the values that `CreateService` writes
 * (Microsoft Learn, CreateServiceW and HKLM\SYSTEM\CurrentControlSet\Services), in the control set
 * that Windows starts with; another one would be started by nothing but the last known good.
 */
import { foldCase, RefusalError } from "../base/mod.ts";
import { registryDword, registryString, RegistryType } from "../formats/regf/mod.ts";
import { RUN_ONCE_KEY, UPGRADE_RUN_ONCE } from "../knowledge/mod.ts";
import { type HiveChanges, type WantedData } from "../repairs/mod.ts";
import { inControlSet, type OfflineWindows, readControlSets } from "../windows/mod.ts";
import { SAFE_BOOT_KEYS, SERVICE_NAME, type UpgradeOrder, UpgradePlace } from "./order.ts";

/** Where Windows finds the starter, and with which values. */
export interface Arming {
  /** Hive and path of the key: `SYSTEM\ControlSet001\Services\PEMedicUpgrade`. */
  readonly key: string;
  readonly values: readonly { readonly name: string; readonly data: WantedData }[];
  /** The key is ours alone; `RunOnce` is everybody's. */
  readonly ownKey: boolean;
  /** Keys with the default value `Service`, by which it is started in Safe Mode, too. */
  readonly safeBoot: readonly string[];
}

/** What is there of it: `same` is exactly what is wanted, `other` is ours too, but different. */
export type ArmingState = "absent" | "same" | "other" | "foreign";

/** Characters of a command in `RunOnce`. Source: Microsoft Learn, Run and RunOnce registry keys. */
const RUN_ONCE_LIMIT = 260;

/** `SERVICE_WIN32_OWN_PROCESS`, started by itself, whose failure is logged and no more. */
const SERVICE = { type: 0x10, start: 2, errorControl: 1 } as const;

/** The command line that follows an order, as the running Windows sees the target. */
export function starterCommand(order: UpgradeOrder, orderSha256: string): string {
  const program = `"${order.target.letter}\\${UpgradePlace.program}"`;
  const command = order.start === "service" ? "service" : "start";
  return `${program} upgrade ${command} --order ${orderSha256}`;
}

/**
 * What must be written so that an order is followed.
 *
 * @throws {RefusalError} where it cannot be told with which control set Windows starts.
 */
export async function armingFor(
  windows: OfflineWindows,
  order: UpgradeOrder,
  orderSha256: string,
): Promise<Arming> {
  const command = starterCommand(order, orderSha256);
  if (order.start === "service") {
    const set = await startingSet(windows);
    return {
      key: inControlSet(set, `Services\\${SERVICE_NAME}`),
      values: serviceValues(command),
      ownKey: true,
      safeBoot: await listsOf(windows, set),
    };
  }
  if (command.length > RUN_ONCE_LIMIT) {
    throw new RefusalError("Cannot stage the upgrade: its command is too long for RunOnce");
  }
  return {
    key: `SOFTWARE\\${RUN_ONCE_KEY}`,
    values: [{ name: UPGRADE_RUN_ONCE, data: text(command) }],
    ownKey: false,
    safeBoot: [],
  };
}

/** The lists of Safe Mode that this control set has: none is made that Windows does not know. */
async function listsOf(windows: OfflineWindows, set: number): Promise<string[]> {
  const keys = SAFE_BOOT_KEYS.map((key) => inControlSet(set, key));
  const there: string[] = [];
  for (const key of keys) {
    const list = key.slice(0, key.lastIndexOf("\\"));
    if (await windows.registry.key(list) !== undefined) there.push(key);
  }
  return there;
}

/** `Select\Default` names it; `Current` is the one that ran last. */
async function startingSet(windows: OfflineWindows): Promise<number> {
  const { default: next, current, existing } = await readControlSets(windows.hives);
  const set = next ?? current;
  if (set !== undefined && existing.includes(set)) return set;
  throw new RefusalError(
    "Cannot stage the upgrade: with which control set Windows starts cannot be told",
  );
}

function serviceValues(command: string): Arming["values"] {
  return [
    { name: "Type", data: number(SERVICE.type) },
    { name: "Start", data: number(SERVICE.start) },
    { name: "ErrorControl", data: number(SERVICE.errorControl) },
    { name: "ImagePath", data: expandable(command) },
    { name: "DisplayName", data: text("PE Medic in-place upgrade") },
    { name: "ObjectName", data: text("LocalSystem") },
    {
      name: "Description",
      data: text(
        "Starts the in-place upgrade that was prepared in WinPE, once, and removes itself",
      ),
    },
  ];
}

function number(value: number): WantedData {
  return { type: RegistryType.REG_DWORD, data: registryDword(value) };
}

function text(value: string): WantedData {
  return { type: RegistryType.REG_SZ, data: registryString(value) };
}

function expandable(value: string): WantedData {
  return { type: RegistryType.REG_EXPAND_SZ, data: registryString(value) };
}

/** Plans the values. */
export async function planArming(changes: HiveChanges, arming: Arming): Promise<void> {
  for (const key of arming.safeBoot) await changes.setValue(key, "", text("Service"));
  for (const { name, data } of arming.values) await changes.setValue(arming.key, name, data);
}

/** What is there now, in the key that would be written. */
export async function armingState(windows: OfflineWindows, arming: Arming): Promise<ArmingState> {
  const found = await windows.registry.key(arming.key);
  if (found === undefined) return "absent";
  const there = arming.values.map(({ name }) => found.key.value(name));
  if (!arming.ownKey && there.every((value) => value === undefined)) return "absent";
  const same = arming.values.every(({ data }, at) => isSame(there[at], data));
  const more = arming.ownKey &&
    (found.key.values().length > arming.values.length || found.key.subkeys().length > 0);
  if (same && !more && await isListed(windows, arming)) return "same";
  const command = await windows.registry.text(arming.key, commandName(arming));
  return command !== undefined && startsOurs(command) ? "other" : "foreign";
}

async function isListed(windows: OfflineWindows, { safeBoot }: Arming): Promise<boolean> {
  for (const key of safeBoot) {
    const value = (await windows.registry.key(key))?.key.value("");
    if (!isSame(value, text("Service"))) return false;
  }
  return true;
}

function commandName(arming: Arming): string {
  return arming.ownKey ? "ImagePath" : UPGRADE_RUN_ONCE;
}

/** The letter may be another one: it is the place below it that is ours. */
function startsOurs(command: string): boolean {
  return /^"[A-Za-z]:\\(.*?)"/.exec(command)?.[1] !== undefined &&
    foldCase(command).slice(4).startsWith(`${foldCase(UpgradePlace.program)}"`);
}

function isSame(
  value: { readonly type: number; readonly data: Uint8Array } | undefined,
  wanted: WantedData,
): boolean {
  return value !== undefined && value.type === wanted.type &&
    value.data.length === wanted.data.length &&
    value.data.every((byte, at) => byte === wanted.data[at]);
}
