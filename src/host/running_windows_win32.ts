/** The running Windows, asked through its own interface: no tool whose text is localised. */
import { ToolError } from "../base/mod.ts";
import { advapi32, LOCAL_MACHINE } from "./advapi32.ts";
import { kernel32, wide } from "./kernel32.ts";
import type { LiveKey, LiveValue, RunningWindows, ServiceState } from "./running_windows.ts";
import {
  bootModeFrom,
  decodePowerStatus,
  POWER_STATUS_SIZE,
  UNKNOWN_POWER,
} from "./running_windows_layout.ts";
import { decodeServiceState, SERVICE_STATUS_PROCESS_SIZE } from "./service_layout.ts";
import { user32 } from "./user32.ts";

/** Asks with every call anew. The functions of Windows that it calls answer at once. */
export const runningWindows: RunningWindows = {
  bootMode: () => later(bootMode),
  powerStatus: () => later(powerStatus),
  uptimeMs: () => later(uptimeMs),
  serviceState: (name) => later(() => serviceState(name)),
  deleteService: (name) => later(() => deleteService(name)),
  deleteKey: (key) => later(() => deleteKey(key)),
  readValue: (key, name) => later(() => readValue(key, name)),
  keyExists: (key) => later(() => keyExists(key)),
};

/** An error becomes a rejection. */
function later<T>(ask: () => T): Promise<T> {
  return new Promise((resolve) => resolve(ask()));
}

/** SM_CLEANBOOT (winuser.h). */
const CLEAN_BOOT = 67;

function bootMode() {
  const option = readValue(
    "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SafeBoot\\Option",
    "OptionValue",
  );
  return bootModeFrom(cleanBoot(), option);
}

function cleanBoot(): number | undefined {
  try {
    return user32().GetSystemMetrics(CLEAN_BOOT);
  } catch {
    // WinPE without the graphical part.
    return undefined;
  }
}

/** Two functions that nobody else needs: the table of `kernel32.ts` is loaded at every start. */
const POWER_AND_TIME = {
  GetSystemPowerStatus: { parameters: ["buffer"], result: "i32" },
  GetTickCount64: { parameters: [], result: "u64" },
} as const satisfies Deno.ForeignLibraryInterface;

type PowerAndTime = Deno.DynamicLibrary<typeof POWER_AND_TIME>["symbols"];

function withPowerAndTime<T>(use: (library: PowerAndTime) => T): T {
  const library = Deno.dlopen("kernel32.dll", POWER_AND_TIME);
  try {
    return use(library.symbols);
  } finally {
    library.close();
  }
}

function powerStatus() {
  return withPowerAndTime((library) => {
    const answer = new Uint8Array(POWER_STATUS_SIZE);
    return library.GetSystemPowerStatus(answer) === 0 ? UNKNOWN_POWER : decodePowerStatus(answer);
  });
}

function uptimeMs(): number {
  return withPowerAndTime((library) => Number(library.GetTickCount64()));
}

/** Access rights (winsvc.h, winnt.h). */
const SC_MANAGER_CONNECT = 0x1;
const SERVICE_QUERY_STATUS = 0x4;
const DELETE = 0x1_0000;
/** SC_STATUS_PROCESS_INFO */
const PROCESS_INFO = 0;
/** winerror.h */
const ERROR_SERVICE_DOES_NOT_EXIST = 1060;
const ERROR_SERVICE_MARKED_FOR_DELETE = 1072;

type Handle = NonNullable<Deno.PointerValue>;

/** What came of opening a service: its answer, or the Win32 error that says why there is none. */
type Opened<T> = { readonly answer: T } | { readonly error: number };

function withService<T>(
  name: string,
  how: { readonly access: number; readonly use: (service: Handle) => T },
): Opened<T> {
  // Loaded first: loading a library would change what GetLastError says.
  const { GetLastError } = kernel32();
  const { OpenSCManagerW, OpenServiceW, CloseServiceHandle } = advapi32();
  const manager = OpenSCManagerW(null, null, SC_MANAGER_CONNECT);
  if (manager === null) return { error: GetLastError() };
  try {
    const service = OpenServiceW(manager, wide(name), how.access);
    if (service === null) return { error: GetLastError() };
    try {
      return { answer: how.use(service) };
    } finally {
      CloseServiceHandle(service);
    }
  } finally {
    CloseServiceHandle(manager);
  }
}

function serviceState(name: string): ServiceState | "absent" | "unknown" {
  const opened = withService(name, {
    access: SERVICE_QUERY_STATUS,
    use: (service) => {
      const status = new Uint8Array(SERVICE_STATUS_PROCESS_SIZE);
      const done = advapi32().QueryServiceStatusEx(
        service,
        PROCESS_INFO,
        status,
        status.length,
        new Uint32Array(1),
      );
      return done === 0 ? "unknown" : decodeServiceState(status);
    },
  });
  if ("answer" in opened) return opened.answer;
  return opened.error === ERROR_SERVICE_DOES_NOT_EXIST ? "absent" : "unknown";
}

function deleteService(name: string): "deleted" | "absent" {
  const opened = withService(name, {
    access: DELETE,
    use: (service) => advapi32().DeleteService(service) === 0 ? kernel32().GetLastError() : 0,
  });
  const error = "answer" in opened ? opened.answer : opened.error;
  if (error === ERROR_SERVICE_DOES_NOT_EXIST) return "absent";
  if (error === 0 || error === ERROR_SERVICE_MARKED_FOR_DELETE) return "deleted";
  throw new ToolError(`Cannot delete the service "${name}": Windows error ${error}`, {
    next: `sc.exe delete ${name}`,
  });
}

function deleteKey(key: LiveKey): "deleted" | "absent" {
  const error = advapi32().RegDeleteKeyW(LOCAL_MACHINE, wide(subKey(key)));
  if (error === 0) return "deleted";
  if (error === ERROR_FILE_NOT_FOUND) return "absent";
  throw new ToolError(`Cannot delete the key "${key}": Windows error ${error}`, {
    next: `reg.exe delete "${key}"`,
  });
}

/** RRF_RT_ANY | RRF_NOEXPAND (winreg.h). */
const ANY_TYPE = 0x1000_ffff;
const KEY_QUERY_VALUE = 0x1;
const ERROR_FILE_NOT_FOUND = 2;
const ERROR_ACCESS_DENIED = 5;
const ERROR_MORE_DATA = 234;
/** Room for the first try, in bytes: numbers and short texts. */
const FIRST_SIZE = 64;
/** A value that grows between two calls is asked for again, but not for ever. */
const TRIES = 5;

function readValue(key: LiveKey, name: string): LiveValue | "absent" | "unknown" {
  const [path, valueName] = [wide(subKey(key)), wide(name)];
  const type = new Uint32Array(1);
  const size = new Uint32Array([FIRST_SIZE]);
  for (let tries = 0; tries < TRIES; tries++) {
    const data = new Uint8Array(size[0]!);
    const { RegGetValueW } = advapi32();
    const error = RegGetValueW(LOCAL_MACHINE, path, valueName, ANY_TYPE, type, data, size);
    if (error === 0) return { type: type[0]!, data: data.slice(0, size[0]) };
    if (error === ERROR_FILE_NOT_FOUND) return "absent";
    if (error !== ERROR_MORE_DATA) return "unknown";
  }
  return "unknown";
}

function keyExists(key: LiveKey): boolean | "unknown" {
  const { RegOpenKeyExW, RegCloseKey } = advapi32();
  const handle = new BigUint64Array(1);
  const error = RegOpenKeyExW(LOCAL_MACHINE, wide(subKey(key)), 0, KEY_QUERY_VALUE, handle);
  if (error === 0) RegCloseKey(handle[0]!);
  // What may not be opened is there all the same.
  if (error === 0 || error === ERROR_ACCESS_DENIED) return true;
  return error === ERROR_FILE_NOT_FOUND ? false : "unknown";
}

function subKey(key: LiveKey): string {
  return key.slice("HKLM\\".length);
}
