/**
 * Files and folders of Windows Update on an offline volume: what may be moved aside because
 * Windows makes it anew, and what must never be touched.
 */
import { isWithin, splitWindowsPath, windowsBaseName } from "../base/mod.ts";

/** What may be done with a place. */
export type CacheTreatment = "move-aside" | "never" | "keep";

/** One place, relative to the root of the Windows volume. */
export interface UpdateCacheRow {
  /** A stable name for plans and tests: `software-distribution`. */
  readonly id: string;
  /** The file or folder itself, or with `names` the folder that holds the entries. */
  readonly path: string;
  /** Which entries directly in `path` are meant. Without it `path` itself is meant. */
  readonly names?: RegExp;
  readonly kind: "directory" | "file";
  readonly treatment: CacheTreatment;
  /** Why. One sentence without full stop. */
  readonly reason: string;
  readonly source: string;
}

const RESET = "Microsoft Learn: additional resources for Windows Update, how to reset components";
const BOOT_ARTICLE = "Microsoft Learn: Azure virtual machine stuck while Windows Update is applied";
const CATALOGUES = "Microsoft Learn: catalog files and digital signatures";
const BITS = "Microsoft Learn: Background Intelligent Transfer Service, the queue files";

/** The places. */
export const UPDATE_CACHE: readonly UpdateCacheRow[] = [
  {
    id: "software-distribution",
    path: "Windows\\SoftwareDistribution",
    kind: "directory",
    treatment: "move-aside",
    reason: "Data base and downloads of the update agent; made anew at its next start, " +
      "the list of past updates is lost",
    source: RESET,
  },
  {
    id: "catroot2",
    path: "Windows\\System32\\catroot2",
    kind: "directory",
    treatment: "move-aside",
    reason: "Data base of signatures, made anew from CatRoot by the cryptographic service",
    source: RESET,
  },
  {
    id: "bits-queue",
    path: "ProgramData\\Microsoft\\Network\\Downloader",
    names: /^(?:qmgr\d*\.(?:db|jfm|dat)|edb[^\\]*\.(?:log|chk|jtx|jrs))$/i,
    kind: "file",
    treatment: "move-aside",
    reason: "The queue of background downloads; made anew when the service starts",
    source: BITS,
  },
  {
    id: "catroot",
    path: "Windows\\System32\\CatRoot",
    kind: "directory",
    treatment: "never",
    reason: "The signature catalogues themselves; without them Windows does not start",
    source: CATALOGUES,
  },
  {
    id: "config-transaction-logs",
    path: "Windows\\System32\\config",
    names: /\.(?:blf|regtrans-ms)$/i,
    kind: "file",
    treatment: "never",
    reason: "Transaction logs of the registry; only a proven marker justifies moving them",
    source: BOOT_ARTICLE,
  },
  {
    id: "txr-transaction-logs",
    path: "Windows\\System32\\config\\TxR",
    names: /\.(?:blf|regtrans-ms)$/i,
    kind: "file",
    treatment: "never",
    reason: "Transaction logs of the registry; only a proven marker justifies moving them",
    source: BOOT_ARTICLE,
  },
  {
    id: "settings-store-transaction-logs",
    path: "Windows\\System32\\SMI\\Store\\Machine",
    names: /\.(?:blf|regtrans-ms)$/i,
    kind: "file",
    treatment: "never",
    reason: "Transaction logs of the settings store; only a proven marker justifies moving them",
    source: BOOT_ARTICLE,
  },
  {
    id: "servicing-sessions",
    path: "Windows\\servicing\\Sessions",
    kind: "directory",
    treatment: "keep",
    reason: "The servicing sessions, evidence of what was installed when",
    source: "RepairAzVMDisk, read in full",
  },
  {
    id: "cbs-logs",
    path: "Windows\\Logs\\CBS",
    kind: "directory",
    treatment: "keep",
    reason: "The servicing logs, evidence for the diagnosis",
    source: RESET,
  },
];

/** The places that a reset of the update cache moves aside. */
export function movableUpdateCache(): UpdateCacheRow[] {
  return UPDATE_CACHE.filter((row) => row.treatment === "move-aside");
}

/**
 * The row that forbids touching `path` (relative to the volume root), if there is one. A
 * folder above a forbidden place is forbidden too: moving it would take the place along.
 */
export function untouchableReason(path: string): UpdateCacheRow | undefined {
  return UPDATE_CACHE.find((row) => row.treatment === "never" && forbids(row, path));
}

function forbids(row: UpdateCacheRow, path: string): boolean {
  if (splitWindowsPath(path).length === 0 || isWithin(row.path, path)) return true;
  if (row.names === undefined) return isWithin(path, row.path);
  return isWithin(path, row.path) && row.names.test(windowsBaseName(path));
}
