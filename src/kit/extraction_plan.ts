/**
 * What extracting media would do, found out before the first byte: which files, which folders,
 * and everything that is in the way.
 */
import { foldCase, RefusalError, UsageError } from "../base/mod.ts";
import { type Host, RootedFileSystem } from "../host/mod.ts";
import {
  type ExtractionPlace,
  findPlace,
  lookAt,
  refuseAll,
  requireRoom,
} from "./extraction_place.ts";
import type { MediaEntry, MediaTree } from "./media_tree.ts";
import { pathSelection } from "./path_pattern.ts";

/** What to extract. */
export interface ExtractionRequest {
  /** Native path of an empty folder, or of a new one in a folder that is there. */
  readonly dest: string;
  /** Patterns; all files if there are none. See {@linkcode pathSelection}. */
  readonly only?: readonly string[];
  /** Goes on with a copy that was cut off: what is there is compared and kept. */
  readonly resume?: boolean;
}

/** A file to be copied, and what is there of it. */
export interface PlannedFile {
  readonly entry: MediaEntry;
  readonly action: "copy" | "continue" | "compare";
}

/** What would be done. */
export interface ExtractionPlan {
  readonly place: ExtractionPlace;
  /** Folders to be made, relative to the destination, parents first. */
  readonly folders: readonly string[];
  readonly files: readonly PlannedFile[];
  /** Bytes of all files. */
  readonly bytes: number;
  /** What of the source cannot be listed or is no plain file: one sentence each. */
  readonly leftOut: readonly string[];
}

/** The end of the name of a file that is not complete yet. */
const PART_SUFFIX = ".pemedic-part";
/** Characters of the longest name on NTFS, exFAT and FAT32. */
const MAX_NAME = 255;

/** Where a file lies until all of it is written and verified. */
export function partPath(path: string): string {
  const cut = path.lastIndexOf("\\") + 1;
  return path.slice(0, cut) + path.slice(cut).slice(0, MAX_NAME - PART_SUFFIX.length) +
    PART_SUFFIX;
}

/**
 * Plans an extraction; changes nothing.
 *
 * @throws {UsageError} if the destination is none, or nothing matches.
 * @throws {RefusalError} with every reason why it must not begin.
 * @throws {MedicError} `noSpace` if the volume is too full.
 */
export async function planExtraction(
  host: Host,
  tree: MediaTree,
  request: ExtractionRequest,
): Promise<ExtractionPlan> {
  const place = await findPlace(host, request.dest, {
    source: tree.kind === "folder" ? tree.place : undefined,
    resume: request.resume === true,
  });
  const chosen = await choose(tree, request);
  const there = place.isNew ? undefined : new RootedFileSystem(host.files, place.path);
  const state = await compareWith(there, chosen);
  refuseAll(
    request.dest,
    state.inTheWay,
    "Move away what is in the way, or name another folder: nothing is ever written over",
  );
  requireRoom(place, state.needs);
  return {
    place,
    folders: state.folders,
    files: state.files,
    bytes: chosen.files.reduce((sum, { size }) => sum + size, 0),
    leftOut: chosen.leftOut,
  };
}

interface Chosen {
  /** Paths, parents first. */
  readonly folders: readonly string[];
  readonly files: readonly MediaEntry[];
  readonly leftOut: readonly string[];
}

async function choose(tree: MediaTree, request: ExtractionRequest): Promise<Chosen> {
  const wanted = pathSelection(request.only ?? []);
  const folders = new Map<string, string>();
  const files: MediaEntry[] = [];
  const faults: string[] = [];
  const cut: string[] = [];
  const names = new Set<string>();
  const unsafeFolders = new Set<string>();
  for await (const entry of tree.entries()) {
    const above = entry.path.slice(0, Math.max(0, entry.path.lastIndexOf("\\")));
    const unsafe = !entry.safe || unsafeFolders.has(above);
    if (unsafe && entry.kind === "directory") unsafeFolders.add(entry.path);
    if (!wanted(entry.path)) continue;
    const key = foldCase(entry.path);
    const fault = faultOf(entry, { unsafe, taken: names.has(key) });
    names.add(key);
    // How much is missing says more than the names of all files that it hits.
    if (fault !== undefined && tree.missingBytes > 0 && !entry.complete) cut.push(entry.path);
    else if (fault !== undefined) faults.push(`"${entry.path}": ${fault}`);
    else if (entry.kind === "directory") addFolders(folders, entry.path);
    else {
      addFolders(folders, above);
      files.push(entry);
    }
  }
  if (cut.length > 0) faults.unshift(cutSentence(tree, cut));
  refuseAll(
    request.dest,
    faults,
    cut.length > 0
      ? "Copy or download the image again, or choose what is whole with --only"
      : "Use a complete image, or choose what can be copied with --only",
  );
  if (files.length === 0 && folders.size === 0) throw nothingMatches(tree, request);
  const leftOut = tree.warnings().filter(({ effect }) => effect === "lost" || effect === "passed")
    .map(({ message }) => message);
  return { folders: [...folders.values()], files, leftOut };
}

function cutSentence({ missingBytes }: MediaTree, paths: readonly string[]): string {
  const files = paths.length === 1 ? `"${paths[0]}"` : `${paths.length} files`;
  return `the image is cut off: ${missingBytes} bytes are missing at its end, and with them all or ` +
    `part of ${files}`;
}

function nothingMatches(tree: MediaTree, request: ExtractionRequest): UsageError {
  if (request.only === undefined || request.only.length === 0) {
    return new UsageError(`Cannot extract "${tree.place}": it holds no files`);
  }
  const patterns = request.only.map((pattern) => `"${pattern}"`).join(", ");
  return new UsageError(`Cannot extract ${patterns}: nothing in "${tree.place}" matches`, {
    next: String.raw`Patterns are like: --only sources\*  or: --only **\*.inf`,
  });
}

function faultOf(
  entry: MediaEntry,
  { unsafe, taken }: { readonly unsafe: boolean; readonly taken: boolean },
): string | undefined {
  if (unsafe) return entry.problems[0] ?? "the folder that holds it cannot be created";
  if (taken) return "its name is there twice (case does not count)";
  if (!entry.complete) return `it is not complete: ${entry.problems.join("; ")}`;
  if (foldCase(entry.path).endsWith(foldCase(PART_SUFFIX))) {
    return "its name is that of an unfinished copy";
  }
  return undefined;
}

function addFolders(folders: Map<string, string>, path: string): void {
  if (path === "" || folders.has(foldCase(path))) return;
  addFolders(folders, path.slice(0, Math.max(0, path.lastIndexOf("\\"))));
  folders.set(foldCase(path), path);
}

async function compareWith(there: RootedFileSystem | undefined, chosen: Chosen) {
  const inTheWay: string[] = [];
  const missingFolders = new Set<string>();
  for (const path of chosen.folders) {
    const above = path.slice(0, Math.max(0, path.lastIndexOf("\\")));
    // What is below a link is not looked at: that would follow it.
    if (there === undefined || missingFolders.has(above)) {
      missingFolders.add(path);
      continue;
    }
    const { kind } = await lookAt(there, path);
    if (kind === "none") missingFolders.add(path);
    else if (kind !== "folder") {
      inTheWay.push(`a ${kind} is where the folder "${path}" should be`);
      missingFolders.add(path);
    }
  }
  const files: PlannedFile[] = [];
  const needs = [];
  for (const entry of chosen.files) {
    const above = entry.path.slice(0, Math.max(0, entry.path.lastIndexOf("\\")));
    const found = there === undefined || missingFolders.has(above)
      ? { action: "copy" as const, present: 0, reason: undefined }
      : await stateOf(there, entry);
    if (found.reason !== undefined) inTheWay.push(found.reason);
    files.push({ entry, action: found.action });
    const missing = Math.max(0, entry.size - found.present);
    needs.push({ path: entry.path, size: entry.size, missing });
  }
  return { inTheWay, folders: [...missingFolders], files, needs };
}

interface FileState {
  readonly action: PlannedFile["action"];
  /** Bytes that have room already. */
  readonly present: number;
  /** Why it must not be touched. */
  readonly reason: string | undefined;
}

async function stateOf(there: RootedFileSystem, entry: MediaEntry): Promise<FileState> {
  const { path, size } = entry;
  const whole = await lookAt(there, path);
  const refused = (reason: string): FileState => ({ action: "compare", present: 0, reason });
  if (whole.kind === "file" && whole.size === size) {
    return { action: "compare", present: size, reason: undefined };
  }
  if (whole.kind === "file") {
    return refused(`another file "${path}" of ${whole.size} bytes is there`);
  }
  if (whole.kind !== "none") {
    return refused(`a ${whole.kind} is where the file "${path}" should be`);
  }
  const part = await lookAt(there, partPath(path));
  if (part.kind === "none") return { action: "copy", present: 0, reason: undefined };
  if (part.kind === "file") {
    return { action: "continue", present: Math.min(size, part.size), reason: undefined };
  }
  return refused(`a ${part.kind} is where the file "${partPath(path)}" should be`);
}

/** @throws {RefusalError} if media has no files to copy: an image of Windows is applied, not copied. */
export function requireTree(tree: MediaTree | undefined, place: string): MediaTree {
  if (tree !== undefined) return tree;
  throw new RefusalError(`Cannot extract "${place}": it is an image of Windows, not of a disc`, {
    next:
      `See its files with: pemedic media list "${place}"; one of them comes into a Windows with: ` +
      `pemedic file restore VOLUME PATH --from "${place}"`,
  });
}
