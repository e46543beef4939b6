/** What a folder, a drive or a file without an ending of images is, named as a `--source`. */
import { UsageError } from "../base/mod.ts";
import { type Host, RootedFileSystem } from "../host/mod.ts";
import { SEARCH_LIMITS, searchFolder, type UpdateFolder } from "../kit/mod.ts";

/** What lies at a place. */
export type SourcePlace =
  /** DISM reads it itself: a Windows folder, components, an update. */
  | { readonly kind: "readable"; readonly path: string }
  /** Images and ISOs to choose from. */
  | {
    readonly kind: "images";
    readonly files: readonly string[];
    readonly updates: readonly UpdateFolder[];
  };

/**
 * Looks what a place is: DISM itself would find out after minutes, with 0x800f081f.
 *
 * @param place native path of what exists.
 * @param targetVolume root of the volume of the Windows to repair.
 * @throws {UsageError} if there is nothing to repair from.
 */
export async function lookAtPlace(
  host: Host,
  place: string,
  targetVolume: string,
): Promise<SourcePlace> {
  const root = /^[A-Za-z]:$/.test(place) ? `${place}\\` : place;
  const isRoot = /^[A-Za-z]:\\$/.test(root);
  if (!isRoot && (await host.files.stat(root))?.kind === "file") return readableFile(root);
  const rooted = new RootedFileSystem(host.files, root);
  const entries = await rooted.list("");
  const names = entries.map(({ name }) => name.toLowerCase());
  if (names.some((name) => name === "winsxs" || COMPONENT.test(name))) {
    return { kind: "readable", path: root };
  }
  const found = await searchFolder(host, {
    root,
    onlyMediaFolders: root === targetVolume,
    limits: SEARCH_LIMITS,
  });
  if (found.files.length > 0) return { kind: "images", ...found };
  if (root !== targetVolume && (await rooted.stat("Windows\\WinSxS"))?.kind === "directory") {
    return { kind: "readable", path: await rooted.nativePath("Windows") };
  }
  if (names.some((name) => UPDATE_FILE.test(name))) return { kind: "readable", path: root };
  throw noSourceAt(root);
}

/** Folder of a component: `amd64_microsoft-windows-ntdll_31bf3856ad364e35_10.0.26100.1_none_…`. */
const COMPONENT = /^[a-z0-9]+_.+_[0-9a-f]{16}_[0-9.]+_.+_[0-9a-f]+$/;

/** What a cabinet of an update or a feature is, or holds once it is expanded. */
const UPDATE_FILE = /\.(?:cab|mum|manifest)$/;

function readableFile(path: string): SourcePlace {
  if (/\.cab$/i.test(path)) return { kind: "readable", path };
  if (!/\.msu$/i.test(path)) throw noSourceAt(path);
  throw new UsageError(`Cannot use the source "${path}": DISM takes no files out of an .msu`, {
    next: "Expand it (expand -F:*.cab) and name the largest .cab",
  });
}

function noSourceAt(path: string): UsageError {
  return new UsageError(
    `Cannot use the source "${path}": it is no Windows folder, and holds no image, ISO or update`,
    { next: "Let the best source here be found: --source auto" },
  );
}
