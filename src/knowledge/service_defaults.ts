/**
 * Default start types of services that updates, backups and the logon need. No Microsoft
 * table for client Windows exists, so only a service that was disabled is lifted back to its
 * value here; a change between automatic and manual is never made.
 */

/** `Start` in the registry: 0 boot, 1 system, 2 automatic, 3 manual, 4 disabled. */
export type ServiceStart = 0 | 1 | 2 | 3 | 4;

/** One service. */
export interface ServiceDefaultRow {
  /** Key name below `Services`. */
  readonly name: string;
  readonly start: ServiceStart;
  /** `DelayedAutostart` = 1. */
  readonly delayed: boolean;
  /** Windows Update does not work without it. */
  readonly neededForUpdates: boolean;
  /** First build that has it for certain; every build of Windows 10 if absent. */
  readonly sinceBuild?: number;
  readonly purpose: string;
  readonly source: string;
  readonly trust?: "community" | "unverified";
}

const DESKTOPS = "ChrisTitusTech/winutil: original start types of Windows 10 and 11 desktops";
const BITS = "Microsoft Learn: BITS startup type";

type Options = Partial<Omit<ServiceDefaultRow, "name" | "start">>;

/** Name, start type, purpose, and what differs from the usual. */
type CompactRow = readonly [string, ServiceStart, string, Options?];

const UPDATE = { neededForUpdates: true } as const;

const COMPACT_ROWS: readonly CompactRow[] = [
  ["wuauserv", 3, "Windows Update", UPDATE],
  ["BITS", 3, "Background transfers; Windows switches it to automatic by itself", {
    ...UPDATE,
    source: BITS,
  }],
  ["CryptSvc", 2, "Signatures of updates and drivers", UPDATE],
  ["TrustedInstaller", 3, "Installs and removes components", UPDATE],
  ["UsoSvc", 2, "Orchestrates updates", { ...UPDATE, delayed: true, sinceBuild: 17763 }],
  ["DoSvc", 2, "Delivers updates", { ...UPDATE, delayed: true, sinceBuild: 17763 }],
  ["WaaSMedicSvc", 3, "Repairs Windows Update", { ...UPDATE, sinceBuild: 17763 }],
  ["msiserver", 3, "Windows Installer", UPDATE],
  ["AppIDSvc", 3, "Identity of programs"],
  ["EventLog", 2, "Event logs"],
  ["RpcSs", 2, "Remote procedure calls", UPDATE],
  ["DcomLaunch", 2, "Starts COM servers", UPDATE],
  ["RpcEptMapper", 2, "Endpoints of remote procedure calls", UPDATE],
  ["Schedule", 2, "Task Scheduler"],
  ["Winmgmt", 2, "Management instrumentation"],
  ["gpsvc", 2, "Group Policy"],
  ["ProfSvc", 2, "User profiles"],
  ["SamSs", 2, "Accounts"],
  ["PlugPlay", 3, "Plug and Play"],
  ["VSS", 3, "Shadow copies"],
  ["swprv", 3, "Software shadow copy provider"],
  ["wbengine", 3, "Windows backup"],
  ["SDRSVC", 3, "Windows backup of the control panel"],
  ["fhsvc", 3, "File History"],
  ["BDESVC", 3, "BitLocker"],
  ["EFS", 3, "Encrypting File System"],
  ["wisvc", 3, "Windows Insider"],
  ["dmwappushservice", 3, "Messages of device management"],
  ["InstallService", 3, "Installations of the Store"],
  ["ClipSVC", 3, "Licences of the Store"],
  ["AppXSvc", 3, "Installs Store apps"],
];

/** The services. */
export const SERVICE_DEFAULTS: readonly ServiceDefaultRow[] = COMPACT_ROWS.map(
  ([name, start, purpose, options]) => ({
    name,
    start,
    delayed: false,
    neededForUpdates: false,
    purpose,
    source: DESKTOPS,
    ...(options?.source === undefined ? { trust: "community" } : {}),
    ...options,
  }),
);

/** The row of a service name, in any case. */
export function findServiceDefault(name: string): ServiceDefaultRow | undefined {
  return SERVICE_DEFAULTS.find((row) => row.name.toUpperCase() === name.toUpperCase());
}
