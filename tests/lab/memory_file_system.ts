/**
 * A Windows file system in memory: drive letters, `\`, names without case, several volumes that
 * fill up, read-only and locked volumes, junctions, bad sectors, open files, and power cuts.
 *
 * Every change is written down in `operations`, so that "changed no byte" is an empty list.
 */
import { FileError, type FileFault } from "../../src/base/mod.ts";
import type {
  AppendFile,
  FileEntry,
  FileSystem,
  FileWriter,
  ReadableFile,
  WriterOptions,
} from "../../src/host/mod.ts";
import { bytesContent, type FileContent, headContent, joinContent } from "./file_content.ts";
import { entryOf, type FileOperation, MemoryDisk, sizeOf, volumeFree } from "./memory_disk.ts";
import { attempt, MemoryAppender, MemoryReader, MemoryWriter } from "./memory_handles.ts";
import {
  attach,
  descendants,
  detach,
  type DirectoryNode,
  directoryNode,
  type FileNode,
  fileNode,
  type Location,
  type MemoryVolume,
  sortedChildren,
  type TreeNode,
} from "./memory_tree.ts";

export type { FileOperation } from "./memory_disk.ts";

/** Security of a folder that was taken from ordinary users. */
export const ADMINISTRATORS_ONLY = "administrators only";

/** A {@linkcode FileSystem} that tests can break in every way a disk does. */
export class MemoryFileSystem extends MemoryDisk implements FileSystem {
  stat(path: string): Promise<FileEntry | undefined> {
    return attempt(() => {
      const node = this.tree.locate(path, { follow: "parents" })?.node;
      return node === undefined ? undefined : entryOf(node);
    });
  }

  list(path: string): Promise<FileEntry[]> {
    return attempt(() => {
      const { node } = this.existing(path, { action: "list", follow: "last" });
      if (node.kind !== "directory") throw new FileError("list", path, "not-a-directory");
      checkFault(node, { action: "list", path });
      return sortedChildren(node).map(entryOf);
    });
  }

  read(path: string): Promise<Uint8Array> {
    return attempt(() => {
      const file = this.#file(path, "read");
      checkFault(file, { action: "read", path });
      return file.content.read(0, file.content.size);
    });
  }

  open(path: string): Promise<ReadableFile> {
    return attempt(() => {
      const file = this.#file(path, "open");
      if (file.fault?.fault !== "disk-error") checkFault(file, { action: "open", path });
      return new MemoryReader(file, path);
    });
  }

  createFile(path: string, bytes: Uint8Array): Promise<void> {
    return attempt(() => {
      const place = this.#vacant(path, "create");
      const operation = { kind: "create-file", path, bytes: bytes.length } as const;
      this.#fill(place, { operation, content: bytesContent(bytes) });
    });
  }

  copyFile(from: string, to: string): Promise<void> {
    return attempt(() => {
      const source = this.#file(from, "copy");
      checkFault(source, { action: "copy", path: from });
      const place = this.#vacant(to, "create");
      const operation = { kind: "copy-file", path: from, to, bytes: source.content.size } as const;
      this.#fill(place, { operation, content: source.content });
    });
  }

  createDirectory(path: string): Promise<void> {
    return attempt(() => {
      const place = this.#vacant(path, "create");
      this.#change({ kind: "create-directory", path }, {
        apply: () => attach(place.parent, place.name, directoryNode(place.name, this.now())),
      });
    });
  }

  openAppend(path: string): Promise<AppendFile> {
    return attempt(() => {
      const found = this.tree.locate(path, { follow: "last" });
      if (found?.node === undefined) {
        const place = this.#vacant(path, "open");
        const operation = { kind: "create-file", path, bytes: 0 } as const;
        this.#fill(place, { operation, content: bytesContent(new Uint8Array()) });
      } else {
        if (found.volume.readOnly) throw new FileError("open", path, "read-only");
        checkFault(this.#file(path, "open"), { action: "open", path });
      }
      const file = this.#file(path, "open");
      const { life } = this.crash;
      const volume = this.#volumeOf(path);
      return new MemoryAppender(file, {
        append: (bytes) => {
          this.crash.check(life);
          this.#append(path, file, { bytes, volume });
        },
      });
    });
  }

  createWriter(path: string, { continueAt }: WriterOptions = {}): Promise<FileWriter> {
    return attempt(() => {
      if (continueAt === undefined) {
        const place = this.#vacant(path, "create");
        const operation = { kind: "create-file", path, bytes: 0 } as const;
        this.#fill(place, { operation, content: bytesContent(new Uint8Array()) });
      } else this.#cut(path, continueAt);
      const file = this.#file(path, "create");
      const { life } = this.crash;
      return new MemoryWriter(file, {
        // A pulled stick takes its open files with it.
        write: (bytes) => {
          this.crash.check(life);
          this.#append(path, file, { bytes, volume: this.#volumeOf(path) });
        },
        setModified: (time) => {
          this.crash.check(life);
          file.modified = time;
        },
      });
    });
  }

  move(from: string, to: string): Promise<void> {
    return attempt(() => {
      const source = this.existing(from, { action: "move", follow: "parents" });
      const target = this.tree.locate(to, { follow: "parents" });
      if (target === undefined) throw new FileError("move", to, "not-found");
      if (target.volume !== source.volume) throw new FileError("move", from, "cross-device");
      if (source.volume.readOnly) throw new FileError("move", from, "read-only");
      const { parent } = source;
      if (parent === undefined || target.parent === undefined) {
        throw new FileError("move", from, "denied");
      }
      if (target.node !== undefined && target.node !== source.node) {
        throw new FileError("move", to, "exists");
      }
      checkMovable(source.node, { path: from, into: target.parent });
      const { node, name } = source;
      const newParent = target.parent;
      this.#change({ kind: "move", path: from, to }, {
        apply: () => {
          detach(parent, name);
          attach(newParent, target.name, node);
        },
      });
    });
  }

  replaceFile(path: string, replacement: string, backup: string): Promise<void> {
    return attempt(() => {
      const old = this.#replaceable(path);
      const fresh = this.#replaceable(replacement);
      const place = this.#vacant(backup, "replace");
      if (old.volume !== fresh.volume || old.volume !== place.volume) {
        throw new FileError("replace", path, "cross-device");
      }
      const keep = () => {
        detach(old.parent, old.name);
        attach(place.parent, place.name, old.node);
      };
      this.#change({ kind: "replace-file", path, to: backup }, {
        tear: keep,
        apply: () => {
          keep();
          detach(fresh.parent, fresh.name);
          attach(old.parent, old.name, fresh.node);
          fresh.node.security = old.node.security;
        },
      });
    });
  }

  restrict(path: string): Promise<boolean> {
    return attempt(() => {
      const action = "take from ordinary users";
      const { node, volume } = this.existing(path, { action, follow: "parents" });
      if (volume.readOnly) throw new FileError(action, path, "read-only");
      if (node.kind !== "directory" || node.reparse) {
        throw new FileError(action, path, "not-a-directory");
      }
      checkFault(node, { action, path });
      const kept = volume.fileSystem === "NTFS";
      this.#change({ kind: "restrict", path }, {
        apply: () => {
          if (kept) node.security = ADMINISTRATORS_ONLY;
        },
      });
      return kept;
    });
  }

  remove(path: string): Promise<void> {
    return attempt(() => {
      const { node, parent, volume, name } = this.existing(path, {
        action: "remove",
        follow: "parents",
      });
      if (volume.readOnly) throw new FileError("remove", path, "read-only");
      if (parent === undefined) throw new FileError("remove", path, "denied");
      checkFault(node, { action: "remove", path, unless: "disk-error" });
      if (node.kind === "directory" && node.link === undefined && node.children.size > 0) {
        throw new FileError("remove", path, "other", { cause: new Error("it is not empty") });
      }
      this.#change({ kind: "remove", path }, {
        apply: () => {
          detach(parent, name);
          volume.usedBytes -= sizeOf(node);
        },
      });
    });
  }

  #file(path: string, action: string): FileNode {
    const { node } = this.existing(path, { action, follow: "last" });
    if (node.kind !== "file") throw new FileError(action, path, "denied");
    return node;
  }

  #vacant(path: string, action: string): Location & { readonly parent: DirectoryNode } {
    const found = this.tree.locate(path, { follow: "parents" });
    if (found === undefined) throw new FileError(action, path, "not-found");
    if (found.node !== undefined || found.parent === undefined) {
      throw new FileError(action, path, "exists");
    }
    if (found.volume.readOnly) throw new FileError(action, path, "read-only");
    checkFault(found.parent, { action, path });
    return { ...found, parent: found.parent };
  }

  #replaceable(path: string): Location & { node: FileNode; parent: DirectoryNode } {
    const found = this.existing(path, { action: "replace", follow: "parents" });
    if (found.volume.readOnly) throw new FileError("replace", path, "read-only");
    if (found.node.kind !== "file" || found.parent === undefined) {
      throw new FileError("replace", path, "denied");
    }
    checkFault(found.node, { action: "replace", path, unless: "disk-error" });
    return { ...found, node: found.node, parent: found.parent };
  }

  #volumeOf(path: string): MemoryVolume {
    return this.existing(path, { action: "append to", follow: "last" }).volume;
  }

  #cut(path: string, length: number): void {
    const { node, volume } = this.existing(path, { action: "continue", follow: "parents" });
    if (node.kind !== "file" || node.reparse || node.content.size < length) {
      const cause = new Error("it is not a plain file of that length");
      throw new FileError("continue", path, "other", { cause });
    }
    if (volume.readOnly) throw new FileError("continue", path, "read-only");
    checkFault(node, { action: "continue", path });
    this.#change({ kind: "cut", path, bytes: length }, {
      apply: () => {
        volume.usedBytes -= node.content.size - length;
        node.content = headContent(node.content, length);
      },
    });
  }

  #fill(
    place: Location & { readonly parent: DirectoryNode },
    work: { readonly operation: FileOperation; readonly content: FileContent },
  ): void {
    const { content, operation } = work;
    const file = fileNode(place.name, this.now());
    const write = (length: number) => {
      attach(place.parent, place.name, file);
      file.content = headContent(content, length);
      place.volume.usedBytes += file.content.size;
    };
    const granted = Math.min(content.size, volumeFree(place.volume));
    this.#change(operation, {
      tear: () => write(Math.min(granted, content.size >>> 1)),
      apply: () => write(granted),
    });
    if (granted < content.size) {
      throw new FileError("write", operation.to ?? operation.path, "no-space");
    }
  }

  #append(
    path: string,
    file: FileNode,
    work: { readonly bytes: Uint8Array; readonly volume: MemoryVolume },
  ): void {
    const { bytes, volume } = work;
    if (volume.readOnly) throw new FileError("append to", path, "read-only");
    checkFault(file, { action: "append to", path });
    const write = (length: number) => {
      file.content = joinContent(file.content, bytesContent(bytes.subarray(0, length)));
      file.modified = this.now();
      volume.usedBytes += length;
    };
    const granted = Math.min(bytes.length, volumeFree(volume));
    this.#change({ kind: "append", path, bytes: bytes.length }, {
      tear: () => write(Math.min(granted, bytes.length >>> 1)),
      apply: () => write(granted),
    });
    if (granted < bytes.length) throw new FileError("append to", path, "no-space");
  }

  #change(
    operation: FileOperation,
    work: { readonly apply: () => void; readonly tear?: () => void },
  ): void {
    const { tear } = work;
    this.crash.count(
      `${operation.kind} ${operation.path}`,
      tear && (() => {
        tear();
        this.operations.push(operation);
      }),
    );
    work.apply();
    this.operations.push(operation);
  }
}

function checkFault(
  node: TreeNode,
  use: { readonly action: string; readonly path: string; readonly unless?: FileFault },
): void {
  const fault = node.fault?.fault;
  if (fault !== undefined && fault !== use.unless) throw new FileError(use.action, use.path, fault);
}

/**
 * A folder in which a file is open cannot be renamed (access denied, as on NTFS); the open file
 * itself can be if its handle shares deletion, as ours do. `busy` stands for one that does not.
 */
function checkMovable(
  node: TreeNode,
  move: { readonly path: string; readonly into: DirectoryNode },
): void {
  checkFault(node, { action: "move", path: move.path, unless: "disk-error" });
  if (node === move.into) throw intoItself(move.path);
  for (const [, child] of descendants(node)) {
    if (child === move.into) throw intoItself(move.path);
    const open = child.kind === "file" && child.handles > 0;
    if (open || child.fault?.fault === "busy") throw new FileError("move", move.path, "denied");
  }
}

function intoItself(path: string): FileError {
  return new FileError("move", path, "other", { cause: new Error("into itself") });
}
