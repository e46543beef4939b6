/** Installation images that hold files, to restore one of them. */
import { createHash } from "node:crypto";
import type { FileRestoreRequest } from "../../src/repairs/mod.ts";
import { type NewPe, writePe } from "../formats/pe/pe_writer.ts";
import { type NewEntry, type NewWim, writeWim } from "../formats/wim/wim_writer.ts";
import { type ImageFacts, imageXml } from "./source_images.ts";

/** The file that most tests restore. */
export const WINLOAD = "Windows\\System32\\winload.efi";
/** Where the image lies in most tests. */
export const INSTALL_WIM = "E:\\sources\\install.wim";

/** Content by path. */
export type ImageContents = Readonly<Record<string, Uint8Array>>;

/** The tree of an image out of paths. */
export function entriesOf(contents: ImageContents): NewEntry {
  interface Folder {
    readonly name: string;
    readonly folders: Map<string, Folder>;
    readonly files: NewEntry[];
  }
  const folderOf = (name: string): Folder => ({ name, folders: new Map(), files: [] });
  const root = folderOf("");
  for (const [path, content] of Object.entries(contents)) {
    const names = path.split("\\");
    let folder = root;
    for (const name of names.slice(0, -1)) {
      const below: Folder = folder.folders.get(name) ?? folderOf(name);
      folder.folders.set(name, below);
      folder = below;
    }
    folder.files.push({ name: names.at(-1)!, content });
  }
  const entry = ({ name, folders, files }: Folder): NewEntry => ({
    name,
    children: [...[...folders.values()].map(entry), ...files],
  });
  return entry(root);
}

/** An `install.wim` of one image with these files. */
export function imageOfFiles(
  contents: ImageContents,
  facts: ImageFacts = {},
  more: Partial<NewWim> = {},
): Uint8Array {
  return writeWim({ root: entriesOf(contents), xml: imageXml([facts]), ...more });
}

/** A boot loader of some version. */
export function winload(options: NewPe = {}): Uint8Array {
  return writePe({ body: "as Microsoft made it", ...options });
}

/** The request that the command makes of {@linkcode winload} in {@linkcode INSTALL_WIM}. */
export function winloadRequest(more: Partial<FileRestoreRequest> = {}): FileRestoreRequest {
  const content = winload();
  return {
    path: WINLOAD,
    origin: { kind: "image-file", place: INSTALL_WIM, index: 1, path: WINLOAD },
    bytes: content.length,
    sha256: createHash("sha256").update(content).digest("hex"),
    version: "10.0.26100.4061",
    architecture: "x64",
    match: { verdict: "fits", reason: "Same edition, language and update level (26100.4061)" },
    override: false,
    ...more,
  };
}
