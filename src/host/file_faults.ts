/**
 * What an operating system's refusal means. Deno reports POSIX names on every system, and on
 * Windows the number of the Win32 error too; the number says more (`disk-error`, `busy`).
 */
import { FileError, type FileFault } from "../base/mod.ts";

/** Linux errno names. Source: errno(3). */
const POSIX: Readonly<Record<string, FileFault>> = {
  ENOENT: "not-found",
  ENOTDIR: "not-a-directory",
  EEXIST: "exists",
  ENOSPC: "no-space",
  EDQUOT: "no-space",
  EROFS: "read-only",
  EACCES: "denied",
  EPERM: "denied",
  EBUSY: "busy",
  ETXTBSY: "busy",
  EIO: "disk-error",
  EUCLEAN: "disk-error",
  EXDEV: "cross-device",
};

/** Win32 error numbers. Source: winerror.h. */
const WIN32: Readonly<Record<number, FileFault>> = {
  2: "not-found", // ERROR_FILE_NOT_FOUND
  3: "not-found", // ERROR_PATH_NOT_FOUND
  5: "denied", // ERROR_ACCESS_DENIED
  15: "not-found", // ERROR_INVALID_DRIVE
  17: "cross-device", // ERROR_NOT_SAME_DEVICE
  19: "read-only", // ERROR_WRITE_PROTECT
  23: "disk-error", // ERROR_CRC
  27: "disk-error", // ERROR_SECTOR_NOT_FOUND
  29: "disk-error", // ERROR_WRITE_FAULT
  30: "disk-error", // ERROR_READ_FAULT
  32: "busy", // ERROR_SHARING_VIOLATION
  33: "busy", // ERROR_LOCK_VIOLATION
  39: "no-space", // ERROR_HANDLE_DISK_FULL
  80: "exists", // ERROR_FILE_EXISTS
  112: "no-space", // ERROR_DISK_FULL
  183: "exists", // ERROR_ALREADY_EXISTS
  267: "not-a-directory", // ERROR_DIRECTORY
  303: "busy", // ERROR_DELETE_PENDING
  483: "disk-error", // ERROR_DEVICE_HARDWARE_ERROR
  1117: "disk-error", // ERROR_IO_DEVICE
  1224: "busy", // ERROR_USER_MAPPED_FILE
  1307: "denied", // ERROR_INVALID_OWNER
  1314: "denied", // ERROR_PRIVILEGE_NOT_HELD
  1392: "disk-error", // ERROR_FILE_CORRUPT
  1393: "disk-error", // ERROR_DISK_CORRUPT
  6009: "denied", // ERROR_FILE_ENCRYPTED_ACCESS
};

/** The fault of a Win32 error number (as `GetLastError` returns it). */
export function win32Fault(code: number): FileFault {
  return WIN32[code] ?? "other";
}

/**
 * The fault behind anything that `Deno` or `node:fs` throws. `windows` says whether the
 * "(os error N)" of its message is a Win32 number.
 */
export function faultOf(error: unknown, windows = Deno.build.os === "windows"): FileFault {
  if (!(error instanceof Error)) return "other";
  const number = /\(os error (\d+)\)/.exec(error.message)?.[1];
  if (windows && number !== undefined && WIN32[Number(number)] !== undefined) {
    return win32Fault(Number(number));
  }
  const name = (error as Error & { readonly code?: unknown }).code;
  if (typeof name === "string" && POSIX[name] !== undefined) return POSIX[name];
  if (error instanceof Deno.errors.NotFound) return "not-found";
  if (error instanceof Deno.errors.AlreadyExists) return "exists";
  if (error instanceof Deno.errors.PermissionDenied) return "denied";
  if (error instanceof Deno.errors.NotCapable) return "denied";
  return "other";
}

/** A refusal of Win32 as an error; a fault without a name of its own keeps the number. */
export function win32Error(
  failed: { readonly action: string; readonly path: string; readonly code: number },
): FileError {
  const fault = win32Fault(failed.code);
  const cause = fault === "other" ? { cause: new Error(`Windows error ${failed.code}`) } : {};
  return new FileError(failed.action, failed.path, fault, cause);
}

/** Runs one file operation; what it throws becomes a {@linkcode FileError}. */
export async function asFileError<T>(
  subject: { readonly action: string; readonly path: string },
  operation: () => Promise<T>,
): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(subject.action, subject.path, faultOf(error), causeOf(error));
  }
}

/** Only a fault without a name of its own needs the words of the operating system. */
function causeOf(error: unknown): { readonly cause?: unknown } {
  return faultOf(error) === "other" ? { cause: error } : {};
}
