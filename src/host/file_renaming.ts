/**
 * Puts a file in the place of another one by two renames, where ReplaceFileW is refused (see
 * `file_replacement.ts`). Few files need it, so it is loaded for those.
 */
import { copyIdentity } from "./file_identity.ts";
import { type Replacement, type ReplacementCalls, WRITE_THROUGH } from "./file_replacement.ts";
import { wide } from "./kernel32.ts";

/** winerror.h */
const DONE = 0;

/**
 * Replaces by two renames, after the new file was given the identity of the old one. A power cut
 * between them leaves the old file at the place of the backup and the new one where it waited.
 * Unlike ReplaceFileW this leaves the short name, other streams, compression and encryption of the
 * old file with the old file.
 *
 * @returns the number of the first Win32 error, 0 for success. If the second rename fails, the old
 *   file was renamed back; if that failed too, it is at the place of the backup.
 */
export function replaceByRenaming(calls: ReplacementCalls, files: Replacement): number {
  const { path, replacement, backup } = files;
  const code = copyIdentity(calls, { from: path, to: replacement }) ||
    rename(calls, path, backup);
  if (code !== DONE) return code;
  const late = rename(calls, replacement, path);
  if (late !== DONE) rename(calls, backup, path);
  return late;
}

function rename(calls: ReplacementCalls, from: string, to: string): number {
  return calls.MoveFileExW(wide(from), wide(to), WRITE_THROUGH) === 0 ? calls.GetLastError() : DONE;
}
