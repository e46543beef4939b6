/**
 * Services of storage drivers that put a layer between the disk and Windows: Intel RST and
 * VMD, AMD RAID and others. Without them in WinPE the disk is missing, or worse, it is there
 * and a write to it damages the file system.
 */

/** One driver service, by its key name below `Services`. */
export interface StorageDriverRow {
  readonly service: string;
  readonly product: string;
  readonly kind: "rst" | "vmd" | "raid" | "plain";
  /** Ships with Windows, so that the mere key proves nothing; `Start` = 0 and a device do. */
  readonly inbox: boolean;
  /** If it starts the disk of the target, WinPE must have it loaded before any write. */
  readonly matters: boolean;
  readonly source: string;
  readonly trust?: "community" | "unverified";
}

const INTEL = "Intel article 000055157: errors after offline maintenance without the RST driver";
const INF = "driver packages of the vendors";

/** What the rows of one vendor share. */
const INTEL_ROW = { inbox: false, matters: true, source: INTEL, trust: "unverified" } as const;
const AMD_ROW = {
  kind: "raid",
  inbox: false,
  matters: true,
  source: INF,
  trust: "unverified",
} as const;
const PLAIN_ROW = {
  kind: "plain",
  inbox: true,
  matters: false,
  source: "inbox drivers of Windows",
} as const;

/** The drivers. */
export const STORAGE_DRIVERS: readonly StorageDriverRow[] = [
  { ...INTEL_ROW, service: "iaStorVD", product: "Intel RST with VMD (18 and later)", kind: "vmd" },
  { ...INTEL_ROW, service: "vmd", product: "Intel Volume Management Device", kind: "vmd" },
  { ...INTEL_ROW, service: "iaStorAC", product: "Intel RST 15 to 17", kind: "rst" },
  { ...INTEL_ROW, service: "iaStorA", product: "Intel RST 11 to 14", kind: "rst" },
  { ...INTEL_ROW, service: "iaStorB", product: "Intel RST, RAID mode", kind: "rst" },
  { ...INTEL_ROW, service: "iaStorE", product: "Intel RST Enterprise (VROC)", kind: "raid" },
  { ...INTEL_ROW, service: "iaVROC", product: "Intel Virtual RAID on CPU", kind: "raid" },
  {
    ...INTEL_ROW,
    service: "iaStorAVC",
    product: "Intel RST as shipped with Windows 10 and 11",
    kind: "rst",
    inbox: true,
  },
  {
    ...INTEL_ROW,
    service: "iaStorV",
    product: "Intel Matrix RAID as shipped with Windows since Vista",
    kind: "rst",
    inbox: true,
  },
  { ...AMD_ROW, service: "rcbottom", product: "AMD RAIDXpert2, lower driver" },
  { ...AMD_ROW, service: "rcraid", product: "AMD RAIDXpert2, RAID driver" },
  { ...AMD_ROW, service: "rccfg", product: "AMD RAIDXpert2, configuration device" },
  { ...AMD_ROW, service: "amdraid", product: "AMD RAID" },
  { ...PLAIN_ROW, service: "storahci", product: "Microsoft AHCI" },
  { ...PLAIN_ROW, service: "stornvme", product: "Microsoft NVMe" },
];

/** The row of a service name, in any case. */
export function findStorageDriver(service: string): StorageDriverRow | undefined {
  return STORAGE_DRIVERS.find((row) => row.service.toUpperCase() === service.toUpperCase());
}
