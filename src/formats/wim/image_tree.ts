/**
 * The tree of files of an image ("metadata resource"). Hostile trees are common in tests and
 * possible in life, so nothing is followed twice and nothing gets a path that could escape.
 */
import { ByteView, FormatError } from "../../base/mod.ts";
import {
  FileAttribute,
  readDirectoryEntry,
  type StoredEntry,
  type WimStream,
} from "./directory_entry.ts";
import { breaksPaths, type NameFault, nameFault } from "./entry_names.ts";

/** Deepest directory that is read; Windows' longest path has half as many names. */
const MAX_DEPTH = 32768;

/** A file or directory of an image. Times are FILETIMEs in UTC; `dateFromFiletime` converts them. */
export interface WimEntry {
  /** "" for the root. UTF-16 without loss: lone surrogates stay. */
  readonly name: string;
  /** 8.3 name, "" if there is none. */
  readonly shortName: string;
  /** Set if Windows could not create a file of this name: it must not be extracted. */
  readonly nameFault: NameFault | undefined;
  readonly directory: boolean;
  /** Windows' file attributes (FILE_ATTRIBUTE_* of winnt.h). */
  readonly attributes: number;
  /** Index into the image's security descriptors, or undefined if it has none. */
  readonly securityId: number | undefined;
  readonly creationTime: bigint;
  readonly lastAccessTime: bigint;
  readonly lastWriteTime: bigint;
  /** Tag of a reparse point (IO_REPARSE_TAG_*), undefined for others. */
  readonly reparseTag: number | undefined;
  /** Files with the same number are names of one file; 0 if it has no other name. */
  readonly hardLinkGroup: bigint;
  /** The unnamed stream first. */
  readonly streams: readonly WimStream[];
  /** In the order of the image; empty for a file. */
  readonly children: readonly WimEntry[];
}

/** What is wrong with an entry. */
export type TreeProblemKind =
  | NameFault
  /** A second entry of exactly this name, which is left out. */
  | "duplicate-name"
  /** A second entry whose name differs only in case. */
  | "same-but-for-case"
  /** The list of children was read already: a cycle, or two directories that share it. */
  | "shared-children"
  /** A file with children, which are left out. */
  | "children-of-file"
  /** Deeper than any path of Windows; what is below is left out. */
  | "too-deep";

/** A problem of one entry. */
export interface TreeProblem {
  readonly kind: TreeProblemKind;
  /** Path of the entry; separators and NULs in names are shown as U+FFFD. */
  readonly path: string;
  /** Where the entry begins in the metadata, in bytes. */
  readonly offset: number;
}

/** The files of an image. */
export interface ImageTree {
  readonly root: WimEntry;
  /** Number of security descriptors. */
  readonly securityDescriptors: number;
  readonly problems: readonly TreeProblem[];
}

/** A directory whose children are still to be read. */
interface Open {
  readonly path: string;
  readonly depth: number;
  readonly offset: number;
  readonly into: WimEntry[];
}

/**
 * Reads a tree from the whole decompressed metadata.
 *
 * @throws {FormatError} if an entry is damaged or the root is no directory.
 */
export function readImageTree(metadata: Uint8Array, what: string): ImageTree {
  const view = new ByteView(metadata, what);
  const { end, count } = readSecurity(view, what);
  const root = readDirectoryEntry(view, end);
  const into: WimEntry[] = [];
  if (root === undefined) return emptyTree(count);
  if ((root.attributes & FileAttribute.directory) === 0) {
    throw new FormatError(`Cannot read ${what}: its root is no directory`, { offset: end });
  }
  const reader = new TreeReader(view, what);
  reader.read({ path: "", depth: 0, offset: root.children, into });
  return {
    root: { ...entryOf(root, into), name: "", nameFault: undefined },
    securityDescriptors: count,
    problems: reader.problems,
  };
}

/** The security descriptors come first; only where they end matters here. */
function readSecurity(view: ByteView, what: string): { end: number; count: number } {
  const [total, count] = [view.u32(0), view.u32(4)];
  const end = Math.max(8, Math.ceil(total / 8) * 8);
  if (end > view.length || 8 + 8 * count > end) {
    throw new FormatError(`Cannot read ${what}: its security data is damaged`, { offset: 0 });
  }
  return { end, count };
}

class TreeReader {
  readonly problems: TreeProblem[] = [];
  readonly #view: ByteView;
  readonly #what: string;
  /** Places where a list of children begins that was read. */
  readonly #lists = new Set<number>();
  /** Bytes of all entries that were read; more than there are means that lists overlap. */
  #consumed = 0;

  constructor(view: ByteView, what: string) {
    this.#view = view;
    this.#what = what;
  }

  read(root: Open): void {
    const open = root.offset === 0 ? [] : [root];
    for (let list = open.pop(); list !== undefined; list = open.pop()) {
      this.#readList(list, open);
    }
  }

  #readList(list: Open, open: Open[]): void {
    const exact = new Set<string>();
    const folded = new Set<string>();
    this.#lists.add(list.offset);
    let stored = readDirectoryEntry(this.#view, list.offset);
    for (; stored !== undefined; stored = readDirectoryEntry(this.#view, stored.next)) {
      this.#count(stored);
      const path = `${list.path}\\${stored.name.replace(/[\\/\0]/g, "\ufffd")}`;
      const report = (kind: TreeProblemKind) =>
        this.problems.push({ kind, path, offset: stored!.offset });
      const fault = nameFault(stored.name);
      if (fault !== undefined) report(fault);
      if (breaksPaths(fault)) continue;
      if (exact.has(stored.name)) {
        report("duplicate-name");
        continue;
      }
      exact.add(stored.name);
      const fold = stored.name.toLowerCase();
      if (folded.has(fold)) report("same-but-for-case");
      folded.add(fold);
      const into: WimEntry[] = [];
      list.into.push(entryOf(stored, into));
      const fault2 = this.#childrenFault(stored, list.depth);
      if (fault2 !== undefined) report(fault2);
      else if (stored.children !== 0) {
        open.push({ path, depth: list.depth + 1, offset: stored.children, into });
        this.#lists.add(stored.children);
      }
    }
  }

  #childrenFault(stored: StoredEntry, depth: number): TreeProblemKind | undefined {
    if (stored.children === 0) return undefined;
    if ((stored.attributes & FileAttribute.directory) === 0) return "children-of-file";
    if (this.#lists.has(stored.children)) {
      // Empty directories may well share one end mark.
      const first = readDirectoryEntry(this.#view, stored.children);
      if (first !== undefined) return "shared-children";
    }
    return depth + 1 > MAX_DEPTH ? "too-deep" : undefined;
  }

  #count(stored: StoredEntry): void {
    this.#consumed += stored.next - stored.offset;
    if (this.#consumed <= this.#view.length) return;
    throw new FormatError(`Cannot read ${this.#what}: its directories overlap`, {
      offset: stored.offset,
    });
  }
}

function entryOf(stored: StoredEntry, children: readonly WimEntry[]): WimEntry {
  return {
    name: stored.name,
    shortName: stored.shortName,
    nameFault: nameFault(stored.name),
    directory: (stored.attributes & FileAttribute.directory) !== 0,
    attributes: stored.attributes,
    securityId: stored.securityId,
    creationTime: stored.creationTime,
    lastAccessTime: stored.lastAccessTime,
    lastWriteTime: stored.lastWriteTime,
    reparseTag: stored.reparseTag,
    hardLinkGroup: stored.hardLinkGroup,
    streams: stored.streams,
    children,
  };
}

/** An image without a single file: wimlib reads metadata without entries so, too. */
function emptyTree(securityDescriptors: number): ImageTree {
  const root: WimEntry = {
    name: "",
    shortName: "",
    nameFault: undefined,
    directory: true,
    attributes: FileAttribute.directory,
    securityId: undefined,
    creationTime: 0n,
    lastAccessTime: 0n,
    lastWriteTime: 0n,
    reparseTag: undefined,
    hardLinkGroup: 0n,
    streams: [],
    children: [],
  };
  return { root, securityDescriptors, problems: [] };
}

/** An entry with its path. */
export interface PlacedEntry {
  /** For example `\Windows\System32\ntdll.dll`; `\` for the root. */
  readonly path: string;
  readonly entry: WimEntry;
}

/** Yields all entries, a directory before what it holds, in the order of the image. */
export function* walkTree(tree: ImageTree): Generator<PlacedEntry> {
  const open: PlacedEntry[] = [{ path: "\\", entry: tree.root }];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    yield item;
    const prefix = item.entry === tree.root ? "" : item.path;
    const { children } = item.entry;
    for (let i = children.length - 1; i >= 0; i--) {
      const entry = children[i]!;
      open.push({ path: `${prefix}\\${entry.name}`, entry });
    }
  }
}

/**
 * Finds an entry by path, ignoring case as Windows does; exact case wins. `\` and `/` separate;
 * one at the beginning is optional.
 */
export function findEntry(tree: ImageTree, path: string): WimEntry | undefined {
  let entry: WimEntry | undefined = tree.root;
  for (const name of path.split(/[\\/]/).filter((part) => part !== "")) {
    const children: readonly WimEntry[] = entry.children;
    const folded = name.toLowerCase();
    entry = children.find((child) => child.name === name) ??
      children.find((child) => child.name.toLowerCase() === folded);
    if (entry === undefined) return undefined;
  }
  return entry;
}
