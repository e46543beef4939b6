/**
 * The machine we run on. Everything that is not pure gets one of these: the real one in
 * `real_host.ts`, or the lab's.
 */
import type { FileSystem } from "./file_system.ts";
import type { ProcessRunner } from "./process_runner.ts";
import type { RunningWindows } from "./running_windows.ts";
import type { RunAsService } from "./service.ts";
import type { Terminal } from "./terminal.ts";
import type { Volumes } from "./volumes.ts";

/** Time, identity and signals. */
export interface Clock {
  now(): Date;
  /** Milliseconds of a clock that never jumps. */
  monotonicMs(): number;
}

/** What kind of system we run on. */
export interface Platform {
  readonly system: "windows" | "linux";
  /** True inside WinPE or WinRE. */
  readonly winpe: boolean;
  /** Build number of the running Windows (its DISM services images up to this build), if known. */
  readonly build?: number;
  /** The drive of the running system (`X:\` in WinPE, `/` on Linux): never a target. */
  readonly systemRoot: string;
  /** Folder of the running executable, if it is the compiled program. */
  readonly programFolder?: string;
  /** The running executable itself, if it is the compiled program. */
  readonly programFile?: string;
  /** Console code page for tool output, for example 437 or 850. */
  readonly oemCodePage: number;
}

/** A hash that grows with what is given to it. */
export interface StreamingHash {
  update(bytes: Uint8Array): void;
  /** Ends the computation: lower-case hexadecimal digits. */
  hex(): string;
}

/** Hashes that are needed: those of image contents, and of lists of files. */
export type HashName = "sha1" | "sha256";

/** The host. */
export interface Host {
  readonly files: FileSystem;
  readonly processes: ProcessRunner;
  readonly volumes: Volumes;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly platform: Platform;
  /** Works as a Windows service; undefined where there are none. */
  readonly runAsService?: RunAsService;
  /** The Windows that runs now; undefined on other systems. */
  readonly runningWindows?: () => Promise<RunningWindows>;
  /** A fast hash of the machine's own. */
  newHash(name: HashName): StreamingHash;
  /** `count` random bytes as lower-case hex. */
  randomHex(count: number): string;
  /** Keeps the machine awake until the returned function is called. */
  keepAwake(): () => void;
  /** Calls `listener` on Ctrl-C until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
  /**
   * A named place where a test may kill the process. Does nothing in production unless the
   * environment variable PEMEDIC_CHECKPOINT names this place (`name` or `name#3`).
   */
  checkpoint(name: string): Promise<void>;
}
