/**
 * Drive letters over real folders: `D:\Windows` is a folder of the disk or of a mounted image,
 * found without regard to case. Changes are counted and can crash as in memory.
 */
import { FileError } from "../../src/base/mod.ts";
import {
  type AppendFile,
  type FileEntry,
  type FileSystem,
  type FileWriter,
  type ReadableFile,
  RootedFileSystem,
  type WriterOptions,
} from "../../src/host/mod.ts";
import { type CrashOptions, CrashSwitch } from "./crash.ts";
import type { LabFiles } from "./lab_host.ts";
import { parseLabPath } from "./lab_path.ts";
import type { FileOperation } from "./memory_disk.ts";

/** A {@linkcode LabFiles} whose volumes are folders of another file system. */
export class DriveMapFileSystem implements LabFiles {
  readonly #drives: ReadonlyMap<string, RootedFileSystem>;
  readonly operations: FileOperation[] = [];
  readonly crash: CrashSwitch = new CrashSwitch();

  /** `folders` gives each letter (`D:`) its folder, in the paths of `files`. */
  constructor(files: FileSystem, folders: ReadonlyMap<string, string>) {
    this.#drives = new Map(
      [...folders].map(([letter, folder]) => [letter, new RootedFileSystem(files, folder)]),
    );
  }

  /** The path of the file system underneath. */
  async nativePath(path: string): Promise<string> {
    const { drive, relative } = this.#place(path, "find");
    return await drive.nativePath(relative);
  }

  async stat(path: string): Promise<FileEntry | undefined> {
    const { letter, names } = parseLabPath(path);
    const entry = await this.#drives.get(letter)?.stat(names.join("\\"));
    return entry && names.length === 0 ? { ...entry, name: "" } : entry;
  }

  async list(path: string): Promise<FileEntry[]> {
    const { drive, relative } = this.#place(path, "list");
    return await drive.list(relative);
  }

  async read(path: string): Promise<Uint8Array> {
    const { drive, relative } = this.#place(path, "read");
    return await drive.read(relative);
  }

  async open(path: string): Promise<ReadableFile> {
    const { drive, relative } = this.#place(path, "open");
    return await drive.open(relative);
  }

  async createFile(path: string, bytes: Uint8Array): Promise<void> {
    const { drive, relative } = this.#place(path, "create");
    const operation = { kind: "create-file", path, bytes: bytes.length } as const;
    await this.#change(operation, {
      apply: () => drive.createFile(relative, bytes),
      tear: () => drive.createFile(relative, bytes.subarray(0, bytes.length >>> 1)),
    });
  }

  async copyFile(from: string, to: string): Promise<void> {
    const source = this.#place(from, "copy");
    const target = this.#place(to, "create");
    await this.#change({ kind: "copy-file", path: from, to }, {
      apply: async () => {
        if (source.letter === target.letter) {
          return await source.drive.copyFile(source.relative, target.relative);
        }
        await target.drive.createFile(target.relative, await source.drive.read(source.relative));
      },
    });
  }

  async createDirectory(path: string): Promise<void> {
    const { drive, relative } = this.#place(path, "create");
    await this.#change({ kind: "create-directory", path }, {
      apply: () => drive.createDirectory(relative),
    });
  }

  async openAppend(path: string): Promise<AppendFile> {
    const { drive, relative } = this.#place(path, "open");
    this.crash.check();
    if (await drive.stat(relative) === undefined) {
      await this.createFile(path, new Uint8Array());
    }
    const { life } = this.crash;
    const file = await drive.openAppend(relative);
    return {
      append: async (bytes) => {
        this.crash.check(life);
        await this.#change({ kind: "append", path, bytes: bytes.length }, {
          apply: () => file.append(bytes),
          tear: () => file.append(bytes.subarray(0, bytes.length >>> 1)),
        });
      },
      close: () => file.close(),
    };
  }

  async createWriter(path: string, options: WriterOptions = {}): Promise<FileWriter> {
    const { drive, relative } = this.#place(path, "create");
    const { continueAt } = options;
    const operation = continueAt === undefined
      ? { kind: "create-file", path, bytes: 0 } as const
      : { kind: "cut", path, bytes: continueAt } as const;
    let made: FileWriter | undefined;
    await this.#change(operation, {
      apply: async () => {
        made = await drive.createWriter(relative, options);
      },
    });
    const writer = made!;
    const { life } = this.crash;
    return {
      write: async (bytes) => {
        this.crash.check(life);
        await this.#change({ kind: "append", path, bytes: bytes.length }, {
          apply: () => writer.write(bytes),
          tear: () => writer.write(bytes.subarray(0, bytes.length >>> 1)),
        });
      },
      finish: async (modified) => {
        this.crash.check(life);
        await writer.finish(modified);
      },
      close: () => writer.close(),
    };
  }

  async move(from: string, to: string): Promise<void> {
    const source = this.#place(from, "move");
    const target = this.#place(to, "move");
    if (source.letter !== target.letter) throw new FileError("move", from, "cross-device");
    await this.#change({ kind: "move", path: from, to }, {
      apply: () => source.drive.move(source.relative, target.relative),
    });
  }

  async replaceFile(path: string, replacement: string, backup: string): Promise<void> {
    const old = this.#place(path, "replace");
    const fresh = this.#place(replacement, "replace");
    const kept = this.#place(backup, "replace");
    if (old.letter !== fresh.letter || old.letter !== kept.letter) {
      throw new FileError("replace", path, "cross-device");
    }
    await this.#change({ kind: "replace-file", path, to: backup }, {
      apply: () => old.drive.replaceFile(old.relative, fresh.relative, kept.relative),
      tear: () => old.drive.move(old.relative, kept.relative),
    });
  }

  async remove(path: string): Promise<void> {
    const { drive, relative } = this.#place(path, "remove");
    await this.#change({ kind: "remove", path }, { apply: () => drive.remove(relative) });
  }

  forgetOperations(): void {
    this.operations.length = 0;
  }

  crashAfter(count: number, options: CrashOptions = {}): void {
    this.crash.after(count, options);
  }

  recover(): void {
    this.crash.recover();
  }

  #place(path: string, action: string) {
    const { letter, names } = parseLabPath(path);
    const drive = this.#drives.get(letter);
    if (drive === undefined) throw new FileError(action, path, "not-found");
    return { letter, drive, relative: names.join("\\") };
  }

  /** A change that fails is not written down unless it was torn on purpose. */
  async #change(
    operation: FileOperation,
    work: { readonly apply: () => Promise<void>; readonly tear?: () => Promise<void> },
  ): Promise<void> {
    const { tear } = work;
    let torn: Promise<void> | undefined;
    try {
      this.crash.count(
        `${operation.kind} ${operation.path}`,
        tear && (() => {
          torn = tear();
          this.operations.push(operation);
        }),
      );
    } finally {
      await torn;
    }
    await work.apply();
    this.operations.push(operation);
  }
}
