/**
 * The file system of the machine a simulator was compiled for: only what simulators need, and
 * nothing of the program under test, so that one cannot hide a fault of the other.
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

/** {@linkcode FileSystem} over Deno's own functions. Paths are native. */
export class DenoFiles implements FileSystem {
  async stat(path: string): Promise<FileEntry | undefined> {
    try {
      return entryOf(path, await Deno.lstat(path));
    } catch (error) {
      const failure = fileError({ action: "examine", path }, error);
      if (failure.fault === "not-found" || failure.fault === "not-a-directory") return undefined;
      throw failure;
    }
  }

  async list(path: string): Promise<FileEntry[]> {
    return await attempt({ action: "list", path }, async () => {
      const entries: FileEntry[] = [];
      for await (const { name } of Deno.readDir(path)) {
        const entry = await this.stat(join(path, name));
        if (entry !== undefined) entries.push(entry);
      }
      return entries.sort((a, b) => a.name < b.name ? -1 : 1);
    });
  }

  async read(path: string): Promise<Uint8Array> {
    return await attempt({ action: "read", path }, () => Deno.readFile(path));
  }

  async open(path: string): Promise<ReadableFile> {
    const bytes = await this.read(path);
    return {
      size: bytes.length,
      read: (offset, length) => Promise.resolve(bytes.slice(offset, offset + length)),
      close: () => Promise.resolve(),
    };
  }

  async createFile(path: string, bytes: Uint8Array): Promise<void> {
    await attempt({ action: "create", path }, async () => {
      using file = await Deno.open(path, { write: true, createNew: true });
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      await file.sync();
    });
  }

  async copyFile(from: string, to: string): Promise<void> {
    await this.createFile(to, await this.read(from));
  }

  async createDirectory(path: string): Promise<void> {
    await attempt({ action: "create", path }, () => Deno.mkdir(path));
  }

  async openAppend(path: string): Promise<AppendFile> {
    const file = await attempt(
      { action: "append to", path },
      () => Deno.open(path, { append: true, create: true }),
    );
    return {
      append: (bytes) =>
        attempt({ action: "append to", path }, async () => {
          for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
        }),
      close: () => Promise.resolve(file.close()),
    };
  }

  async createWriter(path: string, { continueAt }: WriterOptions = {}): Promise<FileWriter> {
    const file = await attempt(
      { action: "create", path },
      () => Deno.open(path, { write: true, createNew: continueAt === undefined }),
    );
    if (continueAt !== undefined) {
      await file.truncate(continueAt);
      await file.seek(continueAt, Deno.SeekMode.Start);
    }
    let open = true;
    const close = () => {
      if (open) file.close();
      open = false;
      return Promise.resolve();
    };
    return {
      write: (bytes) =>
        attempt({ action: "write to", path }, async () => {
          for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
        }),
      finish: async (modified) => {
        if (modified !== undefined) await file.utime(modified, modified);
        await file.sync();
        await close();
      },
      close,
    };
  }

  async move(from: string, to: string): Promise<void> {
    if (await this.stat(to) !== undefined) throw new FileError("move to", to, "exists");
    await attempt({ action: "move", path: from }, () => Deno.rename(from, to));
  }

  async replaceFile(path: string, replacement: string, backup: string): Promise<void> {
    await this.move(path, backup);
    await this.move(replacement, path);
  }

  async remove(path: string): Promise<void> {
    await attempt({ action: "remove", path }, () => Deno.remove(path));
  }
}

function entryOf(path: string, info: Deno.FileInfo): FileEntry {
  return {
    name: path.split(/[\\/]/).filter((part) => part !== "").at(-1) ?? path,
    kind: info.isDirectory ? "directory" : "file",
    size: info.isDirectory ? 0 : info.size,
    reparse: info.isSymlink,
    modified: info.mtime,
  };
}

function join(folder: string, name: string): string {
  if (/[\\/]$/.test(folder)) return folder + name;
  return folder + (/^[A-Za-z]:/.test(folder) ? "\\" : "/") + name;
}

async function attempt<T>(
  tried: { readonly action: string; readonly path: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof FileError ? error : fileError(tried, error);
  }
}

/** Error codes of Linux and Windows that mean something to the simulators. */
const FAULTS: Readonly<Record<string, FileFault>> = {
  ENOENT: "not-found",
  EEXIST: "exists",
  ENOSPC: "no-space",
  EROFS: "read-only",
  EACCES: "denied",
  EPERM: "denied",
  EBUSY: "busy",
  EIO: "disk-error",
  ENOTDIR: "not-a-directory",
  EXDEV: "cross-device",
};

function fileError(
  { action, path }: { readonly action: string; readonly path: string },
  cause: unknown,
): FileError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const byKind: FileFault = cause instanceof Deno.errors.NotFound
    ? "not-found"
    : cause instanceof Deno.errors.AlreadyExists
    ? "exists"
    : cause instanceof Deno.errors.PermissionDenied
    ? "denied"
    : "other";
  return new FileError(action, path, FAULTS[code] ?? byKind, { cause });
}
