/**
 * The files of a staged upgrade as changes, in the order in which they are made, and what of them
 * is there already. The program and the order come after the media: nothing can start a half.
 */
import { joinWindowsPath } from "../base/mod.ts";
import {
  type DirectoryCreated,
  type FileImported,
  MEDIA_FOLDER,
  PROGRAM_FOLDER,
  type TextCreated,
  type TreeImported,
} from "../journal/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import { UpgradePlace } from "./order.ts";
import { firstProgress } from "./progress.ts";
import { orderOf, type StageRequest } from "./request.ts";

/** A change that makes one part of the stage. */
export type StagePart = DirectoryCreated | FileImported | TextCreated | TreeImported;

type Tree = NonNullable<StageRequest["media"]>;
type OutsideFile = StageRequest["program"];

/** All parts of a request. */
export function stageParts(request: StageRequest): StagePart[] {
  const { media, drivers, postOobe, setupConfig, program, order } = request;
  return [
    ...media === undefined ? [] : [tree(MEDIA_FOLDER, media)],
    { kind: "directory-created", path: PROGRAM_FOLDER },
    ...drivers === undefined ? [] : [tree(UpgradePlace.drivers, drivers)],
    ...postOobe === undefined ? [] : [tree(UpgradePlace.postOobe, postOobe)],
    file(UpgradePlace.program, program),
    ...setupConfig === undefined ? [] : [file(UpgradePlace.setupConfig, setupConfig)],
    text(UpgradePlace.progress, firstProgress(orderOf(request))),
    text(UpgradePlace.order, order),
  ];
}

function tree(path: string, { place, files, bytes }: Tree): TreeImported {
  return { kind: "tree-created", path, origin: { kind: "media", place }, files, bytes };
}

function file(path: string, { place, bytes, sha256 }: OutsideFile): FileImported {
  return { kind: "file-created", path, origin: { kind: "file", place }, bytes, sha256 };
}

function text(path: string, content: string): TextCreated {
  const bytes = new TextEncoder().encode(content).length;
  return { kind: "file-created", path, text: content, bytes };
}

/** Bytes that a part needs on the target. */
export function partBytes(part: StagePart): number {
  return part.kind === "directory-created" ? 0 : part.bytes;
}

/** Where parts are looked for. */
export type PartPlace = Pick<OfflineWindows, "files" | "newHash">;

/** What is at the place of a part. */
export interface FoundPart {
  /** `other`: something else, or a half of it. */
  readonly state: "absent" | "whole" | "other";
  /** For people: what was found. */
  readonly detail: string;
}

/** Looks what is there of a part: files by size and hash, trees by number and bytes of their files. */
export async function findPart(windows: PartPlace, part: StagePart): Promise<FoundPart> {
  const entry = await windows.files.stat(part.path);
  if (entry === undefined) return { state: "absent", detail: "not there" };
  const wanted = part.kind === "file-created" ? "file" : "directory";
  if (entry.reparse || entry.kind !== wanted) {
    return { state: "other", detail: entry.reparse ? "a link" : `a ${entry.kind}` };
  }
  switch (part.kind) {
    case "directory-created":
      return { state: "whole", detail: "a folder" };
    case "file-created":
      return await findFile(windows, part, entry.size);
    case "tree-created":
      return await findTree(windows, part);
  }
}

async function findFile(
  windows: PartPlace,
  part: FileImported | TextCreated,
  size: number,
): Promise<FoundPart> {
  // The starter writes on in its record: what was staged is the beginning of it.
  const grown = part.path === UpgradePlace.progress && size > part.bytes;
  if (size !== part.bytes && !grown) return { state: "other", detail: `${size} bytes` };
  const sha256 = await hashFile(windows, part.path, part.bytes);
  const wanted = "text" in part ? hashText(windows, part.text) : part.sha256;
  return { state: sha256 === wanted ? "whole" : "other", detail: `SHA-256 ${sha256}` };
}

/** SHA-256 of a text in UTF-8. */
export function hashText(windows: Pick<OfflineWindows, "newHash">, content: string): string {
  const hash = windows.newHash("sha256");
  hash.update(new TextEncoder().encode(content));
  return hash.hex();
}

/** Bytes that are read at a time. */
const PIECE = 1 << 20;

/** SHA-256 of the first bytes of a file. */
export async function hashFile(windows: PartPlace, path: string, bytes: number): Promise<string> {
  const hash = windows.newHash("sha256");
  const source = await windows.files.open(path);
  try {
    for (let at = 0; at < bytes; at += PIECE) {
      hash.update(await source.read(at, Math.min(PIECE, bytes - at)));
    }
    return hash.hex();
  } finally {
    await source.close();
  }
}

/** Its content was read back when it was written; here nothing may be missing or half. */
async function findTree(windows: PartPlace, part: TreeImported): Promise<FoundPart> {
  const { files, bytes, unfinished } = await countTree(windows, part.path);
  const whole = !unfinished && files === part.files && bytes === part.bytes;
  return { state: whole ? "whole" : "other", detail: `${files} files, ${bytes} bytes` };
}

interface TreeCount {
  readonly files: number;
  readonly bytes: number;
  readonly unfinished: boolean;
}

/** A file whose copy was cut off. */
const PART_NAME = /\.pemedic-part$/i;

async function countTree(windows: PartPlace, folder: string): Promise<TreeCount> {
  let [files, bytes, unfinished] = [0, 0, false];
  for (const entry of await windows.files.list(folder)) {
    if (entry.kind === "file") {
      files++;
      bytes += entry.size;
      unfinished ||= PART_NAME.test(entry.name);
    } else if (entry.reparse) {
      unfinished = true; // none of ours: it was put in the place of a folder
    } else {
      const below = await countTree(windows, joinWindowsPath(folder, entry.name));
      files += below.files;
      bytes += below.bytes;
      unfinished ||= below.unfinished;
    }
  }
  return { files, bytes, unfinished };
}
