/**
 * What the starter asks the Windows that runs: which one it is, whether Setup works on it, and
 * what is not settled yet.
 */
import { decodeUtf16 } from "../base/mod.ts";
import type { UpgradeOrder } from "./order.ts";
import { isSetupRunning } from "./setup_watch.ts";
import type { MachineValue, StarterMachine } from "./starter_machine.ts";

type Key = `HKLM\\${string}`;

const VERSION: Key = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
/** Holds the two flags that are 1 while Setup, or the first run of a new Windows, is at work. */
const SETUP: Key = "HKLM\\SYSTEM\\Setup";
const SETUP_FLAGS = ["SystemSetupInProgress", "OOBEInProgress"] as const;
/** There while the servicing of components waits for a restart. */
const REBOOT_PENDING: Key =
  "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending";
/** Services that every Windows has running once it has started. */
const SETTLED_SERVICES = ["RpcSs", "EventLog", "Schedule", "ProfSvc"] as const;
/**
 * Setup writes one of them when it takes an upgrade back, the second when that happens late.
 * Source: Microsoft Learn, Windows Setup log files.
 */
const ROLLBACK_LOGS = [
  "$WINDOWS.~BT\\Sources\\Rollback\\setupact.log",
  "Windows\\Panther\\NewOS\\Rollback\\setupact.log",
] as const;
/** Between two logs in {@linkcode LiveWindows.rollbackLog}. */
export const LOG_SEPARATOR = "; ";
const REG_SZ = 1;
const REG_DWORD = 4;
const REG_QWORD = 11;

/** The Windows that runs. */
export interface LiveWindows {
  readonly bootMode: "normal" | "safe-mode" | "safe-mode-network" | "unknown";
  /** True while Setup or the first logon works; also when that cannot be told. */
  readonly setupAtWork: boolean;
  /** `InstallTime` in decimal. */
  readonly installTime: string | undefined;
  readonly build: number | undefined;
  readonly ubr: number | undefined;
  /** Names the rollback's logs by their times and sizes; undefined if there is none. */
  readonly rollbackLog: string | undefined;
}

/** Asks all that a decision needs. */
export async function readLiveWindows(
  machine: StarterMachine,
  order: UpgradeOrder,
): Promise<LiveWindows> {
  const build = Number(await readText(machine, VERSION, "CurrentBuildNumber"));
  return {
    bootMode: await machine.bootMode(),
    setupAtWork: await isSetupAtWork(machine),
    installTime: (await readNumber(machine, VERSION, "InstallTime"))?.toString(),
    build: Number.isInteger(build) ? build : undefined,
    ubr: smallNumber(await readNumber(machine, VERSION, "UBR")),
    rollbackLog: await rollbackLog(machine, order),
  };
}

async function isSetupAtWork(machine: StarterMachine): Promise<boolean> {
  for (const name of SETUP_FLAGS) {
    const value = await machine.readValue(SETUP, name);
    if (value === "absent") continue;
    if (value === "unknown" || numberOf(value) !== 0n) return true;
  }
  return false;
}

async function rollbackLog(
  machine: StarterMachine,
  order: UpgradeOrder,
): Promise<string | undefined> {
  const logs: string[] = [];
  for (const path of ROLLBACK_LOGS) {
    const file = await machine.stat(`${order.target.letter}\\${path}`);
    if (file !== undefined) logs.push(`${file.modified?.toISOString() ?? "unknown"} ${file.bytes}`);
  }
  return logs.length === 0 ? undefined : logs.join(LOG_SEPARATOR);
}

/** What must end before Setup may be started, in one sentence; undefined if nothing. */
export async function unsettled(
  machine: StarterMachine,
  order: UpgradeOrder,
): Promise<string | undefined> {
  if (await machine.bootMode() === "unknown") return "How Windows was started cannot be told";
  if (await isSetupRunning(machine)) return "Windows Setup is running already";
  for (const name of SETTLED_SERVICES) {
    const state = await machine.serviceState(name);
    // One that is not installed cannot be waited for: Setup will say whether it needs it.
    if (state !== "running" && state !== "absent") return `The service ${name} is ${state}`;
  }
  const servicing = await pendingServicing(machine, order);
  if (servicing !== undefined) return servicing;
  if (order.needsPower && await machine.powerSource() === "battery") {
    return "The computer runs on its battery";
  }
  return undefined;
}

async function pendingServicing(
  machine: StarterMachine,
  order: UpgradeOrder,
): Promise<string | undefined> {
  const pending = `${order.target.letter}\\Windows\\WinSxS\\pending.xml`;
  if (await machine.stat(pending) !== undefined) return "Updates are not finished (pending.xml)";
  const reboot = await machine.keyExists(REBOOT_PENDING);
  return reboot === false ? undefined : "Updates wait for a restart (RebootPending)";
}

/** A text of the live registry; undefined if it cannot be had. */
export async function readText(
  machine: StarterMachine,
  key: Key,
  name: string,
): Promise<string | undefined> {
  const value = await machine.readValue(key, name);
  if (typeof value === "string" || value.type !== REG_SZ) return undefined;
  return decodeUtf16(value.data).replace(/\0.*$/s, "");
}

async function readNumber(
  machine: StarterMachine,
  key: Key,
  name: string,
): Promise<bigint | undefined> {
  const value = await machine.readValue(key, name);
  return typeof value === "string" ? undefined : numberOf(value);
}

function numberOf({ type, data }: MachineValue): bigint | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  if (type === REG_DWORD && data.length === 4) return BigInt(view.getUint32(0, true));
  if (type === REG_QWORD && data.length === 8) return view.getBigUint64(0, true);
  return undefined;
}

function smallNumber(value: bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}
