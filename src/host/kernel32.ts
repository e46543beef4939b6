/**
 * The functions of Windows that Deno does not offer, by FFI. Names, parameters and constants:
 * Win32 documentation (fileapi.h, winbase.h, ioapiset.h, consoleapi.h). Libraries are loaded at
 * the first use, so that importing this file costs nothing on other systems.
 */
import { decodeUtf16, encodeUtf16 } from "../base/mod.ts";

const HANDLE = "pointer";
const BOOL = "i32";
const TEXT = "buffer";

const KERNEL32 = {
  CloseHandle: { parameters: [HANDLE], result: BOOL },
  CreateFileW: {
    parameters: [TEXT, "u32", "u32", "pointer", "u32", "u32", HANDLE],
    result: HANDLE,
  },
  DeviceIoControl: {
    parameters: [HANDLE, "u32", "pointer", "u32", "buffer", "u32", "buffer", "pointer"],
    result: BOOL,
  },
  FindClose: { parameters: [HANDLE], result: BOOL },
  FindFirstFileExW: {
    parameters: [TEXT, "u32", "buffer", "u32", "pointer", "u32"],
    result: HANDLE,
  },
  FindFirstVolumeW: { parameters: ["buffer", "u32"], result: HANDLE },
  FindNextFileW: { parameters: [HANDLE, "buffer"], result: BOOL },
  FindNextVolumeW: { parameters: [HANDLE, "buffer", "u32"], result: BOOL },
  FindVolumeClose: { parameters: [HANDLE], result: BOOL },
  FlushFileBuffers: { parameters: [HANDLE], result: BOOL },
  GetConsoleMode: { parameters: [HANDLE, "buffer"], result: BOOL },
  GetCurrentProcess: { parameters: [], result: HANDLE },
  GetDiskFreeSpaceExW: { parameters: [TEXT, "buffer", "buffer", "buffer"], result: BOOL },
  GetDriveTypeW: { parameters: [TEXT], result: "u32" },
  GetFileAttributesExW: { parameters: [TEXT, "u32", "buffer"], result: BOOL },
  GetFileInformationByHandleEx: { parameters: [HANDLE, "u32", "buffer", "u32"], result: BOOL },
  GetLastError: { parameters: [], result: "u32" },
  GetLogicalDrives: { parameters: [], result: "u32" },
  GetOEMCP: { parameters: [], result: "u32" },
  GetStdHandle: { parameters: ["u32"], result: HANDLE },
  GetSystemDirectoryW: { parameters: ["buffer", "u32"], result: "u32" },
  GetSystemWindowsDirectoryW: { parameters: ["buffer", "u32"], result: "u32" },
  GetVolumeInformationW: {
    parameters: [TEXT, "buffer", "u32", "buffer", "buffer", "buffer", "buffer", "u32"],
    result: BOOL,
  },
  GetVolumeNameForVolumeMountPointW: { parameters: [TEXT, "buffer", "u32"], result: BOOL },
  GetVolumePathNameW: { parameters: [TEXT, "buffer", "u32"], result: BOOL },
  GetVolumePathNamesForVolumeNameW: {
    parameters: [TEXT, "buffer", "u32", "buffer"],
    result: BOOL,
  },
  MoveFileExW: { parameters: [TEXT, TEXT, "u32"], result: BOOL },
  QueryDosDeviceW: { parameters: [TEXT, "buffer", "u32"], result: "u32" },
  ReadConsoleW: {
    parameters: [HANDLE, "buffer", "u32", "buffer", "pointer"],
    result: BOOL,
    nonblocking: true,
  },
  ReadFile: { parameters: [HANDLE, "buffer", "u32", "buffer", "pointer"], result: BOOL },
  ReplaceFileW: { parameters: [TEXT, TEXT, TEXT, "u32", "pointer", "pointer"], result: BOOL },
  SetConsoleMode: { parameters: [HANDLE, "u32"], result: BOOL },
  SetErrorMode: { parameters: ["u32"], result: "u32" },
  SetFileInformationByHandle: { parameters: [HANDLE, "u32", "buffer", "u32"], result: BOOL },
  SetFilePointerEx: { parameters: [HANDLE, "i64", "pointer", "u32"], result: BOOL },
  SetThreadExecutionState: { parameters: ["u32"], result: "u32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Functions of kernel32.dll. */
export type Kernel32 = Deno.DynamicLibrary<typeof KERNEL32>["symbols"];

/** SEM_FAILCRITICALERRORS: an empty card reader fails instead of showing a dialog. */
const FAIL_CRITICAL_ERRORS = 0x0001;

let loaded: Kernel32 | undefined;

/** kernel32.dll, loaded at the first call. */
export function kernel32(): Kernel32 {
  if (loaded === undefined) {
    loaded = Deno.dlopen("kernel32.dll", KERNEL32).symbols;
    loaded.SetErrorMode(FAIL_CRITICAL_ERRORS);
  }
  return loaded;
}

/** A text as Windows wants it: UTF-16LE with a NUL at its end. */
export function wide(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length * 2 + 2);
  bytes.set(encodeUtf16(text));
  return bytes;
}

/** The text before the first NUL. */
export function fromWide(bytes: Uint8Array): string {
  return fromMultiWide(bytes)[0] ?? "";
}

/** The texts of a list that ends with an empty one. */
export function fromMultiWide(bytes: Uint8Array): string[] {
  const texts = decodeUtf16(bytes).split("\0");
  return texts.slice(0, texts.indexOf(""));
}

/** A buffer for `units` UTF-16 units. */
export function wideBuffer(units: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(units * 2);
}

/** Longest path that every function takes as it is, with room for a file name (MAX_PATH). */
const SHORT_PATH = 240;

/**
 * A path that may be longer than 260 characters: absolute ones get the prefix `\\?\`, under
 * which only `\` separates. Source: "Naming Files, Paths, and Namespaces".
 */
export function longPath(path: string): string {
  if (path.length <= SHORT_PATH || path.startsWith("\\\\?\\")) return path;
  const native = path.replaceAll("/", "\\");
  if (/^[A-Za-z]:\\/.test(native)) return `\\\\?\\${native}`;
  return native.startsWith("\\\\") ? `\\\\?\\UNC${native.slice(1)}` : path;
}

/** INVALID_HANDLE_VALUE, as the FFI shows it. */
const INVALID_HANDLE = 0xffff_ffff_ffff_ffffn;

/** True for a handle that `CreateFileW` or a `Find…` function really opened. */
export function isHandle(handle: Deno.PointerValue): handle is NonNullable<Deno.PointerValue> {
  return handle !== null && BigInt.asUintN(64, Deno.UnsafePointer.value(handle)) !== INVALID_HANDLE;
}

/** Access rights and flags of `CreateFileW`. */
export const Open = {
  /** No access: only questions to the driver. */
  query: 0,
  genericRead: 0x8000_0000,
  genericWrite: 0x4000_0000,
} as const;

const SHARE_ALL = 0x7;
const OPEN_EXISTING = 3;
/** FILE_FLAG_BACKUP_SEMANTICS: directories can be opened too. */
const BACKUP_SEMANTICS = 0x0200_0000;

/** Runs `use` with an open file or device; undefined if it cannot be opened. */
export function withHandle<T>(
  path: string,
  options: {
    readonly access: number;
    readonly use: (handle: NonNullable<Deno.PointerValue>) => T;
  },
): T | undefined {
  const k = kernel32();
  const handle = k.CreateFileW(
    wide(path),
    options.access,
    SHARE_ALL,
    null,
    OPEN_EXISTING,
    BACKUP_SEMANTICS,
    null,
  );
  if (!isHandle(handle)) return undefined;
  try {
    return options.use(handle);
  } finally {
    k.CloseHandle(handle);
  }
}
