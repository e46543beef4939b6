/** One entry by its path, reading only the directories on the way. */
import type { ImageEntry } from "./disc_image.ts";
import { shownName } from "./entry_name.ts";
import { faultOf } from "./fault.ts";
import { type MadeEntry, makeEntry, type Place, ROOT } from "./image_entry.ts";
import type { NameIndex } from "./name_index.ts";
import type { TreeChild, TreeNode } from "./volume_tree.ts";
import type { WalkContext } from "./walk.ts";

/** What a search is made in. */
export interface SearchContext extends WalkContext {
  readonly index: NameIndex;
}

/** The first entry of each name counts, as it does when everything is listed. */
export async function findEntry(
  context: SearchContext,
  path: string,
): Promise<ImageEntry | undefined> {
  const names = path.split(/[\\/]/).filter((name) => name !== "");
  if (names.length > context.limits.maxDepth) return undefined;
  let node: TreeNode | undefined = context.root;
  let place: Place = ROOT;
  let made: MadeEntry | undefined;
  for (const name of names) {
    if (node === undefined) return undefined;
    made = await findChild(context, { node, place, name });
    if (made === undefined) return undefined;
    node = made.node;
    const { path, names, safe } = made.entry;
    place = { path, names, safe };
  }
  return made?.entry;
}

async function findChild(
  { imageSize, limits, warn, spend, index }: SearchContext,
  { node, place, name }: { readonly node: TreeNode; readonly place: Place; readonly name: string },
): Promise<MadeEntry | undefined> {
  try {
    for await (const child of index.listing(node).named(name, limits.maxEntries)) {
      const made = await makeEntry(child, { place, imageSize, nameTaken: false, spend });
      if (made !== undefined) return made;
      warn(neverWritten(child), child.offset, "lost");
    }
  } catch (error) {
    const { message, offset } = faultOf(error);
    const told = `"${name}" was not found where the directory can be read: ${message}`;
    warn(told, offset ?? 0, "damaged");
  }
  return undefined;
}

function neverWritten(child: TreeChild): string {
  return `"${shownName(child.name)}" was left out: its file entry was never written`;
}
