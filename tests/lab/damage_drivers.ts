/** Damages of drivers: filters of others, class filter lists, boot drivers, control sets. */
import { encodeUtf16 } from "../../src/base/mod.ts";
import type { Damage, DamageSite } from "./damage_site.ts";
import { labProgram } from "./lab_program.ts";
import { dwordText, expandStringText, multiStringText } from "./reg_text_values.ts";

const CONTROL_SET = "HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001";
const DISK_CLASS = `${CONTROL_SET}\\Control\\Class\\{4d36e967-e325-11ce-bfc1-08002be10318}`;
const KERNEL_DRIVER = 1;
const FILE_SYSTEM_DRIVER = 2;

/** A driver that a damage installs. */
export interface LabDriver {
  readonly name: string;
  /** Default 0: boot. */
  readonly start?: number;
  /** Default 2: file system driver. */
  readonly type?: number;
  readonly group?: string;
  readonly altitude?: string;
  /** `CompanyName` of its file; none if absent. */
  readonly company?: string;
  /** Its file is not there. */
  readonly fileMissing?: boolean;
  /** It is an upper filter of the class of disks. */
  readonly disks?: boolean;
}

/** Filter drivers, as somebody's product installs them. */
export function filterDrivers(...drivers: readonly LabDriver[]): Damage {
  return {
    name: "filterDrivers",
    imitates: "Filter drivers of third parties (Microsoft Learn, allocated filter altitudes). " +
      "Their files are made up",
    apply: async (site) => {
      for (const driver of drivers) await install(site, driver);
      await listWithDisks(site, drivers.flatMap((driver) => driver.disks ? [driver.name] : []));
    },
  };
}

/**
 * An antivirus with four drivers, one of them early-launch and one a filter of disks, and a
 * service that runs from its folder; another service depends on a driver.
 */
export function thirdPartyAntivirus(): Damage {
  return {
    name: "thirdPartyAntivirus",
    imitates: "ESET's drivers and altitudes (Microsoft Learn, allocated filter altitudes). " +
      "Their Start, the service and that a driver filters disks: no source was read; assumed",
    apply: async (site) => {
      const drivers: LabDriver[] = [
        { name: "eelam", type: KERNEL_DRIVER, group: "Early-Launch" },
        { name: "eamonm", start: 1, group: "FSFilter Anti-Virus", altitude: "328700" },
        { name: "ehdrv", start: 1, group: "FSFilter Activity Monitor", altitude: "387600" },
        { name: "edevmon", altitude: "400800", disks: true },
      ];
      for (const driver of drivers) await install(site, { ...driver, company: "ESET" });
      await listWithDisks(site, ["edevmon"]);
      await service(site, "ekrn", '"C:\\Program Files\\ESET\\ESET Security\\ekrn.exe"');
      await service(site, "ekrnEpfw", '"C:\\Windows\\System32\\ekrnepfw.exe"', ["ekrn"]);
      await service(site, "Lookalike", '"C:\\Program Files\\ESETUP\\service.exe"');
    },
  };
}

/** A filter list of disks names two drivers that are gone: one without key, one without file. */
export function classFilterMissing(): Damage {
  return {
    name: "classFilterMissing",
    imitates: "Stop code 0x7B after a defragmenter was removed: tcesd and DKDFM stay in " +
      "UpperFilters of disks (Sysnative, Debugging Stop 0x7B). That one of them keeps its key: " +
      "assumed",
    apply: async (site) => {
      await install(site, { name: "DKDFM", type: KERNEL_DRIVER, fileMissing: true });
      await listWithDisks(site, ["tcesd", "DKDFM"]);
    },
  };
}

/** A driver of the lab has another `Start`. */
export function driverStart(name: string, start: number): Damage {
  return {
    name: "driverStart",
    imitates: "Stop code 0x7B because a boot driver was switched off or postponed (Microsoft " +
      "Learn, Stop error 7B: set Start of the storage drivers)",
    apply: async (site) => {
      const key = `[${CONTROL_SET}\\Services\\${name}]`;
      if (!site.hiveText("SYSTEM").includes(key)) {
        throw new RangeError(`Cannot damage "${name}": the lab has no such service`);
      }
      await site.editHive("SYSTEM", `${key}\n"Start"=${dwordText(start)}`);
    },
  };
}

/** A driver that Windows needs at boot is disabled. */
export function bootServiceDisabled(name = "volmgr"): Damage {
  return { ...driverStart(name, 4), name: "bootServiceDisabled" };
}

/**
 * The last known good control set is another one than the current: a copy of it as the lab was
 * built, with `without` taken out of its services.
 */
export function lastKnownGoodDiffers(options: { readonly without?: string } = {}): Damage {
  return {
    name: "lastKnownGoodDiffers",
    imitates: "Two control sets, as in a SYSTEM hive of Windows 7 (corpus: Current 1, " +
      "LastKnownGood 2)",
    apply: async (site) => {
      const copy = site.hiveText("SYSTEM").split(/\n(?=\[)/)
        .filter((block) => block.startsWith(`[${CONTROL_SET}`))
        .filter((block) => !isService(block, options.without))
        .map((block) => block.replace("\\ControlSet001", "\\ControlSet002"));
      const select = `[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n"LastKnownGood"=${dwordText(2)}`;
      await site.editHive("SYSTEM", `${copy.join("\n")}\n${select}`);
    },
  };
}

function isService(block: string, name: string | undefined): boolean {
  return name !== undefined && block.startsWith(`[${CONTROL_SET}\\Services\\${name}]`);
}

async function install(site: DamageSite, driver: LabDriver): Promise<void> {
  const key = `${CONTROL_SET}\\Services\\${driver.name}`;
  const file = `System32\\drivers\\${driver.name}.sys`;
  const lines = [
    `[${key}]`,
    `"Type"=${dwordText(driver.type ?? FILE_SYSTEM_DRIVER)}`,
    `"Start"=${dwordText(driver.start ?? 0)}`,
    `"ErrorControl"=${dwordText(1)}`,
    `"ImagePath"=${expandStringText(`\\SystemRoot\\${file}`)}`,
    ...(driver.group === undefined ? [] : [`"Group"="${driver.group}"`]),
  ];
  if (driver.altitude !== undefined) {
    const instance = `${driver.name} Instance`;
    lines.push("", `[${key}\\Instances]`, `"DefaultInstance"="${instance}"`);
    lines.push("", `[${key}\\Instances\\${instance}]`, `"Altitude"="${driver.altitude}"`);
  }
  await site.editHive("SYSTEM", lines.join("\n"));
  if (driver.fileMissing) return;
  await site.write(`Windows\\${file}`, driverFile(site, driver));
}

/** A program with the one string of a version resource that is looked at. */
function driverFile(site: DamageSite, driver: LabDriver): Uint8Array {
  const { architecture } = site.windows;
  const bytes = labProgram({ architecture, size: 4096, seed: driver.name });
  if (driver.company !== undefined) bytes.set(versionString("CompanyName", driver.company), 0x400);
  return bytes;
}

/** A `String` structure: wLength, wValueLength, wType, key, padding, value (Microsoft Learn). */
export function versionString(key: string, value: string): Uint8Array {
  const name = encodeUtf16(`${key}\0`);
  const text = encodeUtf16(`${value}\0`);
  const at = (6 + name.length + 3) & ~3;
  const bytes = new Uint8Array(at + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, bytes.length, true);
  view.setUint16(2, value.length + 1, true);
  view.setUint16(4, 1, true);
  bytes.set(name, 6);
  bytes.set(text, at);
  return bytes;
}

async function service(
  site: DamageSite,
  name: string,
  imagePath: string,
  dependsOn: readonly string[] = [],
): Promise<void> {
  await site.editHive(
    "SYSTEM",
    `[${CONTROL_SET}\\Services\\${name}]
"Type"=${dwordText(16)}
"Start"=${dwordText(2)}
"ErrorControl"=${dwordText(1)}
"ImagePath"=${expandStringText(imagePath)}${
      dependsOn.length === 0 ? "" : `\n"DependOnService"=${multiStringText(dependsOn)}`
    }`,
  );
}

/** Adds upper filters to the class of disks, before those of Windows. */
async function listWithDisks(site: DamageSite, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const value = `"UpperFilters"=${multiStringText([...names, "partmgr"])}`;
  await site.editHive("SYSTEM", `[${DISK_CLASS}]\n${value}`);
}
