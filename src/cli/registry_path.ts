/** Registry paths as people type and paste them: `HKLM\SYSTEM\…`, `HKEY_LOCAL_MACHINE\…`. */
import { UsageError } from "../base/mod.ts";
import { findHiveFile, HIVE_FILES } from "../knowledge/mod.ts";

/** The boot configuration, which Windows loads below HKEY_LOCAL_MACHINE under this name. */
export const BCD_HIVE = "BCD00000000";

/** A path in the registry of a machine. */
export interface RegistryPath {
  /** Name of the hive: `SYSTEM`, `DEFAULT`, {@linkcode BCD_HIVE}. */
  readonly hive: string;
  /** Names below the root of the hive, with `\` between them. */
  readonly path: string;
}

const MACHINE = ["HKLM", "HKEY_LOCAL_MACHINE"];
const USERS = ["HKU", "HKEY_USERS"];
/** The local system account; its settings are those of `.DEFAULT` (Microsoft Learn, HKEY_USERS). */
const SYSTEM_ACCOUNT = [".DEFAULT", "S-1-5-18"];

const ELSEWHERE: Readonly<Record<string, string>> = {
  HKCR: "Name it below HKLM\\SOFTWARE\\Classes",
  HKEY_CLASSES_ROOT: "Name it below HKLM\\SOFTWARE\\Classes",
  HKCU: "Name the hive file of the profile: D:\\Users\\NAME\\NTUSER.DAT",
  HKEY_CURRENT_USER: "Name the hive file of the profile: D:\\Users\\NAME\\NTUSER.DAT",
  HKCC: "Name it below HKLM\\SYSTEM\\CurrentControlSet\\Hardware Profiles\\Current",
  HKEY_CURRENT_CONFIG: "Name it below HKLM\\SYSTEM\\CurrentControlSet\\Hardware Profiles\\Current",
};

/** The names of a path; empty ones, as in `\A\\B\`, do not count. */
export function pathNames(path: string): string[] {
  return path.split("\\").filter((name) => name !== "");
}

/**
 * Reads a path below the root of the registry. `Computer\` in front (as the address bar of
 * regedit shows it) and `HKLM:` are understood, and so is a path that begins with the hive.
 *
 * @throws {UsageError} if it names no hive of a Windows that is not running.
 */
export function parseRegistryPath(text: string): RegistryPath {
  const names = pathNames(text);
  if (names[0]?.toUpperCase() === "COMPUTER") names.shift();
  const root = (names[0] ?? "").toUpperCase().replace(/:$/, "");
  if (MACHINE.includes(root)) return inMachine(text, names.slice(1));
  if (USERS.includes(root)) return inUsers(text, names.slice(1));
  const advice = ELSEWHERE[root];
  if (advice !== undefined) {
    throw new UsageError(`Cannot use "${text}": it exists only while Windows runs`, {
      next: advice,
    });
  }
  return inMachine(text, names);
}

function inMachine(text: string, names: readonly string[]): RegistryPath {
  const [first = "", ...rest] = names;
  const hive = first.toUpperCase();
  if (hive !== BCD_HIVE && (findHiveFile(hive) === undefined || hive === "DEFAULT")) {
    throw noHive(text, first);
  }
  return { hive, path: rest.join("\\") };
}

function inUsers(text: string, names: readonly string[]): RegistryPath {
  const [first = "", ...rest] = names;
  if (SYSTEM_ACCOUNT.includes(first.toUpperCase())) {
    return { hive: "DEFAULT", path: rest.join("\\") };
  }
  throw new UsageError(`Cannot use "${text}": only HKU\\.DEFAULT is a hive of the machine`, {
    next: "Name the hive file of a user's profile: D:\\Users\\NAME\\NTUSER.DAT",
  });
}

function noHive(text: string, name: string): UsageError {
  const names = HIVE_FILES.map((row) => row.name).filter((hive) => hive !== "DEFAULT");
  const what = name === "" ? "it names no hive" : `there is no hive "${name}" on a disk`;
  return new UsageError(`Cannot use "${text}": ${what}`, {
    next: `Begin with HKLM\\ and one of ${names.join(", ")}, or with HKU\\.DEFAULT`,
  });
}

/**
 * The hive that a command for whole hives was given: `SYSTEM`, `HKLM\SYSTEM`, `DEFAULT`.
 *
 * @throws {UsageError} for a path that leads below the root of a hive.
 */
export function parseHiveName(text: string): string {
  if (text.toUpperCase() === "DEFAULT") return "DEFAULT";
  const { hive, path } = parseRegistryPath(text);
  if (path === "") return hive;
  throw new UsageError(`Cannot use "${text}": name a whole hive`, { next: `Name it ${hive}` });
}

/** The path of a hive's root as regedit writes it. */
export function registryPrefix(hive: string): string {
  return hive === "DEFAULT" ? "HKEY_USERS\\.DEFAULT" : `HKEY_LOCAL_MACHINE\\${hive}`;
}

/** Puts a path below a prefix. */
export function below(prefix: string, path: string): string {
  return path === "" ? prefix : `${prefix}\\${path}`;
}

/** An argument for a command line that people copy. */
export function quoted(argument: string): string {
  return /\s/.test(argument) ? `"${argument}"` : argument;
}
