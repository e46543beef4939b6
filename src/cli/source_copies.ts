/** Copies of gigabytes that a session which was cut off has left on other disks. */
import { MedicError, wrap } from "../base/mod.ts";
import type { SessionHistory } from "../journal/mod.ts";
import { discardSource, type PreparationStep, sourceCopies } from "../kit/mod.ts";
import { parseOptions } from "../ladder/mod.ts";
import type { CommandContext } from "./context.ts";

/** A session that ended has taken its copies away; later ones of that name are not its own. */
function workOf({ state, header }: SessionHistory): readonly PreparationStep[] {
  if (state !== "open") return [];
  try {
    return parseOptions(header.options).sourceWork ?? [];
  } catch (error) {
    if (error instanceof MedicError) return []; // of a program that recorded other options
    throw error;
  }
}

/** The copies of a session that are still there. */
export async function copiesOf(
  { host }: CommandContext,
  session: SessionHistory,
): Promise<readonly string[]> {
  return await sourceCopies(host, workOf(session));
}

/**
 * Takes the copies of a session away and tells it, and what stays.
 *
 * @param session as it was before it was undone.
 */
export async function discardCopies(
  { host, output }: CommandContext,
  session: SessionHistory,
): Promise<void> {
  const work = workOf(session);
  const before = await sourceCopies(host, work);
  if (before.length === 0) return;
  const tell = (text: string) => {
    output.event({ type: "notice", text });
    output.talk(wrap(text));
  };
  for (const text of await discardSource(host, work)) tell(text);
  const after = await sourceCopies(host, work);
  for (const path of before) {
    if (!after.includes(path)) tell(`The unfinished copy of the source is removed: ${path}`);
  }
}
