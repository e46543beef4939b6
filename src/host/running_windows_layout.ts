/** What the answers of Windows about itself mean: numbers and structures of winuser.h, winbase.h. */
import type { BootMode, LiveValue, PowerStatus } from "./running_windows.ts";

/** SM_CLEANBOOT: 0, 1 for Safe Mode, 2 for Safe Mode with networking. */
const CLEAN_BOOT: ReadonlyMap<number, BootMode> = new Map([
  [0, "normal"],
  [1, "safe-mode"],
  [2, "safe-mode-network"],
]);

/**
 * `OptionValue` of the key `Control\SafeBoot\Option`, which the service control manager itself
 * reads to know Safe Mode (Windows Internals, "Safe-Mode-Aware User Programs"): 2 is the one with
 * networking.
 */
const OPTION_NETWORK = 2;

const REG_DWORD = 4;

/**
 * How Windows was started, from two witnesses. It is normal only if both say so.
 *
 * @param cleanBoot what GetSystemMetrics says, or undefined if it cannot be asked
 * @param option the value `OptionValue`
 */
export function bootModeFrom(
  cleanBoot: number | undefined,
  option: LiveValue | "absent" | "unknown",
): BootMode {
  const said = CLEAN_BOOT.get(cleanBoot ?? -1) ?? "unknown";
  if (said === "safe-mode" || said === "safe-mode-network") return said;
  if (option === "absent") return said;
  if (option === "unknown") return "unknown";
  const mode = dword(option);
  if (mode === undefined) return "unknown";
  if (mode === 0) return said;
  return mode === OPTION_NETWORK ? "safe-mode-network" : "safe-mode";
}

function dword(value: LiveValue): number | undefined {
  const { data } = value;
  if (value.type !== REG_DWORD || data.length !== 4) return undefined;
  return new DataView(data.buffer, data.byteOffset, 4).getUint32(0, true);
}

/** Size of SYSTEM_POWER_STATUS: four bytes, two DWORDs. */
export const POWER_STATUS_SIZE = 12;

const NO_BATTERY = 0x80;
const NOT_KNOWN = 0xff;

const SOURCES: ReadonlyMap<number, PowerStatus["source"]> = new Map([[0, "battery"], [1, "mains"]]);

/** The power status when Windows does not tell. */
export const UNKNOWN_POWER: PowerStatus = {
  source: "unknown",
  battery: "unknown",
  batteryPercent: "unknown",
};

/** SYSTEM_POWER_STATUS: ACLineStatus, BatteryFlag, BatteryLifePercent. */
export function decodePowerStatus(bytes: Uint8Array): PowerStatus {
  const [line = NOT_KNOWN, flags = NOT_KNOWN, percent = NOT_KNOWN] = bytes;
  return {
    source: SOURCES.get(line) ?? "unknown",
    battery: batteryFrom(flags),
    batteryPercent: percent <= 100 ? percent : "unknown",
  };
}

/** 255 is "unknown", although it has the bit of "no battery" too. */
function batteryFrom(flags: number): PowerStatus["battery"] {
  if (flags === NOT_KNOWN) return "unknown";
  return (flags & NO_BATTERY) === 0 ? "present" : "none";
}
