/** What is said where an earlier session was cut off: nobody should diagnose past it. */
import { journalFor } from "../journal/mod.ts";
import { MedicError, wrap } from "../base/mod.ts";
import { refuseOpenSession } from "../ladder/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import type { CommandContext } from "./context.ts";

/** Says that an earlier session was cut off, and how to go on. Returns its name. */
export async function tellOpenSession(
  context: CommandContext,
  windows: OfflineWindows,
): Promise<string | undefined> {
  try {
    await refuseOpenSession(journalFor(context.host, windows.root, undefined));
    return undefined;
  } catch (error) {
    if (!(error instanceof MedicError) || error.code !== "refused") throw error;
    context.output.talk(wrap(`Note: ${error.message.replace("Cannot begin: ", "")}`));
    if (error.next !== undefined) {
      context.output.talk(wrap(error.next, { first: "Next: ", indent: "      " }));
    }
    return error.message;
  }
}
