/** The whole tree, depth first, within limits. Circles and doubles are told and not entered. */
import { foldCase, FormatError } from "../../base/mod.ts";
import type { ImageEntry, ImageProblem } from "./disc_image.ts";
import { shownName } from "./entry_name.ts";
import { faultOf } from "./fault.ts";
import { makeEntry, type Place, ROOT } from "./image_entry.ts";
import type { TreeChild, TreeNode } from "./volume_tree.ts";
import type { WarningList } from "./warnings.ts";

/** Bounds of memory and time for hostile images. */
export interface WalkLimits {
  /** Files and directories in the whole image. */
  readonly maxEntries: number;
  /** Directories inside each other. */
  readonly maxDepth: number;
}

/** What a walk is made in. */
export interface WalkContext {
  readonly root: TreeNode;
  readonly imageSize: number;
  readonly limits: WalkLimits;
  readonly warn: WarningList["add"];
  /** Told about what a listing costs. Throws when there has been too much of it. */
  readonly spend: (units: number, offset: number) => void;
}

/** Characters of a path that cost one unit: those of real media have hardly more. */
const PATH_UNIT = 130;

interface OpenDirectory {
  readonly place: Place;
  readonly children: AsyncIterator<TreeChild>;
  readonly taken: Set<string>;
}

/**
 * Yields every entry, each directory before what it holds.
 *
 * @throws {FormatError} if there are more entries than the limit, or too long paths of too many.
 */
export async function* walkTree(context: WalkContext): AsyncGenerator<ImageEntry> {
  const { root, limits, imageSize, warn, spend } = context;
  const seen = new Set([root.identity]);
  const open: OpenDirectory[] = [opened(root, ROOT)];
  let count = 0;
  for (let directory = open.at(-1); directory !== undefined; directory = open.at(-1)) {
    const child = await nextChild(directory, warn);
    if (child === undefined) {
      open.pop();
      continue;
    }
    checkCount(++count, { limits, offset: child.offset });
    const key = foldCase(child.name);
    const nameTaken = directory.taken.has(key);
    const made = await makeEntry(child, { place: directory.place, imageSize, nameTaken, spend });
    if (made === undefined) {
      warn(
        `"${shownName(child.name)}" was left out: its file entry was never written`,
        child.offset,
        "lost",
      );
      continue;
    }
    directory.taken.add(key);
    const { entry, node } = made;
    const units = Math.floor(entry.path.length / PATH_UNIT);
    if (units > 0) spend(units, entry.offset);
    if (node === undefined || !node.directory) {
      yield entry;
      continue;
    }
    const reason = seen.has(node.identity)
      ? "It leads to a directory that is listed already: a circle"
      : open.length >= limits.maxDepth
      ? `It lies deeper than ${limits.maxDepth} directories`
      : undefined;
    seen.add(node.identity);
    yield reason === undefined ? entry : notEntered(entry, reason);
    if (reason === undefined) open.push(opened(node, entry));
  }
}

function checkCount(
  count: number,
  { limits, offset }: { limits: WalkLimits; offset: number },
): void {
  if (count <= limits.maxEntries) return;
  throw new FormatError(
    `Cannot list the image: it has more than ${limits.maxEntries} files and directories`,
    { offset },
  );
}

function opened(node: TreeNode, place: Place): OpenDirectory {
  return { place, children: node.children()[Symbol.asyncIterator](), taken: new Set() };
}

async function nextChild(
  directory: OpenDirectory,
  warn: WalkContext["warn"],
): Promise<TreeChild | undefined> {
  try {
    const next = await directory.children.next();
    return next.done ? undefined : next.value;
  } catch (error) {
    const { message, offset } = faultOf(error);
    const where = directory.place.path === "" ? "the root" : `"${directory.place.path}"`;
    warn(`The rest of ${where} was left out: ${message}`, offset ?? 0, "lost");
    return undefined;
  }
}

function notEntered(entry: ImageEntry, message: string): ImageEntry {
  const problem: ImageProblem = { kind: "data", message, offset: entry.offset };
  return { ...entry, complete: false, problems: [...entry.problems, problem] };
}
