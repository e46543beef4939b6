/**
 * The functions of advapi32.dll for services, the live registry and security descriptors
 * (winsvc.h, winreg.h, securitybaseapi.h), loaded at the first use.
 */

const HANDLE = "pointer";
const BOOL = "i32";
const TEXT = "buffer";
/** HKEY and LSTATUS. */
const KEY = "u64";
const STATUS = "u32";

const ADVAPI32 = {
  CloseServiceHandle: { parameters: [HANDLE], result: BOOL },
  DeleteService: { parameters: [HANDLE], result: BOOL },
  GetKernelObjectSecurity: {
    parameters: [HANDLE, "u32", "buffer", "u32", "buffer"],
    result: BOOL,
  },
  OpenSCManagerW: { parameters: ["pointer", "pointer", "u32"], result: HANDLE },
  OpenServiceW: { parameters: [HANDLE, TEXT, "u32"], result: HANDLE },
  QueryServiceStatusEx: { parameters: [HANDLE, "u32", "buffer", "u32", "buffer"], result: BOOL },
  RegCloseKey: { parameters: [KEY], result: STATUS },
  RegDeleteKeyW: { parameters: [KEY, TEXT], result: STATUS },
  RegGetValueW: {
    parameters: [KEY, TEXT, TEXT, "u32", "buffer", "buffer", "buffer"],
    result: STATUS,
  },
  RegisterServiceCtrlHandlerExW: { parameters: [TEXT, "function", "pointer"], result: HANDLE },
  RegOpenKeyExW: { parameters: [KEY, TEXT, "u32", "u32", "buffer"], result: STATUS },
  SetKernelObjectSecurity: { parameters: [HANDLE, "u32", "buffer"], result: BOOL },
  SetServiceStatus: { parameters: [HANDLE, "buffer"], result: BOOL },
  // It returns when the service is stopped, so it must not hold up the thread of JavaScript.
  StartServiceCtrlDispatcherW: { parameters: ["buffer"], result: BOOL, nonblocking: true },
} as const satisfies Deno.ForeignLibraryInterface;

/** Functions of advapi32.dll. */
export type Advapi32 = Deno.DynamicLibrary<typeof ADVAPI32>["symbols"];

let loaded: Advapi32 | undefined;

/** advapi32.dll, loaded at the first call. */
export function advapi32(): Advapi32 {
  loaded ??= Deno.dlopen("advapi32.dll", ADVAPI32).symbols;
  return loaded;
}

/** HKEY_LOCAL_MACHINE: winreg.h sign-extends it to 64 bits. */
export const LOCAL_MACHINE = 0xffff_ffff_8000_0002n;
