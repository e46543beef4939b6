/**
 * Gives a file the security descriptor, the attributes and the creation time of another one, as
 * ReplaceFileW does, but through handles that are opened to back up and to restore: they need no
 * right that the files grant, only SeBackupPrivilege and SeRestorePrivilege. GetFileSecurityW and
 * SetFileSecurityW open a file without that intent and are of no use here. Sources: Microsoft
 * KB 240184; wimlib 1.14, win32_apply.c (set_security_descriptor).
 */
import type { Advapi32 } from "./advapi32.ts";
import { isHandle, type Kernel32, wide } from "./kernel32.ts";
import { keepingInheritance, sameSecurity } from "./security_descriptor.ts";

/** The functions of Windows that this needs. */
export type IdentityCalls =
  & Pick<
    Kernel32,
    | "CloseHandle"
    | "CreateFileW"
    | "GetFileInformationByHandleEx"
    | "GetLastError"
    | "SetFileInformationByHandle"
  >
  & Pick<Advapi32, "GetKernelObjectSecurity" | "SetKernelObjectSecurity">;

/** Rights to a file (winnt.h). */
const READ_CONTROL = 0x0002_0000;
const WRITE_DAC = 0x0004_0000;
const WRITE_OWNER = 0x0008_0000;
const ACCESS_SYSTEM_SECURITY = 0x0100_0000;
const READ_ATTRIBUTES = 0x80;
const WRITE_ATTRIBUTES = 0x100;
const TO_READ = READ_CONTROL | READ_ATTRIBUTES;
/** What changing owner and list needs. */
export const TO_PROTECT: number = TO_READ | WRITE_DAC | WRITE_OWNER;
const TO_CHANGE = TO_PROTECT | WRITE_ATTRIBUTES;

const SHARE_ALL = 0x7;
const OPEN_EXISTING = 3;
/** FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT. */
const AS_BACKUP = 0x0220_0000;

/** SECURITY_INFORMATION (winnt.h): owner, group and discretionary list; mandatory label. */
const OWNER_GROUP_DACL = 0x7;
const SACL = 0x8;
const LABEL = 0x10;
/** Since Windows 8: all that the system list holds. Earlier ones take no notice of it. */
const BACKUP = 0x1_0000;

/** What is tried, from the whole descriptor to the part that no file goes without. */
const PARTS = [
  { access: ACCESS_SYSTEM_SECURITY, parts: OWNER_GROUP_DACL | SACL | LABEL | BACKUP },
  { access: ACCESS_SYSTEM_SECURITY, parts: OWNER_GROUP_DACL | SACL },
  { access: 0, parts: OWNER_GROUP_DACL | LABEL },
  { access: 0, parts: OWNER_GROUP_DACL },
] as const;

/** Win32 error numbers (winerror.h). */
const DONE = 0;
const ERROR_INVALID_PARAMETER = 87;
const ERROR_INSUFFICIENT_BUFFER = 122;
const ERROR_INVALID_SECURITY_DESCR = 1338;

/** An open file. */
export type Handle = NonNullable<Deno.PointerValue>;

/** Two files, by the names that Windows takes. */
export interface FilePair {
  readonly from: string;
  readonly to: string;
}

/**
 * Copies owner, group and discretionary list, or fails; the system list and the mandatory label
 * if Windows allows it; read-only, hidden, system, archive and not-indexed; and the creation time.
 * The descriptor is read back: a file of Windows must not become one that users can write to.
 *
 * @returns the number of the Win32 error, 0 for success. `to` may have been changed in part.
 */
export function copyIdentity(calls: IdentityCalls, files: FilePair): number {
  let code = DONE;
  for (const { access, parts } of PARTS) {
    code = withFile(
      calls,
      { path: files.from, access: TO_READ | access },
      (from) =>
        withFile(calls, { path: files.to, access: TO_CHANGE | access }, (to) => {
          const basic = basicInformation(calls, from, to);
          if (typeof basic === "number") return basic;
          return copySecurity(calls, { from, to, parts }) ||
            setBasicInformation(calls, to, basic);
        }),
    );
    if (code === DONE) return DONE;
  }
  return code;
}

/**
 * Opens a file or folder to back it up or to restore it, never what a link leads to.
 *
 * @returns what `use` returns, or the number of the Win32 error with which opening failed.
 */
export function withFile<T>(
  calls: Pick<IdentityCalls, "CloseHandle" | "CreateFileW" | "GetLastError">,
  file: { readonly path: string; readonly access: number },
  use: (handle: Handle) => T,
): T | number {
  const handle = calls.CreateFileW(
    wide(file.path),
    file.access,
    SHARE_ALL,
    null,
    OPEN_EXISTING,
    AS_BACKUP,
    null,
  );
  if (!isHandle(handle)) return calls.GetLastError();
  try {
    return use(handle);
  } finally {
    calls.CloseHandle(handle);
  }
}

function copySecurity(
  calls: IdentityCalls,
  copy: { readonly from: Handle; readonly to: Handle; readonly parts: number },
): number {
  const descriptor = readSecurity(calls, copy.from, copy.parts);
  if (typeof descriptor === "number") return descriptor;
  const wanted = keepingInheritance(descriptor);
  if (calls.SetKernelObjectSecurity(copy.to, copy.parts, wanted) === 0) {
    return calls.GetLastError();
  }
  const result = readSecurity(calls, copy.to, copy.parts);
  if (typeof result === "number") return result;
  return sameSecurity(descriptor, result) ? DONE : ERROR_INVALID_SECURITY_DESCR;
}

/** Room for the first try, in bytes: a file of Windows needs about 200. */
const FIRST_SIZE = 1024;

/** The descriptor with zeros behind it, or the number of a Win32 error. */
export function readSecurity(
  calls: Pick<IdentityCalls, "GetKernelObjectSecurity" | "GetLastError">,
  handle: Handle,
  parts: number,
): Uint8Array<ArrayBuffer> | number {
  const needed = new Uint32Array([FIRST_SIZE]);
  for (let tries = 0; tries < 2; tries++) {
    const buffer = new Uint8Array(needed[0]!);
    if (calls.GetKernelObjectSecurity(handle, parts, buffer, buffer.length, needed) !== 0) {
      return buffer;
    }
    const code = calls.GetLastError();
    if (code !== ERROR_INSUFFICIENT_BUFFER) return code;
  }
  return ERROR_INSUFFICIENT_BUFFER;
}

/** FileBasicInfo and FILE_BASIC_INFO (winbase.h): four times, then the attributes. */
const BASIC_INFO = 0;
const BASIC_INFO_SIZE = 40;
const CREATED_AT = 0;
const ATTRIBUTES_AT = 32;
const DIRECTORY_OR_LINK = 0x10 | 0x400;
/** Read-only, hidden, system, archive, not content indexed. */
const KEPT_ATTRIBUTES = 0x1 | 0x2 | 0x4 | 0x20 | 0x2000;
const ATTRIBUTE_NORMAL = 0x80;

/** What is to be set, or the number of a Win32 error; a file that is a folder or link is refused. */
function basicInformation(
  calls: IdentityCalls,
  from: Handle,
  to: Handle,
): Uint8Array<ArrayBuffer> | number {
  const buffers = [new Uint8Array(BASIC_INFO_SIZE), new Uint8Array(BASIC_INFO_SIZE)] as const;
  for (const [at, handle] of [from, to].entries()) {
    const buffer = buffers[at]!;
    if (calls.GetFileInformationByHandleEx(handle, BASIC_INFO, buffer, buffer.length) === 0) {
      return calls.GetLastError();
    }
  }
  const [source, target] = buffers.map((buffer) => new DataView(buffer.buffer));
  const [kept, own] = [source!, target!].map((view) => view.getUint32(ATTRIBUTES_AT, true));
  if (((kept! | own!) & DIRECTORY_OR_LINK) !== 0) return ERROR_INVALID_PARAMETER;
  // A time of zero stays as it is; attributes of zero would too.
  const wanted = new DataView(new ArrayBuffer(BASIC_INFO_SIZE));
  wanted.setBigInt64(CREATED_AT, source!.getBigInt64(CREATED_AT, true), true);
  wanted.setUint32(ATTRIBUTES_AT, (kept! & KEPT_ATTRIBUTES) || ATTRIBUTE_NORMAL, true);
  return new Uint8Array(wanted.buffer);
}

function setBasicInformation(
  calls: IdentityCalls,
  to: Handle,
  basic: Uint8Array<ArrayBuffer>,
): number {
  const done = calls.SetFileInformationByHandle(to, BASIC_INFO, basic, basic.length);
  return done === 0 ? calls.GetLastError() : DONE;
}
