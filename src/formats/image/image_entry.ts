/** Makes an entry of what a directory names and a volume records. */
import type { ImageEntry, ImageProblem } from "./disc_image.ts";
import { entryNameProblem, shownName } from "./entry_name.ts";
import { faultOf } from "./fault.ts";
import { type FileRanges, fileRanges } from "./file_ranges.ts";
import type { TreeChild, TreeNode } from "./volume_tree.ts";

/** The directory that an entry is in. */
export interface Place {
  readonly names: readonly string[];
  readonly path: string;
  readonly safe: boolean;
}

export const ROOT: Place = { names: [], path: "", safe: true };

/** An entry, and the node to go on from if it is a directory that can be read. */
export interface MadeEntry {
  readonly entry: ImageEntry;
  readonly node: TreeNode | undefined;
}

/**
 * Loads a child. Undefined if its file entry was never written: there is nothing to show but the
 * name. `nameTaken` says that an earlier name of the directory differs in case only, or not at all.
 */
export async function makeEntry(
  child: TreeChild,
  { place, imageSize, nameTaken, spend }: {
    readonly place: Place;
    readonly imageSize: number;
    readonly nameTaken: boolean;
    readonly spend: (units: number, offset: number) => void;
  },
): Promise<MadeEntry | undefined> {
  const problems: ImageProblem[] = [
    ...child.problems,
    ...nameProblems(child, { place, nameTaken }),
  ];
  const node = await loaded(child, problems);
  if (node === undefined) return undefined;
  const directory = node === "unreadable" ? child.directory : node.directory;
  let data: FileRanges = { ranges: [], readableBytes: 0, problem: undefined };
  if (node !== "unreadable") {
    problems.push(...node.problems);
    if (node.directory !== child.directory) problems.push(disagreement(child));
    if (!directory) data = await fileRanges(node, { imageSize, offset: child.offset, spend });
    if (data.problem !== undefined) problems.push(data.problem);
  }
  const shown = shownName(child.name);
  const entry: ImageEntry = {
    kind: directory ? "directory" : "file",
    path: place.path === "" ? shown : `${place.path}\\${shown}`,
    names: [...place.names, child.name],
    size: directory || node === "unreadable" ? 0 : node.size,
    modified: node === "unreadable" ? undefined : node.modified,
    hidden: child.hidden,
    safe: place.safe && !problems.some(({ kind }) => kind === "name" || kind === "type"),
    problems,
    complete: !problems.some(({ kind }) => kind === "data" || kind === "size"),
    readableBytes: data.readableBytes,
    offset: child.offset,
    ranges: () => data.ranges,
  };
  return { entry, node: node === "unreadable" ? undefined : node };
}

async function loaded(
  child: TreeChild,
  problems: ImageProblem[],
): Promise<TreeNode | "unreadable" | undefined> {
  try {
    return await child.load();
  } catch (error) {
    const { message, offset } = faultOf(error);
    problems.push({ kind: "data", message, offset: offset ?? child.offset });
    return "unreadable";
  }
}

function nameProblems(
  child: TreeChild,
  { place, nameTaken }: { readonly place: Place; readonly nameTaken: boolean },
): ImageProblem[] {
  const reasons = [
    place.safe ? undefined : "the directory that holds it cannot be created",
    entryNameProblem(child.name),
    nameTaken ? "its directory holds the same name already (case does not count)" : undefined,
  ];
  return reasons.filter((reason) => reason !== undefined).map((reason) => ({
    kind: "name",
    message: `Cannot be extracted: ${reason}`,
    offset: child.offset,
  }));
}

function disagreement(child: TreeChild): ImageProblem {
  const [here, there] = child.directory ? ["directory", "file"] : ["file", "directory"];
  return {
    kind: "damage",
    message: `Its directory calls it a ${here}, its own entry a ${there}`,
    offset: child.offset,
  };
}
