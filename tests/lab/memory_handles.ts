/** Open files of the memory file system. */
import { FileError } from "../../src/base/mod.ts";
import type { AppendFile, FileWriter, ReadableFile } from "../../src/host/mod.ts";
import type { FileNode } from "./memory_tree.ts";

/** A file that is read in ranges; bad sectors are where its fault says. */
export class MemoryReader implements ReadableFile {
  #closed = false;

  constructor(readonly file: FileNode, readonly path: string) {
    file.handles++;
  }

  get size(): number {
    return this.file.content.size;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return attempt(() => {
      if (this.#closed) throw closedError("read", this.path);
      const { fault } = this.file;
      const bad = fault?.fault === "disk-error" ? fault.from ?? 0 : Infinity;
      if (offset + length > bad && offset < this.size) {
        throw new FileError("read", this.path, "disk-error");
      }
      return this.file.content.read(offset, length);
    });
  }

  close(): Promise<void> {
    if (!this.#closed) this.file.handles = Math.max(0, this.file.handles - 1);
    this.#closed = true;
    return Promise.resolve();
  }
}

/** A file that grows through a function of its file system. */
export class MemoryAppender implements AppendFile {
  readonly #file: FileNode;
  readonly #append: (bytes: Uint8Array) => void;
  #closed = false;

  constructor(file: FileNode, hooks: { readonly append: (bytes: Uint8Array) => void }) {
    this.#file = file;
    this.#append = hooks.append;
    file.handles++;
  }

  append(bytes: Uint8Array): Promise<void> {
    return attempt(() => {
      if (this.#closed) throw closedError("append to", this.#file.name);
      this.#append(bytes);
    });
  }

  close(): Promise<void> {
    if (!this.#closed) this.#file.handles = Math.max(0, this.#file.handles - 1);
    this.#closed = true;
    return Promise.resolve();
  }
}

/** A file that is written in pieces through functions of its file system. */
export class MemoryWriter implements FileWriter {
  readonly #file: FileNode;
  readonly #hooks: {
    readonly write: (bytes: Uint8Array) => void;
    readonly setModified: (time: Date) => void;
  };
  #closed = false;

  constructor(
    file: FileNode,
    hooks: {
      readonly write: (bytes: Uint8Array) => void;
      readonly setModified: (time: Date) => void;
    },
  ) {
    this.#file = file;
    this.#hooks = hooks;
    file.handles++;
  }

  write(bytes: Uint8Array): Promise<void> {
    return attempt(() => {
      if (this.#closed) throw closedError("write to", this.#file.name);
      this.#hooks.write(bytes);
    });
  }

  async finish(modified?: Date): Promise<void> {
    try {
      if (this.#closed) throw closedError("write to", this.#file.name);
      if (modified !== undefined) this.#hooks.setModified(modified);
    } finally {
      await this.close();
    }
  }

  close(): Promise<void> {
    if (!this.#closed) this.#file.handles = Math.max(0, this.#file.handles - 1);
    this.#closed = true;
    return Promise.resolve();
  }
}

/** Does work at once and gives its outcome as a promise. */
export function attempt<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}

function closedError(action: string, path: string): FileError {
  return new FileError(action, path, "other", { cause: new Error("it was closed") });
}
