/**
 * The life of one service as Windows sees it: START_PENDING, RUNNING, STOP_PENDING, STOPPED. It
 * knows no FFI: statuses go to `report`, control codes come in through `control()`. Source:
 * Win32 documentation, "Service State Transitions" and HandlerEx (winsvc.h).
 */
import { ExitCode, MedicError, ToolError } from "../base/mod.ts";
import {
  type ServiceControl,
  ServiceStopError,
  type ServiceWork,
  type StopRequest,
} from "./service.ts";

/** The states that a service of ours goes through, in this order; the third only when asked to. */
export type ReportedState = "start-pending" | "running" | "stop-pending" | "stopped";

/** What is reported to the service control manager. */
export interface ServiceStatus {
  readonly state: ReportedState;
  /** True if Windows may ask it to stop. */
  readonly stoppable: boolean;
  /** Win32 error: 0, or 1066 when `specificCode` says more. */
  readonly exitCode: number;
  readonly specificCode: number;
  /** Grows with each report of a pending state. */
  readonly checkpoint: number;
  /** Milliseconds until the next report at the latest; 0 if none is due. */
  readonly waitHintMs: number;
}

/** Control codes (winsvc.h). */
export const Control = { stop: 1, interrogate: 4, shutdown: 5, preshutdown: 0xf } as const;

/** Answers to a control code (winerror.h): NO_ERROR and ERROR_CALL_NOT_IMPLEMENTED. */
export const Answer = { done: 0, notImplemented: 120 } as const;

/** ERROR_SERVICE_SPECIFIC_ERROR (winerror.h). */
export const SERVICE_SPECIFIC_ERROR = 1066;

/** How long Windows waits for the next report while a state is pending. */
const WAIT_HINT_MS = 20_000;
/** How often {@linkcode ServiceSession.keepPending} is due, well within that. */
export const PENDING_REPORT_MS = 5000;

const STOP_REQUESTS: ReadonlyMap<number, StopRequest> = new Map([
  [Control.stop, "stop"],
  [Control.shutdown, "shutdown"],
  [Control.preshutdown, "preshutdown"],
]);

/** One service from its start to its end. */
export class ServiceSession implements ServiceControl {
  readonly #report: (status: ServiceStatus) => boolean;
  readonly #abort = new AbortController();
  #stopRequest: StopRequest | undefined;
  #status: ServiceStatus | undefined;
  #ended = false;

  /** `report` tells Windows, and returns false if Windows does not take it. */
  constructor(report: (status: ServiceStatus) => boolean) {
    this.#report = report;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get stopRequest(): StopRequest | undefined {
    return this.#stopRequest;
  }

  /** True if Windows knows that the service is stopped. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Does the work between the reports that it runs and that it stopped.
   *
   * @throws {ToolError} if Windows takes no reports.
   * @throws whatever `work` throws.
   */
  async serve(work: ServiceWork): Promise<number> {
    this.#begin();
    try {
      const code = await work(this);
      this.#end(code);
      return code;
    } catch (error) {
      this.#end(error instanceof MedicError ? error.exitCode : ExitCode.internal);
      throw error;
    }
  }

  /** Answers one control code; the result is for Windows. */
  control(code: number): number {
    if (code === Control.interrogate) return this.#repeat();
    const request = STOP_REQUESTS.get(code);
    if (request === undefined) return Answer.notImplemented;
    if (this.#status?.state !== "running") return Answer.done;
    this.#stopRequest = request;
    this.#tell({ state: "stop-pending", checkpoint: 1 });
    this.#abort.abort(new ServiceStopError(request));
    return Answer.done;
  }

  /** Says again that the work still needs time to stop; does nothing in other states. */
  keepPending(): void {
    if (this.#status?.state !== "stop-pending") return;
    this.#tell({ state: "stop-pending", checkpoint: this.#status.checkpoint + 1 });
  }

  #begin(): void {
    const known = this.#tell({ state: "start-pending", checkpoint: 1 }) &&
      this.#tell({ state: "running" });
    if (!known) {
      throw new ToolError("Cannot start the service: Windows does not take its status");
    }
  }

  #end(code: number): void {
    const specificCode = code >>> 0;
    const exitCode = specificCode === 0 ? 0 : SERVICE_SPECIFIC_ERROR;
    this.#ended = this.#tell({ state: "stopped", exitCode, specificCode });
  }

  /** After STOPPED nothing is reported any more. */
  #repeat(): number {
    if (this.#status !== undefined && this.#status.state !== "stopped") this.#report(this.#status);
    return Answer.done;
  }

  #tell(status: Pick<ServiceStatus, "state"> & Partial<ServiceStatus>): boolean {
    const pending = status.state.endsWith("-pending");
    this.#status = {
      stoppable: status.state === "running",
      exitCode: 0,
      specificCode: 0,
      checkpoint: 0,
      waitHintMs: pending ? WAIT_HINT_MS : 0,
      ...status,
    };
    return this.#report(this.#status);
  }
}
