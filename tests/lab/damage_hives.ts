/** Damages of the registry and of what it says: pending updates, services, broken hives. */
import { baseBlockChecksum } from "../../src/formats/regf/mod.ts";
import type { Damage, DamageSite } from "./damage_site.ts";
import { hiveLogEntry } from "./hive_log.ts";
import { hivePath } from "./lab_hives.ts";

const SOFTWARE = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion";
const SERVICING = `${SOFTWARE}\\Component Based Servicing`;
const CONTROL_SET = "HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001";

/** An update was half installed when the power failed; each start tries again and rolls back. */
export function pendingXmlLeftBehind(): Damage {
  return {
    name: "pendingXmlLeftBehind",
    imitates: "The loop `Working on updates / Undoing changes`: pending.xml, poqexec in " +
      "SetupExecute, CBS and COMPONENTS markers (Microsoft Learn, Azure VM stuck on updates)",
    apply: async (site) => {
      await site.write("Windows\\WinSxS\\pending.xml", pendingXml(site));
      await site.write("Windows\\WinSxS\\poqexec.log", "1d9 8d6ee2c1a5f0031: 0xc0000034\r\n");
      await site.editHive("SYSTEM", pendingSystem());
      await site.editHive("SOFTWARE", pendingSoftware(pendingPackage(site)));
      await site.editHive("COMPONENTS", pendingComponents());
      site.state.packages.push({
        identity: pendingPackage(site),
        state: "Install Pending",
        releaseType: "Security Update",
        installTime: "",
      });
      await site.append("Windows\\Logs\\CBS\\CBS.log", stuckLog());
    },
  };
}

/** Windows says that a restart is due, and nothing else is wrong. */
export function rebootPendingKey(): Damage {
  return {
    name: "rebootPendingKey",
    imitates: "Two markers of a restart that never came. RebootPending is deleted by " +
      "mvaferreira/RepairAzVMDisk; that both stand alone like this: no source was " +
      "read; assumed",
    apply: (site) =>
      site.editHive(
        "SOFTWARE",
        `[${SERVICING}\\RebootPending]\n\n[${SOFTWARE}\\WindowsUpdate\\Auto Update\\RebootRequired]`,
      ),
  };
}

/** A service is disabled. It must be one of the lab's. */
export function serviceDisabled(name: string): Damage {
  return {
    name: "serviceDisabled",
    imitates: "An update service with Start=4: Windows error 0x80070422, service disabled " +
      "(winerror.h). Who disabled it: no source was read; assumed",
    apply: async (site) => {
      const key = `${CONTROL_SET}\\Services\\${name}`;
      await requireText(site, `[${key}]`);
      await site.editHive("SYSTEM", `[${key}]\n"Start"=dword:00000004`);
    },
  };
}

/** How {@linkcode dirtySoftwareHive} leaves the log. */
export interface DirtyHiveOptions {
  /** `usable`: the log holds what the hive lacks. `none`: it is empty. Default `usable`. */
  readonly log?: "usable" | "none";
}

/**
 * SOFTWARE was being written when the power failed. The value `LabReplayed` of its key
 * `LabDirty` is 0 in the hive and 1 in the log: only who replays the log sees 1.
 */
export function dirtySoftwareHive(options: DirtyHiveOptions = {}): Damage {
  return {
    name: "dirtySoftwareHive",
    imitates:
      "A hive after a crash in the middle of a write: sequence numbers differ, and the last " +
      "changes are only in .LOG1 (msuhanov/regf specification)",
    apply: async (site) => {
      await site.editHive("SOFTWARE", dirtyMarker(0));
      const before = site.soundHive("SOFTWARE");
      const after = replaceMarker(before);
      await site.finishHive("SOFTWARE", markDirty);
      const log = options.log === "none"
        ? new Uint8Array()
        : hiveLogEntry(markDirty(before), { after, sequence: 2 });
      await site.write(`${hivePath("SOFTWARE")}.LOG1`, log);
    },
  };
}

/** Half of SYSTEM is missing. */
export function truncatedSystemHive(): Damage {
  return {
    name: "truncatedSystemHive",
    imitates: "Stop code 0x74: the SYSTEM hive is corrupt (Microsoft Learn, Bug Check 0x74). " +
      "That it is cut short: no source was read; assumed",
    apply: (site) =>
      site.finishHive("SYSTEM", (bytes) => bytes.slice(0, (bytes.length >>> 13) << 12)),
  };
}

/** A bin in the middle of SYSTEM has lost its header: Windows refuses the hive, all is still in it. */
export function systemBinHeaderLost(): Damage {
  return {
    name: "systemBinHeaderLost",
    imitates: "Stop code 0x74: the SYSTEM hive is corrupt (Microsoft Learn, Bug Check 0x74). " +
      "That it is the header of a bin: no source was read; assumed",
    apply: (site) => site.finishHive("SYSTEM", (bytes) => zeroed(bytes, BIN_HEADER)),
  };
}

/** A page in the middle of SYSTEM was never written: what was in it is lost. */
export function systemPageLost(): Damage {
  return {
    name: "systemPageLost",
    imitates: "Stop code 0x74: the SYSTEM hive is corrupt (Microsoft Learn, Bug Check 0x74), " +
      "after a disk gave one page as zeros; assumed",
    apply: (site) => site.finishHive("SYSTEM", (bytes) => zeroed(bytes, PAGE)),
  };
}

const BIN_HEADER = 32;
const PAGE = 4096;

function zeroed(hive: Uint8Array, length: number): Uint8Array {
  const bytes = hive.slice();
  const middle = (bytes.length >>> 13) << 12;
  return bytes.fill(0, middle, middle + length);
}

/** SOFTWARE is not there. */
export function missingSoftwareHive(): Damage {
  return {
    name: "missingSoftwareHive",
    imitates: "A hive that is gone, and RegBack is no help: not written since Windows 10 1803 " +
      "(Microsoft Learn, RegBack, as cited by SigmaHQ). How it got lost: no source " +
      "was read; assumed",
    apply: (site) => site.erase(hivePath("SOFTWARE")),
  };
}

/** A setup that never came to its end. */
export function setupInProgress(): Damage {
  return {
    name: "setupInProgress",
    imitates: "`The computer restarted unexpectedly`, at every start: " +
      "ChildCompletion\\setup.exe 1, setup values left behind (appuals.com and " +
      "prime-expert.com, community)",
    apply: (site) =>
      site.editHive(
        "SYSTEM",
        `[HKEY_LOCAL_MACHINE\\SYSTEM\\Setup]
"SetupType"=dword:00000002
"SetupPhase"=dword:00000004
"SystemSetupInProgress"=dword:00000001
"CmdLine"="oobe\\\\windeploy.exe"

[HKEY_LOCAL_MACHINE\\SYSTEM\\Setup\\Status\\ChildCompletion]
"setup.exe"=dword:00000001`,
      ),
  };
}

function dirtyMarker(value: number): string {
  return `[HKEY_LOCAL_MACHINE\\SOFTWARE\\LabDirty]\n"LabReplayed"=hex:${
    Array.from(MARKER, (byte, i) => (i === MARKER.length - 1 ? value : byte).toString(16)).join()
  }`;
}

/** Sixteen bytes that are nowhere else in the hive; the last one is what changes. */
const MARKER = [0xd1, 0x47, 0x9e, 0x4c, 0xab, 0x52, 0x60, 0xe7, 1, 2, 3, 4, 5, 6, 7, 0];

function replaceMarker(hive: Uint8Array): Uint8Array {
  const bytes = hive.slice();
  for (let at = 0; at < bytes.length - MARKER.length; at++) {
    if (MARKER.every((byte, i) => bytes[at + i] === byte)) {
      bytes[at + MARKER.length - 1] = 1;
      return bytes;
    }
  }
  throw new Error("The marker of dirtySoftwareHive is not in the hive");
}

/** The primary sequence number runs ahead: a write began and did not end. */
function markDirty(hive: Uint8Array): Uint8Array {
  const bytes = hive.slice();
  const view = new DataView(bytes.buffer);
  view.setUint32(4, view.getUint32(8, true) + 1, true);
  view.setUint32(508, baseBlockChecksum(bytes), true);
  return bytes;
}

function requireText(site: DamageSite, key: string): Promise<void> {
  if (site.hiveText("SYSTEM").includes(key)) return Promise.resolve();
  throw new RangeError(`Cannot damage "${key}": the lab's SYSTEM hive has no such key`);
}

function pendingPackage(site: DamageSite): string {
  const { architecture, build, revision } = site.windows;
  return `Package_for_RollupFix~31bf3856ad364e35~${architecture}~~${build}.${revision + 288}.1.6`;
}

function pendingXml(site: DamageSite): string {
  return `<?xml version="1.0" encoding="utf-8"?>\r
<PendingTransaction Version="3.1" WcpVersion="10.0.${site.windows.build}.${
    site.windows.revision - 1
  } (WinBuild.160101.0800)" Identifier="d9e15c7a41b2db01cd0a000094121c0a">\r
  <Tokens/>\r
  <POQ postAction="reboot">\r
    <CreateFile path="\\SystemRoot\\WinSxS\\Temp\\PendingRenames\\6ad2b17a41b2db01.ntdll.dll" fileAttribute="0x00000080"/>\r
    <MoveFile source="\\SystemRoot\\WinSxS\\Temp\\PendingRenames\\6ad2b17a41b2db01.ntdll.dll" destination="\\SystemRoot\\System32\\ntdll.dll"/>\r
  </POQ>\r
</PendingTransaction>\r
`;
}

function pendingSystem(): string {
  const command = "C:\\Windows\\System32\\poqexec.exe /display_progress " +
    "\\SystemRoot\\WinSxS\\pending.xml";
  return `[${CONTROL_SET}\\Control\\Session Manager]
"SetupExecute"=${multiString(command)}

[${CONTROL_SET}\\Services\\TrustedInstaller]
"Start"=dword:00000002`;
}

function pendingSoftware(identity: string): string {
  return `[${SERVICING}\\RebootPending]

[${SERVICING}\\PackagesPending]

[${SERVICING}\\SessionsPending]
"Exclusive"=dword:00000003

[${SERVICING}\\Packages\\${identity}]
"CurrentState"=dword:00000060
"Visibility"=dword:00000001

[${SOFTWARE}\\SideBySide\\Configuration]
"PoqexecCmdline"=${
    multiString(
      "C:\\Windows\\System32\\poqexec.exe /noreboot /transaction 792 /display_progress " +
        "\\SystemRoot\\WinSxS\\pending.xml",
    )
  }`;
}

function pendingComponents(): string {
  return `[HKEY_LOCAL_MACHINE\\COMPONENTS]
"PendingXmlIdentifier"=hex:64,39,65,31,35,63,37,61,34,31,62,32,64,62,30,31
"NextQueueEntryIndex"=dword:00000001
"ExecutionState"=dword:00000002`;
}

function stuckLog(): string {
  const line = (text: string) => `2025-06-12 08:40:51, Info                  CBS    ${text}\r\n`;
  return [
    "Reboot mark set",
    "Startup: current ExecuteState is CbsExecuteStateStageDrivers",
    "Running poqexec with: C:\\Windows\\System32\\poqexec.exe /noreboot /transaction 792 " +
    "/display_progress \\SystemRoot\\WinSxS\\pending.xml",
    "Failure in poqexec.exe while processing updates. [HRESULT = 0x80070057 - E_INVALIDARG]",
    "Startup: Processing complete. [HRESULT = 0x80070bc2 - ERROR_SUCCESS_REBOOT_REQUIRED]",
  ].map(line).join("");
}

/** REG_MULTI_SZ as `.reg` text. */
function multiString(...strings: readonly string[]): string {
  const text = `${strings.map((string) => `${string}\0`).join("")}\0`;
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  const bytes = units.flatMap((unit) => [unit & 0xff, unit >>> 8]);
  return `hex(7):${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join()}`;
}
