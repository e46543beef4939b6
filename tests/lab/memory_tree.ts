/**
 * Volumes, folders and files in memory, and the walk from a path to a node. Links are followed
 * on the way as Windows does it; whether the last name is followed is the caller's choice.
 */
import { FileError, type FileFault } from "../../src/base/mod.ts";
import { bytesContent, type FileContent } from "./file_content.ts";
import { formatLabPath, type LabPath, nameKey, parseLabPath } from "./lab_path.ts";

/** What is wrong with a file or folder. */
export interface NodeFault {
  readonly fault: Extract<FileFault, "disk-error" | "denied" | "busy">;
  /** For disk errors in a file: only bytes from here on are bad. Default: all. */
  readonly from?: number;
}

interface NodeBase {
  name: string;
  modified: Date;
  /** Target of a junction or symbolic link, as an absolute path. */
  link?: string;
  /** Any reparse point, also those that are no links (cloud files, WOF). */
  reparse: boolean;
  fault?: NodeFault;
  /** Stands for the security descriptor. */
  security: string;
}

/** A file. */
export interface FileNode extends NodeBase {
  readonly kind: "file";
  content: FileContent;
  /** Handles that are open now. */
  handles: number;
}

/** A folder. */
export interface DirectoryNode extends NodeBase {
  readonly kind: "directory";
  readonly children: Map<string, TreeNode>;
}

export type TreeNode = FileNode | DirectoryNode;

/** What is given to make a volume. */
export interface MemoryVolumeSpec {
  /** `D:` */
  readonly letter: string;
  readonly label?: string;
  readonly fileSystem?: string;
  /** Bytes; 64 GB if not given. */
  readonly totalBytes?: number;
  /** Bytes that are free at the start; all of them if not given. */
  readonly freeBytes?: number;
  readonly readOnly?: boolean;
  /** The folders and files of another volume, which this one is by another letter. */
  readonly root?: DirectoryNode;
}

/** A volume. Tests and damages change it at will. */
export interface MemoryVolume {
  readonly letter: string;
  label: string;
  fileSystem: string;
  totalBytes: number;
  /** Bytes in use, files of the tree and others. */
  usedBytes: number;
  readOnly: boolean;
  /** Locked by BitLocker: every path looks as if it did not exist. */
  locked: boolean;
  readonly root: DirectoryNode;
}

/** Where a path leads. `node` is undefined if the last name does not exist. */
export interface Location {
  readonly volume: MemoryVolume;
  /** Undefined for the root of the volume. */
  readonly parent: DirectoryNode | undefined;
  readonly name: string;
  readonly node: TreeNode | undefined;
}

const DEFAULT_BYTES = 64 * 2 ** 30;
const MAXIMUM_LINKS = 31;

/** Makes an empty volume. */
export function memoryVolume(spec: MemoryVolumeSpec, now: Date): MemoryVolume {
  const totalBytes = spec.totalBytes ?? DEFAULT_BYTES;
  return {
    letter: parseLabPath(spec.letter).letter,
    label: spec.label ?? "",
    fileSystem: spec.fileSystem ?? "NTFS",
    totalBytes,
    usedBytes: totalBytes - (spec.freeBytes ?? totalBytes),
    readOnly: spec.readOnly ?? false,
    locked: false,
    root: spec.root ?? directoryNode("", now),
  };
}

/** Makes an empty folder that is in no tree yet. */
export function directoryNode(name: string, modified: Date): DirectoryNode {
  const security = "inherited";
  return { kind: "directory", name, children: new Map(), modified, reparse: false, security };
}

/** Makes a file that is in no tree yet. */
export function fileNode(name: string, modified: Date): FileNode {
  const content = bytesContent(new Uint8Array());
  return {
    kind: "file",
    name,
    content,
    modified,
    reparse: false,
    security: "inherited",
    handles: 0,
  };
}

/** All volumes by letter. */
export class MemoryTree {
  readonly volumes: Map<string, MemoryVolume> = new Map<string, MemoryVolume>();

  /**
   * Finds where a path leads, or undefined if its parent does not exist. `follow: "last"` follows
   * a link in the last place too.
   */
  locate(path: string, options: { readonly follow: "parents" | "last" }): Location | undefined {
    return this.#walk(parseLabPath(path), options.follow, 0);
  }

  #walk(path: LabPath, follow: "parents" | "last", links: number): Location | undefined {
    if (links > MAXIMUM_LINKS) {
      throw new FileError("follow", formatLabPath(path), "other", {
        cause: new Error("too many links"),
      });
    }
    const volume = this.volumes.get(path.letter);
    if (volume === undefined || volume.locked) return undefined;
    let parent: TreeNode = volume.root;
    for (const [i, name] of path.names.entries()) {
      if (parent.kind !== "directory") return undefined;
      const last = i === path.names.length - 1;
      const node: TreeNode | undefined = parent.children.get(nameKey(name));
      if (node?.link !== undefined && (!last || follow === "last")) {
        const target = parseLabPath(node.link);
        const names = [...target.names, ...path.names.slice(i + 1)];
        return this.#walk({ letter: target.letter, names }, follow, links + 1);
      }
      if (last) return { volume, parent, name, node };
      if (node === undefined) return undefined;
      parent = node;
    }
    return { volume, parent: undefined, name: "", node: volume.root };
  }
}

/** Puts a node into a folder under `name`. */
export function attach(parent: DirectoryNode, name: string, node: TreeNode): void {
  node.name = name;
  parent.children.set(nameKey(name), node);
}

/** Takes the node called `name` out of a folder. */
export function detach(parent: DirectoryNode, name: string): void {
  parent.children.delete(nameKey(name));
}

/** All nodes of a tree with their paths relative to it, parents first, sorted by name. */
export function* descendants(node: TreeNode, prefix = ""): Generator<[string, TreeNode]> {
  if (node.kind !== "directory" || node.link !== undefined) return;
  for (const child of sortedChildren(node)) {
    const path = prefix === "" ? child.name : `${prefix}\\${child.name}`;
    yield [path, child];
    yield* descendants(child, path);
  }
}

/** The entries of a folder in the order NTFS keeps them. */
export function sortedChildren(node: DirectoryNode): TreeNode[] {
  return [...node.children.entries()].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)
    .map(([, child]) => child);
}
