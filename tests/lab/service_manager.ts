/**
 * The lab's service control manager and the facts of its running Windows: it starts a program as
 * a service, stops it, shuts down, and remembers every status that was reported. The life of a
 * service is the real one ({@linkcode ServiceSession}); only Windows is simulated.
 */
import { foldCase, ToolError } from "../../src/base/mod.ts";
import {
  type BootMode,
  type LiveKey,
  type LiveValue,
  NotAServiceError,
  type PowerStatus,
  type RunningWindows,
  type ServiceState,
  type ServiceWork,
} from "../../src/host/mod.ts";
import { Control, ServiceSession, type ServiceStatus } from "../../src/host/service_session.ts";
import { SimulatedCrash } from "./crash.ts";

/** How the running Windows is set up. */
export interface LabServiceManagerOptions {
  /** Installed services and their states. */
  readonly services?: Readonly<Record<string, ServiceState>>;
  readonly bootMode?: BootMode;
  readonly power?: PowerStatus;
  readonly uptimeMs?: number | "unknown";
  /** Reads the live registry; by default it has what {@linkcode LabServiceManager.setValue} put there. */
  readonly registry?: Pick<RunningWindows, "readValue" | "keyExists">;
}

/** A status, and which service reported it. */
export interface ReportedStatus extends ServiceStatus {
  readonly service: string;
}

interface Installed {
  readonly name: string;
  state: ServiceState | "unknown";
  marked: boolean;
}

const MAINS: PowerStatus = { source: "mains", battery: "none", batteryPercent: "unknown" };

/** A simulated service control manager. */
export class LabServiceManager implements RunningWindows {
  readonly #services = new Map<string, Installed>();
  readonly #values = new Map<string, Map<string, LiveValue>>();
  readonly #registry: LabServiceManagerOptions["registry"];
  #starting: string | undefined;
  #session: { readonly service: Installed; readonly session: ServiceSession } | undefined;
  /** Every reported status, in order. */
  readonly transitions: ReportedStatus[] = [];
  /** What the facts are now; tests may change them while the program runs. */
  readonly now: { bootMode: BootMode; power: PowerStatus; uptimeMs: number | "unknown" };
  /** False: Windows takes no status from services, as if their handles were wrong. */
  takesReports = true;
  /** False: Windows refuses to delete services. */
  deletes = true;

  constructor(options: LabServiceManagerOptions = {}) {
    for (const [name, state] of Object.entries(options.services ?? {})) this.install(name, state);
    this.#registry = options.registry;
    this.now = {
      bootMode: options.bootMode ?? "normal",
      power: options.power ?? MAINS,
      uptimeMs: options.uptimeMs ?? 60_000,
    };
  }

  /** Installs a service, or changes the state of one; "unknown" is one that may not be asked. */
  install(name: string, state: ServiceState | "unknown" = "stopped"): void {
    this.#services.set(foldCase(name), { name, state, marked: false });
  }

  /** Removes a service at once, as if somebody else had done it. */
  uninstall(name: string): void {
    this.#services.delete(foldCase(name));
  }

  /**
   * Starts the program of a service: the next {@linkcode runAsService} is this service. Without
   * it that call is a program started by hand.
   *
   * @throws {Error} if Windows would not start it.
   */
  start(name: string): void {
    const service = this.#services.get(foldCase(name));
    if (service === undefined) throw new Error(`There is no service "${name}"`);
    if (service.marked) throw new Error(`The service "${name}" is marked for deletion`);
    if (service.state !== "stopped") throw new Error(`The service "${name}" is ${service.state}`);
    this.#starting = service.name;
  }

  /** Sends a control code to the service that works; the result is its answer. */
  control(code: number): number {
    if (this.#session === undefined) throw new Error("No service is working");
    return this.#session.session.control(code);
  }

  /** `sc stop`. */
  stop(): void {
    this.control(Control.stop);
  }

  /** Windows shuts down. */
  shutdown(): void {
    this.control(Control.preshutdown);
    this.control(Control.shutdown);
  }

  /** Time passes while a service stops: its next report is due. */
  keepPending(): void {
    this.#session?.session.keepPending();
  }

  /** Windows starts anew: nothing works, and what was marked for deletion is gone. */
  reboot(): void {
    this.#session = undefined;
    this.#starting = undefined;
    for (const [key, service] of this.#services) {
      if (service.marked) this.#services.delete(key);
      else service.state = "stopped";
    }
  }

  /** The service half of a host. */
  async runAsService(name: string, work: ServiceWork): Promise<number> {
    const service = this.#services.get(foldCase(this.#starting ?? ""));
    this.#starting = undefined;
    if (service === undefined) throw new NotAServiceError(name);
    let powered = true;
    const session = new ServiceSession((status) => powered && this.#take(service, status));
    this.#session = { service, session };
    return await session.serve(async (control) => {
      try {
        return await work(control);
      } catch (error) {
        // Where the power is cut, nobody reports anything.
        if (error instanceof SimulatedCrash) powered = false;
        throw error;
      }
    });
  }

  bootMode(): Promise<BootMode> {
    return Promise.resolve(this.now.bootMode);
  }

  powerStatus(): Promise<PowerStatus> {
    return Promise.resolve(this.now.power);
  }

  uptimeMs(): Promise<number | "unknown"> {
    return Promise.resolve(this.now.uptimeMs);
  }

  serviceState(name: string): Promise<ServiceState | "absent" | "unknown"> {
    return Promise.resolve(this.#services.get(foldCase(name))?.state ?? "absent");
  }

  deleteService(name: string): Promise<"deleted" | "absent"> {
    const service = this.#services.get(foldCase(name));
    if (service === undefined) return Promise.resolve("absent");
    if (!this.deletes) {
      return Promise.reject(new ToolError(`Cannot delete the service "${name}": Windows error 5`));
    }
    service.marked = true;
    this.#sweep(service);
    return Promise.resolve("deleted");
  }

  deleteKey(key: LiveKey): Promise<"deleted" | "absent"> {
    return Promise.resolve(this.#values.delete(foldCase(key)) ? "deleted" : "absent");
  }

  /** True if a service waits for its deletion until it has stopped. */
  isMarked(name: string): boolean {
    return this.#services.get(foldCase(name))?.marked ?? false;
  }

  /** Puts a value, and its key, into the live registry. */
  setValue(key: LiveKey, name: string, value: LiveValue): void {
    this.addKey(key).set(foldCase(name), value);
  }

  /** Puts a key into the live registry. */
  addKey(key: LiveKey): Map<string, LiveValue> {
    const values = this.#values.get(foldCase(key)) ?? new Map<string, LiveValue>();
    this.#values.set(foldCase(key), values);
    return values;
  }

  readValue(key: LiveKey, name: string): Promise<LiveValue | "absent" | "unknown"> {
    if (this.#registry !== undefined) return this.#registry.readValue(key, name);
    return Promise.resolve(this.#values.get(foldCase(key))?.get(foldCase(name)) ?? "absent");
  }

  keyExists(key: LiveKey): Promise<boolean | "unknown"> {
    if (this.#registry !== undefined) return this.#registry.keyExists(key);
    const [wanted, below] = [foldCase(key), `${foldCase(key)}\\`];
    const there = [...this.#values.keys()].some((k) => k === wanted || k.startsWith(below));
    return Promise.resolve(there);
  }

  #take(service: Installed, status: ServiceStatus): boolean {
    if (!this.takesReports || this.#session?.service !== service) return false;
    this.transitions.push({ service: service.name, ...status });
    service.state = status.state;
    if (status.state === "stopped") this.#session = undefined;
    this.#sweep(service);
    return true;
  }

  #sweep(service: Installed): void {
    if (service.marked && service.state === "stopped") this.uninstall(service.name);
  }
}
