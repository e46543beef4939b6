/** Ordinary users must not be able to change the program that Windows starts as SYSTEM. */
import { RefusalError } from "../base/mod.ts";
import {
  closeToUsers,
  MEDIA_FOLDER,
  PROGRAM_FOLDER,
  SESSIONS_FOLDER,
  type Transaction,
} from "../journal/mod.ts";
import type { StageRequest } from "./request.ts";

/** File systems that keep rights, in upper case; "" is one that is not known. */
const WITH_RIGHTS: readonly string[] = ["NTFS", "REFS", ""];

/**
 * Closes the folders of a stage that are there, before anything is put into them: after a cut not
 * all of them are made anew.
 *
 * @throws {RefusalError} if that is not possible where it should be, and nobody has agreed to it.
 */
export async function requireClosedFolder(
  { writer }: Transaction,
  { allowUnprotected }: Pick<StageRequest, "allowUnprotected">,
): Promise<void> {
  const { target, host, root } = writer.context;
  for (const folder of [SESSIONS_FOLDER, PROGRAM_FOLDER, MEDIA_FOLDER]) {
    if (await target.stat(folder) === undefined) continue;
    const reason = await closeToUsers(target, folder);
    if (reason === undefined || allowUnprotected === true) continue;
    const volume = await host.volumes.at(root);
    if (!WITH_RIGHTS.includes(volume?.fileSystem.toUpperCase() ?? "")) continue;
    throw new RefusalError(
      `Cannot stage the upgrade: ordinary users could change "${folder}": ${reason}`,
      { next: "Stage it in WinPE on a sound NTFS volume, or agree to it: --allow-unprotected" },
    );
  }
}
