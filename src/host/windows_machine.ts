/** The running Windows: its version, folders, privileges, power and whether it is WinPE. */
import { fromWide, kernel32, wide, wideBuffer } from "./kernel32.ts";

/** HKEY_LOCAL_MACHINE and KEY_READ (winreg.h). */
const LOCAL_MACHINE = 0x8000_0002n;
const KEY_READ = 0x2_0019;
/** TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, SE_PRIVILEGE_ENABLED (winnt.h). */
const TOKEN_ACCESS = 0x28;
const PRIVILEGE_ENABLED = 2;
/** `AdjustTokenPrivileges` succeeds with this error where the token lacks the privilege. */
const ERROR_NOT_ALL_ASSIGNED = 1300;
/** ES_CONTINUOUS | ES_SYSTEM_REQUIRED | ES_DISPLAY_REQUIRED; ES_CONTINUOUS alone ends it. */
const STAY_AWAKE = 0x8000_0003;
const SLEEP_AGAIN = 0x8000_0000;

/**
 * Keys that only WinPE and WinRE have. Sources: Microsoft's MiniNT marker that setup programs
 * test, and the WinPE key that OSD scripts test.
 */
const WINPE_KEYS = [
  "SYSTEM\\CurrentControlSet\\Control\\MiniNT",
  "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\WinPE",
];

/** What is known about the running Windows. */
export interface WindowsMachine {
  readonly winpe: boolean;
  readonly build?: number;
  /** `X:\` */
  readonly systemRoot: string;
  /** `X:\Windows\System32` */
  readonly systemFolder: string;
  readonly oemCodePage: number;
}

/** Asks Windows about itself. */
export function inspectMachine(): WindowsMachine {
  const k = kernel32();
  const folder = folderFrom(k.GetSystemWindowsDirectoryW);
  const build = buildNumber();
  return {
    winpe: WINPE_KEYS.some(keyExists),
    ...(build === undefined ? {} : { build }),
    systemRoot: `${folder.slice(0, 2).toUpperCase()}\\`,
    systemFolder: folderFrom(k.GetSystemDirectoryW),
    oemCodePage: k.GetOEMCP(),
  };
}

function folderFrom(ask: (buffer: Uint8Array<ArrayBuffer>, units: number) => number): string {
  const buffer = wideBuffer(261);
  ask(buffer, 261);
  return fromWide(buffer);
}

/** `RtlGetVersion` is not held back by a program's manifest as `GetVersionExW` is. */
function buildNumber(): number | undefined {
  const ntdll = Deno.dlopen("ntdll.dll", {
    RtlGetVersion: { parameters: ["buffer"], result: "i32" },
  });
  try {
    const info = new Uint32Array(69);
    info[0] = info.byteLength;
    return ntdll.symbols.RtlGetVersion(info) === 0 ? info[3] : undefined;
  } finally {
    ntdll.close();
  }
}

function keyExists(path: string): boolean {
  const advapi = Deno.dlopen("advapi32.dll", {
    RegOpenKeyExW: { parameters: ["usize", "buffer", "u32", "u32", "buffer"], result: "i32" },
    RegCloseKey: { parameters: ["u64"], result: "i32" },
  });
  try {
    const key = new BigUint64Array(1);
    if (advapi.symbols.RegOpenKeyExW(LOCAL_MACHINE, wide(path), 0, KEY_READ, key) !== 0) {
      return false;
    }
    advapi.symbols.RegCloseKey(key[0]!);
    return true;
  } finally {
    advapi.close();
  }
}

/**
 * Switches on the rights to back up and restore files, which an administrator has but does
 * not use: without them files of TrustedInstaller on the target cannot be renamed.
 */
export function enableFilePrivileges(): boolean {
  return enablePrivileges(["SeBackupPrivilege", "SeRestorePrivilege"]);
}

/** Switches on rights that the user has but does not use; false if one of them is missing. */
export function enablePrivileges(names: readonly string[]): boolean {
  const advapi = Deno.dlopen("advapi32.dll", {
    OpenProcessToken: { parameters: ["pointer", "u32", "buffer"], result: "i32" },
    LookupPrivilegeValueW: { parameters: ["pointer", "buffer", "buffer"], result: "i32" },
    AdjustTokenPrivileges: {
      parameters: ["pointer", "i32", "buffer", "u32", "pointer", "pointer"],
      result: "i32",
    },
  });
  const k = kernel32();
  const token = new BigUint64Array(1);
  try {
    const { OpenProcessToken, LookupPrivilegeValueW, AdjustTokenPrivileges } = advapi.symbols;
    if (OpenProcessToken(k.GetCurrentProcess(), TOKEN_ACCESS, token) === 0) return false;
    const handle = Deno.UnsafePointer.create(token[0]!);
    const enabled = names.map((name) => {
      // TOKEN_PRIVILEGES: count, LUID (8 bytes), attributes.
      const privilege = new Uint32Array([1, 0, 0, PRIVILEGE_ENABLED]);
      const luid = new Uint32Array(privilege.buffer, 4, 2);
      if (LookupPrivilegeValueW(null, wide(name), luid) === 0) return false;
      const done = AdjustTokenPrivileges(handle, 0, privilege, 0, null, null) !== 0;
      return done && k.GetLastError() !== ERROR_NOT_ALL_ASSIGNED;
    });
    k.CloseHandle(handle);
    return enabled.every((done) => done);
  } finally {
    advapi.close();
  }
}

let awake = 0;

/** Keeps machine and screen on until the returned function is called. */
export function keepAwake(): () => void {
  if (awake++ === 0) kernel32().SetThreadExecutionState(STAY_AWAKE);
  let released = false;
  return () => {
    if (released) return;
    released = true;
    if (--awake === 0) kernel32().SetThreadExecutionState(SLEEP_AGAIN);
  };
}
