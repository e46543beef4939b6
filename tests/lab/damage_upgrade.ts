/** What keeps Setup from an upgrade, although Windows itself may be sound. */
import {
  deviceElement,
  fileDevice,
  partitionDevice,
  vhdDevice,
  WINDOWS_PARTITION,
} from "./boot_device.ts";
import type { Damage, DamageSite } from "./damage_site.ts";
import { hivePath } from "./lab_hives.ts";

const CONTROL_SET = "HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001";
const LOADER =
  "HKEY_LOCAL_MACHINE\\BCD00000000\\Objects\\{3f6d2a10-1f3a-11ef-9c41-d8bbc1a2e37f}\\Elements";
const ESP_STORE = "S:\\EFI\\Microsoft\\Boot\\BCD";

/** Somebody wanted Safe Mode and never switched it off again. */
export function safeModeSet(mode: 0 | 1 | 2 = 0): Damage {
  return {
    name: "safeModeSet",
    imitates: "bcdedit /set {default} safeboot minimal, network or dsrepair (Microsoft Learn, " +
      "BCDEdit /set)",
    apply: (site) => editLoader(site, element("25000080", `hex:0${mode},00,00,00,00,00,00,00`)),
  };
}

/** Windows is started out of `\VM\windows.vhdx` on another partition. */
export function startsFromVirtualDisk(): Damage {
  return {
    name: "startsFromVirtualDisk",
    imitates: "Native boot of a VHDX: device and osdevice are vhd=[D:]\\VM\\windows.vhdx " +
      "(Microsoft Learn, Boot to a virtual hard disk); how the partition in it is named: assumed",
    apply: (site) => {
      const host = partitionDevice({ style: "mbr", signature: 0x4e1d2c3b, offset: 0x100000n });
      const device = vhdDevice(fileDevice(host, "\\VM\\windows.vhdx"), WINDOWS_PARTITION);
      const value = regBytes(deviceElement(device));
      return editLoader(site, element("11000001", value) + element("21000001", value));
    },
  };
}

/** The machine is started by a BIOS. */
export function startedByBios(): Damage {
  return {
    name: "startedByBios",
    imitates: "A loader winload.exe, which only a BIOS starts (Microsoft Learn, BCDboot and BCD)",
    apply: (site) =>
      editLoader(site, element("12000002", `"\\\\Windows\\\\system32\\\\winload.exe"`)),
  };
}

/** The image is in audit mode. */
export function auditMode(): Damage {
  return {
    name: "auditMode",
    imitates: "sysprep /audit: IMAGE_STATE_SPECIALIZE_RESEAL_TO_AUDIT (Microsoft Learn, Windows " +
      "Setup States)",
    apply: (site) =>
      site.editHive(
        "SOFTWARE",
        `[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\State]
"ImageState"="IMAGE_STATE_SPECIALIZE_RESEAL_TO_AUDIT"`,
      ),
  };
}

/** A policy keeps Windows at a release. */
export function releasePinned(product: string, release: string): Damage {
  return {
    name: "releasePinned",
    imitates: "TargetReleaseVersion with its texts (Microsoft Learn, Policy CSP - Update)",
    apply: (site) =>
      site.editHive(
        "SOFTWARE",
        `${POLICY}
"TargetReleaseVersion"=dword:00000001
"TargetReleaseVersionInfo"="${release}"
"ProductVersion"="${product}"`,
      ),
  };
}

/** A policy forbids upgrades by Windows Update. */
export function upgradeForbidden(): Damage {
  return {
    name: "upgradeForbidden",
    imitates: "DisableOSUpgrade (Microsoft Support KB 3080351)",
    apply: (site) => site.editHive("SOFTWARE", `${POLICY}\n"DisableOSUpgrade"=dword:00000001`),
  };
}

const POLICY = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate]";

/** Windows To Go. */
export function portableWindows(): Damage {
  return {
    name: "portableWindows",
    imitates: "PortableOperatingSystem 1 (Microsoft Learn, Windows To Go)",
    apply: (site) =>
      site.editHive("SYSTEM", `[${CONTROL_SET}\\Control]\n"PortableOperatingSystem"=dword:1`),
  };
}

/** What Windows remembers of the machine that it ran on. */
export function rememberedMachine(tpm: "MSFT0101" | "PNP0C31"): Damage {
  return {
    name: "rememberedMachine",
    imitates: "The device of a TPM, and names of processor and machine, as hives of Windows 10 " +
      "keep them (Enum\\ACPI, HardwareConfig); the machine is made up",
    apply: (site) =>
      site.editHive(
        "SYSTEM",
        `[${CONTROL_SET}\\Enum\\ACPI\\${tpm}\\1]
"Service"="TPM"

[${CONTROL_SET}\\Control\\Session Manager\\Environment]
"PROCESSOR_IDENTIFIER"="Intel64 Family 6 Model 158 Stepping 10, GenuineIntel"

[HKEY_LOCAL_MACHINE\\SYSTEM\\HardwareConfig]
"LastConfig"="{6f9a1b2c-3d4e-4f50-8a6b-7c8d9e0f1a2b}"

[HKEY_LOCAL_MACHINE\\SYSTEM\\HardwareConfig\\{6f9a1b2c-3d4e-4f50-8a6b-7c8d9e0f1a2b}]
"SystemManufacturer"="Example"
"SystemProductName"="Note 5"`,
      ),
  };
}

/** The disk is a copy: what is C: there is another partition, and this one is `D:`. */
export function lettersOfAnotherDisk(): Damage {
  return {
    name: "lettersOfAnotherDisk",
    imitates: "A copied disk that was attached beside the old one before its first start: " +
      "MountedDevices names the copy with the next letter (community)",
    apply: (site) =>
      site.editHive(
        "SYSTEM",
        `[HKEY_LOCAL_MACHINE\\SYSTEM\\MountedDevices]
"\\\\DosDevices\\\\C:"=hex:3b,2c,1d,4e,00,00,10,00,00,00,00,00
"\\\\DosDevices\\\\D:"=hex:44,4d,49,4f,3a,49,44,3a,36,2c,1b,5f,4e,9a,0b,4d,8c,37,21,d4,0e,9f,6a,01`,
      ),
  };
}

/** The EFI system partition has only so many bytes left. */
export function systemPartitionFull(bytesLeft: number): Damage {
  return {
    name: "systemPartitionFull",
    imitates: "`We couldn't update the system reserved partition` (Microsoft Support KB 3086249)",
    apply: (site) => {
      site.disk("systemPartitionFull").setFreeBytes("S:", bytesLeft);
      return Promise.resolve();
    },
  };
}

function element(type: string, value: string): string {
  return `\n[${LOADER}\\${type}]\n"Element"=${value}\n`;
}

/** Both of the lab's stores have the same entries; the ESP exists in memory only. */
async function editLoader(site: DamageSite, text: string): Promise<void> {
  await site.editHive("BCD", text);
  if (!site.virtual) return;
  site.disk("editLoader").put(ESP_STORE, await site.read(hivePath("BCD")));
}

function regBytes(bytes: Uint8Array): string {
  return `hex:${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join()}`;
}
