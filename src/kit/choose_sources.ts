/**
 * Chooses what DISM repairs from: images that are sure to fit, those that it reads in place
 * first, else one that must be prepared; an older image only with the update that makes up for it.
 */
import type { Host } from "../host/mod.ts";
import { describeWanted, type RepairTarget } from "./match_source.ts";
import {
  isInPlace,
  type PreparationOptions,
  type PreparationStep,
  prepareSource,
  sourceInPlace,
} from "./prepare_source.ts";
import type { RankedImage, SourceRefusal } from "./rank_sources.ts";
import { reachesLevel, type UpdateFile, type UpdateFolder } from "./update_files.ts";

/** What there is to choose from. */
export interface SourceChoice {
  readonly target: RepairTarget;
  /** The best first. */
  readonly images: readonly RankedImage[];
  /** Files that are no source at all; the first tells why nothing was found. */
  readonly refusals: readonly SourceRefusal[];
  readonly updates: readonly UpdateFolder[];
}

/** What was chosen. */
export interface ChosenSources {
  /** For `--source`, in the order in which DISM shall try them. None if nothing fits. */
  readonly sources: readonly string[];
  /** What makes them readable. */
  readonly work: readonly PreparationStep[];
  /** Why these, or why none and what is needed: sentences without full stop. */
  readonly reasons: readonly string[];
  /** An image fits, and only the room to unpack it is missing. */
  readonly lacksRoom?: boolean;
}

/** DISM tries them one after the other: more than a few of the same level help no further. */
const MOST = 3;

/** Chooses. Nothing is done. */
export async function chooseSources(
  host: Host,
  choice: SourceChoice,
  options: PreparationOptions,
): Promise<ChosenSources> {
  const usable = choice.images.flatMap((image) => {
    const updates = updatesBeside(choice, image);
    return updates === undefined ? [] : [{ image, updates }];
  });
  // What fits as it is comes before what needs an update beside it, also where it needs work.
  const alone = usable.filter(({ updates }) => updates.length === 0);
  const joined = usable.filter(({ updates }) => updates.length > 0);
  let noRoom: string | undefined;
  for (const group of [alone, joined]) {
    const inPlace = group.filter(({ image }) => isInPlace(image)).slice(0, MOST);
    if (inPlace.length > 0) {
      const sources = inPlace.flatMap(({ image, updates }) => [sourceInPlace(image), ...updates]);
      return { sources: [...new Set(sources)], work: [], reasons: inPlace.map(whyThis) };
    }
    for (const one of group) {
      const { steps, source, noRoom: why } = await prepareSource(host, one.image, options);
      if (source !== undefined) {
        return { sources: [source, ...one.updates], work: steps, reasons: [whyThis(one)] };
      }
      noRoom ??= `${nameOf(one.image)} fits, but ${why}`;
    }
  }
  const lacksRoom = noRoom !== undefined;
  return { sources: [], work: [], reasons: [noRoom ?? whyNone(choice)], lacksRoom };
}

interface Usable {
  readonly image: RankedImage;
  readonly updates: readonly string[];
}

/** Updates that an image needs beside it: none if it fits; undefined if it cannot be used. */
function updatesBeside(choice: SourceChoice, image: RankedImage): readonly string[] | undefined {
  if (image.match.verdict === "fits") return [];
  if (image.match.verdict !== "older") return undefined;
  const cabinet = cabinets(choice).find(({ update }) => reachesLevel(update, choice.target));
  return cabinet && [cabinet.path];
}

/** DISM takes files from the cabinet of an update, not from the `.msu` around it. */
function cabinets({ updates }: SourceChoice): { path: string; update: UpdateFile }[] {
  return updates.flatMap(({ path, updates }) =>
    updates.filter(({ name }) => /\.cab$/i.test(name)).map((update) => ({
      path: `${path.replace(/[\\/]$/, "")}${path.includes("/") ? "/" : "\\"}${update.name}`,
      update,
    }))
  );
}

function nameOf({ place, inside, index }: RankedImage): string {
  return `${inside === undefined ? place : `${place} > ${inside}`}:${index}`;
}

function whyThis({ image, updates }: Usable): string {
  const beside = updates.map((path) => `, with ${path} beside it`).join("");
  return `${nameOf(image)} (${image.match.reason}${beside})`;
}

/** The nearest candidate and why not, then what is needed. */
function whyNone(choice: SourceChoice): string {
  const { target, images, refusals, updates } = choice;
  const needed = describeWanted(target) || "media of the same Windows";
  const nearest = images[0];
  if (nearest === undefined) {
    const refusal = refusals[0];
    const bad = refusal === undefined ? "" : ` (${refusal.place}: ${refusal.reason})`;
    return `Cannot find a source for this Windows here${bad}; needed: ${needed}`;
  }
  const why = nearest.match.verdict === "unfit" ? "does not fit" : "is not sure to fit";
  const update = nearest.match.verdict === "older" ? packedUpdate(updates, target) : undefined;
  const beside = update === undefined
    ? `; needed: ${needed}`
    : `; ${update} brings that level: expand it (expand -F:*.cab) and name the largest .cab as a further --source`;
  return `Cannot choose a source: ${nameOf(nearest)} ${why}: ${nearest.match.reason}${beside}`;
}

function packedUpdate(
  updates: readonly UpdateFolder[],
  target: RepairTarget,
): string | undefined {
  for (const folder of updates) {
    const update = folder.updates.find((one) => reachesLevel(one, target));
    if (update !== undefined) return `${update.name} in ${folder.path}`;
  }
  return undefined;
}
