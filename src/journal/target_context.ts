/** The journal of one target on this machine. */
import { type Host, RootedFileSystem } from "../host/mod.ts";
import type { JournalContext, Mirror } from "./journal_context.ts";

/** The journal's view of a target: its files writable, its root, the stick's copies. */
export function journalFor(
  host: Host,
  root: string,
  mirror: Mirror | undefined,
): JournalContext {
  return {
    host,
    target: new RootedFileSystem(host.files, root),
    root,
    ...(mirror === undefined ? {} : { mirror }),
  };
}
