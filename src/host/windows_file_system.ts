/**
 * Files on Windows: Deno's, with kernel32 where Windows knows more. Renames are written
 * through and never replace, a replaced file keeps its security descriptor, and a directory is
 * read in one go with the reparse flag of each entry.
 */
import { FileError, type FileFault } from "../base/mod.ts";
import { DenoFileSystem } from "./deno_file_system.ts";
import { win32Error, win32Fault } from "./file_faults.ts";
import {
  isRefusal,
  replaceAtOnce,
  type ReplacementCalls,
  WRITE_THROUGH,
} from "./file_replacement.ts";
import type { FileEntry } from "./file_system.ts";
import {
  fromWide,
  isHandle,
  type Kernel32,
  kernel32,
  longPath,
  Open,
  wide,
  withHandle,
} from "./kernel32.ts";
import { enablePrivileges } from "./windows_machine.ts";

const ATTRIBUTE_DIRECTORY = 0x10;
const ATTRIBUTE_REPARSE_POINT = 0x400;
/** Size of WIN32_FIND_DATAW and of WIN32_FILE_ATTRIBUTE_DATA, in bytes. */
const FIND_DATA_SIZE = 592;
const ATTRIBUTE_DATA_SIZE = 36;
/** FindExInfoBasic: without short names. */
const FIND_BASIC = 1;
/** FIND_FIRST_EX_LARGE_FETCH. */
const LARGE_FETCH = 2;
const ERROR_FILE_NOT_FOUND = 2;
const ERROR_NO_MORE_FILES = 18;
/** Milliseconds between 1601 (FILETIME) and 1970. */
const FILETIME_EPOCH_MS = 11_644_473_600_000;

/** The `FileSystem` of a Windows system. */
export class WindowsFileSystem extends DenoFileSystem {
  readonly #calls: WindowsCalls;

  constructor(calls: WindowsCalls = windowsCalls) {
    super();
    this.#calls = calls;
  }

  override stat(path: string): Promise<FileEntry | undefined> {
    return promised(() => statNow(path));
  }

  override list(path: string): Promise<FileEntry[]> {
    return promised(() => listNow(path));
  }

  override async move(from: string, to: string): Promise<void> {
    const fault = await this.#moveFault(from, to);
    if (fault !== undefined) throw new FileError("rename", from, fault);
  }

  override async replaceFile(path: string, replacement: string, backup: string): Promise<void> {
    // ReplaceFileW would overwrite an earlier backup.
    await this.requireAbsent("keep the old file as", backup);
    const files = {
      path: longPath(path),
      replacement: longPath(replacement),
      backup: longPath(backup),
    };
    let code = replaceAtOnce(this.#calls.files(), files);
    if (isRefusal(code) && await this.#areWhereTheyWere(path, replacement, backup)) {
      const { replaceByRenaming } = await import("./file_renaming.ts");
      const calls = await this.#calls.security();
      // For the list of audits; without it that list may be lost.
      enablePrivileges(["SeSecurityPrivilege"]);
      code = replaceByRenaming(calls, files);
    }
    if (code !== 0) {
      await this.#undoReplace(path, backup);
      throw await this.#replaceError(path, code);
    }
    flush(path);
  }

  async restrict(path: string): Promise<boolean> {
    const { restrictFolder } = await import("./folder_restriction.ts");
    const result = restrictFolder(await this.#calls.security(), longPath(path));
    if (typeof result === "boolean") return result;
    throw win32Error({ action: "take from ordinary users", path, code: result });
  }

  /** What a refusal has left is looked up, not left to its number. */
  async #areWhereTheyWere(path: string, replacement: string, backup: string): Promise<boolean> {
    const [old, fresh] = [await this.stat(path), await this.stat(replacement)];
    return [old, fresh].every((entry) => entry?.kind === "file" && !entry.reparse) &&
      await this.stat(backup) === undefined;
  }

  async #moveFault(from: string, to: string): Promise<FileFault | undefined> {
    if (drive(from) !== drive(to)) return "cross-device";
    const k = kernel32();
    if (k.MoveFileExW(wide(longPath(from)), wide(longPath(to)), WRITE_THROUGH) !== 0) {
      return undefined;
    }
    const code = k.GetLastError();
    // What can be looked up is not left to the error number.
    if (await this.stat(from) === undefined) return "not-found";
    if (await this.stat(to) !== undefined) return "exists";
    return win32Fault(code);
  }

  /** ERROR_UNABLE_TO_MOVE_REPLACEMENT_2, or a second rename that failed, leaves it there only. */
  async #undoReplace(path: string, backup: string): Promise<void> {
    if (await this.stat(path) !== undefined || await this.stat(backup) === undefined) return;
    const fault = await this.#moveFault(backup, path);
    if (fault !== undefined) throw new FileError("put back", backup, fault);
  }

  async #replaceError(path: string, code: number): Promise<FileError> {
    if (await this.stat(path) === undefined) return new FileError("replace", path, "not-found");
    return win32Error({ action: "replace", path, code });
  }
}

/** Where the functions of Windows come from, each asked for when it is needed. */
export interface WindowsCalls {
  files(): Pick<Kernel32, "GetLastError" | "ReplaceFileW">;
  /** Those that deal with rights. */
  security(): Promise<ReplacementCalls>;
}

/** The functions of the running Windows. */
export const windowsCalls: WindowsCalls = {
  files: kernel32,
  async security() {
    const { advapi32 } = await import("./advapi32.ts");
    return { ...kernel32(), ...advapi32() };
  },
};

/** `D:` of an absolute path, or "" of a relative one or one without a letter. */
function drive(path: string): string {
  return /^(?:\\\\\?\\)?([A-Za-z]:)/.exec(path)?.[1]?.toUpperCase() ?? "";
}

function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}

function statNow(path: string): FileEntry | undefined {
  const k = kernel32();
  const data = new Uint8Array(ATTRIBUTE_DATA_SIZE);
  if (k.GetFileAttributesExW(wide(longPath(path)), 0, data) !== 0) {
    return entryOf(new DataView(data.buffer), { name: baseName(path), sizeAt: 28 });
  }
  const code = k.GetLastError();
  const fault = win32Fault(code);
  if (fault === "not-found" || fault === "not-a-directory") return undefined;
  throw win32Error({ action: "look at", path, code });
}

function listNow(path: string): FileEntry[] {
  const k = kernel32();
  const data = new Uint8Array(FIND_DATA_SIZE);
  const pattern = longPath(/[\\/]$/.test(path) ? `${path}*` : `${path}\\*`);
  const handle = k.FindFirstFileExW(wide(pattern), FIND_BASIC, data, 0, null, LARGE_FETCH);
  if (!isHandle(handle)) {
    const code = k.GetLastError();
    // The root of an empty volume has not even "." in it.
    if (code === ERROR_FILE_NOT_FOUND && statNow(path) !== undefined) return [];
    throw win32Error({ action: "list", path, code });
  }
  const entries: FileEntry[] = [];
  try {
    do {
      const name = fromWide(data.subarray(44, 44 + 520));
      if (name === "." || name === "..") continue;
      entries.push(entryOf(new DataView(data.buffer), { name, sizeAt: 28 }));
    } while (k.FindNextFileW(handle, data) !== 0);
    const code = k.GetLastError();
    if (code !== ERROR_NO_MORE_FILES && win32Fault(code) !== "other") {
      throw win32Error({ action: "list", path, code });
    }
  } finally {
    k.FindClose(handle);
  }
  return entries.sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

/** Both structures begin with attributes and three times, then the size, high part first. */
function entryOf(
  view: DataView,
  at: { readonly name: string; readonly sizeAt: number },
): FileEntry {
  const attributes = view.getUint32(0, true);
  const directory = (attributes & ATTRIBUTE_DIRECTORY) !== 0;
  const size = view.getUint32(at.sizeAt, true) * 2 ** 32 + view.getUint32(at.sizeAt + 4, true);
  const written = view.getBigUint64(20, true);
  return {
    name: at.name,
    kind: directory ? "directory" : "file",
    size: directory ? 0 : size,
    reparse: (attributes & ATTRIBUTE_REPARSE_POINT) !== 0,
    modified: written === 0n ? null : new Date(Number(written / 10_000n) - FILETIME_EPOCH_MS),
  };
}

/** Flushes a file and what the file system says about it. Best effort: the swap is done. */
function flush(path: string): void {
  withHandle(longPath(path), {
    access: Open.genericWrite,
    use: (handle) => kernel32().FlushFileBuffers(handle),
  });
}

function baseName(path: string): string {
  return path.split(/[\\/]+/).findLast((name) => name !== "") ?? path;
}
