/** Loops of an upgrade, and what brings a machine out of them: menus, one-time starts, leftovers. */
import { deviceElement, partitionDevice, ramdiskDevice, WINDOWS_PARTITION } from "./boot_device.ts";
import { SAFE_OS_ENTRY } from "./damage_setup.ts";
import type { Damage, DamageSite } from "./damage_site.ts";
import { hivePath } from "./lab_hives.ts";

const OBJECTS = "HKEY_LOCAL_MACHINE\\BCD00000000\\Objects";
const BOOT_MANAGER = "{9dea862c-5cdd-4e70-acc1-f32b344d4795}";
const ESP_STORE = "S:\\EFI\\Microsoft\\Boot\\BCD";
const LOG_FILES = "Microsoft Learn, Windows Setup log files and event logs";

/** Entry of Windows in the lab's stores. */
export const WINDOWS_ENTRY = "3f6d2a10-1f3a-11ef-9c41-d8bbc1a2e37f";

/** Setup's entry stands in the menu behind Windows, as well as being what starts. */
export function setupInMenu(): Damage {
  return {
    name: "setupInMenu",
    imitates: "Operation 98 of setupact.log, Add safe OS boot entry; that it is put into the " +
      "menu: assumed",
    apply: async (site) => {
      await site.editHive("BCD", menu([WINDOWS_ENTRY, SAFE_OS_ENTRY]));
      await copyToEsp(site);
    },
  };
}

/** Setup's entry is to start once instead of being the default. */
export function setupStartsOnce(): Damage {
  return {
    name: "setupStartsOnce",
    imitates: "bootsequence of the boot manager (Microsoft Learn, BCDEdit /bootsequence); that " +
      "Setup uses it: assumed",
    apply: async (site) => {
      await site.editHive("BCD", setupObject() + sequence([SAFE_OS_ENTRY]));
      await copyToEsp(site);
    },
  };
}

/** Something else is to start once beside Setup. */
export function somethingStartsOnceToo(id: string): Damage {
  return {
    name: "somethingStartsOnceToo",
    imitates: "bootsequence with two entries (Microsoft Learn, BCDEdit /bootsequence)",
    apply: async (site) => {
      await site.editHive("BCD", sequence([SAFE_OS_ENTRY, id]));
      await copyToEsp(site);
    },
  };
}

/** No entry starts Windows any more. */
export function windowsEntryLost(): Damage {
  return {
    name: "windowsEntryLost",
    imitates: "A boot configuration whose entry of Windows was deleted by hand",
    apply: async (site) => {
      await site.editHive("BCD", `\n[-${OBJECTS}\\{${WINDOWS_ENTRY}}]\n`);
      await copyToEsp(site);
    },
  };
}

/** Folders of the tools that bring upgrades, and the Windows that was there before. */
export function upgradeKinLeft(...folders: readonly string[]): Damage {
  return {
    name: "upgradeKinLeft",
    imitates: `Folders in the root of the volume: lists of upgrade leftovers. ${LOG_FILES}`,
    apply: async (site) => {
      for (const folder of folders) await site.write(`${folder}\\kept.txt`, folder);
    },
  };
}

function menu(ids: readonly string[]): string {
  return objectList("24000001", ids);
}

function sequence(ids: readonly string[]): string {
  return objectList("24000002", ids);
}

function objectList(element: string, ids: readonly string[]): string {
  const text = [...ids.map((id) => `{${id}}`), ""].join("\0") + "\0";
  const bytes = new Uint8Array(text.length * 2);
  for (const [index, unit] of Array.from(text).entries()) bytes[index * 2] = unit.charCodeAt(0);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join();
  return `\n[${OBJECTS}\\${BOOT_MANAGER}\\Elements\\${element}]\n"Element"=hex(7):${hex}\n`;
}

function setupObject(): string {
  const partition = partitionDevice(WINDOWS_PARTITION);
  const image = ramdiskDevice(partition, "\\$WINDOWS.~BT\\Sources\\SafeOS\\winre.wim");
  const device = deviceElement(image, SAFE_OS_ENTRY);
  const hex = Array.from(device, (byte) => byte.toString(16).padStart(2, "0")).join();
  const key = `${OBJECTS}\\{${SAFE_OS_ENTRY}}`;
  return `\n[${key}\\Description]\n"Type"=dword:10200003\n` +
    `\n[${key}\\Elements\\11000001]\n"Element"=hex:${hex}\n` +
    `\n[${key}\\Elements\\12000002]\n"Element"="\\\\windows\\\\system32\\\\winload.efi"\n` +
    `\n[${key}\\Elements\\12000004]\n"Element"="Windows Setup"\n` +
    `\n[${key}\\Elements\\21000001]\n"Element"=hex:${hex}\n`;
}

/** The lab's machine starts from the ESP; its other volumes exist in memory only. */
async function copyToEsp(site: DamageSite): Promise<void> {
  if (!site.virtual) return;
  site.disk("copyToEsp").put(ESP_STORE, await site.read(hivePath("BCD")));
}
