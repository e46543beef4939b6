/**
 * What a half-done update can leave behind, how each piece is cleared, and what proves that it
 * is a leftover and not the work of a healthy update that waits for the next start. What stands
 * in no row is never touched: TxR and other transaction logs, `cleanup.xml`, `reboot.xml`,
 * `pending.xml.bad`, sessions, the start type of TrustedInstaller, `RebootInProgress`.
 */
import { PENDING_MARKERS, type PendingMarkerRow } from "./pending_markers.ts";

/**
 * What proves a leftover.
 *
 * - `update-dead`: the update it belongs to failed at start after start, and reverting it was
 *   tried in vain or is impossible here.
 * - `names-missing-operations`: it names a list of operations that is not there.
 * - `no-operations`: it is the identifier of a list of operations, and there is no list.
 * - `no-open-session`: it holds servicing for a session, and no session, package, list of
 *   operations or service waits for anything.
 * - `program-missing`: it starts a program that is missing or empty.
 */
export type LeftoverProof =
  | "update-dead"
  | "names-missing-operations"
  | "no-operations"
  | "no-open-session"
  | "program-missing";

/** How a leftover is cleared; what else is in the same place stays. */
export type LeftoverClearing =
  | "set-file-aside"
  /** Entries that start `poqexec` leave the list; an empty list stays. */
  | "empty-list"
  /** Entries that start `poqexec` leave the list; an empty list is deleted. */
  | "drop-command"
  | "delete-value"
  | "delete-key"
  | "delete-values-of-key"
  /** Pairs of the component store leave the list. */
  | "drop-servicing-renames"
  /** Entries whose program is missing leave the list. */
  | "drop-missing-programs";

/** One kind of leftover. */
export interface LeftoverRow {
  /** The id of the mark in the table of marks, where it is one. */
  readonly id: string;
  readonly place: PendingMarkerRow["place"];
  readonly clearing: LeftoverClearing;
  /** Any of these is enough. */
  readonly proofs: readonly LeftoverProof[];
  /** Without it servicing or the start is blocked. */
  readonly blocks: boolean;
  readonly source: string;
}

const BOOT_ARTICLE = "Microsoft Learn: Azure virtual machine stuck while Windows Update is applied";
const STOP_7B = "Microsoft Learn: Stop error 7B, after a Windows Update installation";
const RAVD = "RepairAzVMDisk, read in full";
const BLOG = "Microsoft blog joscon, 2011: why not to edit pending.xml";

const DEAD = ["update-dead"] as const;

function mark(
  id: string,
  row: Omit<LeftoverRow, "id" | "place" | "blocks">,
): LeftoverRow {
  const known = PENDING_MARKERS.find((candidate) => candidate.id === id)!;
  return { id, place: known.place, blocks: known.weight === "blocks", ...row };
}

function component(name: string, source: string): LeftoverRow {
  const id = `components-${name.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}`;
  const place = { kind: "value", hive: "COMPONENTS", key: "", name } as const;
  return { id, place, clearing: "delete-value", proofs: DEAD, blocks: false, source };
}

function installerQueue(name: "Install" | "Uninstall"): LeftoverRow {
  const key = `Installers\\RegKeySDTable\\${name}`;
  return {
    id: `components-queue-${name.toLowerCase()}`,
    place: { kind: "key", hive: "COMPONENTS", key },
    clearing: "delete-values-of-key",
    proofs: DEAD,
    blocks: false,
    source: BOOT_ARTICLE,
  };
}

/** All kinds of leftovers in the order in which they are looked at. */
export const SERVICING_LEFTOVERS: readonly LeftoverRow[] = [
  mark("pending-xml", { clearing: "set-file-aside", proofs: DEAD, source: STOP_7B }),
  mark("setup-execute", {
    clearing: "empty-list",
    proofs: ["names-missing-operations", "update-dead"],
    source: `${BLOG}; ${RAVD}`,
  }),
  mark("poqexec-command", {
    clearing: "drop-command",
    proofs: ["names-missing-operations", "update-dead"],
    source: BOOT_ARTICLE,
  }),
  mark("poqexec-not-in-smss", {
    clearing: "delete-value",
    proofs: ["names-missing-operations", "update-dead"],
    source: BOOT_ARTICLE,
  }),
  mark("cbs-reboot-pending", { clearing: "delete-key", proofs: DEAD, source: RAVD }),
  mark("cbs-packages-pending", { clearing: "delete-key", proofs: DEAD, source: RAVD }),
  mark("cbs-exclusive-session", {
    clearing: "delete-value",
    proofs: ["no-open-session", "update-dead"],
    source: BOOT_ARTICLE,
  }),
  {
    ...component("PendingXmlIdentifier", `${STOP_7B}; ${BOOT_ARTICLE}`),
    proofs: ["no-operations", "update-dead"],
    blocks: true,
  },
  component("PoqexecFailure", BOOT_ARTICLE),
  component("ExecutionState", BOOT_ARTICLE),
  component("RepairTransactionPended", BOOT_ARTICLE),
  component("AIFailureInformation", BOOT_ARTICLE),
  component("NextQueueEntryIndex", RAVD),
  component("NextQueueEntryIndexBCDB", RAVD),
  component("AdvancedInstallersNeedResolving", RAVD),
  component("StoreDirty", RAVD),
  installerQueue("Install"),
  installerQueue("Uninstall"),
  mark("pending-renames", {
    clearing: "drop-servicing-renames",
    proofs: DEAD,
    source: STOP_7B,
  }),
  {
    ...mark("boot-execute", {
      clearing: "drop-missing-programs",
      proofs: ["program-missing"],
      source: RAVD,
    }),
    blocks: true,
  },
  mark("update-reboot-required", { clearing: "delete-key", proofs: DEAD, source: RAVD }),
];

/** What `BootExecute` is on every Windows that nobody has changed. Source: RepairAzVMDisk. */
export const DEFAULT_BOOT_EXECUTE = "autocheck autochk *";

/**
 * `CurrentState` of packages that wait for the next start. Source: Microsoft-Windows-Servicing,
 * ETW manifest (5000 + value): uninstall pending, resolving, staging, install pending.
 */
export const WAITING_PACKAGE_STATES: readonly number[] = [5, 16, 48, 96];

/** `Start` of TrustedInstaller while work waits for the next start. Source: CBS.log, 19045. */
export const TRUSTED_INSTALLER_WAITING = 2;

/** Lines of CBS.log that tell how starts with waiting operations went. Source: CBS.log, 19045. */
export const START_LINES = {
  begun: /Startup: current ExecuteState is /,
  failed:
    /Failure in poqexec\.exe while processing updates|Failed while processing (?:non-)?critical primitive operations queue/i,
  done: /Startup(?: processing completed|: Processing complete)\. \[HRESULT = 0x00000000\b/,
} as const;

/** Starts that must have failed before an update counts as one that never ends. */
export const FAILED_STARTS = 2;

/**
 * A line of CBS.log that only a running Windows writes: its service TrustedInstaller. Source:
 * CBS.log of Windows 7 (logpai/loghub) and 19045.
 */
export const RUNNING_WINDOWS_LINE = /TrustedInstaller (?:service starts|initialization)|Startup: /;
