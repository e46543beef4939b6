/**
 * Puts a file in the place of another one on Windows and keeps the old one. ReplaceFileW does it
 * in one call. Its documentation (winbase.h) has it ask the old file for GENERIC_READ and DELETE
 * and says nothing of backup intent, without which SeRestorePrivilege does not count: files that
 * only TrustedInstaller may change would be denied even to SYSTEM. Read-only files it denies to
 * everybody (Wine, dlls/kernelbase/file.c; on Windows 11 yegors/deGDID#13).
 *
 * MoveFileExW opens what it renames, and Windows the folder where it goes, with
 * FILE_OPEN_FOR_BACKUP_INTENT, and a rename does not ask for the read-only attribute. Sources:
 * ReactOS, dll/win32/kernel32/client/file/move.c (MoveFileWithProgressW) and
 * ntoskrnl/io/iomgr/iofunc.c (IopOpenLinkOrRenameTarget). Neither was seen on Windows with a file
 * of TrustedInstaller: hence both, one after the other, by what Windows answers.
 */
import type { IdentityCalls } from "./file_identity.ts";
import { type Kernel32, wide } from "./kernel32.ts";

/** The functions of Windows that both ways need. */
export type ReplacementCalls =
  & IdentityCalls
  & Pick<Kernel32, "MoveFileExW" | "ReplaceFileW">;

/** Three names, as Windows takes them, on one volume; nothing is at the backup's yet. */
export interface Replacement {
  readonly path: string;
  readonly replacement: string;
  readonly backup: string;
}

/** MOVEFILE_WRITE_THROUGH. Neither MOVEFILE_REPLACE_EXISTING nor MOVEFILE_COPY_ALLOWED. */
export const WRITE_THROUGH = 0x8;

/** winerror.h */
const DONE = 0;
const ERROR_ACCESS_DENIED = 5;
const ERROR_PRIVILEGE_NOT_HELD = 1314;
/** Where a backup is asked for, both leave all files under the names that they had. */
const ERROR_UNABLE_TO_REMOVE_REPLACED = 1175;
const ERROR_UNABLE_TO_MOVE_REPLACEMENT = 1176;

const REFUSALS: readonly number[] = [
  ERROR_ACCESS_DENIED,
  ERROR_PRIVILEGE_NOT_HELD,
  ERROR_UNABLE_TO_REMOVE_REPLACED,
  ERROR_UNABLE_TO_MOVE_REPLACEMENT,
];

/** Says whether ReplaceFileW has changed nothing and renaming may do what it may not. */
export function isRefusal(code: number): boolean {
  return REFUSALS.includes(code);
}

/**
 * Replaces by ReplaceFileW.
 *
 * @returns the number of the Win32 error, 0 for success. With ERROR_UNABLE_TO_MOVE_REPLACEMENT_2
 *   (1177) the old file is at the place of the backup only.
 */
export function replaceAtOnce(
  calls: Pick<Kernel32, "GetLastError" | "ReplaceFileW">,
  files: Replacement,
): number {
  const [path, replacement, backup] = [files.path, files.replacement, files.backup].map(wide);
  const done = calls.ReplaceFileW(path!, replacement!, backup!, 0, null, null);
  return done === 0 ? calls.GetLastError() : DONE;
}
