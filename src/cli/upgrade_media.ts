/** Media as the upgrade judges them: what the kit reads, in the words of that room. */
import { MedicError, UsageError } from "../base/mod.ts";
import { architectureName, findEntry, type Wim, type WimImage } from "../formats/wim/mod.ts";
import { type Host, liesOn } from "../host/mod.ts";
import {
  FAT32_LARGEST,
  type InstallImage,
  type Media,
  type MediaTree,
  type MediaVerification,
  openMedia,
} from "../kit/mod.ts";
import { chooseImage, type UpgradeImage, type UpgradeMedia } from "../upgrade/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";

/** What is asked of the media. */
export interface UpgradeMediaRequest {
  /** An ISO file, a folder or a drive. */
  readonly path: string;
  /** Number of the image that the user wants. */
  readonly index?: number | undefined;
  /** What a verification of all contents said, if there was one. */
  readonly verification?: MediaVerification | undefined;
}

/**
 * Reads media.
 *
 * @throws {UsageError} if there are none at that path, or an image file alone.
 * @throws {MedicError} if they cannot be read at all.
 */
export async function readUpgradeMedia(
  host: Host,
  windows: Pick<OfflineWindows, "identity" | "root">,
  request: UpgradeMediaRequest,
): Promise<UpgradeMedia> {
  const media = await openMedia(host, request.path);
  try {
    const { tree } = media;
    if (tree === undefined || media.kind === "wim") throw imageAlone(request.path);
    const install = installFor(media, windows);
    const folder = folderOf(install);
    const programs = await presentPrograms(tree, folder);
    if (install === undefined && programs.length === 0 && media.problems.length === 0) {
      throw noMedia(request.path);
    }
    const walked = await walk(tree);
    const base = {
      place: media.place,
      kind: media.kind,
      onTarget: liesOn(media.place, windows.root),
      folder,
      programs,
      ...walked.sizes,
      ...imagesOf(install),
      ...configOf(media, windows),
      ...await stateOf(media, install, { walked, request }),
    };
    return { ...base, images: await withRecovery(base, { windows, install, request }) };
  } finally {
    await media.close();
  }
}

function imageAlone(path: string): UsageError {
  return new UsageError(`Cannot upgrade with "${path}": it holds images, but no Setup`, {
    next: "Name the whole media: an ISO, or the folder or drive that holds setup.exe",
  });
}

function noMedia(path: string): UsageError {
  return new UsageError(
    `Cannot find media in "${path}": it has neither setup.exe nor an installation image`,
    { next: "Name an ISO, or the folder or drive that holds setup.exe and sources" },
  );
}

/** Media for two architectures have a folder for each, with a Setup of its own. */
function installFor(
  { installs }: Media,
  { identity }: Pick<OfflineWindows, "identity">,
): InstallImage | undefined {
  return installs.find(({ wim }) =>
    wim.images.some((image) => architectureName(image.architecture) === identity.architecture)
  ) ?? installs[0];
}

/** `x64` for `x64\sources\install.esd`, "" for most media. */
function folderOf(install: InstallImage | undefined): string {
  return /^(.+)\\sources\\/i.exec(install?.path ?? "")?.[1] ?? "";
}

/** What Setup is made of, as far as an upgrade needs it: paths below the folder of `setup.exe`. */
const PROGRAMS = ["setup.exe", "sources\\setupprep.exe", "sources\\setuphost.exe"];

async function presentPrograms(tree: MediaTree, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const program of PROGRAMS) {
    const entry = await tree.find(folder === "" ? program : `${folder}\\${program}`);
    if (entry?.kind === "file" && entry.size > 0) found.push(program);
  }
  return found;
}

interface Walked {
  readonly sizes: Pick<UpgradeMedia, "files" | "bytes" | "largestFile">;
  /** What is damaged, cut off or cannot be listed: one sentence each. */
  readonly problems: readonly string[];
}

async function walk(tree: MediaTree): Promise<Walked> {
  let [files, bytes, largestFile] = [0, 0, 0];
  const problems: string[] = [];
  try {
    for await (const entry of tree.entries()) {
      if (entry.kind !== "file") continue;
      files++;
      bytes += entry.size;
      largestFile = Math.max(largestFile, entry.size);
      const whole = entry.complete && entry.damaged !== true && entry.size !== FAT32_LARGEST;
      if (!whole) problems.push(`${entry.path}: ${entry.problems[0] ?? "its end is cut off"}`);
    }
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    problems.push(error.message);
  }
  for (const { effect, message } of tree.warnings()) {
    if (effect === "damaged" || effect === "lost") problems.push(message);
  }
  return { sizes: { files, bytes, largestFile }, problems };
}

function imagesOf(
  install: InstallImage | undefined,
): Pick<UpgradeMedia, "images" | "format" | "imageFile"> {
  return {
    images: install?.wim.images.map(imageFacts) ?? [],
    format: install?.format,
    imageFile: install?.path,
  };
}

function imageFacts(image: WimImage): UpgradeImage {
  const { totalBytes, hardLinkBytes = 0 } = image;
  return {
    index: image.index,
    name: image.name ?? image.displayName,
    edition: image.editionId ?? image.flags,
    architecture: architectureName(image.architecture),
    build: image.version?.build,
    ubr: image.version?.spBuild,
    languages: image.languages,
    defaultLanguage: image.defaultLanguage,
    installationType: image.installationType,
    winre: "unknown",
    appliedBytes: totalBytes === undefined ? undefined : Math.max(0, totalBytes - hardLinkBytes),
  };
}

function configOf(
  { config }: Media,
  { identity }: Pick<OfflineWindows, "identity">,
): Pick<UpgradeMedia, "oldestBuild" | "edition" | "channel" | "volumeLicense"> {
  const server = /^Server/i.test(identity.installationType ?? "");
  return {
    oldestBuild: server ? config.oldestUpgrade?.server : config.oldestUpgrade?.client,
    edition: config.edition?.edition,
    channel: config.edition?.channel,
    volumeLicense: config.edition?.volumeLicence,
  };
}

/** What is wrong, each thing once. */
async function stateOf(
  media: Media,
  install: InstallImage | undefined,
  { walked, request }: { readonly walked: Walked; readonly request: UpgradeMediaRequest },
): Promise<Pick<UpgradeMedia, "problems" | "verified">> {
  const { verification } = request;
  const damaged = verification?.damaged.map(({ file, reason }) => `${file}: ${reason}`) ?? [];
  const found = [...media.problems, ...await blobProblems(install), ...walked.problems, ...damaged];
  return {
    problems: [...new Set(found)],
    verified: verification === undefined
      ? "not-verified"
      : damaged.length === 0
      ? "whole"
      : "damaged",
  };
}

async function blobProblems(install: InstallImage | undefined): Promise<string[]> {
  if (install === undefined) return [];
  try {
    return (await install.wim.blobs()).problems.map(({ message }) => `${install.path}: ${message}`);
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    return [`${install.path}: ${error.message}`];
  }
}

/** The tree of one image takes seconds on a slow stick: only that of the chosen one is read. */
async function withRecovery(
  media: Omit<UpgradeMedia, "images"> & Pick<UpgradeMedia, "images">,
  { windows, install, request }: {
    readonly windows: Pick<OfflineWindows, "identity">;
    readonly install: InstallImage | undefined;
    readonly request: UpgradeMediaRequest;
  },
): Promise<readonly UpgradeImage[]> {
  const { image } = chooseImage(windows.identity, media, request.index);
  if (image === undefined || install === undefined) return media.images;
  const winre = await recoveryIn(install.wim, image.index);
  return media.images.map((one) => one === image ? { ...one, winre } : one);
}

const WINRE = "Windows\\System32\\Recovery\\winre.wim";

async function recoveryIn(wim: Wim, index: number): Promise<UpgradeImage["winre"]> {
  try {
    const entry = findEntry(await wim.tree(index), WINRE);
    if (entry === undefined || entry.directory) return "missing";
    const hash = entry.streams.find(({ kind, name }) => kind === "data" && name === "")?.hash;
    if (hash === undefined) return "empty";
    return (await wim.blobOf(hash)).size === 0 ? "empty" : "present";
  } catch (error) {
    if (error instanceof MedicError) return "unknown";
    throw error;
  }
}
