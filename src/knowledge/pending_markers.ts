/**
 * Where a half-done update leaves its marks on an offline Windows: files, registry keys and
 * values. One mark alone proves little; together they name the stage of the transaction.
 */

/** One place that can hold a mark. `ControlSet` stands for the control sets in use. */
export interface PendingMarkerRow {
  /** A stable name for findings and tests. */
  readonly id: string;
  readonly place:
    | { readonly kind: "file"; readonly path: string }
    | { readonly kind: "key"; readonly hive: MarkerHive; readonly key: string }
    | {
      readonly kind: "value";
      readonly hive: MarkerHive;
      readonly key: string;
      readonly name: string;
    };
  /** What its presence says. One sentence without full stop. */
  readonly meaning: string;
  /** What a healthy Windows has there, if it is anything but nothing. */
  readonly normal?: string;
  /** `blocks`: servicing or start is blocked. `waits`: a restart is due. `hint`: background only. */
  readonly weight: "blocks" | "waits" | "hint";
  readonly source: string;
  readonly trust?: "community" | "unverified";
}

/** Hives that hold marks. `COMPONENTS` values lie at its root. */
export type MarkerHive = "SYSTEM" | "SOFTWARE" | "COMPONENTS";

const BOOT_ARTICLE = "Microsoft Learn: Azure virtual machine stuck while Windows Update is applied";
const RAVD = "RepairAzVMDisk, read in full";
const SAMPLES = "CBS.log of Windows 10 19045";
const SETUP_LOOP = "Microsoft Learn: computer restarted unexpectedly during Setup";

const CBS = "Microsoft\\Windows\\CurrentVersion\\Component Based Servicing";
const SESSION_MANAGER = "ControlSet\\Control\\Session Manager";
const SIDE_BY_SIDE = "Microsoft\\Windows\\CurrentVersion\\SideBySide\\Configuration";

const FILES: readonly PendingMarkerRow[] = [
  {
    id: "pending-xml",
    place: { kind: "file", path: "Windows\\WinSxS\\pending.xml" },
    meaning: "Primitive operations of an update wait for the next start",
    weight: "blocks",
    source: BOOT_ARTICLE,
  },
  {
    id: "pending-xml-bad",
    place: { kind: "file", path: "Windows\\WinSxS\\pending.xml.bad" },
    meaning: "Windows itself set aside operations that it could not run",
    weight: "hint",
    source: RAVD,
  },
  {
    id: "cleanup-xml",
    place: { kind: "file", path: "Windows\\WinSxS\\cleanup.xml" },
    meaning: "A clean-up of the component store waits",
    weight: "waits",
    source: RAVD,
    trust: "unverified",
  },
  {
    id: "reboot-xml",
    place: { kind: "file", path: "Windows\\WinSxS\\reboot.xml" },
    meaning: "An operation of the component store waits for a restart",
    weight: "waits",
    source: RAVD,
    trust: "unverified",
  },
];

const SOFTWARE_MARKS: readonly PendingMarkerRow[] = [
  {
    id: "cbs-reboot-pending",
    place: { kind: "key", hive: "SOFTWARE", key: `${CBS}\\RebootPending` },
    meaning: "The servicing stack waits for a restart",
    weight: "waits",
    source: RAVD,
  },
  {
    id: "cbs-reboot-in-progress",
    place: { kind: "key", hive: "SOFTWARE", key: `${CBS}\\RebootInProgress` },
    meaning: "The servicing stack was restarting when it was cut off",
    weight: "waits",
    source: RAVD,
    trust: "unverified",
  },
  {
    id: "cbs-packages-pending",
    place: { kind: "key", hive: "SOFTWARE", key: `${CBS}\\PackagesPending` },
    meaning: "Packages wait to be installed or removed",
    weight: "waits",
    source: RAVD,
  },
  {
    id: "cbs-exclusive-session",
    place: { kind: "value", hive: "SOFTWARE", key: `${CBS}\\SessionsPending`, name: "Exclusive" },
    meaning: "An exclusive servicing session is open; every other one is refused",
    normal: "0",
    weight: "blocks",
    source: BOOT_ARTICLE,
  },
  {
    id: "update-reboot-required",
    place: {
      kind: "key",
      hive: "SOFTWARE",
      key: "Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired",
    },
    meaning: "Windows Update waits for a restart",
    weight: "waits",
    source: RAVD,
  },
  {
    id: "poqexec-command",
    place: { kind: "value", hive: "SOFTWARE", key: SIDE_BY_SIDE, name: "PoqexecCmdline" },
    meaning: "The program that runs primitive operations waits to be started",
    weight: "blocks",
    source: BOOT_ARTICLE,
  },
  {
    id: "poqexec-not-in-smss",
    place: { kind: "value", hive: "SOFTWARE", key: SIDE_BY_SIDE, name: "DontRunPoqexecInSmss" },
    meaning: "Primitive operations were left to the running system",
    weight: "hint",
    source: BOOT_ARTICLE,
  },
];

const SYSTEM_MARKS: readonly PendingMarkerRow[] = [
  {
    id: "setup-execute",
    place: { kind: "value", hive: "SYSTEM", key: SESSION_MANAGER, name: "SetupExecute" },
    meaning: "A native program runs primitive operations at every start",
    normal: "empty",
    weight: "blocks",
    source: SAMPLES,
  },
  {
    id: "boot-execute",
    place: { kind: "value", hive: "SYSTEM", key: SESSION_MANAGER, name: "BootExecute" },
    meaning: "A native program runs at every start; a missing one leaves a black screen",
    normal: "autocheck autochk *",
    weight: "hint",
    source: RAVD,
  },
  {
    id: "pending-renames",
    place: {
      kind: "value",
      hive: "SYSTEM",
      key: SESSION_MANAGER,
      name: "PendingFileRenameOperations",
    },
    meaning: "Files are to be renamed or deleted at the next start; installers use it too",
    weight: "hint",
    source: BOOT_ARTICLE,
  },
  {
    id: "setup-child-completion",
    place: {
      kind: "value",
      hive: "SYSTEM",
      key: "Setup\\Status\\ChildCompletion",
      name: "setup.exe",
    },
    meaning: "1 means that Setup began and did not end: Windows says it restarted unexpectedly",
    normal: "3",
    weight: "hint",
    source: SETUP_LOOP,
  },
  {
    id: "setup-in-progress",
    place: { kind: "value", hive: "SYSTEM", key: "Setup", name: "SystemSetupInProgress" },
    meaning: "Windows believes that Setup is still running",
    normal: "0",
    weight: "blocks",
    source: SETUP_LOOP,
  },
];

const COMPONENT_VALUES: readonly (readonly [name: string, meaning: string])[] = [
  ["PendingXmlIdentifier", "The component store names the operations that wait"],
  ["PoqexecFailure", "Primitive operations failed at the last start"],
  ["ExecutionState", "The component store stands in the middle of a transaction"],
  ["RepairTransactionPended", "A repair of the component store waits"],
  ["AIFailureInformation", "An advanced installer failed"],
  ["NextQueueEntryIndex", "The queue of installers is not empty"],
  ["AdvancedInstallersNeedResolving", "Advanced installers wait to be run"],
  ["StoreDirty", "The component store was not closed in order"],
];

const COMPONENT_MARKS: readonly PendingMarkerRow[] = COMPONENT_VALUES.map(([name, meaning]) => ({
  id: `components-${name.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}`,
  place: { kind: "value", hive: "COMPONENTS", key: "", name },
  meaning,
  weight: name === "PendingXmlIdentifier" ? "blocks" : "hint",
  source: BOOT_ARTICLE,
}));

/** All places, files first. */
export const PENDING_MARKERS: readonly PendingMarkerRow[] = [
  ...FILES,
  ...SOFTWARE_MARKS,
  ...SYSTEM_MARKS,
  ...COMPONENT_MARKS,
];
