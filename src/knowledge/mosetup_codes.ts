/**
 * Results of modern Setup, 0xC1900100 to 0xC1900405: their names, what they mean and what to do.
 * Which of them are refusals, and which leave a half-done upgrade behind, decides what comes next.
 */
import type { Trust } from "./error_codes.ts";

/**
 * What kind of end a result is.
 *
 * - `scan-passed`: it was a scan only, and nothing stands in the way.
 * - `blocked`: refused before anything was changed, because of the machine or what is on it.
 * - `no-space`: refused, or stopped, because a volume is full.
 * - `cancelled`: a person, or a time limit on a question, ended it.
 * - `started-wrongly`: the command line, the answers or the media do not fit.
 * - `pending`: something must be finished first.
 * - `broke-off`: the work began and failed.
 */
export type MoSetupKind =
  | "scan-passed"
  | "blocked"
  | "no-space"
  | "cancelled"
  | "started-wrongly"
  | "pending"
  | "broke-off";

/** One result. */
export interface MoSetupCode {
  /** Unsigned. */
  readonly code: number;
  readonly symbol: string;
  readonly kind: MoSetupKind;
  /** One sentence without full stop. */
  readonly meaning: string;
  /** What to do, imperative, without full stop. */
  readonly next: string;
  readonly source: string;
  readonly trust?: Trust;
}

const PROCEDURES = "Microsoft Learn: Windows upgrade resolution procedures, modern setup errors";

const READ_LOGS = "Read the last failed operation in setupact.log";
const CHECK_MEDIA = "Verify the media against a list of hashes, or get new ones";
const FIX_COMMAND = "Correct the command line of setup.exe";
const START_AGAIN = "Start Setup again";
const ANSWER = "Start Setup again with /auto upgrade and /eula accept, so that it asks nothing";
const FREE_SPACE = "Free at least 20 GB on the volume of Windows and look at the system partition";
const REQUIREMENTS = "Compare processor, memory, TPM and Secure Boot with the requirements";
const READ_COMPAT = "Read the names in CompatData*.xml and ScanResult.xml and remove them";
const NO_FILTERS = "Remove third-party antivirus and encryption, then start Setup again";
const FINISH_FIRST = "Let Windows start once, then move $WINDOWS.~BT aside";
const FIX_SCRIPT = "Read the log of the script that was given with /PostOOBE or /PostRollback";
const RESET_CACHE = "Reset the update cache, or upgrade from verified media";

type Row = readonly [code: number, name: string, kind: MoSetupKind, meaning: string, next: string];

const ROWS: readonly Row[] = [
  [0x100, "VERSION_MISMATCH", "started-wrongly", "Parts of different Setup versions", CHECK_MEDIA],
  [
    0x101,
    "SETUP_PLATFORM",
    "broke-off",
    "The upgrade was rolled back, mostly because of a driver",
    "Read phase and operation of the extend code, then update or remove the driver",
  ],
  [0x102, "SHUTDOWN_BLOCK", "broke-off", "The shutdown could not be held back", START_AGAIN],
  [
    0x103,
    "COMPAT_TIMEOUT",
    "cancelled",
    "Nobody resolved the compatibility problems in time",
    READ_COMPAT,
  ],
  [0x104, "PROCESS_TIMEOUT", "broke-off", "Setup did not end within its time limit", NO_FILTERS],
  [0x105, "TEST_MODE", "broke-off", "Setup runs in a test environment", START_AGAIN],
  [0x106, "TERMINATE_PROCESS", "broke-off", "The process of Setup was terminated", NO_FILTERS],
  [
    0x107,
    "CLEANUP_PENDING",
    "pending",
    "The clean-up of an earlier upgrade is not finished",
    FINISH_FIRST,
  ],
  [
    0x108,
    "REPORTING",
    "broke-off",
    "A collective result that stands for the error before it in the log",
    "Look at the error that was remapped to it in setupact.log",
  ],
  [
    0x109,
    "COMPAT_TERMINATE",
    "cancelled",
    "Setup was terminated while it showed compatibility problems",
    READ_COMPAT,
  ],
  [0x10a, "UNKNOWN_CMD_LINE", "started-wrongly", "An unknown argument was given", FIX_COMMAND],
  [
    0x10b,
    "INSTALL_IMAGE_NOT_FOUND",
    "started-wrongly",
    "The install image was not found",
    CHECK_MEDIA,
  ],
  [
    0x10c,
    "AUTOMATION_INVALID",
    "started-wrongly",
    "The answer file is invalid",
    "Correct the answer file, or leave it out",
  ],
  [0x10d, "INVALID_CMD_LINE", "started-wrongly", "The command line is invalid", FIX_COMMAND],
  [
    0x10e,
    "EULA_ACCEPT_REQUIRED",
    "started-wrongly",
    "The licence terms were not accepted on the command line",
    "Start setup.exe with /eula accept",
  ],
  [0x110, "EULA_CANCEL", "cancelled", "Somebody cancelled at the licence terms", ANSWER],
  [0x111, "ADVERTISE_CANCEL", "cancelled", "Somebody cancelled at the offer", START_AGAIN],
  [
    0x112,
    "TARGET_DRIVE_NOT_FOUND",
    "broke-off",
    "The volume to install to was not found",
    "Detach other disks, and check the storage driver",
  ],
  [0x113, "EULA_DECLINED", "cancelled", "Somebody declined the licence terms", ANSWER],
  [0x11e, "FLIGHTING_BVT", "broke-off", "Setup was halted for a test", START_AGAIN],
  [0x11f, "PROCESS_CRASHED", "broke-off", "The process of Setup crashed", NO_FILTERS],
  [0x120, "EULA_TIMEOUT", "cancelled", "Nobody accepted the licence terms in time", ANSWER],
  [0x121, "ADVERTISE_TIMEOUT", "cancelled", "Nobody answered the offer in time", START_AGAIN],
  [
    0x122,
    "DOWNLOADDISKSPACE_TIMEOUT",
    "no-space",
    "Nobody made room for the download in time",
    FREE_SPACE,
  ],
  [
    0x123,
    "INSTALLDISKSPACE_TIMEOUT",
    "no-space",
    "Nobody made room for the installation in time",
    FREE_SPACE,
  ],
  [
    0x124,
    "COMPAT_SYSREQ_TIMEOUT",
    "blocked",
    "The machine does not meet the requirements, and nobody answered in time",
    REQUIREMENTS,
  ],
  [
    0x125,
    "COMPAT_DOWNLOADREQ_TIMEOUT",
    "blocked",
    "The machine does not meet the requirements of the download, and nobody answered in time",
    REQUIREMENTS,
  ],
  [
    0x126,
    "GATHER_OS_STATE_SIGNATURE",
    "started-wrongly",
    "GatherOsState.exe has no valid signature",
    CHECK_MEDIA,
  ],
  [
    0x127,
    "UNINSTALL_ALLOWED_ABORT",
    "cancelled",
    "Somebody kept the way back to the Windows before this one instead",
    "Give up the way back (Windows.old), or wait until Windows has removed it",
  ],
  [0x128, "MISSING_TASK", "broke-off", "A task of Setup is missing", FINISH_FIRST],
  [
    0x129,
    "UPDATEMEDIA_REQUESTED",
    "pending",
    "A newer Setup is started to go on",
    "Read the log that the newer Setup wrote",
  ],
  [
    0x12f,
    "FINALIZE_ALREADY_REQUESTED",
    "pending",
    "An upgrade is prepared already and waits for the restart",
    "Restart the computer, or abandon that upgrade",
  ],
  [
    0x130,
    "INSTALL_HASH_MISSING",
    "started-wrongly",
    "The hash of the installation is missing",
    CHECK_MEDIA,
  ],
  [
    0x131,
    "INSTALL_HASH_MISMATCH",
    "started-wrongly",
    "The hash of the installation is another one",
    CHECK_MEDIA,
  ],
  [0x1df, "DISK_FULL", "no-space", "The disk became full during Setup", FREE_SPACE],
  [0x1e0, "GATHER_OS_STATE_FAILED", "broke-off", "GatherOsState.exe failed", NO_FILTERS],
  [0x1e1, "PROCESS_SUSPENDED", "broke-off", "The process of Setup was suspended", START_AGAIN],
  [0x1e2, "PREINSTALL_SCRIPT_FAILED", "broke-off", "The preinstall script failed", FIX_SCRIPT],
  [0x1e3, "PRECOMMIT_SCRIPT_FAILED", "broke-off", "The precommit script failed", FIX_SCRIPT],
  [0x1e4, "FAILURE_SCRIPT_FAILED", "broke-off", "The failure script failed", FIX_SCRIPT],
  [0x1e5, "SCRIPT_TIMEOUT", "broke-off", "A script took too long", FIX_SCRIPT],
  [
    0x200,
    "COMPAT_SYSREQ_BLOCK",
    "blocked",
    "The machine does not meet the requirements",
    REQUIREMENTS,
  ],
  [
    0x201,
    "COMPAT_SYSREQ_CANCEL",
    "cancelled",
    "Somebody cancelled, because the machine does not meet the requirements",
    REQUIREMENTS,
  ],
  [
    0x202,
    "COMPAT_DOWNLOADREQ_BLOCK",
    "blocked",
    "The machine does not meet the requirements of the download",
    REQUIREMENTS,
  ],
  [
    0x203,
    "COMPAT_DOWNLOADREQ_CANCEL",
    "cancelled",
    "Somebody cancelled, because the machine does not meet the requirements of the download",
    REQUIREMENTS,
  ],
  [
    0x204,
    "COMPAT_MIGCHOICE_BLOCK",
    "blocked",
    "What should be kept cannot be kept with these media",
    "Use media of the same edition family, language and architecture",
  ],
  [
    0x205,
    "COMPAT_MIGCHOICE_CANCEL",
    "cancelled",
    "Somebody cancelled, because what should be kept cannot be kept",
    "Use media of the same edition family, language and architecture",
  ],
  [
    0x206,
    "COMPAT_DEVICEREQ_BLOCK",
    "blocked",
    "A device blocks the upgrade",
    "Read its name in CompatData*.xml, then remove it or update its driver",
  ],
  [
    0x207,
    "COMPAT_DEVICEREQ_CANCEL",
    "cancelled",
    "Somebody cancelled because of a device",
    "Read its name in CompatData*.xml, then remove it or update its driver",
  ],
  [
    0x208,
    "COMPAT_INSTALLREQ_BLOCK",
    "blocked",
    "A program or driver blocks the upgrade",
    READ_COMPAT,
  ],
  [
    0x209,
    "COMPAT_INSTALLREQ_CANCEL",
    "cancelled",
    "Somebody cancelled because of a program or driver",
    READ_COMPAT,
  ],
  [
    0x20a,
    "COMPAT_RECOVERYREQ_BLOCK",
    "blocked",
    "Windows could not be recovered if the upgrade failed",
    "Repair the recovery environment and make room for it",
  ],
  [
    0x20b,
    "COMPAT_RECOVERYREQ_CANCEL",
    "cancelled",
    "Somebody cancelled, because Windows could not be recovered if the upgrade failed",
    "Repair the recovery environment and make room for it",
  ],
  [0x20c, "DOWNLOADDISKSPACE_BLOCK", "no-space", "No room for the download", FREE_SPACE],
  [
    0x20d,
    "DOWNLOADDISKSPACE_CANCEL",
    "cancelled",
    "Somebody cancelled, because there is no room for the download",
    FREE_SPACE,
  ],
  [0x20e, "INSTALLDISKSPACE_BLOCK", "no-space", "No room for the installation", FREE_SPACE],
  [
    0x20f,
    "INSTALLDISKSPACE_CANCEL",
    "cancelled",
    "Somebody cancelled, because there is no room for the installation",
    FREE_SPACE,
  ],
  [
    0x210,
    "COMPAT_SCANONLY",
    "scan-passed",
    "The compatibility scan found no obstacle",
    "Start the upgrade without /compat scanonly",
  ],
  [
    0x211,
    "DOWNLOAD_UNPACK_DISKSPACE_BLOCK",
    "no-space",
    "No room to download and unpack the media",
    FREE_SPACE,
  ],
  [
    0x212,
    "DOWNLOAD_UNPACK_DISKSPACE_MULTIARCH_BLOCK",
    "no-space",
    "No room to download and unpack media of several architectures",
    FREE_SPACE,
  ],
  [
    0x213,
    "NO_OFFER_FOUND",
    "blocked",
    "No upgrade is offered to this machine",
    "Upgrade from media of the edition that is installed",
  ],
  [
    0x214,
    "UNSUPPORTED_VERSION",
    "started-wrongly",
    "This version of the tool is not supported any more",
    "Get the newest media",
  ],
  [
    0x215,
    "NO_MATCHING_INSTALL_IMAGE",
    "started-wrongly",
    "The media hold no image for this machine",
    "Use media of the edition, language and architecture that is installed",
  ],
  [0x216, "ROLLBACK_PENDING", "pending", "A rollback is pending", FINISH_FIRST],
  [
    0x220,
    "COMPAT_REPORT_NOT_DISPLAYED",
    "blocked",
    "The compatibility report could not be shown",
    READ_COMPAT,
  ],
  [0x400, "UA_VERSION_MISMATCH", "broke-off", "Another update agent was expected", RESET_CACHE],
  [
    0x401,
    "UA_NO_PACKAGES_TO_DOWNLOAD",
    "broke-off",
    "The update agent has nothing to download",
    RESET_CACHE,
  ],
  [
    0x402,
    "UA_UPDATE_CANNOT_BE_MERGED",
    "broke-off",
    "The update agent cannot put the update together",
    RESET_CACHE,
  ],
  [
    0x403,
    "UA_CORRUPT_PAYLOAD_FILES",
    "broke-off",
    "Downloaded files of the upgrade are damaged",
    RESET_CACHE,
  ],
  [
    0x404,
    "UA_BOX_NOT_FOUND",
    "broke-off",
    "The downloaded Setup was not found",
    RESET_CACHE,
  ],
  [0x405, "UA_BOX_CRASHED", "broke-off", "The downloaded Setup crashed", RESET_CACHE],
];

const BASE = 0xc1900000;

/** All results, in rising order. */
export const MOSETUP_CODES: readonly MoSetupCode[] = [
  ...ROWS.map(([code, name, kind, meaning, next]): MoSetupCode => ({
    code: BASE + code,
    symbol: `MOSETUP_E_${name}`,
    kind,
    meaning,
    next,
    source: PROCEDURES,
  })),
  {
    code: 0xc1900223,
    symbol: "0xC1900223",
    kind: "broke-off" as const,
    meaning: "The upgrade could not be downloaded",
    next: RESET_CACHE,
    source: "Microsoft Support, an old page; no name is known",
    trust: "community" as const,
  },
].sort((a, b) => a.code - b.code);

const BY_CODE = new Map(MOSETUP_CODES.map((row) => [row.code, row]));

/** The row of a result of either sign. */
export function explainMoSetup(code: number): MoSetupCode | undefined {
  return BY_CODE.get(code >>> 0);
}

/** What is known of an error that only appears in its family: the log names the operation. */
export const MOSETUP_FALLBACK: string = READ_LOGS;
