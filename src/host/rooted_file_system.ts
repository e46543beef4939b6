/**
 * A file system whose paths are relative to the root of a volume and written with `\`.
 * Letters change at every boot of WinPE, so plans and journals speak only these paths.
 */
import { FileError, foldCase, splitWindowsPath } from "../base/mod.ts";
import type {
  AppendFile,
  FileEntry,
  FileSystem,
  FileWriter,
  ReadableFile,
  WriterOptions,
} from "./file_system.ts";

/**
 * Gives `root` the rules of Windows: relative `\` paths, case-insensitive on every system.
 *
 * Where the system underneath is case-sensitive, each name is looked up in its directory
 * unless it exists as spelt.
 */
export class RootedFileSystem implements FileSystem {
  readonly #files: FileSystem;
  readonly #root: string;
  readonly #separator: string;
  /** Only where the file system underneath has it. */
  readonly restrict?: (path: string) => Promise<boolean>;

  constructor(files: FileSystem, root: string) {
    this.#files = files;
    this.#separator = root.includes("\\") || /^[A-Za-z]:/.test(root) ? "\\" : "/";
    this.#root = root;
    const restrict = files.restrict?.bind(files);
    if (restrict !== undefined) {
      this.restrict = async (path) => await restrict(await this.nativePath(path));
    }
  }

  /** The native path of a volume-relative one, in the case that is on the disk. */
  async nativePath(path: string): Promise<string> {
    let native = this.#root;
    for (const name of splitWindowsPath(path)) {
      native = this.#join(native, await this.#actualName(native, name));
    }
    return native;
  }

  async #actualName(parent: string, name: string): Promise<string> {
    if (this.#separator === "\\") return name;
    if (await this.#files.stat(this.#join(parent, name)) !== undefined) return name;
    const entries = await this.#entries(parent);
    const wanted = foldCase(name);
    return entries.find((entry) => foldCase(entry.name) === wanted)?.name ?? name;
  }

  async #entries(path: string): Promise<FileEntry[]> {
    try {
      return await this.#files.list(path);
    } catch (error) {
      if (error instanceof FileError) return [];
      throw error;
    }
  }

  #join(parent: string, name: string): string {
    return parent.endsWith(this.#separator) ? parent + name : parent + this.#separator + name;
  }

  async stat(path: string): Promise<FileEntry | undefined> {
    return await this.#files.stat(await this.nativePath(path));
  }

  async list(path: string): Promise<FileEntry[]> {
    return await this.#files.list(await this.nativePath(path));
  }

  async read(path: string): Promise<Uint8Array> {
    return await this.#files.read(await this.nativePath(path));
  }

  async open(path: string): Promise<ReadableFile> {
    return await this.#files.open(await this.nativePath(path));
  }

  async createFile(path: string, bytes: Uint8Array): Promise<void> {
    await this.#files.createFile(await this.nativePath(path), bytes);
  }

  async copyFile(from: string, to: string): Promise<void> {
    await this.#files.copyFile(await this.nativePath(from), await this.nativePath(to));
  }

  async createDirectory(path: string): Promise<void> {
    await this.#files.createDirectory(await this.nativePath(path));
  }

  async openAppend(path: string): Promise<AppendFile> {
    return await this.#files.openAppend(await this.nativePath(path));
  }

  async createWriter(path: string, options: WriterOptions = {}): Promise<FileWriter> {
    return await this.#files.createWriter(await this.nativePath(path), options);
  }

  async move(from: string, to: string): Promise<void> {
    await this.#files.move(await this.nativePath(from), await this.nativePath(to));
  }

  async replaceFile(path: string, replacement: string, backup: string): Promise<void> {
    await this.#files.replaceFile(
      await this.nativePath(path),
      await this.nativePath(replacement),
      await this.nativePath(backup),
    );
  }

  async remove(path: string): Promise<void> {
    await this.#files.remove(await this.nativePath(path));
  }
}
