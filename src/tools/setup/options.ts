/** What Windows Setup can be told for an in-place upgrade, as types. */

/** Options of `setup.exe`; what is left out, Setup decides. All paths are native and local. */
export interface SetupOptions {
  /** Unattended: keeps all (`upgrade`) or the files only. A choice that deletes all is no repair. */
  readonly auto?: "upgrade" | "data-only";
  /** No window, also none of a rollback. */
  readonly quiet?: boolean;
  /** Needed with `auto` by media of Windows 11, and unknown to those of Windows 10. */
  readonly acceptEula?: boolean;
  /** What Setup may download; the last three are of newer media and not documented. */
  readonly dynamicUpdate?:
    | "enable"
    | "disable"
    | "no-drivers"
    | "no-lcu"
    | "no-drivers-no-lcu";
  readonly migrateDrivers?: "all" | "none";
  /** Folder with driver packages, with all folders below it. */
  readonly installDrivers?: string;
  /** `scan-only` examines and installs nothing. */
  readonly compat?: readonly ("ignore-warning" | "scan-only")[];
  /** Five groups of five; secret, and never part of a description. */
  readonly productKey?: string;
  /** Number of the image in the install file, from 1. */
  readonly imageIndex?: number;
  /** Another image file: `.wim`, `.esd`, or the first of split ones. */
  readonly installFrom?: string;
  /** Folder with `setupcomplete.cmd`, or that file. */
  readonly postOobe?: string;
  /** Folder with `setuprollback.cmd`, or that file. */
  readonly postRollback?: string;
  readonly postRollbackContext?: "system" | "user";
  /** Folder that gets the logs if Setup fails. */
  readonly copyLogs?: string;
  readonly showOobe?: "full" | "none";
  readonly telemetry?: boolean;
  readonly bitLocker?: "always-suspend" | "try-keep-active" | "force-keep-active";
  readonly resizeRecoveryPartition?: boolean;
  readonly priority?: "normal";
  /** Whether Windows will offer to go back. */
  readonly uninstall?: boolean;
  /** Suppresses the first restart only. */
  readonly noReboot?: boolean;
  /** Shift+F10 opens a console during Setup. */
  readonly diagnosticPrompt?: boolean;
  readonly compactOs?: boolean;
  /** A `SetupConfig.ini`; its values win over those of the command line. */
  readonly configFile?: string;
  /** An answer file; excludes `auto`. */
  readonly unattend?: string;
  /** Letter of a volume for temporary files. */
  readonly tempDrive?: string;
  /** Folder with the drivers of a disk encryption that is not BitLocker. */
  readonly reflectDrivers?: string;
  /** `false` leaves out the optimisation of the offline phase. */
  readonly migNeo?: false;
}

/** The media that Setup is started from. */
export interface SetupMedia {
  /** Native path of its `setup.exe`, as the running Windows will see it. */
  readonly program: string;
  /** Build of the media: 26100. */
  readonly build: number;
}

/** First build of Windows 11. */
export const FIRST_WINDOWS_11 = 22_000;
