/**
 * Installation media of the lab's Windows: an `install.wim` with the component store that the
 * installed Windows has at the same level, and the XML that real media have.
 */
import { type NewEntry, writeWim } from "../formats/wim/wim_writer.ts";
import { imageXml } from "../cli/source_images.ts";
import type { LabWindows } from "./lab_edition.ts";
import { buildLabWindows, type LabTree, putFile } from "./lab_windows.ts";
import { bytesContent, madeUpContent } from "./file_content.ts";
import { udfDirectory, udfFile } from "./udf_items.ts";
import { writeUdf } from "./udf_writer.ts";

/** What can differ between images of one file. */
export interface LabImageOptions {
  /** Which part of a split set to write, of how many. */
  readonly part?: number;
  readonly parts?: number;
  /** Setup's own small Windows in it, which an upgrade needs; none by default. */
  readonly winre?: "present" | "empty";
}

const ARCHITECTURES: Readonly<Record<LabWindows["architecture"], number>> = {
  x86: 0,
  amd64: 9,
  arm64: 12,
};

const WINRE = "Windows\\System32\\Recovery\\winre.wim";

/** Writes an `install.wim` whose one image holds the component store of this Windows. */
export function labInstallWim(
  windows: LabWindows,
  { winre, ...options }: LabImageOptions = {},
): Uint8Array {
  const tree = storeOf(buildLabWindows({ windows }));
  if (winre !== undefined) {
    putFile(tree, WINRE, bytesContent(new TextEncoder().encode(winre === "empty" ? "" : "MSWIM")));
  }
  const facts = {
    name: windows.productName,
    edition: windows.editionId,
    language: windows.language,
    architecture: ARCHITECTURES[windows.architecture],
    build: windows.build,
    ubr: windows.revision,
  };
  return writeWim({
    root: { name: "", children: entriesBelow(tree, "") },
    xml: imageXml([facts]),
    ...options,
  });
}

/** An ISO with this file as `sources\install.wim`, or under another name there. */
export function labIso(files: Readonly<Record<string, Uint8Array>>) {
  const items = Object.entries(files).map(([name, bytes]) => udfFile(name, bytes));
  return writeUdf([udfDirectory("sources", items)]);
}

/** The same as content of a file of the memory lab. */
export function labIsoContent(files: Readonly<Record<string, Uint8Array>>) {
  const { image } = labIso(files);
  return madeUpContent(image.size, {
    recipe: `lab iso ${Object.keys(files).join(" ")} ${image.size}`,
    read: (offset, length) => image.slice(offset, length),
  });
}

/** The component store, and the programs and libraries that it installs. */
function storeOf(tree: LabTree): LabTree {
  return new Map(
    [...tree].filter(([path]) =>
      /^Windows(?:$|\\WinSxS(?:$|\\))/.test(path) ||
      /^Windows\\System32(?:$|\\[^\\]+\.(?:dll|exe|efi)$)/.test(path)
    ),
  );
}

function entriesBelow(tree: LabTree, folder: string): NewEntry[] {
  const start = folder === "" ? "" : `${folder}\\`;
  const names = [...tree.keys()]
    .filter((path) => path.startsWith(start) && path.length > start.length)
    .map((path) => path.slice(start.length).split("\\")[0]!);
  return [...new Set(names)].map((name): NewEntry => {
    const content = tree.get(start + name);
    if (content === undefined || content === "directory") {
      return { name, attributes: 0x10, children: entriesBelow(tree, start + name) };
    }
    return { name, attributes: 0x20, content: content.read(0, content.size) };
  });
}
