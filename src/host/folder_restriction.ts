/**
 * Takes a folder from ordinary users. In the root of a volume of Windows they may by default write
 * to, and own, what is new there (Authenticated Users: modify, inherited). The list is set and read
 * through a handle that was opened to restore, with the bit in the descriptor itself that cuts
 * inheritance off, as Cygwin does it (winsup/cygwin/sec/base.cc, alloc_sd and set_file_sd). It is
 * read back: for a file system that keeps no rights Windows only pretends to set them. Source:
 * ReactOS, ntoskrnl/io/iomgr/file.c (IopGetSetSecurityObject).
 */
import { type IdentityCalls, readSecurity, TO_PROTECT, withFile } from "./file_identity.ts";
import { administratorsOnly, isAdministratorsOnly } from "./security_descriptor.ts";

/** The functions of Windows that this needs. */
export type RestrictionCalls = Omit<IdentityCalls, "SetFileInformationByHandle">;

/** OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION (winnt.h). */
const OWNER_DACL = 0x5;

/** FileBasicInfo and FILE_BASIC_INFO (winbase.h): four times, then the attributes. */
const BASIC_INFO = 0;
const BASIC_INFO_SIZE = 40;
const ATTRIBUTES_AT = 32;
const ATTRIBUTE_DIRECTORY = 0x10;
const ATTRIBUTE_REPARSE_POINT = 0x400;

/** Win32 error number (winerror.h). */
const ERROR_DIRECTORY = 267;

/**
 * Gives a folder, by the name that Windows takes, to SYSTEM and the administrators alone.
 *
 * @returns whether that is what is read back, or the number of a Win32 error.
 */
export function restrictFolder(calls: RestrictionCalls, path: string): boolean | number {
  return withFile(calls, { path, access: TO_PROTECT }, (handle): boolean | number => {
    const basic = new Uint8Array(BASIC_INFO_SIZE);
    if (calls.GetFileInformationByHandleEx(handle, BASIC_INFO, basic, basic.length) === 0) {
      return calls.GetLastError();
    }
    const attributes = new DataView(basic.buffer).getUint32(ATTRIBUTES_AT, true);
    const kind = attributes & (ATTRIBUTE_DIRECTORY | ATTRIBUTE_REPARSE_POINT);
    if (kind !== ATTRIBUTE_DIRECTORY) return ERROR_DIRECTORY;
    if (calls.SetKernelObjectSecurity(handle, OWNER_DACL, administratorsOnly()) === 0) {
      return calls.GetLastError();
    }
    const result = readSecurity(calls, handle, OWNER_DACL);
    return typeof result === "number" ? result : isAdministratorsOnly(result);
  });
}
