/** The registry hives of an installed Windows, and the files beside them. */

/** A key below the root of a hive, or a value of one. */
export interface HiveEssential {
  /** A `*` at the end of a name stands for the rest of it. */
  readonly key: string;
  readonly value?: string;
}

/** One hive file. */
export interface HiveFileRow {
  /** Name in messages and below HKEY_LOCAL_MACHINE: `SYSTEM`. */
  readonly name: string;
  /** Relative to the root of the Windows volume. */
  readonly path: string;
  /** Windows stops while starting if it cannot be loaded. */
  readonly neededToStart: boolean;
  /** What Windows cannot do without in it: keys below its root, some with a value. */
  readonly essential: readonly HiveEssential[];
  /** What breaks without it. One sentence without full stop. */
  readonly meaning: string;
  readonly source: string;
}

const CONFIG = "Windows\\System32\\config";
const STOP_218 = "Microsoft Support: stop 0xC0000218, registry file failure (KB 822705)";
const LAYOUT = "Microsoft Learn: registry hives and their files";

/** The hives in `Windows\System32\config`. */
export const HIVE_FILES: readonly HiveFileRow[] = [
  {
    name: "SYSTEM",
    path: `${CONFIG}\\SYSTEM`,
    essential: [
      { key: "Select", value: "Current" },
      { key: "ControlSet*\\Control" },
      { key: "ControlSet*\\Services" },
      { key: "Setup" },
    ],
    neededToStart: true,
    meaning: "Drivers, services and the boot configuration; read by the boot loader",
    source: STOP_218,
  },
  {
    name: "SOFTWARE",
    path: `${CONFIG}\\SOFTWARE`,
    essential: [
      { key: "Microsoft\\Windows NT\\CurrentVersion", value: "CurrentBuildNumber" },
      { key: "Classes" },
    ],
    neededToStart: true,
    meaning: "Settings of Windows and programs, and the state of servicing",
    source: STOP_218,
  },
  {
    name: "SAM",
    path: `${CONFIG}\\SAM`,
    essential: [{ key: "SAM\\Domains\\Account\\Users" }],
    neededToStart: true,
    meaning: "Local accounts; nobody can log on without it",
    source: STOP_218,
  },
  {
    name: "SECURITY",
    path: `${CONFIG}\\SECURITY`,
    essential: [{ key: "Policy" }],
    neededToStart: true,
    meaning: "Local security policy and secrets; belongs to the SAM beside it",
    source: STOP_218,
  },
  {
    name: "DEFAULT",
    path: `${CONFIG}\\DEFAULT`,
    essential: [],
    neededToStart: true,
    meaning: "Settings of the system account before anybody logs on",
    source: LAYOUT,
  },
  {
    name: "COMPONENTS",
    path: `${CONFIG}\\COMPONENTS`,
    essential: [],
    neededToStart: false,
    meaning: "What the component store holds; without it nothing can be serviced",
    source: LAYOUT,
  },
  {
    name: "DRIVERS",
    path: `${CONFIG}\\DRIVERS`,
    essential: [],
    neededToStart: false,
    meaning: "What the driver store holds; loaded when drivers are installed",
    source: LAYOUT,
  },
];

/** Endings of the log files beside a hive: they are part of it and travel with it. */
export const HIVE_LOG_SUFFIXES: readonly string[] = [".LOG1", ".LOG2", ".LOG"];

/** The hive row of a name, in any case. */
export function findHiveFile(name: string): HiveFileRow | undefined {
  return HIVE_FILES.find((row) => row.name === name.toUpperCase());
}

/** The paths of the logs that can lie beside a hive file. */
export function hiveLogPaths(hivePath: string): string[] {
  return HIVE_LOG_SUFFIXES.map((suffix) => hivePath + suffix);
}
