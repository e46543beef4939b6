/**
 * The lab's component store, as the simulators understand it: per component a manifest with the
 * hash and the path of each installed file, and the payloads that repairs copy from.
 */
import type { FileSystem } from "../../src/host/mod.ts";
import { bytesContent, type FileContent, sha256Hex } from "./file_content.ts";
import type { LabWindows } from "./lab_edition.ts";
import { labPath } from "./lab_path.ts";
import { type LabTree, putFile } from "./lab_windows.ts";

/** Folder of the manifests. */
export const MANIFEST_FOLDER = "Windows\\WinSxS\\Manifests";

/** A file that a component installs. */
export interface ComponentFile {
  /** Component folder name. */
  readonly component: string;
  /** Hash that the file must have, lower-case hex. */
  readonly sha256: string;
  /** Where it is installed, relative to the root of the volume. */
  readonly installed: string;
  /** Where its payload is, relative to the root of the volume. */
  readonly payload: string;
}

/** Full name of a component: `amd64_microsoft-windows-ntdll_31bf3856ad364e35_10.0…_none_…`. */
export function componentName(name: string, windows: LabWindows): string {
  const version = `10.0.${windows.build}.${windows.revision}`;
  const identity = `${windows.architecture}_${name}_31bf3856ad364e35_${version}_none`;
  return `${identity}_${sha256Hex(new TextEncoder().encode(identity)).slice(0, 16)}`;
}

/** Adds one installed file with its payload to a tree. A component may have several. */
export function addComponent(
  tree: LabTree,
  file: { readonly name: string; readonly path: string; readonly content: FileContent },
): void {
  const manifest = `${MANIFEST_FOLDER}\\${file.name}.manifest`;
  const before = tree.get(manifest);
  const lines = before === undefined || before === "directory" ? "" : textOf(before);
  const line = `${file.content.fingerprint} ${file.path}\n`;
  putFile(tree, manifest, contentOfText(lines + line));
  putFile(tree, payloadPath(file.name, file.path), file.content);
  putFile(tree, file.path, file.content);
}

/** All files of all components of a Windows volume, read from its manifests. */
export async function readComponentFiles(
  files: FileSystem,
  root: string,
): Promise<ComponentFile[]> {
  const folder = labPath(root, MANIFEST_FOLDER);
  const found: ComponentFile[] = [];
  for (const entry of await files.list(folder)) {
    const component = entry.name.replace(/\.manifest$/, "");
    const text = new TextDecoder().decode(await files.read(labPath(folder, entry.name)));
    for (const match of text.matchAll(/^([0-9a-f]{64}) (.+)$/gm)) {
      const installed = match[2]!;
      const payload = payloadPath(component, installed);
      found.push({ component, sha256: match[1]!, installed, payload });
    }
  }
  return found;
}

function payloadPath(component: string, installed: string): string {
  return `Windows\\WinSxS\\${component}\\${installed.split("\\").at(-1)}`;
}

function textOf(content: FileContent): string {
  return new TextDecoder().decode(content.read(0, content.size));
}

function contentOfText(text: string): FileContent {
  return bytesContent(new TextEncoder().encode(text));
}
