/**
 * What tells of an upgrade on an offline Windows: the files that are worth to be read somewhere
 * else, and those that are left where they are because they can hold secrets.
 */

/** One place, relative to the root of the Windows volume. */
export interface UpgradeLogRow {
  /** A stable name for lists and tests: `panther`. */
  readonly id: string;
  /** A folder, or with `names` missing a file. */
  readonly path: string;
  /** A folder in each folder of `path`, which is then meant instead of `path` itself. */
  readonly inEach?: string;
  /** Which files of the folder are meant. */
  readonly names?: RegExp;
  /** Folders below it that are looked into: 0 for none. */
  readonly depth?: number;
  /** Bytes that are taken of the end of each file; of larger ones a piece of the beginning too. */
  readonly tailBytes: number;
  /** What it tells: one phrase without full stop. */
  readonly what: string;
  readonly source: string;
}

const MEGABYTE = 2 ** 20;
/** A setupact.log of a whole upgrade has about 30 MB. */
const SETUP_LOG_BYTES = 64 * MEGABYTE;
/** The last weeks of servicing. */
const SERVICING_LOG_BYTES = 16 * MEGABYTE;
const SMALL_BYTES = 8 * MEGABYTE;

const LOG_FILES = "Microsoft Learn: Windows Setup log files and event logs";
const SETUP_DIAG = "Microsoft Learn: SetupDiag";
const DRIVERS = "Microsoft Learn: SetupAPI text logs";
const SERVICING = "Microsoft Learn: log files of servicing and of DISM";
const OWN = "PE Medic's own records";

const LOGS = /\.(?:log|xml|txt|ini|json|que)$/i;

/** The places, those that tell most first. */
export const UPGRADE_LOGS: readonly UpgradeLogRow[] = [
  {
    id: "upgrade-panther",
    path: "$WINDOWS.~BT\\Sources\\Panther",
    names: LOGS,
    depth: 2,
    tailBytes: SETUP_LOG_BYTES,
    what: "the upgrade until it ends, with the compatibility reports",
    source: LOG_FILES,
  },
  {
    id: "upgrade-rollback",
    path: "$WINDOWS.~BT\\Sources\\Rollback",
    names: LOGS,
    depth: 2,
    tailBytes: SETUP_LOG_BYTES,
    what: "the rollback, with the drivers' log of the Windows that was given up",
    source: LOG_FILES,
  },
  {
    id: "panther",
    path: "Windows\\Panther",
    names: LOGS,
    depth: 3,
    tailBytes: SETUP_LOG_BYTES,
    what: "the upgrade that was completed or taken back, NewOS and UnattendGC with it",
    source: LOG_FILES,
  },
  {
    id: "mosetup",
    path: "Windows\\Logs\\MoSetup",
    names: LOGS,
    depth: 1,
    tailBytes: SMALL_BYTES,
    what: "how Setup was started, and its result",
    source: LOG_FILES,
  },
  {
    id: "setupdiag",
    path: "Windows\\Logs\\SetupDiag",
    names: LOGS,
    depth: 1,
    tailBytes: SMALL_BYTES,
    what: "why the upgrade failed, as SetupDiag has it",
    source: SETUP_DIAG,
  },
  {
    id: "update-assistant",
    path: "$GetCurrent\\Logs",
    names: LOGS,
    depth: 1,
    tailBytes: SMALL_BYTES,
    what: "an upgrade by the Update Assistant",
    source: "Community: notes on the Update Assistant; no page of Microsoft tells",
  },
  {
    id: "setupapi-dev",
    path: "Windows\\INF\\setupapi.dev.log",
    tailBytes: SERVICING_LOG_BYTES,
    what: "drivers and devices",
    source: DRIVERS,
  },
  {
    id: "setupapi-setup",
    path: "Windows\\INF\\setupapi.setup.log",
    tailBytes: SERVICING_LOG_BYTES,
    what: "drivers during Setup",
    source: DRIVERS,
  },
  {
    id: "setupapi-offline",
    path: "Windows\\INF\\setupapi.offline.log",
    tailBytes: SMALL_BYTES,
    what: "drivers that DISM added offline",
    source: DRIVERS,
  },
  {
    id: "cbs",
    path: "Windows\\Logs\\CBS\\CBS.log",
    tailBytes: SERVICING_LOG_BYTES,
    what: "servicing of the component store",
    source: SERVICING,
  },
  {
    id: "dism",
    path: "Windows\\Logs\\DISM\\dism.log",
    tailBytes: SERVICING_LOG_BYTES,
    what: "what DISM was asked and answered",
    source: SERVICING,
  },
  {
    id: "order",
    path: "PEMedic\\bin",
    names: /\.(?:json|jsonl|ini|log)$/i,
    tailBytes: SMALL_BYTES,
    what: "the order that was left on the volume, and what its starter recorded",
    source: OWN,
  },
  {
    id: "sessions",
    path: "PEMedic",
    names: /^journal\.jsonl$/i,
    depth: 1,
    tailBytes: SMALL_BYTES,
    what: "what PE Medic has done on this volume",
    source: OWN,
  },
  {
    id: "kept-records",
    path: "PEMedic",
    inEach: "logs",
    names: /^progress\.jsonl$/i,
    tailBytes: SMALL_BYTES,
    what: "what the starter of an upgrade that was taken back recorded",
    source: OWN,
  },
  {
    id: "saved-logs",
    path: "PEMedic",
    inEach: "saved\\$WINDOWS.~BT",
    names: LOGS,
    depth: 5,
    tailBytes: SETUP_LOG_BYTES,
    what: "the logs of an upgrade that was put aside",
    source: OWN,
  },
];

/** A file that is left where it is. */
export interface SecretFileRow {
  readonly names: RegExp;
  /** Why. One sentence without full stop. */
  readonly reason: string;
  readonly source: string;
}

/** Files that are never copied: what they hold cannot be told from its shape. */
export const SECRET_FILES: readonly SecretFileRow[] = [
  {
    names: /unattend[^\\]*\.xml$/i,
    reason: "An answer file can hold passwords",
    source: "Microsoft Learn: unattended Windows Setup reference, AutoLogon and UserAccounts",
  },
  {
    names: /\.(?:dmp|mdmp|hdmp)$/i,
    reason: "A memory dump can hold anything that was in memory",
    source: "Microsoft Learn: overview of memory dump file options",
  },
];

/** Why a file is never copied, or undefined. `name` is without its folder. */
export function secretFileReason(name: string): string | undefined {
  return SECRET_FILES.find((row) => row.names.test(name))?.reason;
}
