/**
 * What must be loaded before Windows can read its own disk, and the device classes whose filter
 * lists stand between the two: a wrong entry is stop code 0x7B.
 */

/** A driver that the boot loader must load. */
export interface BootServiceRow {
  /** Key name below `Services`. */
  readonly name: string;
  /** `Start` that it needs. */
  readonly start: 0;
  /** Always, or only while a filter list of {@linkcode BOOT_CLASSES} names it. */
  readonly needed: "always" | "if-listed";
  readonly purpose: string;
  readonly source: string;
}

const STOP_7B =
  "Microsoft Learn: Advanced troubleshooting for Stop error 7B; the same Start in SYSTEM hives of " +
  "Windows 7 and 8.1";
const RDYBOOST =
  "Community repair reports of 0x7B: rdyboost in LowerFilters with another Start than 0";

/** The drivers. Storage controllers are not among them: only the machine says which it needs. */
export const BOOT_SERVICES: readonly BootServiceRow[] = [
  always("ACPI", "Finds the devices of the machine"),
  always("pci", "The bus that the storage controller is on"),
  always("disk", "Disks"),
  always("partmgr", "Partitions"),
  always("volmgr", "Volumes"),
  always("mountmgr", "Names of volumes"),
  always("volsnap", "Volumes and their shadow copies"),
  { ...listed("rdyboost", "ReadyBoost"), source: RDYBOOST },
  listed("fvevol", "BitLocker"),
  listed("EhStorClass", "Disks with encryption of their own"),
];

function always(name: string, purpose: string): BootServiceRow {
  return { name, start: 0, needed: "always", purpose, source: STOP_7B };
}

function listed(name: string, purpose: string): BootServiceRow {
  return { name, start: 0, needed: "if-listed", purpose, source: STOP_7B };
}

/** The row of a service name, in any case. */
export function findBootService(name: string): BootServiceRow | undefined {
  return BOOT_SERVICES.find((row) => row.name.toUpperCase() === name.toUpperCase());
}

/** A service or driver without which nobody gets as far as the desktop. */
export interface NeededServiceRow {
  /** Key name below `Services`. */
  readonly name: string;
  readonly purpose: string;
  readonly source: string;
}

const CRITICAL =
  "ErrorControl 3 (critical) in SYSTEM hives of Windows 7 and 8.1; Microsoft Learn, CreateService: " +
  "SERVICE_ERROR_CRITICAL";
const LOGON = "Microsoft Learn: Guidance on disabling system services (do not disable)";

/**
 * What is never disabled by its name, besides the boot services: the drivers that the others are
 * built on, and the services of the logon. Ntfs and Wdf01000 have no such mark; one reads the
 * disk of Windows, and most drivers are linked to the other.
 */
export const NEEDED_SERVICES: readonly NeededServiceRow[] = [
  needed("Ntfs", "File system of Windows", CRITICAL),
  needed("Wdf01000", "Framework of most drivers", CRITICAL),
  needed("CNG", "Cryptography of the kernel", CRITICAL),
  needed("KSecDD", "Security of the kernel", CRITICAL),
  needed("KSecPkg", "Security of the kernel", CRITICAL),
  needed("NDIS", "Network of the kernel", CRITICAL),
  needed("msisadrv", "Bus of the main board", CRITICAL),
  needed("vdrvroot", "Virtual disks of the kernel", CRITICAL),
  needed("volmgrx", "Dynamic volumes", CRITICAL),
  needed("acpiex", "Finds the devices of the machine", CRITICAL),
  needed("RpcSs", "Remote procedure calls", LOGON),
  needed("RpcEptMapper", "Endpoints of remote procedure calls", LOGON),
  needed("DcomLaunch", "Starts COM servers", LOGON),
  needed("LSM", "Sessions of the logon", LOGON),
  needed("SamSs", "Accounts", LOGON),
  needed("ProfSvc", "User profiles", LOGON),
];

function needed(name: string, purpose: string, source: string): NeededServiceRow {
  return { name, purpose, source };
}

/** The row of a service name, in any case. */
export function findNeededService(name: string): NeededServiceRow | undefined {
  return NEEDED_SERVICES.find((row) => row.name.toUpperCase() === name.toUpperCase());
}

/** A device setup class that the way to the system disk leads through. */
export interface BootClassRow {
  /** Key name below `Control\\Class`, in lower case. */
  readonly guid: string;
  readonly name: string;
  /** Filters that Windows itself enters. A missing file of theirs is replaced, not left out. */
  readonly filters: readonly string[];
  readonly source: string;
}

const CLASSES =
  "Microsoft Learn: System-defined device setup classes; Advanced troubleshooting for Stop error 7B";

/** The classes. */
export const BOOT_CLASSES: readonly BootClassRow[] = [
  {
    guid: "{4d36e967-e325-11ce-bfc1-08002be10318}",
    name: "DiskDrive",
    filters: ["partmgr", "fvevol", "iorate", "EhStorClass", "EhStorTcgDrv"],
    source: CLASSES,
  },
  {
    guid: "{4d36e96a-e325-11ce-bfc1-08002be10318}",
    name: "HDC",
    filters: [],
    source: CLASSES,
  },
  {
    guid: "{4d36e97b-e325-11ce-bfc1-08002be10318}",
    name: "SCSIAdapter",
    filters: [],
    source: CLASSES,
  },
  {
    guid: "{4d36e97d-e325-11ce-bfc1-08002be10318}",
    name: "System",
    filters: [],
    source: CLASSES,
  },
  {
    guid: "{71a27cdd-812a-11d0-bec7-08002be2092f}",
    name: "Volume",
    filters: ["volsnap", "fvevol", "rdyboost", "iorate"],
    source: CLASSES,
  },
];

/** Classes whose devices are storage controllers. */
export const CONTROLLER_CLASSES: readonly string[] = ["HDC", "SCSIAdapter"];

/** The row of a class key, in any case. */
export function findBootClass(guid: string): BootClassRow | undefined {
  return BOOT_CLASSES.find((row) => row.guid === guid.toLowerCase());
}
