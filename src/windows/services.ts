/**
 * Services and drivers of a control set: how they start, what they belong to, and which file of
 * the volume they are.
 */
import { isWithin, MedicError } from "../base/mod.ts";
import type { HiveKey } from "../formats/regf/mod.ts";
import { controlSetName, readControlSets } from "./control_sets.ts";
import { plainPath } from "./native_file.ts";
import type { OfflineWindows } from "./offline_windows.ts";
import type { OfflineKey } from "./registry.ts";
import { unlessDamaged } from "./unless_damaged.ts";

/** `Start` of a service that nothing starts. */
export const DISABLED = 4;

/** One key below `Services`. A field is undefined where the value is missing or damaged. */
export interface ServiceEntry {
  readonly name: string;
  /** Its key, to cite and to edit. */
  readonly place: OfflineKey;
  /** Number of the control set. */
  readonly set: number;
  /** 0 boot, 1 system, 2 automatic, 3 manual, 4 disabled. */
  readonly start: number | undefined;
  /**
   * `StartOverride\0`, which Windows sets for boot drivers that the machine does not need. It
   * counts instead of `start`. Source: SYSTEM hive of Windows 8.1 (corpus), 43 such drivers.
   */
  readonly startOverride: number | undefined;
  readonly type: number | undefined;
  readonly group: string | undefined;
  readonly imagePath: string | undefined;
  readonly displayName: string | undefined;
  readonly dependsOn: readonly string[];
}

/** Bits of `Type`: kernel driver, file system driver, recogniser. */
const DRIVER_TYPES = 0x1 | 0x2 | 0x8;
/** Bits of `Type`: a process of its own, or one that is shared. */
const PROCESS_TYPES = 0x10 | 0x20;

/** Says whether it is a driver. */
export function isDriver(service: ServiceEntry): boolean {
  return service.type !== undefined && (service.type & DRIVER_TYPES) !== 0;
}

/** Says whether it is a program that the service manager runs. */
export function isProcess(service: ServiceEntry): boolean {
  return service.type !== undefined && (service.type & PROCESS_TYPES) !== 0;
}

/** What Windows goes by: the override, if there is one. */
export function effectiveStart(service: ServiceEntry): number | undefined {
  return service.startOverride ?? service.start;
}

/** Numbers of the control sets that a change must reach; the first is the current one. */
export async function controlSetsInUse(windows: OfflineWindows): Promise<readonly number[]> {
  const { inUse } = await readControlSets(windows.hives);
  return inUse.length > 0 ? inUse : [await windows.registry.controlSet()];
}

/** The path of a control set, or of a key in it: `SYSTEM\ControlSet001\Services`. */
export function inControlSet(set: number, path = ""): string {
  const base = `SYSTEM\\${controlSetName(set)}`;
  return path === "" ? base : `${base}\\${path}`;
}

/** One service of a control set, in any case; undefined if there is no such key. */
export async function readService(
  windows: OfflineWindows,
  set: number,
  name: string,
): Promise<ServiceEntry | undefined> {
  if (name === "" || name.includes("\\")) return undefined;
  const place = await windows.registry.key(inControlSet(set, `Services\\${name}`));
  if (place === undefined) return undefined;
  const path = place.path.slice(0, -name.length) + place.key.name; // as the hive spells it
  return entryOf({ ...place, path }, set);
}

/** All services of a control set, in the order of the hive. Damaged keys are left out. */
export async function listServices(windows: OfflineWindows, set: number): Promise<ServiceEntry[]> {
  const services = await windows.registry.key(inControlSet(set, "Services"));
  if (services === undefined) return [];
  const keys = unlessDamaged(() => services.key.subkeys(() => {})) ?? [];
  return keys.map((key) =>
    entryOf({ ...services, path: `${services.path}\\${key.name}`, key }, set)
  );
}

function entryOf(place: OfflineKey, set: number): ServiceEntry {
  const { key } = place;
  return {
    name: key.name,
    place,
    set,
    start: numberOf(key, "Start"),
    startOverride: overrideOf(key),
    type: numberOf(key, "Type"),
    group: textOf(key, "Group"),
    imagePath: textOf(key, "ImagePath"),
    displayName: textOf(key, "DisplayName"),
    dependsOn: unlessDamaged(() => key.value("DependOnService")?.strings()) ?? [],
  };
}

function overrideOf(key: HiveKey): number | undefined {
  const override = unlessDamaged(() => key.subkey("StartOverride"));
  return override === undefined ? undefined : numberOf(override, "0");
}

function numberOf(key: HiveKey, name: string): number | undefined {
  const number = unlessDamaged(() => key.value(name)?.number());
  return number === undefined ? undefined : Number(number);
}

function textOf(key: HiveKey, name: string): string | undefined {
  return unlessDamaged(() => key.value(name)?.string());
}

const WINDOWS = "Windows";

/**
 * The file of a service as a volume-relative path; undefined if `ImagePath` is on another volume
 * or cannot be told. A driver without one is `System32\drivers\<name>.sys`.
 */
export function serviceFile(
  windows: Pick<OfflineWindows, "identity">,
  service: Pick<ServiceEntry, "name" | "imagePath" | "type">,
): string | undefined {
  const driver = service.type !== undefined && (service.type & DRIVER_TYPES) !== 0;
  const path = programOf(service.imagePath ?? "", driver);
  if (path === "") return driver ? inWindows(`System32\\drivers\\${service.name}.sys`) : undefined;
  const letter = /^([A-Za-z]:)\\(.*)$/.exec(path);
  if (letter !== null) {
    const system = windows.identity.systemLetter ?? "C:";
    return letter[1]!.toUpperCase() === system.toUpperCase() ? plainPath(letter[2]!) : undefined;
  }
  const root = /^(?:\\SystemRoot|%SystemRoot%|%windir%)\\(.*)$/i.exec(path);
  if (root !== null) return inWindows(root[1]!);
  const folder = /^%(ProgramFiles(?:\(x86\))?|CommonProgramFiles|ProgramData)%\\(.*)$/i.exec(path);
  if (folder !== null) return plainPath(`${FOLDERS[folder[1]!.toUpperCase()]}\\${folder[2]!}`);
  return /^[\\%]/.test(path) ? undefined : inWindows(path);
}

const FOLDERS: Readonly<Record<string, string>> = {
  PROGRAMFILES: "Program Files",
  "PROGRAMFILES(X86)": "Program Files (x86)",
  COMMONPROGRAMFILES: "Program Files\\Common Files",
  PROGRAMDATA: "ProgramData",
};

/** The program of a command line: without quotes, `\??\`, and what comes behind a program's name. */
function programOf(imagePath: string, driver: boolean): string {
  const text = imagePath.trim().replace(/^\\\?\?\\/, "");
  const quoted = /^"([^"]*)"/.exec(text);
  if (quoted !== null) return quoted[1]!;
  if (driver) return text;
  return /^(.*?\.(?:exe|com|bat|cmd))(?:\s|$)/i.exec(text)?.[1] ?? text.split(" ")[0]!;
}

function inWindows(path: string): string | undefined {
  return plainPath(`${WINDOWS}\\${path}`);
}

/** Whether the file of a service is there: `unknown` if that cannot be told. */
export async function serviceFileState(
  windows: OfflineWindows,
  service: ServiceEntry,
): Promise<{ readonly state: "there" | "missing" | "unknown"; readonly path: string }> {
  const path = serviceFile(windows, service);
  if (path === undefined) return { state: "unknown", path: service.imagePath ?? "" };
  try {
    const entry = await windows.files.stat(path);
    return { state: entry?.kind === "file" ? "there" : "missing", path };
  } catch (error) {
    if (error instanceof MedicError) return { state: "unknown", path };
    throw error;
  }
}

/** Says whether the program of a service lies in one of these folders of installed programs. */
export function runsFrom(
  windows: Pick<OfflineWindows, "identity">,
  service: ServiceEntry,
  folders: readonly string[],
): boolean {
  const path = serviceFile(windows, service);
  if (path === undefined) return false;
  return PROGRAM_FOLDERS.some((base) =>
    folders.some((folder) => isWithin(path, `${base}\\${folder}`))
  );
}

const PROGRAM_FOLDERS = [
  "Program Files",
  "Program Files (x86)",
  "Program Files\\Common Files",
  "Program Files (x86)\\Common Files",
  "ProgramData",
];
