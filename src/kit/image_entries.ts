/** The files of one Windows image as entries of media. */
import { dateFromFiletime } from "../base/mod.ts";
import {
  type TreeProblem,
  type TreeProblemKind,
  walkTree,
  type Wim,
  type WimBlobs,
  type WimEntry,
} from "../formats/wim/mod.ts";
import type { MediaEntry } from "./media_tree.ts";

/** An entry of an image. */
export interface ImageFileEntry extends MediaEntry {
  /** A symbolic link, junction or another reparse point. */
  readonly link: boolean;
}

/** The files of an image. */
export interface ImageFiles {
  /** Each folder before what it holds; paths without `\` in front. The root is left out. */
  readonly entries: Iterable<ImageFileEntry>;
  /** What is left out because it cannot be part of a tree: one sentence each. */
  readonly leftOut: readonly string[];
}

/** Why something of a tree is not listed. What has only a strange name is listed and marked. */
const LEFT_OUT: Readonly<Partial<Record<TreeProblemKind, string>>> = {
  unnamed: "is left out: it has no name",
  dots: "is left out: its name would lead out of its folder",
  separator: "is left out: its name holds a separator",
  nul: "is left out: its name holds a NUL",
  "duplicate-name": "is there twice: the second one is left out",
  "shared-children": "is not whole: it leads to a folder that is listed already",
  "children-of-file": "is not whole: it is a file, and has files below it",
  "too-deep": "is not whole: what it holds lies too deep",
};

/**
 * Reads the tree of an image.
 *
 * @throws {FormatError} if there is no such image or it is damaged, {RefusalError} if the file is
 * encrypted.
 */
export async function readImageFiles(wim: Wim, index: number): Promise<ImageFiles> {
  const blobs = await wim.blobs();
  const tree = await wim.tree(index);
  const doubles = new Set(
    tree.problems.filter(({ kind }) => kind === "same-but-for-case").map(({ path }) => path),
  );
  return {
    leftOut: [...new Set(tree.problems.flatMap(leftOut))],
    entries: {
      *[Symbol.iterator]() {
        const unsafe: string[] = [];
        for (const { path, entry } of walkTree(tree)) {
          if (entry === tree.root) continue;
          const shown = shownEntry(path.slice(1), entry, {
            blobs,
            double: doubles.has(path),
          });
          const inUnsafe = below(shown.path, unsafe);
          if (shown.kind === "directory" && !shown.safe && !inUnsafe) unsafe.push(shown.path);
          yield inUnsafe ? { ...shown, safe: false } : shown;
        }
      },
    },
  };
}

/** Entries come in order, so only the last unsafe folder can hold this one. */
function below(path: string, unsafe: readonly string[]): boolean {
  const last = unsafe.at(-1);
  return last !== undefined && path.startsWith(`${last}\\`);
}

function leftOut({ kind, path }: TreeProblem): string[] {
  const reason = LEFT_OUT[kind];
  return reason === undefined ? [] : [`"${path.replace(/^\\/, "")}" ${reason}`];
}

function shownEntry(
  path: string,
  entry: WimEntry,
  { blobs: { byHash }, double }: { readonly blobs: WimBlobs; readonly double: boolean },
): ImageFileEntry {
  const hashes = entry.streams.flatMap(({ hash }) => hash === undefined ? [] : [hash]);
  const content = entry.streams.find(({ kind, name }) => kind !== "reparse" && name === "");
  const missing = hashes.find((hash) => !byHash.has(hash));
  const problems: string[] = [];
  if (entry.nameFault !== undefined) {
    problems.push(`Cannot be extracted: its name is not allowed (${entry.nameFault})`);
  }
  if (double) problems.push("Cannot be extracted: its folder has this name already (case aside)");
  if (missing !== undefined) problems.push(`Its content is not here: blob ${missing}`);
  return {
    kind: entry.directory ? "directory" : "file",
    path,
    size: entry.directory ? 0 : byHash.get(content?.hash ?? "")?.size ?? 0,
    // The tree of an image has no sizes, only the part that holds a content.
    ...(content?.hash === undefined || byHash.has(content.hash) ? {} : { sizeUnknown: true }),
    modified: dateFromFiletime(entry.lastWriteTime) ?? undefined,
    safe: entry.nameFault === undefined && !double,
    complete: missing === undefined,
    problems,
    link: entry.reparseTag !== undefined,
  };
}
