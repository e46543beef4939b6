/**
 * Builds a Windows installation from text: hives, programs, component store, update cache and
 * somebody's documents. Enough to fool an inspection. See `windows/README.md`.
 */
import type { FileSystem } from "../../src/host/mod.ts";
import { addComponent, componentName } from "./component_store.ts";
import { bytesContent, type FileContent, repeatedContent } from "./file_content.ts";
import { buildLabHive, HIVE_NAMES, type HiveName, hivePath } from "./lab_hives.ts";
import { labPath } from "./lab_path.ts";
import { labProgram, pseudoRandomBytes } from "./lab_program.ts";
import { MemoryFileSystem } from "./memory_file_system.ts";
import { fillTemplate, type LabWindows, labWindowsWords, WINDOWS_11_PRO } from "./lab_edition.ts";

export * from "./lab_edition.ts";

/** Paths relative to the root of the volume, and what is there. Parents come first. */
export type LabTree = Map<string, FileContent | "directory">;

/** What to build. */
export interface LabTreeOptions {
  /** Default: {@linkcode WINDOWS_11_PRO}. */
  readonly windows?: LabWindows;
  /** `.reg` text without the header line, applied after the lab's own, per hive. */
  readonly additions?: Readonly<Partial<Record<HiveName, string>>>;
  /** Pads SOFTWARE to at least this many bytes, as on a machine that was used for years. */
  readonly softwareHiveBytes?: number;
  /** Length of CBS.log in bytes. */
  readonly cbsLogBytes?: number;
}

/** Makes the whole tree in memory. */
export function buildLabWindows(options: LabTreeOptions = {}): LabTree {
  const windows = options.windows ?? WINDOWS_11_PRO;
  const tree: LabTree = new Map();
  for (const line of fillTemplate(template(), labWindowsWords(windows)).split(/\r?\n/)) {
    if (line.trim() !== "" && !line.startsWith("#")) addLine(tree, { line, windows });
  }
  for (const hive of HIVE_NAMES) {
    const path = hivePath(hive);
    const bytes = buildLabHive(hive, {
      windows,
      addition: options.additions?.[hive] ?? "",
      ...(hive === "SOFTWARE" ? { atLeastBytes: options.softwareHiveBytes ?? 0 } : {}),
    });
    putFile(tree, path, bytesContent(bytes));
    putFile(tree, `${path}.LOG1`, bytesContent(new Uint8Array(8192)));
    putFile(tree, `${path}.LOG2`, bytesContent(new Uint8Array()));
  }
  putFile(tree, "Windows\\System32\\config\\BCD-Template", treeFile(tree, hivePath("BCD")));
  putFile(tree, "Windows\\Logs\\CBS\\CBS.log", cbsLog(windows, options.cbsLogBytes));
  return tree;
}

/** Writes a tree below `root` (`D:\`) of any file system. What is there already is an error. */
export async function installInto(files: FileSystem, root: string, tree: LabTree): Promise<void> {
  for (const [relative, content] of tree) {
    const path = labPath(root, relative);
    if (files instanceof MemoryFileSystem) {
      if (content === "directory") files.putDirectory(path);
      else files.put(path, content);
    } else if (content === "directory") await files.createDirectory(path);
    else await createLargeFile(files, path, content);
  }
}

/** Adds a file and the folders above it. */
export function putFile(tree: LabTree, path: string, content: FileContent): void {
  putDirectory(tree, path.slice(0, Math.max(0, path.lastIndexOf("\\"))));
  tree.set(path, content);
}

/** Adds a folder and those above it. */
export function putDirectory(tree: LabTree, path: string): void {
  if (path === "" || tree.has(path)) return;
  putDirectory(tree, path.slice(0, Math.max(0, path.lastIndexOf("\\"))));
  tree.set(path, "directory");
}

/** The content of a file that must be in the tree. */
export function treeFile(tree: LabTree, path: string): FileContent {
  const content = tree.get(path);
  if (content === undefined || content === "directory") {
    throw new RangeError(`Cannot find "${path}" in the lab's tree: it is no file there`);
  }
  return content;
}

const APPEND_BYTES = 1 << 24;

/** Writes a new file piece by piece, so that big content need not be in memory twice. */
export async function createLargeFile(
  files: FileSystem,
  path: string,
  content: FileContent,
): Promise<void> {
  await files.createFile(path, content.read(0, Math.min(content.size, APPEND_BYTES)));
  if (content.size <= APPEND_BYTES) return;
  const file = await files.openAppend(path);
  try {
    for (let at = APPEND_BYTES; at < content.size; at += APPEND_BYTES) {
      await file.append(content.read(at, APPEND_BYTES));
    }
  } finally {
    await file.close();
  }
}

function addLine(
  tree: LabTree,
  work: { readonly line: string; readonly windows: LabWindows },
): void {
  const match = /^(\S.*?)\s{2,}(\w+)(?: (.*))?$/.exec(work.line);
  if (match === null) throw new SyntaxError(`Cannot read line "${work.line}" of files.txt`);
  const [, path, kind, rest] = match as unknown as [string, string, string, string | undefined];
  const { architecture } = work.windows;
  const size = Number(rest?.split(" ").at(-1) ?? DEFAULT_PROGRAM_BYTES);
  if (kind === "directory") putDirectory(tree, path);
  else if (kind === "component") {
    const name = componentName(rest?.split(" ")[0] ?? "", work.windows);
    const bytes = labProgram({ architecture, size, seed: `${path} ${name}` });
    addComponent(tree, { name, path, content: bytesContent(bytes) });
  } else putFile(tree, path, bytesContent(fileBytes(kind, { path, rest, size, architecture })));
}

const DEFAULT_PROGRAM_BYTES = 2048;

function fileBytes(
  kind: string,
  file: {
    readonly path: string;
    readonly rest: string | undefined;
    readonly size: number;
    readonly architecture: LabWindows["architecture"];
  },
): Uint8Array {
  switch (kind) {
    case "program":
      return labProgram({ architecture: file.architecture, size: file.size, seed: file.path });
    case "data":
      return pseudoRandomBytes(file.path, file.size);
    case "database":
      return labDatabase(pseudoRandomBytes(file.path, file.size));
    case "text":
      return new TextEncoder().encode(unescapeText(file.rest ?? ""));
    case "empty":
      return new Uint8Array();
    default:
      throw new SyntaxError(`Cannot read files.txt: nothing is made of "${kind}"`);
  }
}

/** An ESE database as far as its header goes: closed in order (state 3 at offset 52). */
function labDatabase(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer);
  view.setUint32(4, 0x89ab_cdef, true);
  view.setUint32(52, 3, true);
  return bytes;
}

function unescapeText(text: string): string {
  return text.replaceAll("\\n", "\r\n").replaceAll("\\t", "\t");
}

function cbsLog(windows: LabWindows, length: number | undefined): FileContent {
  const version = `10.0.${windows.build}.${windows.revision - 1}`;
  const line = (level: string, text: string) => `2025-05-14 09:12:33, ${level.padEnd(22)}${text}`;
  const block = [
    line("Info", `CBS    TrustedInstaller service starts successfully.`),
    line("Info", `CBS    Loaded Servicing Stack v${version} with Core: C:\\Windows\\WinSxS`),
    line("Info", "CBS    Startup: Processing complete. [HRESULT = 0x00000000 - S_OK]"),
    line("Info", "CBS    Total Detected Corruption:\t0"),
    line("Info", "CBS    TrustedInstaller service ends successfully."),
    "",
  ].join("\r\n");
  const bytes = new TextEncoder().encode(block);
  return length === undefined ? bytesContent(bytes) : repeatedContent(bytes, length);
}

let templateText: string | undefined;

function template(): string {
  return templateText ??= Deno.readTextFileSync(new URL("windows/files.txt", import.meta.url));
}
