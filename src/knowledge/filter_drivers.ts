/**
 * File system filters: the load order groups with their altitudes, the security products whose
 * drivers keep a Windows from starting most often, and what must never be switched off.
 */

const GROUPS_PAGE =
  "Microsoft Learn: Load order groups and altitudes for minifilter drivers (windows-hardware/drivers/ifs)";
const ALTITUDES_PAGE =
  "Microsoft Learn: Allocated filter altitudes, 2025-10-28 (windows-hardware/drivers/ifs)";

/** What a filter is for. */
export type FilterPurpose =
  | "anti-virus"
  | "activity-monitor"
  | "encryption"
  | "early-launch"
  | "other";

/** One load order group. */
export interface FilterGroupRow {
  /** Value `Group` of the service. */
  readonly group: string;
  /** First and last altitude; undefined for groups without altitudes. */
  readonly altitudes?: readonly [number, number];
  readonly purpose: FilterPurpose;
  readonly source: string;
}

const ELAM = "Microsoft Learn: Early launch antimalware, ELAM driver requirements";

/** The groups that are looked at. */
export const FILTER_GROUPS: readonly FilterGroupRow[] = [
  group("FSFilter Anti-Virus", [320000, 329999], "anti-virus"),
  group("FSFilter Activity Monitor", [360000, 389999], "activity-monitor"),
  group("FSFilter Encryption", [140000, 149999], "encryption"),
  { group: "FSFilter Infrastructure", purpose: "other", source: GROUPS_PAGE },
  { group: "Early-Launch", purpose: "early-launch", source: ELAM },
  group("FSFilter Top", [400000, 409999], "other"),
  group("FSFilter Undelete", [340000, 349999], "other"),
  group("FSFilter Replication", [300000, 309999], "other"),
  group("FSFilter Continuous Backup", [280000, 289999], "other"),
  group("FSFilter Content Screener", [260000, 269999], "other"),
  group("FSFilter Quota Management", [240000, 249999], "other"),
  group("FSFilter System Recovery", [220000, 229999], "other"),
  group("FSFilter Cluster File System", [200000, 209999], "other"),
  group("FSFilter HSM", [180000, 189999], "other"),
  group("FSFilter Imaging", [170000, 175000], "other"),
  group("FSFilter Compression", [160000, 169999], "other"),
  group("FSFilter Virtualization", [130000, 139999], "other"),
  group("FSFilter Physical Quota Management", [120000, 129999], "other"),
  group("FSFilter Open File", [100000, 109999], "other"),
  group("FSFilter Security Enhancer", [80000, 89999], "other"),
  group("FSFilter Copy Protection", [60000, 69999], "other"),
  group("FSFilter Bottom", [40000, 49999], "other"),
  group("FSFilter System", [20000, 29999], "other"),
];

function group(
  name: string,
  altitudes: readonly [number, number],
  purpose: FilterPurpose,
): FilterGroupRow {
  return { group: name, altitudes, purpose, source: GROUPS_PAGE };
}

/** The row of a `Group` value, in any case. */
export function findFilterGroup(name: string): FilterGroupRow | undefined {
  return FILTER_GROUPS.find((row) => same(row.group, name));
}

/** The row that an altitude lies in. Altitudes are decimal texts: `329355.5`. */
export function filterGroupOfAltitude(altitude: string): FilterGroupRow | undefined {
  if (!/^\d+(?:\.\d+)?$/.test(altitude)) return undefined;
  const whole = Math.floor(Number(altitude));
  return FILTER_GROUPS.find(({ altitudes }) =>
    altitudes !== undefined && whole >= altitudes[0] && whole <= altitudes[1]
  );
}

/** One security product, or the products of one vendor. */
export interface SecurityProductRow {
  /** As it is shown: `Avast / AVG`. */
  readonly name: string;
  /** Names that people may type, and that version resources hold. */
  readonly aliases: readonly string[];
  /** Driver services by their key names. */
  readonly drivers: readonly string[];
  /** Folders below `Program Files`, `Common Files` and `ProgramData` that its services run from. */
  readonly folders: readonly string[];
  readonly source: string;
  /** The drivers are Microsoft's list; names of folders and of early-launch drivers are not. */
  readonly trust: "community";
}

/** Name, drivers, folders, and names that differ from the parts of the first. */
type CompactRow = readonly [string, string, readonly string[], (readonly string[])?];

const PRODUCTS: readonly CompactRow[] = [
  [
    "Avast / AVG",
    "aswMonFlt aswSP aswFsBlk aswSnx aswElam avgmfx64 avgmfx86 avgtpx64 avgvtx64 avgvtx86",
    ["AVAST Software", "Avast Software", "AVG"],
  ],
  [
    "Norton / Symantec",
    "SRTSP SRTSP64 SRTSPX eeCtrl SymEFASI64 SymEFASI SymEvnt SymELAM BHDrvx64 BHDrvx86",
    ["Norton Security", "Norton", "Norton 360", "Symantec", "Symantec Shared"],
  ],
  [
    "McAfee / Trellix",
    "mfehidk mfencoas epdrv mfesec mfeaskm mfencfilter mfeelamk mfeapfk mfeavfk mfebopk " +
    "mfefirek mfenlfk mferkdet mfewfpk mfeplk mfeaack",
    ["McAfee", "McAfee.com", "Trellix"],
  ],
  [
    "Kaspersky",
    "klif klam klboot klbackupflt klelam klhk klim6 klwfp kneps kltdi",
    ["Kaspersky Lab"],
  ],
  ["ESET", "eamonm ehdrv edevmon eelam epfwwfp ekbdflt", ["ESET"]],
  [
    "Bitdefender",
    "gzflt Atc AVC3 TRUFOS bdfsfltr vlflt edrsensor ignis gemma bdelam bdprivmon",
    ["Bitdefender", "Bitdefender Agent"],
  ],
  [
    "Trend Micro",
    "tmpreflt tmevtmgr TmEyes TmEsFlt fileflt TMUMH TMUMS SakFile SakMFile hfileflt tmel tmcomm",
    ["Trend Micro"],
  ],
  ["Sophos", "SophosED SAVOnAccess sld SophosEL", ["Sophos"]],
  ["CrowdStrike", "csagent CSBoot CSDeviceControl", ["CrowdStrike"]],
  ["SentinelOne", "SentinelMonitor SentinelELAM", ["SentinelOne"]],
  [
    "Malwarebytes",
    "mbam mbamwatchdog farwflt FlightRecorder mbamshuriken MBAMElam MBAMChameleon " +
    "MBAMSwissArmy MBAMFarflt",
    ["Malwarebytes"],
  ],
  ["Webroot", "WRCore WRKrn", ["Webroot"]],
  ["Panda / WatchGuard", "PSINFILE PSINPROC", ["Panda Security", "WatchGuard"]],
  ["F-Secure / WithSecure", "fsgk fsatp fshs", ["F-Secure", "WithSecure"]],
  ["G Data", "MiniIcpt HookCentre gddcv", ["G Data", "G DATA"]],
  ["Avira", "avgntflt avipbb", ["Avira"]],
  ["Dr.Web", "dwprot Spiderg3 DwShield64", ["DrWeb", "Doctor Web"], ["Dr.Web", "DrWeb"]],
  ["Comodo / Xcitium", "cmdguard cmdccav", ["COMODO", "Xcitium"]],
  ["Fortinet", "fortishield fortimon2 FortiAptFilter", ["Fortinet"]],
  ["Cisco", "immunetprotect immunetselfprotect csaam", ["Cisco\\AMP"], ["Cisco", "Immunet"]],
  [
    "Carbon Black / VMware",
    "CarbonBlackK b9kernel paritydriver",
    ["CarbonBlack", "Confer", "Bit9"],
    ["Carbon Black", "Bit9"],
  ],
  ["Palo Alto", "CyvrFsfd tedrdrv", ["Palo Alto Networks"]],
  ["Cylance", "CyProtectDrv64 CyProtectDrv32 CyOptics", ["Cylance"]],
  ["FireEye", "FeKern", ["FireEye"]],
  ["Elastic", "ElasticEndpoint", ["Elastic\\Endpoint"]],
  ["Cybereason", "CRExecPrev", ["Cybereason ActiveProbe"]],
  ["Deep Instinct", "DeepInsFS", ["Deep Instinct"]],
  ["Check Point", "epklib epregflt cpepmon", ["CheckPoint"], ["Check Point", "CheckPoint"]],
  ["Quick Heal", "catflt ggc arwflt bdsflt", ["Quick Heal"]],
  ["K7", "K7Sentry", ["K7 Computing"], ["K7", "K7 Computing"]],
  ["AhnLab", "V3Flt2k", ["AhnLab"]],
  ["eScan", "mwfsmfltr", ["eScan"], ["eScan", "MicroWorld"]],
  ["Max Secure", "SDActMon", ["Max Secure"]],
  ["360 Total Security", "360avflt 360fsflt", ["360"], ["360", "Qihoo"]],
  ["Tencent", "TFsFlt QQSysMonX64", ["Tencent\\QQPCMgr"]],
  ["Huorong", "sysdiag", ["Huorong"]],
  ["Kingsoft", "ksfsflt", ["Kingsoft\\kingsoft antivirus"]],
  ["Rising", "HookSys", ["Rising"]],
  ["Baidu", "BDFileDefend", ["Baidu Security"]],
  ["Emsisoft", "a2acc64", ["Emsisoft Anti-Malware"]],
  ["IObit", "IMFFilter", ["IObit\\IObit Malware Fighter"]],
  ["Ikarus", "ntguard", ["IKARUS"]],
  ["Norman", "nvcmflt", ["Norman"]],
  ["BullGuard", "BdFileSpy", ["BullGuard Ltd"]],
];

/** The products. */
export const SECURITY_PRODUCTS: readonly SecurityProductRow[] = PRODUCTS.map(
  ([name, drivers, folders, aliases]) => ({
    name,
    aliases: aliases ?? name.split(" / "),
    drivers: drivers.split(" "),
    folders,
    source: ALTITUDES_PAGE,
    trust: "community",
  }),
);

/** The product of a driver service, in any case. */
export function findProductOfDriver(service: string): SecurityProductRow | undefined {
  return SECURITY_PRODUCTS.find((row) => row.drivers.some((name) => same(name, service)));
}

/** The product that a person or the `CompanyName` of a file means: `kaspersky`, `AVAST Software`. */
export function findProduct(name: string): SecurityProductRow | undefined {
  const text = name.trim();
  return SECURITY_PRODUCTS.find((row) => same(row.name, text)) ??
    SECURITY_PRODUCTS.find((row) => row.aliases.some((alias) => startsWithWord(text, alias)));
}

/** `AVAST Software` begins with `Avast`; `Ciscolike` does not begin with `Cisco`. */
function startsWithWord(text: string, word: string): boolean {
  return same(text.slice(0, word.length), word) && !/^[\p{L}\p{N}]/u.test(text.slice(word.length));
}

/** A filter that must stay, and why. */
export interface ProtectedFilterRow {
  /** Key name of the service. */
  readonly name: string;
  readonly reason: string;
  readonly source: string;
}

const MICROSOFT_NAMES = "WdFilter WdBoot WdNisDrv WdDevFlt fileinfo Wof bindflt wcifs wcnfs " +
  "cldflt luafv FltMgr fvevol volsnap iorate ioqos storqosflt npsvctrig bfs UCPD mssecflt " +
  "MsSecCore MsSecWfp CLFS FileCrypt filetrace FsDepends WIMMount PrjFlt gameflt UnionFS " +
  "applockerfltr AppvVfs AppvStrm AppVVemgr UevAgentDriver ResumeKeyFilter dfs csvflt csvnsflt " +
  "svhdxflt CCFFilter datascrn quota prvflder rdyboost EhStorClass EhStorTcgDrv partmgr volume " +
  "kbdclass mouclass ksthunk scfilter IRENUM WpdUpFltr crcdisk Serenum frxdrv frxdrvvt frxccd " +
  "dedup sftredir hwpolicy WinSetupMon MpKslDrv";

/** Filters that belong to Windows or to Microsoft. */
export const MICROSOFT_FILTERS: readonly ProtectedFilterRow[] = MICROSOFT_NAMES.split(" ").map(
  (name) => ({ name, reason: "It is Microsoft's own", source: ALTITUDES_PAGE }),
);

const ENCRYPTION_NAMES: readonly (readonly [string, string])[] = [
  ["fvevol", "BitLocker"],
  ["FileCrypt", "Windows file encryption"],
  ["veracrypt", "VeraCrypt"],
  ["truecrypt", "TrueCrypt"],
  ["dcrypt", "DiskCryptor"],
  ["PGPwded", "Symantec PGP disk encryption"],
  ["pgpfs", "Symantec file encryption"],
  ["VFSEnc", "Symantec file encryption"],
  ["fencry", "Symantec file encryption"],
  ["MfeEpePc", "McAfee / Trellix Drive Encryption"],
  ["MfeEpeOpal", "McAfee / Trellix Drive Encryption"],
  ["MfeEEFF", "McAfee / Trellix File and Removable Media Protection"],
  ["klfdefsf", "Kaspersky full disk encryption"],
  ["SophosDt2", "Sophos SafeGuard file encryption"],
  ["CmgFFE", "Dell / Credant data encryption"],
  ["FileArmor", "Trend Micro / Mobile Armor encryption"],
  ["TmFileEncDmk", "Trend Micro file encryption"],
  ["GDDmk", "G Data encryption"],
  ["dlmfenc", "ESET / DESlock encryption"],
  ["dlmfencx", "ESET / DESlock encryption"],
  ["dlrmenc", "ESET / DESlock encryption"],
  ["medlpflt", "Check Point Media Encryption"],
  ["dsfa", "Check Point encryption"],
  ["CmdMnEfs", "Comodo encryption"],
  ["SecureData", "SecureAge encryption"],
  ["vmfiltr", "Vormetric encryption"],
  ["bapfecre", "BitArmor encryption"],
];

/** Filters without which encrypted data cannot be read: disks, volumes or files. */
export const ENCRYPTION_FILTERS: readonly ProtectedFilterRow[] = ENCRYPTION_NAMES.map(
  ([name, product]) => ({
    name,
    reason: `It decrypts data (${product}); without it they cannot be read`,
    source: `${ALTITUDES_PAGE}, group FSFilter Encryption; services of disk encryption products`,
  }),
);

/** Says whether a filter belongs to Windows or to Microsoft, by its name alone. */
export function isMicrosoftFilter(service: string): boolean {
  return MICROSOFT_FILTERS.some(({ name }) => same(name, service));
}

/** Says whether data can only be read through a filter, by its name alone. */
export function isEncryptionFilter(service: string): boolean {
  return ENCRYPTION_FILTERS.some(({ name }) => same(name, service));
}

/** Why a filter must stay, by its name alone; undefined if nothing speaks for it. */
export function protectedFilterReason(service: string): string | undefined {
  const row = ENCRYPTION_FILTERS.find(({ name }) => same(name, service)) ??
    MICROSOFT_FILTERS.find(({ name }) => same(name, service));
  return row?.reason;
}

function same(a: string, b: string): boolean {
  return a.toUpperCase() === b.toUpperCase();
}
