/**
 * The options of `setup.exe` as a table: how each is written, and since which build it exists.
 * Sources: Microsoft Learn, Windows Setup command-line options (with its "since" notes); rows
 * marked `undocumented` are reported by others and not confirmed by Microsoft.
 */
import { FIRST_WINDOWS_11, type SetupOptions } from "./options.ts";
import { driveLetter, imageNumber, localFile, localPath, productKey } from "./values.ts";

/** One option as it is written: `/Name Value`, or `/Name` alone. */
export interface SetupSwitch {
  readonly name: string;
  readonly value: string | undefined;
  /** The value follows after a colon, in the same argument. */
  readonly joined?: boolean;
  /** First build whose Setup knows it; 0 for all that are supported. */
  readonly since: number;
  /** The value is secret. */
  readonly secret?: boolean;
  readonly undocumented?: boolean;
}

/** Builds in which options came. */
const Since = {
  v1511: 10_586,
  v1607: 14_393,
  v1703: 15_063,
  v1709: 16_299,
  v1803: 17_134,
} as const;

type Row<Key extends keyof SetupOptions> = (
  value: NonNullable<SetupOptions[Key]>,
) => SetupSwitch | undefined;

type Rows = { readonly [Key in keyof Required<SetupOptions>]: Row<Key> };

/** Order is that of the command line. */
const ROWS: Rows = {
  auto: (value) => ({
    name: "Auto",
    value: value === "upgrade" ? "Upgrade" : "DataOnly",
    since: 0,
  }),
  quiet: (on) => flag("Quiet", on),
  acceptEula: (on) => on ? { name: "EULA", value: "Accept", since: FIRST_WINDOWS_11 } : undefined,
  // Both words of /Compat may be given; each is an option of its own.
  compat: () => undefined,
  dynamicUpdate: (value) => ({
    name: "DynamicUpdate",
    value: DYNAMIC_UPDATE[value],
    since: 0,
    ...(value === "enable" || value === "disable" ? {} : { undocumented: true }),
  }),
  migrateDrivers: (value) => ({
    name: "MigrateDrivers",
    value: value === "all" ? "All" : "None",
    since: 0,
  }),
  installDrivers: (path) => folder("InstallDrivers", path),
  reflectDrivers: (path) => folder("ReflectDrivers", path, Since.v1607),
  productKey: (key) => ({ name: "PKey", value: productKey(key), since: 0, secret: true }),
  imageIndex: (index) => ({
    name: "ImageIndex",
    value: imageNumber(index),
    since: 0,
    undocumented: true,
  }),
  installFrom: (path) => ({
    name: "InstallFrom",
    value: localFile("InstallFrom", path, [".wim", ".esd", ".swm"]),
    since: 0,
  }),
  postOobe: (path) => folder("PostOOBE", path),
  postRollback: (path) => folder("PostRollback", path),
  postRollbackContext: (value) => ({ name: "PostRollbackContext", value, since: Since.v1803 }),
  copyLogs: (path) => folder("CopyLogs", path),
  showOobe: (value) => ({ name: "ShowOOBE", value: value === "full" ? "Full" : "None", since: 0 }),
  telemetry: (on) => toggle("Telemetry", on),
  bitLocker: (value) => ({ name: "BitLocker", value: BITLOCKER[value], since: Since.v1709 }),
  resizeRecoveryPartition: (on) => toggle("ResizeRecoveryPartition", on),
  priority: () => ({ name: "Priority", value: "Normal", since: Since.v1709 }),
  migNeo: () => ({ name: "MigNEO", value: "Disable", since: Since.v1803 }),
  uninstall: (on) => toggle("Uninstall", on),
  compactOs: (on) => toggle("CompactOS", on),
  diagnosticPrompt: (on) =>
    on ? { name: "DiagnosticPrompt", value: "Enable", since: Since.v1703 } : undefined,
  tempDrive: (letter) => ({
    name: "TempDrive",
    value: driveLetter("TempDrive", letter),
    since: Since.v1607,
  }),
  noReboot: (on) => flag("NoReboot", on),
  unattend: (path) => ({
    name: "Unattend",
    value: localFile("Unattend", path, [".xml"]),
    joined: true,
    since: 0,
  }),
  configFile: (path) => ({
    name: "ConfigFile",
    value: localFile("ConfigFile", path, [".ini"]),
    since: Since.v1511,
  }),
};

const DYNAMIC_UPDATE: Readonly<Record<NonNullable<SetupOptions["dynamicUpdate"]>, string>> = {
  "enable": "Enable",
  "disable": "Disable",
  "no-drivers": "NoDrivers",
  "no-lcu": "NoLCU",
  "no-drivers-no-lcu": "NoDriversNoLCU",
};

const BITLOCKER: Readonly<Record<NonNullable<SetupOptions["bitLocker"]>, string>> = {
  "always-suspend": "AlwaysSuspend",
  "try-keep-active": "TryKeepActive",
  "force-keep-active": "ForceKeepActive",
};

/**
 * The switches that these options stand for, in the order of the command line.
 *
 * @throws {UsageError} for a value that does not fit.
 * @throws {RefusalError} for a path on the network.
 */
export function switchesFor(options: SetupOptions): SetupSwitch[] {
  return [
    ...one("auto", options),
    ...one("quiet", options),
    ...one("acceptEula", options),
    ...compatSwitches(options.compat ?? []),
    ...one("dynamicUpdate", options),
    ...one("migrateDrivers", options),
    ...one("installDrivers", options),
    ...one("reflectDrivers", options),
    ...one("productKey", options),
    ...one("imageIndex", options),
    ...one("installFrom", options),
    ...one("postOobe", options),
    ...one("postRollback", options),
    ...one("postRollbackContext", options),
    ...one("copyLogs", options),
    ...one("showOobe", options),
    ...one("telemetry", options),
    ...one("bitLocker", options),
    ...one("resizeRecoveryPartition", options),
    ...one("priority", options),
    ...one("migNeo", options),
    ...one("uninstall", options),
    ...one("compactOs", options),
    ...one("diagnosticPrompt", options),
    ...one("tempDrive", options),
    ...one("noReboot", options),
    ...one("unattend", options),
    ...one("configFile", options),
  ];
}

function one<Key extends keyof SetupOptions>(key: Key, options: SetupOptions): SetupSwitch[] {
  const value = options[key];
  if (value === undefined) return [];
  const row: Row<Key> = ROWS[key];
  const found = row(value);
  return found === undefined ? [] : [found];
}

function compatSwitches(words: NonNullable<SetupOptions["compat"]>): SetupSwitch[] {
  const names = { "ignore-warning": "IgnoreWarning", "scan-only": "ScanOnly" } as const;
  return [...new Set(words)].map((word) => ({ name: "Compat", value: names[word], since: 0 }));
}

function flag(name: string, on: boolean): SetupSwitch | undefined {
  return on ? { name, value: undefined, since: 0 } : undefined;
}

function toggle(name: string, on: boolean): SetupSwitch {
  return { name, value: on ? "Enable" : "Disable", since: 0 };
}

function folder(name: string, path: string, since = 0): SetupSwitch {
  return { name, value: localPath(name, path), since };
}
