/**
 * The closed list of changes. A plan is made of them, the journal records them, and undo
 * knows how to take each of them back: steps never write their own undo.
 */
import {
  type ConsoleEncoding,
  joinWindowsPath,
  type Risk,
  splitWindowsPath,
  windowsBaseName,
} from "../base/mod.ts";
import {
  describeOrigin,
  type FileOrigin,
  imageOfSamePath,
  type MediaOrigin,
} from "./content_origin.ts";
import { describeEdit, type RegistryEdit } from "./registry_edit.ts";

/**
 * Stands for the session's folder in planned paths and arguments: a plan is made before the
 * session exists, and it must be equal to what is journalled afterwards.
 */
export const SESSION = "{session}";

/** Stands for the folder of scratch files in planned arguments: its volume is chosen later. */
export const SCRATCH = "{scratch}";

/** Moves a file or folder of the target aside, into the session's folder. Reversible. */
export interface EntryMoved {
  readonly kind: "entry-moved";
  /** Volume-relative path of what is moved. */
  readonly path: string;
  readonly entry: "file" | "directory";
  /** Bytes that stay occupied until the session is pruned. */
  readonly bytes: number;
  /** Why undo must not put it back, for things that are only true of the past. */
  readonly stays?: string;
}

/** Creates a directory. Undo removes it, or moves it aside if something has come into it. */
export interface DirectoryCreated {
  readonly kind: "directory-created";
  readonly path: string;
}

/** Copies a file of the target into a new place, mostly the session's folder. */
export interface FileCopied {
  readonly kind: "file-created";
  readonly path: string;
  /** Volume-relative path of the original. */
  readonly copyOf: string;
  readonly bytes: number;
}

/** Creates a file with given text. */
export interface TextCreated {
  readonly kind: "file-created";
  readonly path: string;
  readonly text: string;
  readonly bytes: number;
}

/** Creates a file with content from outside of the target. */
export interface FileImported {
  readonly kind: "file-created";
  readonly path: string;
  readonly origin: FileOrigin;
  readonly bytes: number;
  /** Of the whole content, in lower-case hexadecimal: known when it is planned. */
  readonly sha256: string;
}

/** Replaces a file; the old one is kept in the session's folder. Reversible. */
export interface FileReplaced {
  readonly kind: "file-replaced";
  readonly path: string;
  /** The new content as text. */
  readonly text: string;
  /** How the text becomes bytes; `latin1` gives every byte back as it was. UTF-8 if absent. */
  readonly encoding?: "latin1";
  readonly bytes: number;
}

/** Replaces a file with content from outside of the target; the old one is kept. Reversible. */
export interface FileReplacedFrom {
  readonly kind: "file-replaced";
  readonly path: string;
  readonly origin: FileOrigin;
  readonly bytes: number;
  /** Of the whole content, in lower-case hexadecimal: known when it is planned. */
  readonly sha256: string;
}

/**
 * Puts all files of media below a folder that does not exist yet. Gigabytes, so what was cut off
 * is gone on with; undo moves the folder aside, whole or half.
 */
export interface TreeImported {
  readonly kind: "tree-created";
  readonly path: string;
  readonly origin: MediaOrigin;
  readonly files: number;
  readonly bytes: number;
}

/**
 * Edits a registry hive: its logs are replayed first, and the old file is kept with them. Undo
 * writes the old values back one by one, because Windows may have run in between.
 */
export interface HiveEdited {
  readonly kind: "hive-edited";
  /** Volume-relative path of the primary file. */
  readonly path: string;
  readonly edits: readonly RegistryEdit[];
}

/**
 * Puts a hive in the place of one that Windows refuses: `replay` writes what the logs hold,
 * `salvage` rebuilds it out of what can be reached. Undo puts the old file back.
 */
export interface HiveRebuilt {
  readonly kind: "hive-rebuilt";
  readonly path: string;
  readonly method: "replay" | "salvage";
  /** What the new hive will hold. */
  readonly keys: number;
  readonly values: number;
  /** Things of the old one that will not be in it. */
  readonly lost?: number;
}

/** Runs a foreign program. Irreversible unless it only reads: `instead` says what can be done. */
export interface ToolRan {
  readonly kind: "tool-ran";
  readonly tool: string;
  readonly arguments: readonly string[];
  readonly risk: Risk;
  readonly encoding: ConsoleEncoding;
  readonly purpose: string;
  readonly instead?: string;
  /** For a call that depends on the one before: the condition in words. */
  readonly when?: string;
}

/** One primitive alteration of the target. */
export type Change =
  | EntryMoved
  | DirectoryCreated
  | FileCopied
  | TextCreated
  | FileImported
  | FileReplaced
  | FileReplacedFrom
  | TreeImported
  | HiveEdited
  | HiveRebuilt
  | ToolRan;

/** The risk of one change. */
export function changeRisk(change: Change): Risk {
  if (change.kind === "tool-ran") return change.risk;
  return staysReason(change) === undefined ? "reversible" : "irreversible";
}

/** Why undo leaves a change as it is, or undefined if it can be taken back. */
export function staysReason(change: Change): string | undefined {
  if (change.kind === "tool-ran") {
    return change.instead ?? "What this tool did cannot be taken back";
  }
  return change.kind === "entry-moved" ? change.stays : undefined;
}

/** One line for people: what will be done. */
export function describeChange(change: Change): string {
  switch (change.kind) {
    case "entry-moved":
      return `Move ${change.entry === "directory" ? "folder" : "file"} ${change.path} aside`;
    case "directory-created":
      return `Create folder ${change.path}`;
    case "file-created":
      return describeCreated(change);
    case "file-replaced":
      return `Replace file ${change.path}${describeReplacement(change)}, keeping the old one`;
    case "tree-created":
      return `Copy the ${change.files} files of ${describeOrigin(change.origin)} to ${change.path}`;
    case "hive-edited":
      return describeHiveEdit(change);
    case "hive-rebuilt":
      return change.method === "replay"
        ? `Write the logs of hive ${change.path} into it, keeping the old files`
        : `Rebuild hive ${change.path} with ${change.keys} keys, keeping the old file`;
    case "tool-ran":
      return change.purpose + (change.when === undefined ? "" : ` (${change.when})`);
  }
}

function describeCreated(change: FileCopied | TextCreated | FileImported): string {
  if ("origin" in change) {
    const image = imageOfSamePath(change.origin, change.path);
    return image === undefined
      ? `Copy ${describeOrigin(change.origin)} to ${change.path}`
      : `Copy ${change.path} out of ${image}`;
  }
  return "copyOf" in change
    ? `Copy ${change.copyOf} to ${change.path}`
    : `Create file ${change.path}`;
}

function describeReplacement(change: FileReplaced | FileReplacedFrom): string {
  if (!("origin" in change)) return "";
  const image = imageOfSamePath(change.origin, change.path);
  return image === undefined ? ` with ${describeOrigin(change.origin)}` : ` with that of ${image}`;
}

function describeHiveEdit(change: HiveEdited): string {
  const [first, ...more] = change.edits;
  if (first === undefined) return `Edit hive ${change.path}: nothing`;
  const edits = more.length === 1 ? "edit" : "edits";
  const rest = more.length === 0 ? "" : ` (and ${more.length} more ${edits})`;
  return `Edit ${windowsBaseName(change.path)}: ${describeEdit(first)}${rest}`;
}

/** All lines of a change that is made of several edits; what stands beside them else is empty. */
export function editLines(change: Change): string[] {
  return change.kind === "hive-edited" ? change.edits.map(describeEdit) : [];
}

/** Puts the session's folder where a text, mostly an argument, says {@linkcode SESSION}. */
export function expandSession(text: string, folder: string): string {
  return text.replaceAll(SESSION, () => folder);
}

/** Says whether a planned path lies in the session's own folder. */
export function isInSession(path: string): boolean {
  return splitWindowsPath(path)[0] === SESSION;
}

/**
 * The volume-relative path of a planned one. Only a leading {@linkcode SESSION} stands for the
 * session's folder: a file of the target may be called so as well.
 */
export function expandPath(path: string, folder: string): string {
  const [first, ...rest] = splitWindowsPath(path);
  return first === SESSION ? joinWindowsPath(folder, ...rest) : path;
}
