/** Looks for a file of an image by its name alone. */
import { foldCase, isWithin, sameWindowsPath, windowsBaseName } from "../base/mod.ts";
import { walkTree } from "../formats/wim/mod.ts";
import type { Host } from "../host/mod.ts";
import type { ImageFilePlace } from "./image_file.ts";
import { openMedia } from "./media.ts";

/** Where Windows looks first; copies in the component store are never meant. */
const LIKELY = ["Windows\\System32", "Windows\\SysWOW64", "Windows", ""];
const NEVER = ["Windows\\WinSxS", "Windows\\servicing"];

/**
 * The path of the file that has the last name of `place.path`, the likeliest of several; undefined
 * if the image has none.
 *
 * @throws {FormatError} if the image is damaged.
 */
export async function findFileNamed(
  host: Host,
  place: ImageFilePlace,
): Promise<string | undefined> {
  const media = await openMedia(host, place.place);
  try {
    const { inside, index } = place;
    const image = media.installs.find((one) =>
      inside === undefined || sameWindowsPath(one.path, inside)
    );
    if (image === undefined) return undefined;
    const tree = await image.wim.tree(index);
    const wanted = foldCase(windowsBaseName(place.path));
    const found: string[] = [];
    for (const { path, entry } of walkTree(tree)) {
      if (entry.directory || foldCase(entry.name) !== wanted) continue;
      const plain = path.slice(1);
      if (!NEVER.some((folder) => isWithin(plain, folder))) found.push(plain);
    }
    return found.toSorted((a, b) => rank(a) - rank(b) || depth(a) - depth(b))[0];
  } finally {
    await media.close();
  }
}

/** Rank of the folder in which it lies. */
function rank(path: string): number {
  return LIKELY.findIndex((folder) => folder === "" || isWithin(path, folder));
}

function depth(path: string): number {
  return path.split("\\").length;
}
