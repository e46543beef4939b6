/** What takes changes back writes as well: a Windows that resumes has its own idea of the disk. */
import { RefusalError } from "../base/mod.ts";
import type { JournalContext } from "../journal/mod.ts";
import { readHibernation } from "../windows/mod.ts";

/**
 * Refuses a target that resumes from saved memory: what is written there now would be lost, or
 * do damage. It needs no Windows that can be recognised.
 *
 * @throws {RefusalError} `hibernated`, naming both ways on.
 */
export async function refuseHibernated({ target, root }: JournalContext): Promise<void> {
  const { active, unknown } = await readHibernation(target);
  if (!active && !unknown) return;
  const reason = active
    ? "Windows is hibernated or was shut down with Fast Startup"
    : "whether Windows is hibernated cannot be told";
  throw new RefusalError(`Cannot take it back: ${reason}`, {
    code: "hibernated",
    next: "Shut Windows down with Shift held; if it does not start, set its saved memory aside " +
      `first: pemedic repair ${root} --only volume.discard-hibernation`,
  });
}
