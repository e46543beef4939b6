/**
 * Errors that are sentences for people. Each carries its exit code and, where there is
 * one, the next thing to do. Anything that is not a `MedicError` is a fault of ours.
 */
import { ExitCode, type ExitCodeName } from "./exit_codes.ts";

/** Options of every {@linkcode MedicError}. */
export interface MedicErrorOptions {
  /** What the user should do next: one sentence, or a command line. */
  readonly next?: string;
  readonly cause?: unknown;
}

/** A failure that is explained to the user and mapped to one exit code. */
export class MedicError extends Error {
  readonly code: ExitCodeName;
  readonly next: string | undefined;

  constructor(code: ExitCodeName, message: string, options: MedicErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.next = options.next;
  }

  /** The number the process exits with. */
  get exitCode(): number {
    return ExitCode[this.code];
  }
}

/** The command line is wrong. */
export class UsageError extends MedicError {
  constructor(message: string, options: MedicErrorOptions = {}) {
    super("usage", message, options);
  }
}

/** A safety guard said no. `code` names the guard's own exit code. */
export class RefusalError extends MedicError {
  constructor(message: string, options: MedicErrorOptions & { code?: ExitCodeName } = {}) {
    super(options.code ?? "refused", message, options);
  }
}

/** Bytes that do not follow their format. `offset` is where, in bytes from the start. */
export class FormatError extends MedicError {
  readonly offset: number | undefined;

  constructor(message: string, options: MedicErrorOptions & { offset?: number } = {}) {
    const at = options.offset === undefined ? "" : ` at offset 0x${options.offset.toString(16)}`;
    super("damagedFile", message + at, options);
    this.offset = options.offset;
  }
}

/** A foreign program failed, is missing, or was not understood. */
export class ToolError extends MedicError {
  constructor(
    message: string,
    options: MedicErrorOptions & { code?: "toolFailed" | "toolMissing" | "toolNotUnderstood" } = {},
  ) {
    super(options.code ?? "toolFailed", message, options);
  }
}

/** The user stopped the work. */
export class CancelledError extends MedicError {
  constructor(message = "Stopped by the user", options: MedicErrorOptions = {}) {
    super("cancelled", message, options);
  }
}

/** Why a file operation failed, whatever the operating system calls it. */
export type FileFault =
  | "not-found"
  | "exists"
  | "no-space"
  | "read-only"
  | "denied"
  | "busy"
  | "disk-error"
  | "not-a-directory"
  | "cross-device"
  | "other";

const FAULT_CODES: Readonly<Partial<Record<FileFault, ExitCodeName>>> = {
  "no-space": "noSpace",
  "read-only": "readOnly",
  "disk-error": "diskFailing",
};

const FAULT_NEXT: Readonly<Partial<Record<FileFault, string>>> = {
  "no-space": "Free some space on that volume, then run: pemedic resume",
  "disk-error": "Save the data of this disk first; a repair may make it worse",
};

/** A file operation failed: what was tried, on which path, and why. */
export class FileError extends MedicError {
  readonly fault: FileFault;
  readonly path: string;

  constructor(action: string, path: string, fault: FileFault, options: MedicErrorOptions = {}) {
    const reason = options.cause instanceof Error ? ` (${options.cause.message})` : "";
    const next = options.next ?? FAULT_NEXT[fault];
    super(
      FAULT_CODES[fault] ?? "partial",
      `Cannot ${action} "${path}": ${FAULT_TEXT[fault]}${reason}`,
      {
        ...options,
        ...(next === undefined ? {} : { next }),
      },
    );
    this.fault = fault;
    this.path = path;
  }
}

const FAULT_TEXT: Readonly<Record<FileFault, string>> = {
  "not-found": "not found",
  "exists": "something of that name exists already",
  "no-space": "the disk is full",
  "read-only": "the volume is read-only",
  "denied": "access is denied",
  "busy": "another program holds it open",
  "disk-error": "the disk returned a read or write error",
  "not-a-directory": "not a directory",
  "cross-device": "source and destination are on different volumes",
  "other": "the operating system refused",
};

/** Says whether `error` is a {@linkcode FileError} with the given fault. */
export function isFileFault(error: unknown, fault: FileFault): error is FileError {
  return error instanceof FileError && error.fault === fault;
}
