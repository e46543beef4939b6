/**
 * Keeps PE Medic's own folders from the ordinary users of the target: saved hives and a product
 * key may lie in them, and a program that Windows starts with all rights.
 */
import { MedicError } from "../base/mod.ts";
import type { FileSystem } from "../host/mod.ts";
import { ensureDirectory } from "./guarded_path.ts";
import { isPayload, SESSIONS_FOLDER } from "./journal_context.ts";

/**
 * Takes a folder from everybody but SYSTEM and the administrators, with what is made in it later.
 *
 * @returns why that was not possible, as a sentence without full stop; undefined once it is so.
 */
export async function closeToUsers(files: FileSystem, path: string): Promise<string | undefined> {
  if (files.restrict === undefined) return "This system does not set the rights of Windows";
  try {
    return await files.restrict(path) ? undefined : "The file system does not keep rights";
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    return error.message;
  }
}

/**
 * Creates the folder of all sessions unless it is there, and closes it before anything is written
 * into it. Where the system sets no rights of Windows it is left as it is.
 *
 * @returns why it is open to ordinary users, or undefined.
 * @throws {RefusalError} if something else of that name is there: a file, or a junction.
 */
export async function ensureSessionsFolder(files: FileSystem): Promise<string | undefined> {
  await ensureDirectory(files, SESSIONS_FOLDER);
  return files.restrict === undefined ? undefined : await closeToUsers(files, SESSIONS_FOLDER);
}

/**
 * Closes a folder that a change has made beside the sessions. It inherits that already if the
 * folder above is closed; if it is not, whoever minds has to look there.
 */
export async function closePayload(files: FileSystem, path: string): Promise<void> {
  if (isPayload(path)) await closeToUsers(files, path);
}
