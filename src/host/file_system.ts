/**
 * Files as the journal and the checks need them. One interface, four implementations: Deno,
 * Windows (with kernel32), memory (in the tests), and a view rooted at a volume.
 */

/** What lies at a path. Links are described, never followed. */
export interface FileEntry {
  readonly name: string;
  readonly kind: "file" | "directory";
  /** Bytes; 0 for directories. */
  readonly size: number;
  /** Junction, symbolic link, mount point or another reparse point. */
  readonly reparse: boolean;
  readonly modified: Date | null;
}

/** A file that only grows. Every append is on the disk when its promise resolves. */
export interface AppendFile {
  append(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * A file that is written from its beginning to its end in pieces, for what is too big to be held
 * whole. What is written is on the disk once {@linkcode finish} resolves, not before.
 */
export interface FileWriter {
  /** Writes all bytes behind those that were written before. */
  write(bytes: Uint8Array): Promise<void>;
  /** Flushes the file, gives it this time of its last change, and lets go of it. */
  finish(modified?: Date): Promise<void>;
  /** Lets go of the file as it is; does nothing after {@linkcode finish}. */
  close(): Promise<void>;
}

/** How a file is written in pieces. */
export interface WriterOptions {
  /**
   * Goes on with the plain file that is there behind so many of its bytes, and cuts off the rest.
   * Only for what PE Medic made itself. Without it the file is a new one.
   */
  readonly continueAt?: number;
}

/** A file that is read in ranges. */
export interface ReadableFile {
  readonly size: number;
  /**
   * Reads up to `length` bytes at `offset`; fewer only at the end of the file. They may come in
   * `memory` if it has room for them: what it held before is gone then.
   */
  read(offset: number, length: number, memory?: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Reading side of a file system. All methods throw `FileError`. */
export interface ReadableFileSystem {
  /** The entry at `path`, or undefined if there is none. Never follows links. */
  stat(path: string): Promise<FileEntry | undefined>;
  /** The entries of a directory, sorted by name. */
  list(path: string): Promise<FileEntry[]>;
  read(path: string): Promise<Uint8Array>;
  open(path: string): Promise<ReadableFile>;
}

/**
 * Writing side. Nothing here overwrites: what exists is moved or replaced with its
 * old self kept, or the call fails with the fault `exists`.
 */
export interface FileSystem extends ReadableFileSystem {
  /** Creates a new file with these bytes and flushes it. Fails with `exists`. */
  createFile(path: string, bytes: Uint8Array): Promise<void>;
  /** Copies a file to a new name and flushes it. Fails with `exists`. */
  copyFile(from: string, to: string): Promise<void>;
  /** Creates one directory whose parent exists. Fails with `exists`. */
  createDirectory(path: string): Promise<void>;
  /** Opens for appending, creating the file if need be. */
  openAppend(path: string): Promise<AppendFile>;
  /** Begins a file that is written in pieces. Fails with `exists`, unless it is continued. */
  createWriter(path: string, options?: WriterOptions): Promise<FileWriter>;
  /** Renames on the same volume, written through. Fails with `exists` or `cross-device`. */
  move(from: string, to: string): Promise<void>;
  /**
   * Puts `replacement` in the place of `path` and keeps the old file as `backup`. The
   * security descriptor of `path` stays (ReplaceFileW on Windows). `backup` must not exist.
   */
  replaceFile(path: string, replacement: string, backup: string): Promise<void>;
  /**
   * Takes a directory from everybody but SYSTEM and the administrators, with all that is made in
   * it later; what is in it already keeps its rights. False if that is not what is read back: the
   * file system keeps no rights. Absent on systems that do not set the rights of Windows.
   */
  restrict?(path: string): Promise<boolean>;
  /** Removes a file or an empty directory. Only for what PE Medic made itself. */
  remove(path: string): Promise<void>;
}
