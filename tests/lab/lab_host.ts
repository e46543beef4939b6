/** The lab's machine: a {@linkcode Host} over any of the lab's file systems. */
import { newHash } from "../../src/host/streaming_hash.ts";
import type { HashName, StreamingHash } from "../../src/host/mod.ts";
import type {
  FileSystem,
  Host,
  Platform,
  RunAsService,
  RunningWindows,
} from "../../src/host/mod.ts";
import type { CrashOptions, CrashSwitch } from "./crash.ts";
import { LabClock } from "./lab_clock.ts";
import { LabProcesses, type RunSimulator } from "./lab_processes.ts";
import { LabTerminal, type LabTerminalOptions } from "./lab_terminal.ts";
import { LabVolumes, type LabVolumeSpec, type LiveVolume } from "./lab_volumes.ts";
import type { FileOperation } from "./memory_disk.ts";
import type { LabServiceManager } from "./service_manager.ts";
import type { Snapshot, SnapshotOptions } from "./snapshot.ts";
import { healthyLabState, type LabState } from "./simulators/simulator.ts";

/** What every floor's file system has beside the usual. */
export interface LabFiles extends FileSystem {
  readonly crash: CrashSwitch;
  /** All changes since the start or since they were forgotten. */
  readonly operations: readonly FileOperation[];
  forgetOperations(): void;
  crashAfter(count: number, options?: CrashOptions): void;
  recover(): void;
  /** A picture without regard to faults, where that is possible. */
  snapshot?(root: string, options?: SnapshotOptions): Snapshot;
}

/** How a machine is set up. */
export interface LabHostOptions {
  /** The simulated machine's memory, shared with the simulators. Default: nothing wrong. */
  readonly state?: LabState;
  readonly clock?: LabClock;
  readonly terminal?: LabTerminalOptions;
  readonly platform?: Partial<Platform>;
  /** Tools of the running WinPE. Default: {@linkcode WINPE_TOOLS}. */
  readonly tools?: readonly string[];
  readonly missingTools?: readonly string[];
  readonly runSimulator?: RunSimulator;
  /** Cuts the output of programs into pieces of at most this many bytes. */
  readonly chunkBytes?: number;
  /** Makes it a machine whose Windows runs, with services. Default: WinPE, where nothing asks. */
  readonly serviceManager?: LabServiceManager;
}

/** Tools that a WinPE with the usual optional components has. */
export const WINPE_TOOLS: readonly string[] = [
  "bcdboot",
  "bcdedit",
  "bootsect",
  "chkdsk",
  "diskpart",
  "dism",
  "drvload",
  "fsutil",
  "manage-bde",
  "mountvol",
  "reagentc",
  "sfc",
  "wpeutil",
];

/** A machine in WinPE, with handles for the test. */
export class LabHost<Files extends LabFiles> implements Host {
  readonly files: Files;
  readonly processes: LabProcesses;
  readonly volumes: LabVolumes;
  readonly terminal: LabTerminal;
  readonly clock: LabClock;
  readonly platform: Platform;
  /** What the simulators remember. */
  readonly state: LabState;
  /** Names of the checkpoints that were passed, in order. */
  readonly checkpoints: string[] = [];
  readonly runAsService?: RunAsService;
  readonly runningWindows?: () => Promise<RunningWindows>;
  readonly #serviceManager: LabServiceManager | undefined;
  readonly #listeners = new Set<() => void>();
  #awake = 0;
  #random = 0x9e37_79b9;
  #kill: { readonly name: string; left: number } | undefined;

  constructor(
    files: Files,
    options: LabHostOptions & {
      readonly volumes: readonly LabVolumeSpec[];
      live(letter: string): LiveVolume | undefined;
    },
  ) {
    this.files = files;
    this.state = options.state ?? healthyLabState();
    this.clock = options.clock ?? new LabClock();
    this.terminal = new LabTerminal(options.terminal);
    this.platform = { ...WINPE, ...options.platform };
    this.volumes = new LabVolumes({
      specs: options.volumes,
      files,
      state: this.state,
      live: options.live,
    });
    this.processes = new LabProcesses({
      files,
      state: this.state,
      clock: this.clock,
      crash: files.crash,
      tools: options.tools ?? WINPE_TOOLS,
      ...(options.runSimulator === undefined ? {} : { runSimulator: options.runSimulator }),
      ...(options.chunkBytes === undefined ? {} : { chunkBytes: options.chunkBytes }),
    });
    for (const tool of options.missingTools ?? []) this.processes.missingTools.add(tool);
    const manager = options.serviceManager;
    this.#serviceManager = manager;
    if (manager === undefined) return;
    this.runAsService = (name, work) => manager.runAsService(name, work);
    this.runningWindows = () => Promise.resolve(manager);
  }

  /** How many callers keep the machine awake now. */
  get awake(): number {
    return this.#awake;
  }

  /** How many listeners wait for Ctrl-C now. */
  get interruptListeners(): number {
    return this.#listeners.size;
  }

  newHash(name: HashName): StreamingHash {
    return newHash(name);
  }

  /** The same numbers in every run. */
  randomHex(count: number): string {
    return Array.from({ length: count }, () => this.#randomByte().toString(16).padStart(2, "0"))
      .join("");
  }

  keepAwake(): () => void {
    let held = true;
    this.#awake++;
    return () => {
      if (held) this.#awake--;
      held = false;
    };
  }

  onInterrupt(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Ctrl-C: it reaches our listeners and the running program, as in a console. */
  interrupt(): void {
    for (const listener of [...this.#listeners]) listener();
    this.processes.endProgram();
  }

  checkpoint(name: string): Promise<void> {
    return new Promise((resolve) => {
      this.files.crash.check();
      this.checkpoints.push(name);
      if (this.#kill?.name === name && --this.#kill.left === 0) {
        this.#kill = undefined;
        this.files.crash.now(`checkpoint ${name}`);
      }
      resolve();
    });
  }

  /** Cuts the power when the checkpoint `name` is passed for the `count`-th time from now. */
  killAt(name: string, count = 1): void {
    this.#kill = { name, left: count };
  }

  /** After a cut: power on, no crash planned, a fresh console. */
  reboot(): void {
    this.#kill = undefined;
    this.#awake = 0;
    this.#listeners.clear();
    this.#serviceManager?.reboot();
    this.files.recover();
  }

  /** Fails if an expected command was not run. */
  finish(): void {
    this.processes.finish();
  }

  /** xorshift32 */
  #randomByte(): number {
    let x = this.#random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#random = x >>> 0;
    return this.#random & 0xff;
  }
}

const WINPE: Platform = {
  system: "windows",
  winpe: true,
  build: 26100,
  systemRoot: "X:\\",
  oemCodePage: 437,
};
