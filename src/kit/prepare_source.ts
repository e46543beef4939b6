/**
 * What has to be done before DISM can read an image: nothing for a WIM or ESD that lies on a
 * disk; an ISO must give it out and parts must be joined first, on a volume with room.
 */
import { formatBytes, MedicError } from "../base/mod.ts";
import type { Host, VolumeInfo } from "../host/mod.ts";
import { formatSource } from "../tools/dism/mod.ts";
import { FAT32_LARGEST } from "./install_image.ts";
import type { RankedImage } from "./rank_sources.ts";

/** A place with room for an image. */
export interface RoomFor {
  readonly root: string;
  readonly freeBytes: number;
}

/** What makes an image readable for DISM. */
export type PreparationStep = ExtractStep | JoinStep;

/** Taking an image file out of an ISO. */
export interface ExtractStep {
  readonly kind: "extract";
  readonly iso: string;
  readonly folder: string;
  /** `sources\install.wim`; of a split image `sources\install*.swm`. */
  readonly only: string;
}

/** Joining the parts of a split image with DISM. */
export interface JoinStep {
  readonly kind: "join";
  readonly first: string;
  readonly parts: string;
  readonly index: number;
  readonly destination: string;
}

/** How DISM gets at an image. */
export interface Preparation {
  readonly steps: readonly PreparationStep[];
  /** For `--source`, once the steps are done; undefined if no volume has room for them. */
  readonly source: string | undefined;
  /** As DISM gets it: `wim:E:\sources\install.wim:6`. */
  readonly dismSource: string | undefined;
  /** Bytes that the steps write; 0 in place. */
  readonly needBytes: number;
  readonly room: RoomFor | undefined;
  /** Why no volume takes it, and what then: one sentence without full stop, to go on with. */
  readonly noRoom?: string;
}

/** DISM and the file system need a little more than the file itself. */
const MARGIN = 64 * 2 ** 20;

/** DISM's own scratch files may lie on the same volume. */
const LEAVE_FREE = 2 ** 30;

/** Where images may be unpacked. */
export interface PreparationOptions {
  /** Root of the volume of the Windows to repair: it is taken only if no other has room. */
  readonly targetVolume: string;
  /** Folder of the target for what is unpacked there; its root if absent. */
  readonly targetFolder?: string;
}

/** Says what to do for one image. Nothing is done. */
export async function prepareSource(
  host: Host,
  image: RankedImage,
  options: PreparationOptions,
): Promise<Preparation> {
  if (isInPlace(image)) return inPlace(image, image.place);
  const split = image.format === "swm";
  const copies = (image.inside === undefined ? 0 : 1) + (split ? 1 : 0);
  const needBytes = copies * image.bytes + MARGIN + LEAVE_FREE;
  const largestFile = split ? image.bytes : image.largestPart;
  const { targetVolume, targetFolder } = options;
  const room = await findRoom(host, { needBytes, largestFile, targetVolume });
  if (room === undefined) {
    const noRoom = await whyNoRoom(host, { needBytes, image });
    return { steps: [], source: undefined, dismSource: undefined, needBytes, room, noRoom };
  }
  const onTarget = room.root === targetVolume && targetFolder !== undefined;
  const name = await freeName(host, room.root, onTarget ? targetFolder : NAME);
  const steps: PreparationStep[] = [];
  let path = image.place;
  if (image.inside !== undefined) {
    const folder = below(room.root, name);
    const only = split ? image.inside.replace(/\.swm$/i, "*.swm") : image.inside;
    steps.push({ kind: "extract", iso: image.place, folder, only });
    path = below(folder, image.inside);
  }
  if (!split) return { ...inPlace(image, path), steps, needBytes, room: publicRoom(room) };
  const destination = below(room.root, `${name}.wim`);
  const parts = path.replace(/\.swm$/i, "*.swm");
  steps.push({ kind: "join", first: path, parts, index: image.index, destination });
  const joined = inPlace({ index: 1, format: "wim" }, destination); // the new file holds this image alone
  return { ...joined, steps, needBytes, room: publicRoom(room) };
}

/** Says whether DISM can read an image where it lies. */
export function isInPlace({ inside, format }: Pick<RankedImage, "inside" | "format">): boolean {
  return inside === undefined && format !== "swm";
}

/** The value for `--source` of an image that DISM reads where it lies. */
export function sourceInPlace(image: RankedImage): string {
  return inPlace(image, image.place).source;
}

function inPlace({ index, format }: Pick<RankedImage, "index" | "format">, path: string) {
  const kind = format === "esd" ? "esd" : "wim";
  const dismSource = formatSource({ kind, path, index });
  const named = path.toLowerCase().endsWith(`.${kind}`); // else the kind must be said
  const source = named ? `${path}:${index}` : dismSource;
  return { steps: [], source, dismSource, needBytes: 0, room: undefined };
}

function publicRoom({ root, freeBytes }: VolumeInfo): RoomFor {
  return { root, freeBytes };
}

interface Wanted {
  readonly needBytes: number;
  readonly largestFile: number;
  readonly targetVolume: string;
}

/** The running system's own volume is never written to unasked: a folder there must be named. */
async function whyNoRoom(
  host: Host,
  { needBytes, image }: { readonly needBytes: number; readonly image: RankedImage },
): Promise<string> {
  const own = await host.volumes.at(host.platform.systemRoot);
  const usable = (await host.volumes.list()).filter((volume) => isUsable(host, volume));
  const most = usable.toSorted((a, b) => b.freeBytes - a.freeBytes)[0];
  const found = most === undefined
    ? "no disk is mounted here beside that of the running system"
    : `the most has ${most.root} (${formatBytes(most.freeBytes)}, ${most.fileSystem})`;
  const why = `no volume has the ${formatBytes(needBytes)} that it needs to be unpacked: ${found}`;
  const ownHasRoom = own !== undefined && own.drive !== "ramdisk" && own.freeBytes >= needBytes;
  if (!ownHasRoom || image.inside === undefined || image.format === "swm") {
    return `${why}; connect a disk with that room`;
  }
  // A shell of Linux would take a single backslash away.
  const only = image.place.includes("/") ? image.inside.replaceAll("\\", "/") : image.inside;
  return `${why}; copy it to a folder of your choice (pemedic media extract ${
    quoted(image.place)
  } FOLDER --only ${quoted(only)}), and name that folder with --source`;
}

function quoted(path: string): string {
  return /[\s&^()%!,;=]/.test(path) ? `"${path}"` : path;
}

/** Where copies of gigabytes may lie until they have served. */
function isUsable(host: Host, { mounted, readOnly, drive, root }: VolumeInfo): boolean {
  return mounted && !readOnly && root !== host.platform.systemRoot &&
    drive !== "ramdisk" && drive !== "cdrom" && drive !== "network";
}

/** The volume with the most room; that of the target only where no other has enough. */
async function findRoom(host: Host, wanted: Wanted): Promise<VolumeInfo | undefined> {
  const isTarget = ({ root }: VolumeInfo) => root === wanted.targetVolume ? 1 : 0;
  return (await host.volumes.list())
    .filter((volume) => isUsable(host, volume))
    .filter(({ freeBytes }) => freeBytes >= wanted.needBytes)
    .filter(({ fileSystem }) =>
      !/^(?:FAT|FAT32|vfat|msdos)$/i.test(fileSystem) || wanted.largestFile <= FAT32_LARGEST
    )
    .sort((a, b) => isTarget(a) - isTarget(b) || b.freeBytes - a.freeBytes)[0];
}

/** Exporting into a file that exists would add an image to it: the name must be new. */
async function freeName(host: Host, root: string, first: string): Promise<string> {
  for (let number = 1;; number++) {
    const name = number === 1 ? first : `${first}-${number}`;
    const taken = await host.files.stat(below(root, name)) ??
      await host.files.stat(below(root, `${name}.wim`));
    if (taken === undefined) return name;
    if (number >= 99) {
      throw new MedicError("noSpace", `Cannot choose a name for the source on ${root}`, {
        next: `Remove the folders ${first}-… there that are not needed any more`,
      });
    }
  }
}

const NAME = "PEMedic-source";

function below(folder: string, path: string): string {
  const separator = /^[A-Za-z]:/.test(folder) || folder.includes("\\") ? "\\" : "/";
  const inner = separator === "/" ? path.replaceAll("\\", "/") : path;
  return folder.endsWith(separator) ? folder + inner : `${folder}${separator}${inner}`;
}
