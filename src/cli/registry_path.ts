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

/** What PowerShell writes before a path: `Microsoft.PowerShell.Core\Registry::HKEY_…`. */
const PROVIDER = /^(?:Microsoft\.PowerShell\.Core\\)?Registry::/i;
/** Roots as the kernel names them (Microsoft Learn, Registry Key Object Routines). */
const KERNEL_ROOTS: Readonly<Record<string, string>> = { MACHINE: "HKLM", USER: "HKU" };

/** The names of a path without what programs write before the root of the registry. */
function namesFromRoot(text: string): string[] {
  const names = pathNames(text.replace(PROVIDER, ""));
  return names[0]?.toUpperCase() === "COMPUTER" ? names.slice(1) : names;
}

/** `\Registry\Machine\…` is `HKLM\…`. In the hive of a packaged program it is a key like others. */
function fromKernel(names: readonly string[]): readonly string[] {
  const [first = "", second = "", ...rest] = names;
  const root = first.toUpperCase() === "REGISTRY" ? KERNEL_ROOTS[second.toUpperCase()] : undefined;
  return root === undefined ? names : [root, ...rest];
}

function rootOf(names: readonly string[]): string {
  return (names[0] ?? "").toUpperCase().replace(/:$/, "");
}

/**
 * Reads a path below the root of a hive file.
 *
 * @throws {UsageError} if it begins with a root of the registry, which a hive file does not know.
 */
export function parseHivePath(text: string): string {
  const names = namesFromRoot(text);
  const root = rootOf(names);
  const inMachine = [...MACHINE, ...USERS].includes(root);
  if (!inMachine && ELSEWHERE[root] === undefined) return pathNames(text).join("\\");
  const rest = names.slice(inMachine ? 2 : 1).join("\\");
  const example = rest === "" ? "" : `: ${rest}`;
  throw new UsageError(`Cannot use "${text}" in a hive file: a path begins below its root`, {
    next: `Leave out what stands for the hive${example}`,
  });
}

/**
 * Refuses what a console made of a path in quotes that ends with `\`: all that followed is in it.
 *
 * @throws {UsageError} if there is a quote in the path.
 */
export function refuseQuotes(text: string): void {
  if (!text.includes('"')) return;
  throw new UsageError(`Cannot use the path "${text}": there is a quote in it`, {
    next: QUOTE_ADVICE,
  });
}

const QUOTE_ADVICE = "Let no path in quotes end with \\: the quote behind it becomes part of it";

/**
 * Reads a path below the root of the registry. `Computer\` in front (as the address bar of
 * regedit shows it), `HKLM:` and `Registry::` (as PowerShell writes them) are understood, and so
 * is a path that begins with the hive.
 *
 * @throws {UsageError} if it names no hive of a Windows that is not running.
 */
export function parseRegistryPath(text: string): RegistryPath {
  const names = fromKernel(namesFromRoot(text));
  const root = rootOf(names);
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
  const begin = `Begin with HKLM\\ and one of ${names.join(", ")}, or with HKU\\.DEFAULT`;
  if (text === "") return new UsageError("Cannot tell which key is meant", { next: begin });
  const what = name === "" ? "it names no hive" : `there is no hive "${name}" on a disk`;
  return new UsageError(`Cannot use "${text}": ${what}`, { next: pathAdvice(name) ?? begin });
}

/** What is mistyped in a path that leads nowhere; undefined if it looks as it should. */
export function pathAdvice(path: string): string | undefined {
  if (path.includes('"')) return QUOTE_ADVICE;
  if (!path.includes("/")) return undefined;
  return `Write \\ between the names: ${path.replaceAll("/", "\\")}`;
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

const LONG_ROOTS: Readonly<Record<string, string>> = {
  HKLM: "HKEY_LOCAL_MACHINE",
  HKU: "HKEY_USERS",
  HKCU: "HKEY_CURRENT_USER",
  HKCR: "HKEY_CLASSES_ROOT",
  HKCC: "HKEY_CURRENT_CONFIG",
};

/** A path with its root as regedit writes it in a file: `HKCU\A` is `HKEY_CURRENT_USER\A`. */
export function longRoot(path: string): string {
  const [root = "", ...rest] = path.split("\\");
  return [LONG_ROOTS[root.toUpperCase()] ?? root, ...rest].join("\\");
}

/** Puts a path below a prefix. */
export function below(prefix: string, path: string): string {
  return path === "" ? prefix : `${prefix}\\${path}`;
}

/** An argument for a command line that people copy: what a console would take apart is quoted. */
export function quoted(argument: string): string {
  if (!/^$|[\s&|<>^();]/.test(argument)) return argument;
  return inQuotes(argument);
}

/** In quotes, for `cmd` as for a shell: neither takes the last one for a character. */
function inQuotes(argument: string): string {
  return `"${argument.replace(/\\+$/, "$&$&")}"`;
}

/** A path of the registry beside a place on a command line: a shell takes `\` for its own. */
export function quotedPath(place: string, path: string): string {
  const inShell = place.includes("/") && !/^[A-Za-z]:/.test(place);
  return inShell && path.includes("\\") ? inQuotes(path) : quoted(path);
}
