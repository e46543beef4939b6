/**
 * Facts about the Windows that runs now, for those who must not start something in it at the
 * wrong moment. Every fact may be unknown, and an unknown one is never a good one.
 */

/** How Windows was started. */
export type BootMode = "normal" | "safe-mode" | "safe-mode-network" | "unknown";

/** Where the power comes from. */
export interface PowerStatus {
  readonly source: "mains" | "battery" | "unknown";
  readonly battery: "present" | "none" | "unknown";
  /** 0 to 100. */
  readonly batteryPercent: number | "unknown";
}

/** The state of an installed service. */
export type ServiceState =
  | "stopped"
  | "start-pending"
  | "stop-pending"
  | "running"
  | "continue-pending"
  | "pause-pending"
  | "paused";

/** A key of the live registry: `HKLM\SYSTEM\CurrentControlSet\Control`. */
export type LiveKey = `HKLM\\${string}`;

/** A value of the live registry. */
export interface LiveValue {
  /** REG_SZ is 1, REG_DWORD is 4, … */
  readonly type: number;
  readonly data: Uint8Array;
}

/** The Windows that runs now. */
export interface RunningWindows {
  bootMode(): Promise<BootMode>;
  powerStatus(): Promise<PowerStatus>;
  /**
   * Milliseconds since Windows started, sleep included. After a shutdown with Fast Startup it
   * counts on instead of beginning anew.
   */
  uptimeMs(): Promise<number | "unknown">;
  serviceState(name: string): Promise<ServiceState | "absent" | "unknown">;
  /**
   * Deletes a service. One that runs, like the caller's own, is only marked: it goes when it has
   * stopped and nobody holds it open, or at the next start of Windows; until then it cannot be
   * started again, nor can one of its name be made.
   *
   * @returns "deleted" also for one that was marked before, "absent" if there is none.
   * @throws {ToolError} if Windows refuses.
   */
  deleteService(name: string): Promise<"deleted" | "absent">;
  /**
   * Deletes a key that has no keys below it.
   *
   * @throws {ToolError} if Windows refuses.
   */
  deleteKey(key: LiveKey): Promise<"deleted" | "absent">;
  /** Reads a value; "" is the name of the default value. Variables in it are not expanded. */
  readValue(key: LiveKey, name: string): Promise<LiveValue | "absent" | "unknown">;
  keyExists(key: LiveKey): Promise<boolean | "unknown">;
}
