/**
 * The contract of a simulator: a stand-in for one Windows tool that really changes the
 * lab's volume, the way the real tool changes a real one, and prints recorded text.
 *
 * The same function runs in memory (unit tests) and compiled as `dism.exe` (Wine tests).
 */
import type { FileSystem } from "../../../src/host/mod.ts";
import type { LabBitLocker } from "./manage_bde_state.ts";
import type { SetupScenario } from "./setup_scenario.ts";

/** Languages the simulators can answer in. `/English` switches dism back to `en-US`. */
export type LabLanguage = "en-US" | "de-DE" | "ja-JP";

/** How a simulated tool misbehaves. */
export interface ToolFault {
  /** Print this many progress steps, then stay silent for ever. */
  readonly hangAfter?: number;
  /** Print this many progress steps, change half of what was to be changed, then die with exit code 0xC000013A. */
  readonly dieAfter?: number;
  /** Act as if the disk were full after this many progress steps. */
  readonly diskFullAfter?: number;
  /** Print bytes that make no sense and exit 0. */
  readonly garbage?: boolean;
  /** Do nothing but print this error code the way the tool prints errors, and exit with it (unsigned). */
  readonly error?: number;
}

/** What the simulated machine remembers outside of the target's files. Plain JSON. */
export interface LabState {
  /** Volume letters (`D:`) whose dirty bit is set. */
  dirtyVolumes: string[];
  /** Letters whose file system chkdsk cannot mend. */
  hopelessVolumes: string[];
  language: LabLanguage;
  /** Version in DISM's banner, for example "10.0.26100.8972". */
  dismVersion: string;
  /** dism progress form: every step a line (piped, 22H2 and later), or CR rewriting with the verdict glued to the bar. */
  dismProgress: "lines" | "rewriting";
  /** Number of cells of dism's bar: 58 on current builds, 60 on some older ones. */
  dismCells: 58 | 60;
  /** True: RevertPendingActions removes pending.xml at once. False: it stays until the next boot. */
  revertConsumesPending: boolean;
  /** Letters whose pending actions will be reverted at the next boot. */
  revertAtNextBoot: string[];
  /** Packages of the image, as `dism /Get-Packages` lists them. */
  packages: { identity: string; state: string; releaseType: string; installTime: string }[];
  /** Third-party drivers of the image, as `dism /Get-Drivers` lists them. */
  drivers: {
    publishedName: string;
    originalFileName: string;
    className: string;
    providerName: string;
    date: string;
    version: string;
  }[];
  /** EditionID of the image; a source image of another edition has nothing to offer. Unset: any. */
  edition?: string;
  /** Per image root in upper case what the last scan recorded: all that CheckHealth reads. */
  storeFlags?: { [root: string]: "repairable" | "not-repairable" };
  /** True: dism answers in `language` although `/English` was given. */
  ignoresEnglish?: boolean;
  /** What BitLocker does with each volume (`D:`); a volume that is not here is not encrypted. */
  bitLocker?: { [letter: string]: LabBitLocker };
  /** How the next starts of setup.exe end, one after the other; the last one stays. */
  setup?: SetupScenario[];
  faults: { [tool: string]: ToolFault };
  /** Every call, in order, with the files of the target it changed: the truth the tests compare with. */
  ledger: { tool: string; arguments: string[]; exitCode: number; changed: string[] }[];
}

/** What a simulator works on. */
export interface SimulatorContext {
  /** Absolute paths: `D:\Windows` in memory and under Wine. */
  readonly files: FileSystem;
  /** Path of the program that was started, if it is known. */
  readonly program?: string;
  /** Read at the start; `saveState` writes it back. */
  readonly state: LabState;
  saveState(): Promise<void>;
  /** Writes to standard output exactly these bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** The lab's time. Missing: the simulated machine has no clock. */
  now?(): Date;
  /** Waits, in the lab's time. */
  pause(milliseconds: number): Promise<void>;
  /** Never returns: the simulated hang. */
  hang(): Promise<never>;
  /** A line from standard input, undefined at its end. Missing: standard input is empty. */
  ask?(): Promise<string | undefined>;
}

/** A simulated program. Returns its exit code, unsigned 32-bit. */
export type Simulator = (args: readonly string[], context: SimulatorContext) => Promise<number>;

/** A lab state with nothing wrong. */
export function healthyLabState(): LabState {
  return {
    dirtyVolumes: [],
    hopelessVolumes: [],
    language: "en-US",
    dismVersion: "10.0.26100.8972",
    dismProgress: "lines",
    dismCells: 58,
    revertConsumesPending: false,
    revertAtNextBoot: [],
    packages: [],
    drivers: [],
    faults: {},
    ledger: [],
  };
}
