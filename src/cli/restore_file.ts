/** `file restore`: finds the file in an image that fits, proves it, and hands it to the ladder. */
import {
  foldCase,
  FormatError,
  joinWindowsPath,
  MedicError,
  RefusalError,
  UsageError,
  wrap,
} from "../base/mod.ts";
import { commandFor } from "../checks/mod.ts";
import { formatFileVersion, machineName, readPe } from "../formats/pe/mod.ts";
import { liesOn } from "../host/mod.ts";
import { describeImage } from "../journal/mod.ts";
import {
  findFileNamed,
  type ImageFilePlace,
  type OpenImageFile,
  openImageFile,
} from "../kit/mod.ts";
import { type FileRestoreRequest, IS_HIVE, refuseKeptPath } from "../repairs/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import type { CommandContext } from "./context.ts";
import { chooseImage, type ChosenImage } from "./file_image.ts";
import { quoted } from "./registry_path.ts";

/** What was typed. */
export interface FileRestoreNames {
  readonly file: string;
  /** `E:\install.wim:6`, an ISO, or `auto`. */
  readonly from: string;
  /** Take it though image, version or processor do not fit. */
  readonly override: boolean;
}

/**
 * Turns what was typed into what the step needs. Reads the whole file of the image once: its
 * SHA-1 is compared with that of the image, and the SHA-256 is what the copy is proven with.
 *
 * @throws {MedicError} if the path, the image or the file cannot be used, with the reason.
 */
export async function restoreRequest(
  context: CommandContext,
  windows: OfflineWindows,
  names: FileRestoreNames,
): Promise<FileRestoreRequest> {
  const path = pathOnTarget(windows, names.file);
  refuseKeptPath(windows, path);
  const image = await chooseImage(context, windows, names);
  const { place, inside, index } = image;
  const origin = { place, ...(inside === undefined ? {} : { inside }), index, path };
  const file = await openNamed(context, windows, { origin, from: names.from });
  try {
    const sha256 = await readWhole(context, file);
    tellSource(context, image);
    return {
      path: await spelledOnTarget(windows, file.path),
      origin: { kind: "image-file", ...origin, path: file.path },
      bytes: file.size,
      sha256,
      ...await readProgram(file),
      match: image.match,
      override: names.override,
    };
  } finally {
    await file.close();
  }
}

/** A name without its folder, or with a wrong one, is looked for in the whole image. */
async function openNamed(
  { host }: CommandContext,
  windows: OfflineWindows,
  { origin, from }: { readonly origin: ImageFilePlace; readonly from: string },
): Promise<OpenImageFile> {
  try {
    return await openImageFile(host, origin);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const meant = await findFileNamed(host, origin);
    if (meant === undefined) throw error;
    const command = `${commandFor(windows, "file restore")} ${quoted(meant)} --from ${
      quoted(from)
    }`;
    throw new UsageError(error.message, {
      next: `Did you mean ${meant}? ${command}`,
      cause: error,
    });
  }
}

function tellSource({ output }: CommandContext, image: ChosenImage): void {
  const text = `Source: ${describeImage(image)} (${image.match.reason})`;
  output.event({ type: "notice", text });
  output.talk(wrap(text));
}

const FROM_ROOT = "Name it from the root of the volume: Windows\\System32\\winload.efi";

/**
 * The volume-relative path of a file as typed: below the root, or with the letter that the
 * volume has here or has when its Windows runs.
 *
 * @throws {UsageError} for another volume, or no file at all.
 */
function pathOnTarget(windows: OfflineWindows, typed: string): string {
  const { root, volume, identity } = windows;
  const below = root.includes("/") && liesOn(typed, root) ? typed.slice(root.length) : typed;
  const [, letter, rest = below] = /^([A-Za-z]:)(.*)$/s.exec(below) ?? [];
  const own = [identity.systemLetter ?? "C:", volume.letter].map((one) => foldCase(one ?? ""));
  if (letter !== undefined && !own.includes(foldCase(letter))) {
    throw new UsageError(`Cannot restore "${typed}": it is not on ${volume.letter ?? root}`, {
      next: FROM_ROOT,
    });
  }
  let reason = "it names no file";
  try {
    const path = joinWindowsPath(rest);
    if (path !== "") return path;
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    reason = error.message;
  }
  throw new UsageError(`Cannot restore "${typed}": ${reason}`, { next: FROM_ROOT });
}

/** A file that is there keeps the case of its name; a new one gets that of the image. */
async function spelledOnTarget(windows: OfflineWindows, path: string): Promise<string> {
  const names: string[] = [];
  for (const name of path.split("\\")) {
    const folder = names.join("\\");
    const there = await windows.files.stat(folder === "" ? name : `${folder}\\${name}`);
    names.push(there?.name ?? name);
  }
  return names.join("\\");
}

/** First bytes of a hive. */
const HIVE_MAGIC = "regf";

/** SHA-256 of the content, which is that of the image by its SHA-1. */
async function readWhole({ host }: CommandContext, file: OpenImageFile): Promise<string> {
  const hash = host.newHash("sha256");
  let isFirst = true;
  for await (const piece of file.pieces()) {
    if (isFirst && String.fromCharCode(...piece.subarray(0, 4)) === HIVE_MAGIC) {
      throw new RefusalError(`Cannot restore "${file.path}" from an image: ${IS_HIVE}`);
    }
    isFirst = false;
    hash.update(piece);
  }
  return hash.hex();
}

/** Version and processor, as far as it is a program or library. */
async function readProgram(
  file: OpenImageFile,
): Promise<Pick<FileRestoreRequest, "version" | "architecture">> {
  try {
    const { machine, fileVersion } = await readPe(file, { name: file.path });
    const architecture = machineName(machine);
    return {
      ...(fileVersion === undefined ? {} : { version: formatFileVersion(fileVersion) }),
      ...(architecture === undefined ? {} : { architecture }),
    };
  } catch (error) {
    if (error instanceof FormatError) return {};
    throw error;
  }
}
