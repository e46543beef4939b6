/**
 * Work as a Windows service through winsvc.h: StartServiceCtrlDispatcherW waits on a thread of
 * its own; Windows calls ServiceMain on a second one and the control handler on the first, and
 * Deno runs both callbacks on the thread of JavaScript.
 */
import { ToolError, UsageError } from "../base/mod.ts";
import { advapi32 } from "./advapi32.ts";
import { wide } from "./kernel32.ts";
import { NotAServiceError, type ServiceWork } from "./service.ts";
import { encodeServiceStatus, encodeServiceTable } from "./service_layout.ts";
import { PENDING_REPORT_MS, ServiceSession } from "./service_session.ts";

/** LPSERVICE_MAIN_FUNCTIONW: the count and array of arguments. */
const SERVICE_MAIN = { parameters: ["u32", "pointer"], result: "void" } as const;
/** LPHANDLER_FUNCTION_EX: control code, event type, event data, context. */
const HANDLER = { parameters: ["u32", "u32", "pointer", "pointer"], result: "u32" } as const;

/** A service name: 256 characters at most, neither slash (CreateServiceW). */
const SERVICE_NAME = /^[^\\/]{1,256}$/;

/** What Windows may still read or call is held here, out of reach of the garbage collector. */
const lentToWindows = new Set<object>();

let serving = false;

/**
 * Does `work` as the service `name`; see `RunAsService`. Its process then ends by `exit`: one
 * callback is never freed, because Windows does not tell when its thread has left it.
 */
export async function runAsService(name: string, work: ServiceWork): Promise<number> {
  if (!SERVICE_NAME.test(name)) throw new UsageError(`"${name}" is not the name of a service`);
  if (serving) throw new Error("A process works as a service only once");
  serving = true;
  const service = new Win32Service(name, work);
  lentToWindows.add(service);
  return await service.run();
}

class Win32Service {
  readonly #name: string;
  readonly #nameText: Uint8Array<ArrayBuffer>;
  readonly #work: ServiceWork;
  readonly #session = new ServiceSession((status) => {
    const bytes = encodeServiceStatus(status);
    return advapi32().SetServiceStatus(this.#handle, bytes) !== 0;
  });
  readonly #served = Promise.withResolvers<number>();
  readonly #onStart = Deno.UnsafeCallback.threadSafe(SERVICE_MAIN, () => this.#start());
  readonly #onControl = Deno.UnsafeCallback.threadSafe(
    HANDLER,
    (code) => this.#session.control(code),
  );
  /** Its buffers must live until the dispatcher returns. */
  readonly #table: Uint8Array<ArrayBuffer>;
  #handle: Deno.PointerValue = null;
  #started = false;

  constructor(name: string, work: ServiceWork) {
    this.#name = name;
    this.#nameText = wide(name);
    this.#work = work;
    this.#table = encodeServiceTable({
      name: Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#nameText)),
      main: Deno.UnsafePointer.value(this.#onStart.pointer),
    });
  }

  async run(): Promise<number> {
    const dispatched = advapi32().StartServiceCtrlDispatcherW(this.#table)
      .then((connected) => this.#dispatched(connected !== 0));
    try {
      return await this.#served.promise;
    } finally {
      // It returns only when the service is stopped, or if it never began.
      if (this.#session.ended || !this.#started) await dispatched;
      this.#release();
    }
  }

  /**
   * The dispatcher returned. Why it failed cannot be asked, because GetLastError answers for the
   * thread that calls it; but with a correct table and a first call, no other of its documented
   * errors is left than ERROR_FAILED_SERVICE_CONTROLLER_CONNECT (1063).
   */
  #dispatched(connected: boolean): void {
    if (this.#started) return;
    this.#served.reject(
      connected
        ? new ToolError(`Cannot start the service "${this.#name}": Windows called it off`)
        : new NotAServiceError(this.#name),
    );
  }

  /** ServiceMain: it may return at once, the service goes on until it reports STOPPED. */
  #start(): void {
    this.#started = true;
    this.#serve().then(this.#served.resolve, this.#served.reject);
  }

  async #serve(): Promise<number> {
    const pointer = this.#onControl.pointer;
    this.#handle = advapi32().RegisterServiceCtrlHandlerExW(this.#nameText, pointer, null);
    if (this.#handle === null) {
      throw new ToolError(`Cannot start the service "${this.#name}": Windows refuses its handler`);
    }
    const pending = setInterval(() => this.#session.keepPending(), PENDING_REPORT_MS);
    try {
      return await this.#session.serve(this.#work);
    } finally {
      clearInterval(pending);
    }
  }

  /** Lets the process end. Closed is only what no thread of Windows can still be in. */
  #release(): void {
    if (!this.#started) {
      serving = false;
      this.#onStart.close();
      this.#onControl.close();
      lentToWindows.delete(this);
      return;
    }
    this.#onStart.unref();
    if (this.#session.ended) this.#onControl.close();
    else this.#onControl.unref();
  }
}
