/**
 * Work as a Windows service: what the service control manager and the work say to each other.
 * The real thing is `service_win32.ts`; the lab has a manager of its own.
 */
import { CancelledError, UsageError } from "../base/mod.ts";

/**
 * Why Windows wants a service to end: somebody stopped it, or Windows shuts down. The notice
 * before a shutdown comes first, so `shutdown` is seldom the one that is heard. Then 10 seconds
 * are left by default (three minutes before build 15063; SERVICE_PRESHUTDOWN_INFO).
 */
export type StopRequest = "stop" | "shutdown" | "preshutdown";

/** The reason of {@linkcode ServiceControl.signal}. */
export class ServiceStopError extends CancelledError {
  readonly request: StopRequest;

  constructor(request: StopRequest) {
    super(request === "stop" ? "The service was stopped" : "Windows shuts down");
    this.request = request;
  }
}

/** The program was started by hand, and not by the service control manager. */
export class NotAServiceError extends UsageError {
  constructor(name: string) {
    super(`Cannot work as the service "${name}": Windows did not start this program as a service`, {
      next: `sc.exe start ${name}`,
    });
  }
}

/** What the work of a service hears from Windows. */
export interface ServiceControl {
  /** Aborted with a {@linkcode ServiceStopError} when Windows wants the service to end. */
  readonly signal: AbortSignal;
  /** What Windows asked for, or undefined while it wants nothing. */
  readonly stopRequest: StopRequest | undefined;
}

/**
 * The work of a service: 0 is success, any other number becomes the service-specific exit code.
 * Whatever must be recorded is recorded before it returns: once a service is stopped, Windows may
 * end its process at any time. It must not block the thread for seconds, because the answers to
 * Windows are given on the same one, and those have to come within 30 seconds.
 */
export type ServiceWork = (control: ServiceControl) => Promise<number>;

/**
 * Does `work` as the service `name` (a service with a process of its own), and returns its number
 * after Windows was told that the service is stopped. A program does this at most once, at its
 * start: Windows waits 30 seconds for it. Nobody may listen to Ctrl-Break meanwhile: such a
 * listener can end the service when a user logs off (Microsoft KB Q149901).
 *
 * @throws {NotAServiceError} if Windows did not start this program as a service.
 * @throws {ToolError} if the service control manager takes no reports; the work is not begun then.
 * @throws whatever `work` throws, after the service stopped with the exit code of that error.
 */
export type RunAsService = (name: string, work: ServiceWork) => Promise<number>;
