/**
 * What the starter needs of the Windows that runs: this room asks for it, and the command line
 * gives it. Every fact may be unknown, and an unknown one is never a good one.
 */

/** A value of the live registry. */
export interface MachineValue {
  /** REG_SZ is 1, REG_DWORD is 4, REG_QWORD is 11. */
  readonly type: number;
  readonly data: Uint8Array;
}

/** The volume that the program lies on. */
export interface ProgramVolume {
  /** `C:` */
  readonly letter: string | undefined;
  /** `1A2B-3C4D`, as `scan` shows it. */
  readonly serial: string;
}

/** What lies at a path. */
export interface MachineFile {
  readonly bytes: number;
  readonly modified: Date | null;
}

/** A file that only grows; each append is on the disk when its promise resolves. */
export interface MachineLog {
  append(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** The running Windows, as the starter sees it. All paths are native: `C:\PEMedic\bin\…`. */
export interface StarterMachine {
  /** Folder of the running program; undefined if it is not the compiled one. */
  readonly programFolder: string | undefined;
  now(): Date;
  /** Milliseconds of a clock that never jumps. */
  monotonicMs(): number;
  /** Resolves after that time, or at once when `signal` is aborted; it never rejects. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  volume(): Promise<ProgramVolume | undefined>;
  stat(path: string): Promise<MachineFile | undefined>;
  /** Undefined if there is no such file. @throws {FileError} */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Lower-case hexadecimal digits. @throws {FileError} */
  sha256(path: string): Promise<string>;
  /** Lower-case hexadecimal digits. */
  hashOf(bytes: Uint8Array): string;
  /** Opens for appending, creating the file if need be. @throws {FileError} */
  openLog(path: string): Promise<MachineLog>;
  bootMode(): Promise<"normal" | "safe-mode" | "safe-mode-network" | "unknown">;
  powerSource(): Promise<"mains" | "battery" | "unknown">;
  uptimeMs(): Promise<number | "unknown">;
  /** `running`, `absent`, `unknown`, or another word of Windows. */
  serviceState(name: string): Promise<string>;
  readValue(key: `HKLM\\${string}`, name: string): Promise<MachineValue | "absent" | "unknown">;
  keyExists(key: `HKLM\\${string}`): Promise<boolean | "unknown">;
  /**
   * Runs a program and resolves to its exit code, unsigned. The program goes on when this one ends.
   *
   * @throws {ToolError} if it cannot be started.
   */
  run(program: string, args: readonly string[]): Promise<number>;
  /** File names of the programs that run now; undefined if they cannot be had. */
  processes(): Promise<readonly string[] | undefined>;
  /** Deletes the service; false if there is none. @throws {ToolError} if Windows refuses. */
  deleteService(name: string): Promise<boolean>;
  /** Deletes a key of the live registry that has none below it; nothing happens if it is gone. */
  deleteKey(key: `HKLM\\${string}`): Promise<void>;
}

/** How the starter was started, and how it is told to end. */
export interface StarterRequest {
  /** SHA-256 of the order's bytes, from the command line. */
  readonly orderSha256: string;
  /** By the service control manager, or at logon. */
  readonly start: "service" | "logon";
  /** Aborted when Windows wants the service to end. */
  readonly signal: AbortSignal;
  /** Why it was aborted. */
  stopRequest(): "stop" | "shutdown" | "preshutdown" | undefined;
}
