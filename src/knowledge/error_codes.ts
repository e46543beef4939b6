/**
 * Error codes of Windows Update, the servicing stack, DISM and Setup: what they mean, which
 * kind of trouble they point to, and the first repair. A code alone proves little (0x80070002
 * appears in healthy logs too), so checks use it together with its context.
 */

/** What kind of trouble a code points to. */
export type ErrorClass =
  | "applicability"
  | "boot"
  | "busy"
  | "cache"
  | "disk"
  | "driver"
  | "edition"
  | "environment"
  | "media"
  | "memory"
  | "network"
  | "pending"
  | "policy"
  | "restart"
  | "service"
  | "setup"
  | "signature"
  | "source"
  | "space"
  | "store"
  | "timeout";

/** How much the row may be relied on. Without a mark: read in the named source. */
export type Trust = "community" | "unverified";

/** One error code. */
export interface ErrorCodeRow {
  /** Unsigned 32-bit. Plain Win32 codes are small numbers. */
  readonly code: number;
  readonly symbol?: string;
  readonly class: ErrorClass;
  /** One sentence without full stop. */
  readonly meaning: string;
  /** The first repair, imperative, without full stop. */
  readonly next?: string;
  readonly source: string;
  readonly trust?: Trust;
}

const WINERROR = "winerror.h of mingw-w64";
const WUERROR = "wuerror.h of mingw-w64";
const UPDATE_ERRORS = "Microsoft Learn: Windows Update common errors and error reference";
const UPGRADE_ERRORS = "Microsoft Learn: Windows upgrade error codes";
const TRIAGE = "Azure/azure-support-scripts: CBS error lists";
const DISM_TEXTS = "message table of dism.exe 6.2 to 10.0.22000";

const RESET_CACHE = "Reset the update cache";
const MATCHING_SOURCE = "Repair the component store with a source of the same build and edition";
const STORE_OR_UPGRADE = "Repair the component store once; if the code stays, upgrade in place";
const REVERT = "Revert the pending actions, then let Windows start once";
const RETRY_UNFILTERED = "Retry after third-party antivirus filters are disabled";

type Extra = Pick<ErrorCodeRow, "next" | "trust"> & { readonly symbol?: string };

/** Code, class, meaning, source, and what else is known. */
type CompactRow = readonly [number, ErrorClass, string, string, Extra?];

/** Win32 errors and the same as HRESULT 0x8007xxxx are one row; see {@linkcode explainCode}. */
const WIN32_ROWS: readonly CompactRow[] = [
  [0x80070002, "cache", "A file was not found", UPDATE_ERRORS, {
    symbol: "ERROR_FILE_NOT_FOUND",
    next: `${RESET_CACHE}; for Setup, detach other disks that hold a Windows`,
  }],
  [0x80070003, "cache", "A folder was not found", UPDATE_ERRORS, {
    symbol: "ERROR_PATH_NOT_FOUND",
    next: `${RESET_CACHE}; for Setup, check that the media hold winre.wim`,
  }],
  [0x80070005, "policy", "Access was denied", UPDATE_ERRORS, {
    symbol: "ERROR_ACCESS_DENIED",
    next: "Find the refused object in CBS.log near the error, and check antivirus filters",
  }],
  [0x80070008, "memory", "There is not enough memory", WINERROR, {
    symbol: "ERROR_NOT_ENOUGH_MEMORY",
    next: "Create a page file and load fewer drivers",
  }],
  [0x8007000b, "media", "A program or image file has a bad format", WINERROR, {
    symbol: "ERROR_BAD_FORMAT",
    next: "Check the image file: it is damaged or of another kind",
  }],
  [0x8007000d, "store", "Data are invalid", UPDATE_ERRORS, {
    symbol: "ERROR_INVALID_DATA",
    next: `${RESET_CACHE}, then repair the component store`,
  }],
  [0x8007000e, "memory", "There is not enough memory for the operation", WINERROR, {
    symbol: "E_OUTOFMEMORY",
    next: "Create a page file and load fewer drivers",
  }],
  [0x80070011, "cache", "Source and destination are on different volumes", WINERROR, {
    symbol: "ERROR_NOT_SAME_DEVICE",
    next: "Check whether SoftwareDistribution is a junction to another volume",
  }],
  [0x80070013, "disk", "The volume is write-protected", WINERROR, {
    symbol: "ERROR_WRITE_PROTECT",
    next: "Clear the read-only attribute of the disk and the volume",
  }],
  [0x8007001f, "driver", "A device attached to the system is not functioning", UPGRADE_ERRORS, {
    symbol: "ERROR_GEN_FAILURE",
    next: "Check the driver named in the log, and the list of user profiles",
  }],
  [0x80070020, "busy", "Another program holds the file open", UPDATE_ERRORS, {
    symbol: "ERROR_SHARING_VIOLATION",
    next: RETRY_UNFILTERED,
  }],
  [0x80070032, "setup", "The request is not supported", WINERROR, {
    symbol: "ERROR_NOT_SUPPORTED",
    next: "Use a DISM as new as the image; for Setup, remove unusual filters and drivers",
  }],
  [0x80070057, "store", "A parameter is invalid", UPDATE_ERRORS, {
    symbol: "E_INVALIDARG",
    next: "Check for pending actions, and that DISM is as new as the image",
  }],
  [0x80070070, "space", "The disk is full", UPGRADE_ERRORS, {
    symbol: "ERROR_DISK_FULL",
    next: "Free space on the target, and put the scratch folder on a larger volume",
  }],
  [0x8007007e, "store", "A module was not found", WINERROR, {
    symbol: "ERROR_MOD_NOT_FOUND",
    next: "Check the system files, then the component store",
  }],
  [
    0x800700b7,
    "busy",
    "Another DISM session works on this image",
    "setupact.log of an upgrade",
    {
      symbol: "ERROR_ALREADY_EXISTS",
      next: "Wait for the other session to end, then run it again",
    },
  ],
  [0x800700c1, "environment", "A program is not valid for this system", WINERROR, {
    symbol: "ERROR_BAD_EXE_FORMAT",
    next: "Start from complete WinPE media of the same architecture",
  }],
  [0x8007025d, "media", "Compressed data of the media are damaged", UPGRADE_ERRORS, {
    symbol: "ERROR_BAD_COMPRESSION_BUFFER",
    next: "Make the installation media again from a new download",
  }],
  [0x800702e4, "environment", "The program needs elevated rights", WINERROR, {
    symbol: "ERROR_ELEVATION_REQUIRED",
    next: "Run as administrator",
  }],
  [0x800703f1, "store", "The registry data base is damaged", WINERROR, {
    symbol: "ERROR_BADDB",
    next: "Check the hives of the target",
  }],
  [0x800703f3, "store", "The registry key cannot be opened", WINERROR, {
    symbol: "ERROR_CANTOPEN",
    next: "Check the hives of the target, and that no other program has them loaded",
  }],
  [0x80070422, "service", "A service that is needed is disabled", UPDATE_ERRORS, {
    symbol: "ERROR_SERVICE_DISABLED",
    next: "Set the update services back to their default start types",
  }],
  [0x80070424, "service", "A service that is needed does not exist", WINERROR, {
    symbol: "ERROR_SERVICE_DOES_NOT_EXIST",
    next: "Upgrade in place: it registers the services again",
  }],
  [0x80070490, "store", "An element of a component or driver was not found", UPDATE_ERRORS, {
    symbol: "ERROR_NOT_FOUND",
    next: "Check the driver packages, then repair the component store",
  }],
  [0x800704b8, "setup", "An extended error happened at the first boot", UPGRADE_ERRORS, {
    symbol: "ERROR_EXTENDED_ERROR",
    next: "Start with as few third-party services as possible",
  }],
  [0x80070522, "policy", "A required right is not held", UPGRADE_ERRORS, {
    symbol: "ERROR_PRIVILEGE_NOT_HELD",
    next: "Log on with an administrator account",
  }],
  [0x80070570, "disk", "A file or folder is damaged and unreadable", WINERROR, {
    symbol: "ERROR_FILE_CORRUPT",
    next: "Check the file system first, then repair the component store",
  }],
  [0x800705aa, "memory", "System resources are insufficient", WINERROR, {
    symbol: "ERROR_NO_SYSTEM_RESOURCES",
    next: "Create a page file",
  }],
  [0x800705af, "memory", "The page file is too small", WINERROR, {
    symbol: "ERROR_COMMITMENT_LIMIT",
    next: "Create a larger page file",
  }],
  [0x800705b4, "timeout", "The operation timed out", WINERROR, {
    symbol: "ERROR_TIMEOUT",
    next: RETRY_UNFILTERED,
  }],
  [0x800705b9, "store", "An XML file of the store cannot be read", UPDATE_ERRORS, {
    symbol: "ERROR_XML_PARSE_ERROR",
    next: MATCHING_SOURCE,
  }],
  [0x80070643, "space", "An installation failed", "Microsoft Support: KB5028997", {
    symbol: "ERROR_INSTALL_FAILURE",
    next: "Check the size of the recovery partition, then the .NET Framework",
  }],
  [0x800706ba, "service", "A service did not answer (RPC server unavailable)", WINERROR, {
    symbol: "RPC_S_SERVER_UNAVAILABLE",
    next: "Run it again; check the services if it stays",
  }],
  [0x800706be, "service", "The servicing process died during a call", WINERROR, {
    symbol: "RPC_S_CALL_FAILED",
    next: "Run it again with a scratch folder on a disk and more memory",
  }],
  [0x800706c6, "service", "An RPC call was given a bad address", WINERROR, {
    symbol: "RPC_S_INVALID_BOUND",
    next: "Run it again; check the services if it stays",
  }],
  [0x800706d9, "service", "An installer found no endpoint to talk to", WINERROR, {
    symbol: "EPT_S_NOT_REGISTERED",
    next: "Read in CBS.log which advanced installer failed",
  }],
  [0x80070bc2, "restart", "It succeeded, and a restart completes it", WINERROR, {
    symbol: "ERROR_SUCCESS_REBOOT_REQUIRED",
    next: "Let Windows start once",
  }],
  [0x80070bc9, "pending", "A restart is required first: actions are pending", WINERROR, {
    symbol: "ERROR_FAIL_REBOOT_REQUIRED",
    next: REVERT,
  }],
  [0x80071160, "disk", "A compressed system file cannot be read here", WINERROR, {
    symbol: "ERROR_WOF_FILE_RESOURCE_TABLE_CORRUPT",
    next: "Use a WinPE as new as the target, then check the file system",
    trust: "community",
  }],
  [0x80071ab1, "store", "A transaction log cannot grow", TRIAGE, {
    symbol: "ERROR_LOG_GROWTH_FAILED",
    next: "Check the free space and the registry transaction logs, else upgrade in place",
  }],
  [0x800719e4, "store", "A transaction log is full", WINERROR, {
    symbol: "ERROR_LOG_FULL",
    next: "Check the free space and the registry transaction logs",
  }],
  [0x800719e5, "space", "A transaction log cannot be resized", WINERROR, {
    symbol: "ERROR_COULD_NOT_RESIZE_LOG",
    next: "Check the free space and the registry transaction logs",
  }],
  [0x800736b3, "store", "An assembly is not in the component store", TRIAGE, {
    symbol: "ERROR_SXS_ASSEMBLY_NOT_FOUND",
    next: STORE_OR_UPGRADE,
  }],
  [0x800736cc, "store", "A file of a component has the wrong hash", WINERROR, {
    symbol: "ERROR_SXS_FILE_HASH_MISMATCH",
    next: STORE_OR_UPGRADE,
  }],
  [0x80073701, "store", "An assembly that is referenced is missing", TRIAGE, {
    symbol: "ERROR_SXS_ASSEMBLY_MISSING",
    next: STORE_OR_UPGRADE,
  }],
  [0x8007370a, "store", "An identity attribute of a component is invalid", WINERROR, {
    symbol: "ERROR_SXS_INVALID_IDENTITY_ATTRIBUTE_VALUE",
    next: STORE_OR_UPGRADE,
  }],
  [0x8007370b, "store", "An identity attribute name of a component is invalid", WINERROR, {
    symbol: "ERROR_SXS_INVALID_IDENTITY_ATTRIBUTE_NAME",
    next: STORE_OR_UPGRADE,
  }],
  [0x8007370d, "store", "A component identity cannot be read", WINERROR, {
    symbol: "ERROR_SXS_IDENTITY_PARSE_ERROR",
    next: STORE_OR_UPGRADE,
  }],
  [0x80073712, "store", "The component store is damaged", UPDATE_ERRORS, {
    symbol: "ERROR_SXS_COMPONENT_STORE_CORRUPT",
    next: STORE_OR_UPGRADE,
  }],
  [0x80073713, "store", "An advanced installer failed", WINERROR, {
    symbol: "ERROR_ADVANCED_INSTALLER_FAILED",
    next: "Read in CBS.log which installer failed",
  }],
  [0x8007371b, "store", "A transaction lacks components it needs", TRIAGE, {
    symbol: "ERROR_SXS_TRANSACTION_CLOSURE_INCOMPLETE",
    next: STORE_OR_UPGRADE,
  }],
  [0x80073b92, "setup", "Setup found several system partitions", UPGRADE_ERRORS, {
    next: "Detach other disks that hold a Windows",
  }],
  [0x80073bc3, "setup", "Setup found no usable system partition", UPGRADE_ERRORS, {
    next: "Detach other disks that hold a Windows",
  }],
];

const CBS_ROWS: readonly CompactRow[] = [
  [0x800f0800, "store", "The servicing stack reported an internal error", WUERROR, {
    symbol: "CBS_E_INTERNAL_ERROR",
  }],
  [0x800f0805, "store", "A package is not valid", TRIAGE, {
    symbol: "CBS_E_INVALID_PACKAGE",
    next: STORE_OR_UPGRADE,
  }],
  [0x800f0806, "pending", "An operation is pending", WUERROR, {
    symbol: "CBS_E_PENDING",
    next: REVERT,
  }],
  [0x800f0807, "applicability", "The package cannot be installed", WUERROR, {
    symbol: "CBS_E_NOT_INSTALLABLE",
  }],
  [0x800f0808, "disk", "The image cannot be accessed", WUERROR, {
    symbol: "CBS_E_IMAGE_NOT_ACCESSIBLE",
    next: "Check that the volume is unlocked and writable",
  }],
  [0x800f080c, "applicability", "The update is not known to this image", WUERROR, {
    symbol: "CBS_E_UNKNOWN_UPDATE",
  }],
  [0x800f080d, "store", "A manifest holds an invalid item", TRIAGE, {
    symbol: "CBS_E_MANIFEST_INVALID_ITEM",
    next: STORE_OR_UPGRADE,
  }],
  [0x800f081e, "applicability", "The package does not apply to this image", UPDATE_ERRORS, {
    symbol: "CBS_E_NOT_APPLICABLE",
    next: "Choose the package for this build and architecture",
  }],
  [0x800f081f, "source", "The repair source has not the files that are needed", UPDATE_ERRORS, {
    symbol: "CBS_E_SOURCE_MISSING",
    next: "Give a source of the same edition, language and build, updated to the same revision",
  }],
  [0x800f0820, "timeout", "The operation was cancelled", WUERROR, {
    symbol: "CBS_E_CANCEL",
    next: RETRY_UNFILTERED,
  }],
  [0x800f0821, "timeout", "The operation was aborted because it took too long", UPDATE_ERRORS, {
    symbol: "CBS_E_ABORT",
    next: `${RETRY_UNFILTERED}, with more memory`,
  }],
  [0x800f0823, "applicability", "A newer servicing stack is required", UPDATE_ERRORS, {
    symbol: "CBS_E_NEW_SERVICING_STACK_REQUIRED",
    next: "Install the newest servicing stack or cumulative update",
  }],
  [0x800f0825, "store", "The package is permanent and cannot be removed", UPDATE_ERRORS, {
    symbol: "CBS_E_CANNOT_UNINSTALL",
    next: "Remove the cumulative update package instead, never the servicing stack",
  }],
  [0x800f0826, "pending", "Another package of the same session failed", WUERROR, {
    symbol: "CBS_E_PENDING_VICTIM",
    next: "Look for the first failure in CBS.log",
  }],
  [0x800f0828, "space", "There is not enough disk space", WUERROR, {
    next: "Free space on the target",
  }],
  [0x800f082e, "environment", "This operation is not allowed offline", WUERROR, {
    next: "Do it in the running Windows",
  }],
  [0x800f082f, "pending", "An exclusive session is pending", WUERROR, {
    symbol: "CBS_E_EXCLUSIVE_WOULD_MERGE",
    next: REVERT,
  }],
  [0x800f0830, "store", "The image is no longer serviceable", DISM_TEXTS, {
    symbol: "CBS_E_IMAGE_UNSERVICEABLE",
    next: "Upgrade in place; if Windows does not start, install anew",
  }],
  [
    0x800f0831,
    "store",
    "A package of the component store is missing or damaged",
    UPDATE_ERRORS,
    {
      symbol: "CBS_E_STORE_CORRUPTION",
      next: "Repair with a matching source, or install the missing package; else upgrade in place",
    },
  ],
  [0x800f0832, "store", "The component store is damaged too much", WUERROR, {
    next: "Upgrade in place",
    trust: "unverified",
  }],
  [0x800f0840, "pending", "The data of a servicing session are damaged", WUERROR, {
    next: REVERT,
  }],
  [0x800f0841, "pending", "A servicing session was interrupted", WUERROR, { next: REVERT }],
  [0x800f0845, "store", "A cumulative update failed (no symbol is published)", "user reports", {
    next: STORE_OR_UPGRADE,
    trust: "unverified",
  }],
  [0x800f0900, "store", "An XML file of the store cannot be read", TRIAGE, {
    symbol: "CBS_E_XML_PARSER_FAILURE",
    next: STORE_OR_UPGRADE,
  }],
  [0x800f0902, "busy", "Another servicing operation is running", WUERROR, {
    symbol: "CBS_E_BUSY",
    next: "Wait for it to end, then run it again",
  }],
  [0x800f0904, "edition", "More than one edition is active", TRIAGE, { next: STORE_OR_UPGRADE }],
  [0x800f0905, "edition", "No edition is active", TRIAGE, { next: STORE_OR_UPGRADE }],
  [0x800f0906, "network", "The source files could not be downloaded", UPDATE_ERRORS, {
    symbol: "CBS_E_DOWNLOAD_FAILURE",
    next: "Give a local source",
  }],
  [0x800f0907, "policy", "Policy forbids the download of source files", UPDATE_ERRORS, {
    symbol: "CBS_E_GROUPPOLICY_DISALLOWED",
    next: "Give a local source",
  }],
  [0x800f0908, "network", "The connection is metered", WUERROR, { next: "Give a local source" }],
  [0x800f090b, "source", "A file of the repair source is damaged", WUERROR, {
    next: "Give another source",
  }],
  [0x800f0911, "store", "Servicing failed (no symbol is published)", TRIAGE, {
    next: STORE_OR_UPGRADE,
  }],
  [0x800f0915, "source", "The repair content was found nowhere", "captured on 26200", {
    symbol: "CBS_E_REPAIR_CONTENT_MISSING",
    next: "Give a source of exactly the same build and revision; read which files miss in CBS.log",
  }],
  [0x800f0920, "timeout", "The servicing stack stopped responding", WUERROR, {
    symbol: "CBS_E_HANG_DETECTED",
    next: RETRY_UNFILTERED,
  }],
  [0x800f0921, "store", "Primitive operations failed", WUERROR, {
    symbol: "CBS_E_PRIMITIVES_FAILED",
    next: REVERT,
  }],
  [0x800f0922, "store", "An advanced installer failed", UPDATE_ERRORS, {
    symbol: "CBS_E_INSTALLERS_FAILED",
    next: "Check the space of the system partition, then the installer named in CBS.log",
  }],
  [0x800f0923, "environment", "Servicing entered safe mode", WUERROR, {
    symbol: "CBS_E_SAFEMODE_ENTERED",
    next: "Start Windows normally",
  }],
  [0x800f0950, "network", "The optional content was not found", WUERROR, {
    next: "Give the media of optional features as source",
  }],
  [
    0x800f0954,
    "policy",
    "The update server of this network has not the content",
    UPDATE_ERRORS,
    {
      next: "Give a local source, or let Windows ask Windows Update",
    },
  ],
  [0x800f0982, "store", "No matching version of a component was found", UPDATE_ERRORS, {
    symbol: "PSFX_E_MATCHING_COMPONENT_NOT_FOUND",
    next: STORE_OR_UPGRADE,
  }],
  [0x800f0983, "store", "The folder of a component is missing", WUERROR, {
    symbol: "PSFX_E_MATCHING_COMPONENT_DIRECTORY_MISSING",
    next: STORE_OR_UPGRADE,
  }],
  [0x800f0984, "store", "A file of a component is missing", TRIAGE, {
    symbol: "PSFX_E_MATCHING_BINARY_MISSING",
    next: STORE_OR_UPGRADE,
  }],
  [0x800f0985, "store", "A reverse difference cannot be applied", TRIAGE, {
    symbol: "PSFX_E_APPLY_REVERSE_DELTA_FAILED",
    next: STORE_OR_UPGRADE,
  }],
  [0x800f0986, "store", "A forward difference cannot be applied", TRIAGE, {
    symbol: "PSFX_E_APPLY_FORWARD_DELTA_FAILED",
    next: `${STORE_OR_UPGRADE}; try the full package of the update`,
  }],
  [0x800f0987, "store", "A null difference cannot be hydrated", TRIAGE, {
    symbol: "PSFX_E_NULL_DELTA_HYDRATION_FAILED",
    next: STORE_OR_UPGRADE,
  }],
  [0x800f0988, "store", "Differences of an update do not fit together", TRIAGE, {
    symbol: "PSFX_E_INVALID_DELTA_COMBINATION",
    next: STORE_OR_UPGRADE,
  }],
  [0x800f0989, "store", "A reverse difference is missing", TRIAGE, {
    symbol: "PSFX_E_REVERSE_DELTA_MISSING",
    next: STORE_OR_UPGRADE,
  }],
  [0x800f098b, "store", "Servicing failed (no symbol is published)", "user reports", {
    next: STORE_OR_UPGRADE,
    trust: "unverified",
  }],
  [0x800f0991, "store", "A payload file is missing", TRIAGE, {
    symbol: "PSFX_E_MISSING_PAYLOAD_FILE",
    next: STORE_OR_UPGRADE,
  }],
];

const UPDATE_ROWS: readonly CompactRow[] = [
  [0x80040154, "environment", "A class that the tool needs is not registered", WINERROR, {
    symbol: "REGDB_E_CLASSNOTREG",
    next: "Start from complete WinPE media",
  }],
  [0x80072ee2, "network", "The connection timed out", UPDATE_ERRORS],
  [0x80072ee7, "network", "A server name was not resolved", UPDATE_ERRORS, {
    next: "Check the hosts file, the proxy and the name server",
  }],
  [0x80072efd, "network", "The server cannot be reached", UPDATE_ERRORS, {
    next: "Check the hosts file and the proxy",
  }],
  [0x80072efe, "network", "The connection was cut off", UPDATE_ERRORS],
  [0x80072f8f, "network", "The certificate of the server was refused", UPDATE_ERRORS, {
    next: "Check the date of the machine",
  }],
  [0x80090011, "driver", "A cryptographic object was not found", UPGRADE_ERRORS, {
    next: "Update or remove third-party drivers",
  }],
  [
    0x80092003,
    "signature",
    "A file could not be read while its signature was checked",
    WINERROR,
    {
      symbol: "CRYPT_E_FILE_ERROR",
      next: RESET_CACHE,
    },
  ],
  [0x800b0100, "signature", "A file has no signature", WINERROR, {
    symbol: "TRUST_E_NOSIGNATURE",
    next: RESET_CACHE,
  }],
  [0x800b0101, "signature", "A certificate is out of its period", WINERROR, {
    symbol: "CERT_E_EXPIRED",
    next: "Check the date of the machine",
  }],
  [0x800b0109, "signature", "A certificate chain ends in an untrusted root", WINERROR, {
    symbol: "CERT_E_UNTRUSTEDROOT",
    next: RESET_CACHE,
  }],
  [0x80240008, "cache", "An item of the update data base was not found", WUERROR, {
    symbol: "WU_E_ITEMNOTFOUND",
    next: RESET_CACHE,
  }],
  [0x80240016, "pending", "Another installation or a restart is pending", WUERROR, {
    symbol: "WU_E_INSTALL_NOT_ALLOWED",
    next: REVERT,
  }],
  [0x80240017, "applicability", "The update does not apply", WUERROR, {
    symbol: "WU_E_NOT_APPLICABLE",
  }],
  [0x8024001e, "service", "The update service was stopped", WUERROR, {
    symbol: "WU_E_SERVICE_STOP",
  }],
  [0x80240020, "service", "Nobody is logged on", WUERROR, {
    symbol: "WU_E_NO_INTERACTIVE_USER",
    next: "Log on, then search for updates again",
  }],
  [0x80240022, "busy", "All updates of the operation failed", WUERROR, {
    symbol: "WU_E_ALL_UPDATES_FAILED",
    next: RETRY_UNFILTERED,
  }],
  [0x80240034, "cache", "An update failed to download", WUERROR, {
    symbol: "WU_E_DOWNLOAD_FAILED",
    next: RESET_CACHE,
  }],
  [0x80240438, "network", "The update endpoint cannot be reached", WUERROR, {
    symbol: "WU_E_PT_ENDPOINT_UNREACHABLE",
    next: "Check the proxy and the update server of the policy",
  }],
  [0x80240fff, "cache", "An unexpected error of the update agent", WUERROR, {
    symbol: "WU_E_UNEXPECTED",
    next: RESET_CACHE,
  }],
  [0x80242006, "cache", "The metadata of an update are invalid", WUERROR, {
    symbol: "WU_E_UH_INVALIDMETADATA",
    next: RESET_CACHE,
  }],
  [0x8024200b, "driver", "The installer of an update failed", WUERROR, {
    symbol: "WU_E_UH_INSTALLERFAILURE",
    next: "Find out which update it is; drivers are the usual case",
  }],
  [0x8024200d, "cache", "The update must be downloaded again", WUERROR, {
    symbol: "WU_E_UH_NEEDANOTHERDOWNLOAD",
    next: RESET_CACHE,
  }],
  [0x80242014, "pending", "Work after the restart is still pending", WUERROR, {
    symbol: "WU_E_UH_POSTREBOOTSTILLPENDING",
    next: REVERT,
  }],
  [0x80242015, "pending", "The result after the restart is not known", WUERROR, {
    symbol: "WU_E_UH_POSTREBOOTRESULTUNKNOWN",
    next: REVERT,
  }],
  [0x80242016, "pending", "The state after the restart is unexpected", WUERROR, {
    symbol: "WU_E_UH_POSTREBOOTUNEXPECTEDSTATE",
    next: REVERT,
  }],
  [0x80244007, "network", "The update server refused a request", WUERROR, {
    symbol: "WU_E_PT_SOAPCLIENT_SOAPFAULT",
  }],
  [0x80244016, "network", "The update server answered 400 (bad request)", WUERROR],
  [0x80244017, "network", "The update server answered 401 (denied)", WUERROR],
  [0x80244018, "network", "The update server answered 403 (forbidden)", WUERROR],
  [0x80244019, "network", "The update server answered 404 (not found)", WUERROR],
  [0x8024401b, "network", "The proxy wants to know who is asking (407)", WUERROR, {
    next: "Check the proxy settings",
  }],
  [0x8024401c, "network", "The update server timed out (408)", WUERROR],
  [0x8024401f, "network", "The update server answered 500 (server error)", WUERROR],
  [0x80244021, "network", "The update server answered 502 (bad gateway)", WUERROR],
  [0x80244022, "network", "The update server answered 503 (unavailable)", WUERROR],
  [0x80244023, "network", "The update server answered 504 (gateway timed out)", WUERROR],
  [0x8024402c, "network", "The name of the update server or proxy was not resolved", WUERROR, {
    symbol: "WU_E_PT_WINHTTP_NAME_NOT_RESOLVED",
    next: "Check the hosts file, the proxy and the name server",
  }],
  [0x80244fff, "cache", "An unexpected error of the update protocol", WUERROR, {
    next: RESET_CACHE,
  }],
  [0x80246002, "cache", "A downloaded file has the wrong hash", WUERROR, { next: RESET_CACHE }],
  [0x80246007, "cache", "An update was not downloaded", WUERROR, { next: RESET_CACHE }],
  [0x80246008, "service", "The transfer service BITS cannot be used", WUERROR, {
    next: "Set the update services back to their default start types",
  }],
  [0x80248007, "cache", "The update data base lacks an entry", WUERROR, {
    symbol: "WU_E_DS_NODATA",
    next: RESET_CACHE,
  }],
  [0x80248014, "cache", "The update data base does not know a service", WUERROR, {
    symbol: "WU_E_DS_UNKNOWNSERVICE",
    next: `${RESET_CACHE}; for the Store service it is harmless`,
  }],
  [0x80248fff, "cache", "An unexpected error of the update data base", WUERROR, {
    next: RESET_CACHE,
  }],
  [0x8024a005, "service", "No update service is registered", WUERROR, { next: RESET_CACHE }],
  [0x8024a007, "service", "A restart is in progress", WUERROR],
  [0x8024a10a, "service", "The update orchestrator is shutting down", WUERROR],
  [0x8024afff, "cache", "An unexpected error of automatic updates", WUERROR, {
    next: RESET_CACHE,
  }],
  [0xc1800118, "policy", "An encrypted upgrade cannot be read with this server", UPGRADE_ERRORS],
  [0xc7700112, "setup", "Setup failed before the first restart", UPGRADE_ERRORS],
];

const SETUP_ROWS: readonly CompactRow[] = [
  [0xc1900101, "driver", "The upgrade was rolled back, mostly by a driver", UPGRADE_ERRORS, {
    next: "Read phase and operation of the extend code, then update or remove the driver",
  }],
  [0xc1900103, "timeout", "The compatibility check timed out", UPGRADE_ERRORS],
  [0xc1900106, "setup", "Setup was terminated", UPGRADE_ERRORS, { next: RETRY_UNFILTERED }],
  [0xc1900107, "setup", "The clean-up of an earlier upgrade is pending", UPGRADE_ERRORS, {
    next: "Let Windows start once, then move $WINDOWS.~BT aside",
  }],
  [0xc190010b, "media", "The install image was not found", UPGRADE_ERRORS],
  [0xc190010d, "setup", "The command line of Setup is invalid", UPGRADE_ERRORS],
  [
    0xc190010e,
    "setup",
    "The licence terms must be accepted on the command line",
    UPGRADE_ERRORS,
  ],
  [0xc190012f, "pending", "An upgrade waits for its restart already", UPGRADE_ERRORS],
  [0xc1900130, "media", "The hash of the install image is missing", UPGRADE_ERRORS],
  [0xc1900131, "media", "The install image does not match its hash", UPGRADE_ERRORS],
  [0xc19001df, "space", "The disk became full during Setup", UPGRADE_ERRORS, {
    next: "Free at least 20 GB on the target",
  }],
  [0xc1900200, "setup", "The machine does not meet the requirements", UPGRADE_ERRORS, {
    symbol: "MOSETUP_E_COMPAT_SYSREQ_BLOCK",
    next: "Check memory, processor, TPM and the space of the system partition",
  }],
  [0xc1900202, "setup", "The machine does not meet the minimum requirements", UPGRADE_ERRORS],
  [0xc1900204, "edition", "The chosen way of migration is not possible", UPGRADE_ERRORS, {
    symbol: "MOSETUP_E_COMPAT_MIGCHOICE_BLOCK",
    next: "Use media of the same edition family and language",
  }],
  [0xc1900208, "setup", "A program or driver blocks the upgrade", UPGRADE_ERRORS, {
    symbol: "MOSETUP_E_COMPAT_INSTALLREQ_BLOCK",
    next: "Read its name in CompatData*.xml and remove it",
  }],
  [0xc190020c, "space", "There is not enough space to download the upgrade", UPGRADE_ERRORS, {
    next: "Free at least 20 GB on the target",
  }],
  [0xc190020e, "space", "There is not enough space to install the upgrade", UPGRADE_ERRORS, {
    symbol: "MOSETUP_E_INSTALLDISKSPACE_BLOCK",
    next: "Free at least 20 GB on the target",
  }],
  [0xc1900210, "setup", "The compatibility scan found no obstacle", UPGRADE_ERRORS, {
    symbol: "MOSETUP_E_COMPAT_SCANONLY",
  }],
  [0xc1900214, "setup", "This version cannot be upgraded with these media", UPGRADE_ERRORS],
  [0xc1900215, "media", "The media hold no image for this machine", UPGRADE_ERRORS],
  [0xc1900216, "pending", "A rollback is pending", UPGRADE_ERRORS, {
    next: "Let Windows start once",
  }],
  [0xc1900223, "network", "The upgrade could not be downloaded", "Microsoft Support", {
    trust: "community",
  }],
  [0xc0000135, "environment", "A DLL that the program needs is missing", WINERROR, {
    symbol: "STATUS_DLL_NOT_FOUND",
    next: "Start from complete WinPE media",
  }],
  [0xc000013a, "environment", "The program was stopped with Ctrl-C", WINERROR, {
    symbol: "STATUS_CONTROL_C_EXIT",
    next: "Run it again",
  }],
  [0xc000021a, "boot", "A system process that Windows cannot do without ended", WINERROR, {
    symbol: "STATUS_SYSTEM_PROCESS_TERMINATED",
    next: "Check for pending actions and system files of different versions",
  }],
  [0xc0000218, "boot", "A registry hive could not be loaded", WINERROR, {
    symbol: "STATUS_CANNOT_LOAD_REGISTRY_FILE",
    next: "Check the hives of the target",
  }],
];

/** All rows. No code appears twice. */
export const ERROR_CODES: readonly ErrorCodeRow[] = [
  ...WIN32_ROWS,
  ...CBS_ROWS,
  ...UPDATE_ROWS,
  ...SETUP_ROWS,
].map(([code, kind, meaning, source, extra]) => ({
  code,
  class: kind,
  meaning,
  source,
  ...extra,
}));

const BY_CODE = new Map(ERROR_CODES.map((entry) => [entry.code, entry]));

/**
 * The row of a code of either sign. A plain Win32 error below 0x10000 finds the row of its
 * HRESULT form: DISM prints 112 or 0x80070070 for the same trouble.
 */
export function explainCode(code: number): ErrorCodeRow | undefined {
  const unsigned = code >>> 0;
  const found = BY_CODE.get(unsigned);
  if (found !== undefined || unsigned === 0 || unsigned >= 0x10000) return found;
  return BY_CODE.get((0x80070000 | unsigned) >>> 0);
}
