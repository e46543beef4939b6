/**
 * The memory file system's other side: what tests, damages and simulated disasters do to it.
 * Nothing here is counted, refused or stopped by faults.
 */
import { FileError } from "../../src/base/mod.ts";
import type { FileEntry } from "../../src/host/mod.ts";
import { type CrashOptions, CrashSwitch } from "./crash.ts";
import { bytesContent, type FileContent } from "./file_content.ts";
import { labPath, nameKey, parseLabPath } from "./lab_path.ts";
import {
  attach,
  descendants,
  detach,
  type DirectoryNode,
  directoryNode,
  fileNode,
  type Location,
  MemoryTree,
  type MemoryVolume,
  memoryVolume,
  type MemoryVolumeSpec,
  type NodeFault,
  type TreeNode,
} from "./memory_tree.ts";
import { type Snapshot, snapshotLine, type SnapshotOptions, snapshotSkips } from "./snapshot.ts";

/** One change that took place, whole or torn. */
export interface FileOperation {
  readonly kind:
    | "create-file"
    | "copy-file"
    | "create-directory"
    | "append"
    /** A file was cut off behind `bytes`, to be continued there. */
    | "cut"
    | "move"
    | "replace-file"
    | "restrict"
    | "remove";
  readonly path: string;
  /** Where it went: of a move or a copy, or the backup of a replaced file. */
  readonly to?: string;
  /** Bytes that were to be written. */
  readonly bytes?: number;
}

/** Volumes in memory with their past and their dangers. */
export class MemoryDisk {
  protected readonly tree: MemoryTree = new MemoryTree();
  protected readonly now: () => Date;
  /** All changes since the start or the last {@linkcode forgetOperations}. */
  readonly operations: FileOperation[] = [];
  /** Cuts the power. */
  readonly crash: CrashSwitch = new CrashSwitch();

  constructor(volumes: readonly MemoryVolumeSpec[], options: { readonly now?: () => Date } = {}) {
    this.now = options.now ?? (() => new Date(Date.UTC(2026, 0, 15, 9)));
    for (const spec of volumes) this.addVolume(spec);
  }

  /** The volume with this letter (`D:`), to be looked at or changed. */
  volume(letter: string): MemoryVolume {
    const volume = this.tree.volumes.get(parseLabPath(letter).letter);
    if (volume === undefined) throw new RangeError(`Cannot use volume "${letter}": not in the lab`);
    return volume;
  }

  /** All volumes in the order they came. */
  volumes(): readonly MemoryVolume[] {
    return [...this.tree.volumes.values()];
  }

  /** Adds a volume: a stick is plugged in. */
  addVolume(spec: MemoryVolumeSpec): MemoryVolume {
    const volume = memoryVolume(spec, this.now());
    this.tree.volumes.set(volume.letter, volume);
    return volume;
  }

  /** Pulls a volume out. Its letter leads nowhere then. */
  removeVolume(letter: string): void {
    this.tree.volumes.delete(this.volume(letter).letter);
  }

  /** Bytes that are free on a volume. */
  freeBytes(letter: string): number {
    return volumeFree(this.volume(letter));
  }

  /** Lets other data take room until exactly `bytes` are free. */
  setFreeBytes(letter: string, bytes: number): void {
    const volume = this.volume(letter);
    volume.usedBytes = volume.totalBytes - bytes;
  }

  /** Puts a file there, whatever was there before, with all its folders. */
  put(path: string, content: Uint8Array | FileContent): void {
    const { letter, names } = parseLabPath(path);
    const volume = this.volume(letter);
    const parent = this.#folder(volume, names.slice(0, -1));
    const name = names.at(-1) ?? "";
    const before = parent.children.get(nameKey(name));
    const file = fileNode(name, this.now());
    file.content = content instanceof Uint8Array ? bytesContent(content) : content;
    volume.usedBytes += file.content.size - (before === undefined ? 0 : sizeOf(before));
    attach(parent, before?.name ?? name, file);
  }

  /** Puts a folder there with all its parents, unless it is there already. */
  putDirectory(path: string): void {
    const { letter, names } = parseLabPath(path);
    this.#folder(this.volume(letter), names);
  }

  /** Makes a junction. `target` is an absolute path and need not exist. */
  putJunction(path: string, target: string): void {
    this.putDirectory(path);
    this.#markReparse(path).link = target;
  }

  /** Makes `path` a reparse point that is no link, such as a cloud file. */
  markReparse(path: string): void {
    this.#markReparse(path);
  }

  /** Takes a file or a whole folder away. */
  erase(path: string): void {
    const { node, parent, volume, name } = this.existing(path, {
      action: "erase",
      follow: "parents",
    });
    if (parent === undefined) throw new RangeError(`Cannot erase "${path}": it is a whole volume`);
    volume.usedBytes -= sizeOf(node);
    detach(parent, name);
  }

  /** Breaks a file or folder, or heals it with `undefined`. */
  setFault(path: string, fault: NodeFault | undefined): void {
    const { node } = this.existing(path, { action: "break", follow: "parents" });
    if (fault === undefined) delete node.fault;
    else node.fault = fault;
  }

  /** Names the security descriptor of a file, to see whether it survives. */
  setSecurity(path: string, security: string): void {
    this.existing(path, { action: "protect", follow: "parents" }).node.security = security;
  }

  /** The name given with {@linkcode setSecurity}, `inherited` if none was. */
  securityOf(path: string): string {
    return this.existing(path, { action: "examine", follow: "parents" }).node.security;
  }

  /** The `count`-th change from now and all later ones throw `SimulatedCrash`. */
  crashAfter(count: number, options: CrashOptions = {}): void {
    this.crash.after(count, options);
  }

  /** Switches the machine on again after a crash: handles are gone, files are as they were. */
  recover(): void {
    this.crash.recover();
    for (const volume of this.volumes()) {
      for (const [, node] of descendants(volume.root)) if (node.kind === "file") node.handles = 0;
    }
  }

  /** Empties {@linkcode operations}. */
  forgetOperations(): void {
    this.operations.length = 0;
  }

  /** Everything below `root`, by relative path, without regard to faults. */
  snapshot(root: string, options: SnapshotOptions = {}): Snapshot {
    const { node } = this.existing(root, { action: "snapshot", follow: "last" });
    const skips = snapshotSkips(options);
    const snapshot = new Map<string, string>();
    for (const [path, child] of descendants(node)) {
      if (!skips(path)) snapshot.set(path, snapshotLine(entryOf(child), contentOf(child)));
    }
    return snapshot;
  }

  protected existing(
    path: string,
    options: { readonly action: string; readonly follow: "parents" | "last" },
  ): Location & { readonly node: TreeNode } {
    const found = this.tree.locate(path, options);
    if (found?.node === undefined) throw new FileError(options.action, path, "not-found");
    return { ...found, node: found.node };
  }

  #folder(volume: MemoryVolume, names: readonly string[]): DirectoryNode {
    let folder = volume.root;
    for (const name of names) {
      let next = folder.children.get(nameKey(name));
      if (next === undefined) attach(folder, name, next = directoryNode(name, this.now()));
      if (next.kind !== "directory") {
        throw new RangeError(`Cannot put anything below "${name}": it is a file`);
      }
      folder = next;
    }
    return folder;
  }

  #markReparse(path: string): TreeNode {
    const { node } = this.existing(path, { action: "mark", follow: "parents" });
    node.reparse = true;
    return node;
  }
}

/** What `stat` says about a node. */
export function entryOf(node: TreeNode): FileEntry {
  return {
    name: node.name,
    kind: node.kind,
    size: node.kind === "file" ? node.content.size : 0,
    reparse: node.reparse,
    modified: node.modified,
  };
}

/** Bytes in a file, or in all files of a folder. */
export function sizeOf(node: TreeNode): number {
  let size = node.kind === "file" ? node.content.size : 0;
  for (const [, child] of descendants(node)) if (child.kind === "file") size += child.content.size;
  return size;
}

/** Bytes that are free. */
export function volumeFree(volume: MemoryVolume): number {
  return Math.max(0, volume.totalBytes - volume.usedBytes);
}

function contentOf(node: TreeNode): string {
  if (node.link !== undefined) return labPath(node.link, "");
  return node.kind === "file" ? node.content.fingerprint : "";
}
