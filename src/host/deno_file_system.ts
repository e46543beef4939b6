/**
 * Files through Deno: the whole file system on Linux, and the part of it that needs no
 * kernel32 on Windows. Every change is on the disk when its promise resolves.
 */
import { FileError } from "../base/mod.ts";
import { DenoAppendFile, DenoFileWriter, DenoReadableFile, writeAll } from "./deno_file_handles.ts";
import { asFileError, faultOf } from "./file_faults.ts";
import type {
  AppendFile,
  FileEntry,
  FileSystem,
  FileWriter,
  ReadableFile,
  WriterOptions,
} from "./file_system.ts";

/** How much of a file is copied at a time, in bytes. */
const COPY_CHUNK = 1 << 20;

/** The {@linkcode FileSystem} of the running system, with native paths. */
export class DenoFileSystem implements FileSystem {
  async stat(path: string): Promise<FileEntry | undefined> {
    return await asFileError({ action: "look at", path }, async () => {
      try {
        return await entryOf(path, baseName(path));
      } catch (error) {
        if (["not-found", "not-a-directory"].includes(faultOf(error))) return undefined;
        throw error;
      }
    });
  }

  async list(path: string): Promise<FileEntry[]> {
    return await asFileError({ action: "list", path }, async () => {
      const entries: FileEntry[] = [];
      for await (const { name } of Deno.readDir(path)) {
        entries.push(await entryOf(join(path, name), name));
      }
      return entries.sort(byName);
    });
  }

  async read(path: string): Promise<Uint8Array> {
    return await asFileError({ action: "read", path }, () => readWhole(path));
  }

  async open(path: string): Promise<ReadableFile> {
    return await asFileError({ action: "open", path }, async () => {
      const file = await Deno.open(path, { read: true });
      try {
        return new DenoReadableFile(path, file, (await file.stat()).size);
      } catch (error) {
        file.close();
        throw error;
      }
    });
  }

  async createFile(path: string, bytes: Uint8Array): Promise<void> {
    await asFileError({ action: "create", path }, async () => {
      await this.#createWith(path, (file) => writeAll(file, bytes));
    });
  }

  async copyFile(from: string, to: string): Promise<void> {
    const source = await this.open(from);
    try {
      await asFileError({ action: "create", path: to }, async () => {
        await this.#createWith(to, async (file) => {
          for (let offset = 0; offset < source.size; offset += COPY_CHUNK) {
            await writeAll(file, await source.read(offset, COPY_CHUNK));
          }
        });
      });
    } finally {
      await source.close();
    }
  }

  async createDirectory(path: string): Promise<void> {
    await asFileError({ action: "create the folder", path }, async () => {
      await Deno.mkdir(path);
      await syncParent(path);
    });
  }

  async openAppend(path: string): Promise<AppendFile> {
    return await asFileError({ action: "open", path }, async () => {
      const file = await Deno.open(path, { write: true, create: true });
      try {
        const end = await file.seek(0, Deno.SeekMode.End);
        await syncParent(path);
        return new DenoAppendFile(path, file, end);
      } catch (error) {
        file.close();
        throw error;
      }
    });
  }

  async createWriter(path: string, { continueAt }: WriterOptions = {}): Promise<FileWriter> {
    if (continueAt !== undefined) await this.#requireFile("continue", path);
    return await asFileError({ action: "create", path }, async () => {
      const file = await Deno.open(path, { write: true, createNew: continueAt === undefined });
      try {
        if (continueAt !== undefined) await cutAt(file, continueAt);
        await syncParent(path);
        return new DenoFileWriter(path, file);
      } catch (error) {
        file.close();
        throw error;
      }
    });
  }

  async move(from: string, to: string): Promise<void> {
    await this.requireAbsent("rename to", to);
    await asFileError({ action: "rename", path: from }, async () => {
      await Deno.rename(from, to);
      await syncParent(to);
      if (parent(from) !== parent(to)) await syncParent(from);
    });
  }

  async replaceFile(path: string, replacement: string, backup: string): Promise<void> {
    await this.requireAbsent("keep the old file as", backup);
    await this.#requireFile("replace", path);
    await this.#requireFile("use as the replacement", replacement);
    await asFileError({ action: "replace", path }, async () => {
      await keepOwner(path, replacement);
      await swap(path, replacement, backup);
      await syncParent(path);
      await syncParent(replacement);
      await syncParent(backup);
    });
  }

  async remove(path: string): Promise<void> {
    await asFileError({ action: "remove", path }, async () => {
      await Deno.remove(path);
      await syncParent(path);
    });
  }

  /** @throws {FileError} `exists` if something is at `path`. */
  protected async requireAbsent(action: string, path: string): Promise<void> {
    if (await this.stat(path) !== undefined) throw new FileError(action, path, "exists");
  }

  async #requireFile(action: string, path: string): Promise<void> {
    const entry = await this.stat(path);
    if (entry === undefined) throw new FileError(action, path, "not-found");
    if (entry.kind !== "file" || entry.reparse) {
      throw new FileError(action, path, "other", { cause: new Error("it is not a plain file") });
    }
  }

  /** Creates a file, fills and flushes it; a half-written one is removed again. */
  async #createWith(path: string, fill: (file: Deno.FsFile) => Promise<void>): Promise<void> {
    const file = await Deno.open(path, { write: true, createNew: true });
    let complete = false;
    try {
      await fill(file);
      await file.sync();
      complete = true;
    } finally {
      file.close();
      if (!complete) await Deno.remove(path).catch(() => undefined);
    }
    await syncParent(path);
  }
}

/** Never grows a file: bytes that nobody wrote would be taken for a part of it. */
async function cutAt(file: Deno.FsFile, length: number): Promise<void> {
  const { size } = await file.stat();
  if (size < length) throw new Error(`it has ${size} bytes, not ${length}`);
  await file.truncate(length);
  await file.seek(length, Deno.SeekMode.Start);
}

async function entryOf(path: string, name: string): Promise<FileEntry> {
  const info = await Deno.lstat(path);
  const directory = info.isSymlink ? await leadsToDirectory(path) : info.isDirectory;
  return {
    name,
    kind: directory ? "directory" : "file",
    size: directory || info.isSymlink ? 0 : info.size,
    reparse: info.isSymlink,
    modified: info.mtime,
  };
}

/** Windows marks links to directories as directories; Linux says so only when followed. */
async function leadsToDirectory(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}

/** Where links work the name never disappears: link the backup, rename over the original. */
async function swap(path: string, replacement: string, backup: string): Promise<void> {
  const linked = await Deno.link(path, backup).then(() => true, () => false);
  if (linked) {
    try {
      return await Deno.rename(replacement, path);
    } catch (error) {
      await Deno.remove(backup);
      throw error;
    }
  }
  await Deno.rename(path, backup);
  try {
    await Deno.rename(replacement, path);
  } catch (error) {
    await Deno.rename(backup, path);
    throw error;
  }
}

/** Gives the replacement the owner and mode of what it replaces, where there are any. */
async function keepOwner(path: string, replacement: string): Promise<void> {
  const info = await Deno.stat(path);
  if (info.mode !== null) await Deno.chmod(replacement, info.mode & 0o7777).catch(() => undefined);
  await Deno.chown(replacement, info.uid, info.gid).catch(() => undefined);
}

/**
 * Flushes the directory of a new, renamed or removed name. Windows needs no such flush, and
 * some Linux file systems refuse it; only an error of the disk itself counts.
 */
async function syncParent(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  try {
    using directory = await Deno.open(parent(path), { read: true });
    await directory.sync();
  } catch (error) {
    if (faultOf(error) === "disk-error") throw error;
  }
}

function byName(a: FileEntry, b: FileEntry): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

const SEPARATOR = Deno.build.os === "windows" ? /[\\/]+/ : /\/+/;

function baseName(path: string): string {
  return path.split(SEPARATOR).findLast((name) => name !== "") ?? path;
}

function parent(path: string): string {
  const cut = path.replace(/\/+$/, "").lastIndexOf("/");
  return cut > 0 ? path.slice(0, cut) : cut === 0 ? "/" : ".";
}

function join(directory: string, name: string): string {
  const separator = Deno.build.os === "windows" ? "\\" : "/";
  return /[\\/]$/.test(directory) ? directory + name : directory + separator + name;
}

/** Into one buffer of the right size: `Deno.readFile` holds a large file twice for a moment. */
async function readWhole(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path, { read: true });
  const { size, isFile } = await file.stat();
  if (!isFile || size === 0) return await Deno.readFile(path); // some files do not tell their size
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    const count = await file.read(bytes.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
