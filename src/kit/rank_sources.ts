/** Opens what was found and ranks every image in it for one Windows. */
import { MedicError } from "../base/mod.ts";
import { architectureName, type WimImage } from "../formats/wim/mod.ts";
import type { Host } from "../host/mod.ts";
import { checkSource } from "../tools/dism/mod.ts";
import type { WindowsIdentity } from "../windows/mod.ts";
import {
  matchSource,
  type RepairTarget,
  type SourceImage,
  type SourceMatch,
} from "./match_source.ts";
import type { InstallImage } from "./install_image.ts";
import { type Media, openMedia } from "./media.ts";

/** One image of one file, and how well it fits. */
export interface RankedImage extends SourceImage {
  /** The ISO file, or the image file itself (of a split set the first part). */
  readonly place: string;
  /** Where the image file lies in the ISO (`sources\install.wim`); undefined outside of one. */
  readonly inside: string | undefined;
  readonly format: "wim" | "esd" | "swm";
  /** Size of the image file, of all of its parts. */
  readonly bytes: number;
  /** Size of the largest of its parts. */
  readonly largestPart: number;
  readonly index: number;
  /** How many images the file has. */
  readonly imageCount: number;
  readonly name: string | undefined;
  readonly match: SourceMatch;
}

/** A file that is no source at all. */
export interface SourceRefusal {
  readonly place: string;
  /** One sentence without full stop. */
  readonly reason: string;
}

/** What is there for one Windows. */
export interface RankedSources {
  /** The best first. */
  readonly images: readonly RankedImage[];
  readonly refusals: readonly SourceRefusal[];
}

/** What an installation says of itself, as far as it decides about sources. */
export function repairTarget(identity: WindowsIdentity): RepairTarget {
  const { architecture, edition, installationType, language, build, ubr } = identity;
  return { architecture, edition, installationType, language, build, ubr };
}

/** Opens each file and ranks its images. A bad file becomes a refusal. */
export async function rankSources(
  host: Host,
  target: RepairTarget,
  files: readonly string[],
): Promise<RankedSources> {
  const images: RankedImage[] = [];
  const refusals: SourceRefusal[] = [];
  for (const place of files) {
    try {
      const found = await imagesAt(host, target, place);
      images.push(...found);
      if (found.length === 0) refusals.push({ place, reason: "It holds no image" });
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      refusals.push({ place, reason: error.message });
    }
  }
  return { images: images.toSorted((a, b) => compare(target, a, b)), refusals };
}

async function imagesAt(host: Host, target: RepairTarget, place: string): Promise<RankedImage[]> {
  const media = await openMedia(host, place);
  try {
    if (media.installs.length === 0) {
      const reason = media.problems[0] ?? "It holds no installation image (sources\\install.*)";
      throw new MedicError("needsSource", reason);
    }
    // Media for two architectures have an image file for each.
    return media.installs.flatMap((install) => imagesOf(target, media, install));
  } finally {
    await media.close();
  }
}

function imagesOf(target: RepairTarget, media: Media, install: InstallImage): RankedImage[] {
  const unusable = unusableReason(media, install) ?? placeProblem(media);
  const sizes = install.wim.parts.map(({ source }) => source.size);
  return install.wim.images.map((image) => {
    const own = factsOf(image);
    const reason = unusable ?? (namesWindows(own) ? undefined : NO_WINDOWS);
    const unsure = unsureNumber(install, image);
    const facts = {
      ...own,
      ...(reason === undefined ? {} : { unusable: reason }),
      ...(unsure === undefined ? {} : { unsure }),
    };
    return {
      ...facts,
      place: media.place,
      inside: media.kind === "wim" ? undefined : install.path,
      format: install.format,
      bytes: install.bytes,
      largestPart: Math.max(...sizes),
      index: image.index,
      imageCount: install.wim.images.length,
      name: image.name ?? image.displayName,
      match: matchSource(target, facts),
    };
  });
}

/** The XML numbers the images. Where the header disagrees with it, DISM may count otherwise. */
function unsureNumber({ wim }: InstallImage, { index }: WimImage): string | undefined {
  const told = wim.problems.find(({ kind }) => kind === "image-index" || kind === "image-count");
  if (told !== undefined) return told.message;
  const { imageCount } = wim.header;
  return index <= imageCount ? undefined : `Its number is ${index}, but the file has ${imageCount}`;
}

function factsOf(image: WimImage): SourceImage {
  const { languages, defaultLanguage, version } = image;
  return {
    architecture: architectureName(image.architecture),
    edition: image.editionId ?? image.flags,
    installationType: image.installationType,
    languages: languages.length > 0 || defaultLanguage === undefined
      ? languages
      : [defaultLanguage],
    build: version?.build,
    ubr: version?.spBuild,
  };
}

const NO_WINDOWS = "It names no edition, build or processor: it holds files, not a Windows";

/** Images of data, drivers and backups have no WINDOWS element in their XML. */
function namesWindows({ edition, build, architecture }: SourceImage): boolean {
  return edition !== undefined || build !== undefined || architecture !== undefined;
}

/** Why the contents of all images cannot be had. */
function unusableReason({ tree }: Media, { wim }: InstallImage): string | undefined {
  if (wim.encrypted) return "It is encrypted: use an ISO or install.wim of the same build";
  const { missingParts } = wim;
  if (missingParts.length === 1) return `Part ${missingParts[0]} of the split image is missing`;
  if (missingParts.length > 1) {
    const [first, last] = [missingParts[0], missingParts.at(-1)];
    return `${missingParts.length} parts of the split image are missing (${first} to ${last})`;
  }
  if ((tree?.missingBytes ?? 0) > 0) {
    return `The file is cut off: ${tree?.missingBytes} bytes are missing at its end`;
  }
  return wim.problems.find(({ kind }) => kind === "write-in-progress")?.message;
}

/** Why DISM does not take the file where it lies: a network path, a name with the wrong ending. */
function placeProblem({ kind, place, install }: Media): string | undefined {
  if (kind !== "wim" || install === undefined) return undefined;
  if (place.length > LONGEST_PATH) {
    return `Its path has ${place.length} characters, more than the ${LONGEST_PATH} that DISM takes`;
  }
  if (install.format === "swm") return undefined;
  try {
    checkSource({ kind: install.format, path: place, index: 1 });
    return undefined;
  } catch (error) {
    if (error instanceof MedicError) return error.message;
    throw error;
  }
}

/** MAX_PATH without the zero at its end. Source: Microsoft Learn, "Maximum Path Length Limitation". */
const LONGEST_PATH = 259;

const VERDICTS: readonly SourceMatch["verdict"][] = ["fits", "older", "doubtful", "unfit"];

/** The verdict decides, then the edition, then how little work it makes, then the level. */
function compare(target: RepairTarget, a: RankedImage, b: RankedImage): number {
  return VERDICTS.indexOf(a.match.verdict) - VERDICTS.indexOf(b.match.verdict) ||
    otherEdition(target, a) - otherEdition(target, b) ||
    labour(a) - labour(b) ||
    a.match.rank - b.match.rank;
}

function otherEdition(target: RepairTarget, image: RankedImage): number {
  return image.edition?.toLowerCase() === target.edition?.toLowerCase() ? 0 : 1;
}

/** DISM reads a file in place; parts must be joined, and out of an ISO it must be taken. */
function labour(image: RankedImage): number {
  return (image.inside === undefined ? 0 : 2) + (image.format === "swm" ? 1 : 0);
}
