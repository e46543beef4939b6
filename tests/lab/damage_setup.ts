/** Damages of Windows Setup, and states that only look like one: upgrades, OOBE, deployments. */
import {
  bootDevice,
  deviceElement,
  partitionDevice,
  ramdiskDevice,
  WINDOWS_PARTITION,
} from "./boot_device.ts";
import type { Damage, DamageSite } from "./damage_site.ts";
import { hivePath } from "./lab_hives.ts";

const SETUP = "HKEY_LOCAL_MACHINE\\SYSTEM\\Setup";
const STATE = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\State";
const PROFILES = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList";
const OBJECTS = "HKEY_LOCAL_MACHINE\\BCD00000000\\Objects";
const BOOT_MANAGER = "{9dea862c-5cdd-4e70-acc1-f32b344d4795}";

/** Id of the boot entry that Setup makes for its own small Windows. */
export const SAFE_OS_ENTRY = "3f6d2a21-1f3a-11ef-9c41-d8bbc1a2e37f";
const SAFE_OS_OPTIONS = "3f6d2a22-1f3a-11ef-9c41-d8bbc1a2e37f";
const SAFE_OS_IMAGE = "$WINDOWS.~BT\\Sources\\SafeOS\\winre.wim";
const SETUP_PLATFORM = "$WINDOWS.~BT\\Sources\\SetupPlatform.exe";

/** The ESP's store; the lab's other volumes exist in memory only. */
const ESP_STORE = "S:\\EFI\\Microsoft\\Boot\\BCD";

const LAYOUT = "Layout of the folder and order of the work: setupact.log, operations 38 to 103";

/** An upgrade that is to go on at the next start: nothing is wrong with it. */
export function upgradeWaitsForRestart(): Damage {
  return {
    name: "upgradeWaitsForRestart",
    imitates: `An upgrade between its first two restarts, everything in place. ${LAYOUT}`,
    apply: async (site) => {
      await writeUpgradeFolder(site);
      await site.write("$WINDOWS.~BT\\NewOS\\Windows\\System32\\ntdll.dll", "new");
      await site.write(SAFE_OS_IMAGE, "MSWIM");
      await startSetupNext(site);
    },
  };
}

/** The computer starts Setup's small Windows, and somebody has deleted it. */
export function safeOsImageLost(): Damage {
  return {
    name: "safeOsImageLost",
    imitates: "An upgrade whose folder was cleaned up while it was the default of the boot " +
      "configuration (mvaferreira/RepairAzVMDisk looks for Setup's leftovers there); how it came " +
      "so: assumed",
    apply: async (site) => {
      await writeUpgradeFolder(site);
      await startSetupNext(site);
    },
  };
}

/** The upgrade failed and is to be taken back. */
export function rollbackWaits(): Damage {
  return {
    name: "rollbackWaits",
    imitates: "A rollback that goes on at the next start: its own log in Sources\\Rollback " +
      "(Microsoft Learn, Windows Setup log files)",
    apply: async (site) => {
      await site.write("$WINDOWS.~BT\\Sources\\Rollback\\setupact.log", "rollback\r\n");
      await site.write(SAFE_OS_IMAGE, "MSWIM");
      await startSetupNext(site);
    },
  };
}

/** A new Windows lies ready, and nothing starts it. */
export function upgradeGivenUp(): Damage {
  return {
    name: "upgradeGivenUp",
    imitates: `An upgrade that ended before its first restart. ${LAYOUT}`,
    apply: async (site) => {
      await writeUpgradeFolder(site);
      await site.write("$WINDOWS.~BT\\NewOS\\Windows\\System32\\ntdll.dll", "new");
    },
  };
}

/** Interrupted in the first start of the new Windows, which was never complete. */
export function firstBootInterrupted(): Damage {
  return {
    name: "firstBootInterrupted",
    imitates: "`The computer restarted unexpectedly` in an upgrade: setup.exe 1, ImageState not " +
      "complete (appuals.com and prime-expert.com, community); that its folder is gone: assumed",
    apply: async (site) => {
      await site.editHive("SYSTEM", runningSetup({ setup: 1, oobe: 0 }) + continuation());
      await site.editHive("SOFTWARE", imageState("IMAGE_STATE_UNDEPLOYABLE"));
    },
  };
}

/** Interrupted in the questions after an upgrade; Setup's folder is gone. */
export function oobeInterrupted(): Damage {
  return {
    name: "oobeInterrupted",
    imitates: "Setup's values stay after setup.exe was set to 3 by hand, the second half of the " +
      "published way out of the loop (appuals.com, community); that OOBE had begun: assumed",
    apply: async (site) => {
      await site.editHive("SYSTEM", runningSetup({ setup: 3, oobe: 1 }) + continuation());
      await site.editHive("SOFTWARE", imageState("IMAGE_STATE_UNDEPLOYABLE"));
    },
  };
}

/** A new machine that nobody has switched on yet: it must stay as it is. */
export function factoryFresh(): Damage {
  return {
    name: "factoryFresh",
    imitates: "A Windows that waits for its first user: windeploy.exe, no account, OOBE in " +
      "progress (Microsoft Learn, Windows Setup States); its values of Setup: assumed",
    apply: async (site) => {
      await site.editHive("SYSTEM", runningSetup({ setup: 3, oobe: 0 }));
      await site.editHive("SOFTWARE", withoutAccounts() + imageState("IMAGE_STATE_UNDEPLOYABLE"));
    },
  };
}

/** An image that sysprep has sealed: it must stay as it is. */
export function sealedImage(): Damage {
  return {
    name: "sealedImage",
    imitates: "sysprep /generalize /oobe: ImageState IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE " +
      "(Microsoft Learn, Windows Setup States)",
    apply: async (site) => {
      await site.editHive("SYSTEM", runningSetup({ setup: 0, oobe: 0 }));
      await site.editHive("SOFTWARE", imageState("IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE"));
    },
  };
}

/** Somebody has a command run before the logon screen, as deployments do. */
export function commandBeforeLogon(
  command = "cmd.exe /c C:\\MININT\\Scripts\\LiteTouch.cmd",
): Damage {
  return {
    name: "commandBeforeLogon",
    imitates: "CmdLine and SetupType 2 as Microsoft Deployment Toolkit sets them; Setup itself " +
      "is not in progress",
    apply: (site) =>
      site.editHive(
        "SYSTEM",
        `[${SETUP}]\n"SetupType"=dword:00000002\n"CmdLine"="${command.replaceAll("\\", "\\\\")}"`,
      ),
  };
}

function runningSetup(children: { readonly setup: number; readonly oobe: number }): string {
  return `[${SETUP}]
"SetupType"=dword:00000002
"SetupPhase"=dword:00000004
"SystemSetupInProgress"=dword:00000001
"OOBEInProgress"=dword:00000001
"CmdLine"="oobe\\\\windeploy.exe"

[${SETUP}\\Status\\ChildCompletion]
"setup.exe"=dword:0000000${children.setup}
"oobeldr.exe"=dword:0000000${children.oobe}
`;
}

function continuation(): string {
  return `\n[${SETUP}\\FirstBoot\\PostSysprep]
"0"="cmd.exe /c %SYSTEMDRIVE%\\\\${SETUP_PLATFORM.replaceAll("\\", "\\\\")} /postsysprep"\n`;
}

function imageState(state: string): string {
  return `\n[${STATE}]\n"ImageState"="${state}"\n`;
}

function withoutAccounts(): string {
  return `\n[-${PROFILES}\\S-1-5-21-1004336348-1177238915-682003330-1001]\n`;
}

async function writeUpgradeFolder(site: DamageSite): Promise<void> {
  await site.write("$WINDOWS.~BT\\Sources\\Panther\\setupact.log", "upgrade\r\n");
  await site.write(SETUP_PLATFORM, "MZ");
}

/** Makes Setup's entry and lets it start instead of Windows, in both of the lab's stores. */
async function startSetupNext(site: DamageSite): Promise<void> {
  await site.editHive("BCD", setupEntry());
  if (!site.virtual) return;
  site.disk("startSetupNext").put(ESP_STORE, await site.read(hivePath("BCD")));
}

function setupEntry(): string {
  const partition = partitionDevice(WINDOWS_PARTITION);
  const image = deviceElement(ramdiskDevice(partition, `\\${SAFE_OS_IMAGE}`), SAFE_OS_OPTIONS);
  return object(SAFE_OS_ENTRY, 0x10200003, {
    "11000001": regBytes(image),
    "12000002": `"\\\\windows\\\\system32\\\\winload.efi"`,
    "12000004": `"Windows Setup"`,
    "21000001": regBytes(image),
    "22000002": `"\\\\windows"`,
    "26000022": "hex:01",
  }) + object(SAFE_OS_OPTIONS, 0x30000000, {
    "31000003": regBytes(deviceElement(bootDevice())),
    "32000004": `"\\\\$WINDOWS.~BT\\\\Sources\\\\SafeOS\\\\boot.sdi"`,
  }) + `\n[${OBJECTS}\\${BOOT_MANAGER}\\Elements\\23000003]\n"Element"="{${SAFE_OS_ENTRY}}"\n`;
}

function object(id: string, type: number, elements: Readonly<Record<string, string>>): string {
  const key = `${OBJECTS}\\{${id}}`;
  return `\n[${key}\\Description]\n"Type"=dword:${type.toString(16)}\n` +
    Object.entries(elements).map(([name, value]) =>
      `\n[${key}\\Elements\\${name}]\n"Element"=${value}\n`
    ).join("");
}

function regBytes(bytes: Uint8Array): string {
  return `hex:${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join()}`;
}
