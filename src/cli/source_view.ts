/** Sources for a repair as people read them, as commands to type, and as JSON. */
import { formatBytes, wrap } from "../base/mod.ts";
import type {
  FoundSources,
  Preparation,
  PreparationStep,
  RankedImage,
  RankedSources,
  RepairTarget,
  UpdateFile,
  UpdateFolder,
} from "../kit/mod.ts";
import { reachesLevel } from "../kit/mod.ts";
import { quoted } from "./registry_path.ts";

const WORDS: Readonly<Record<RankedImage["match"]["verdict"], string>> = {
  fits: "fits",
  older: "older",
  doubtful: "unsure",
  unfit: "no",
};

const INDENT = " ".repeat(9);

function entry(word: string, text: string): string {
  return wrap(text, { first: `  ${word.padEnd(6)} `, indent: INDENT });
}

/** Lines of one kind that the screen shows; JSON holds all. */
const LINES_SHOWN = 20;

/** Every image that may serve, one entry each; the others grouped by file and reason; bad files. */
export function renderSources({ images, refusals }: RankedSources): string {
  const able = images.filter(({ match }) => match.verdict !== "unfit").map(imageLine);
  const unable = unfitGroups(images).map(groupLine);
  const bad = refusals.map(({ place, reason }) =>
    entry("no", reason.includes(place) ? reason : `${place}: ${reason}`)
  );
  return [able, unable, bad].flatMap(firstLines).join("\n");
}

function firstLines(lines: readonly string[]): string[] {
  const more = lines.length - LINES_SHOWN;
  if (more <= 0) return [...lines];
  return [...lines.slice(0, LINES_SHOWN), `${INDENT}and ${more} more (--json shows all)`];
}

function imageLine(image: RankedImage): string {
  return entry(
    WORDS[image.match.verdict],
    `${placeOf(image)}:${image.index} ${factsOf(image)}: ${image.match.reason}`,
  );
}

function factsOf({ name, edition, languages, architecture, build, ubr }: RankedImage): string {
  const facts = [
    name === undefined ? undefined : `"${name}"`,
    edition,
    languages.length === 0 ? undefined : languages.join(" "),
    architecture,
    build === undefined ? undefined : `${build}.${ubr ?? "?"}`,
  ];
  return facts.filter((fact) => fact !== undefined).join(", ");
}

function placeOf({ place, inside }: Pick<RankedImage, "place" | "inside">): string {
  return inside === undefined ? place : `${place} > ${inside}`;
}

/** Images of one file that do not fit, for one reason. */
function unfitGroups(images: readonly RankedImage[]): RankedImage[][] {
  const groups = new Map<string, RankedImage[]>();
  for (const image of images) {
    if (image.match.verdict !== "unfit") continue;
    const key = `${placeOf(image)}\n${image.match.reason}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [image]);
    else group.push(image);
  }
  return [...groups.values()].map((group) => group.toSorted((a, b) => a.index - b.index));
}

function groupLine(group: readonly RankedImage[]): string {
  const first = group[0]!;
  if (group.length === 1) return imageLine(first);
  const which = group.length === first.imageCount
    ? `all ${group.length} images`
    : `${group.length} of ${first.imageCount} images (${indexList(group)})`;
  return entry(WORDS.unfit, `${placeOf(first)}, ${which}: ${first.match.reason}`);
}

/** Numbers of images, the first ten of many: `1, 3, 4`. */
function indexList(group: readonly RankedImage[]): string {
  const shown = group.slice(0, 10).map(({ index }) => index).join(", ");
  return group.length > 10 ? `${shown} ...` : shown;
}

/** How many updates of one folder the screen shows; JSON holds all. */
const UPDATES_SHOWN = 8;

/** The folders with updates, and of each its updates by number and level. */
export function renderUpdates(updates: readonly UpdateFolder[]): string {
  return firstLines(updates.map((folder) => {
    const shown = folder.updates.slice(0, UPDATES_SHOWN).map(updateText);
    const more = folder.updates.length - shown.length;
    if (more > 0) shown.push(`and ${more} more (--json shows all)`);
    return wrap(`${folder.path}: ${shown.join(", ")}`, { first: "  ", indent: "    " });
  })).join("\n");
}

function updateText({ kb, build, ubr, architecture }: UpdateFile): string {
  const facts = [build === undefined ? undefined : `${build}.${ubr}`, architecture]
    .filter((fact) => fact !== undefined);
  return facts.length === 0 ? kb : `${kb} (${facts.join(", ")})`;
}

/** The update that brings an older image to the target's level. */
export interface UpdateBeside {
  readonly folder: string;
  readonly update: UpdateFile;
}

/** The first update that is known to reach the target's level. */
export function findUpdateBeside(
  updates: FoundSources["updates"],
  target: RepairTarget,
): UpdateBeside | undefined {
  for (const folder of updates) {
    const update = folder.updates.find((one) => reachesLevel(one, target));
    if (update !== undefined) return { folder: folder.path, update };
  }
  return undefined;
}

/**
 * The commands that run the repair with this image, in order. What must be unpacked is named as it
 * lies there: the repair unpacks it, and removes the copy.
 */
export function sourceCommands(preparation: Preparation, repair: string): string[] {
  const { steps: [first], source } = preparation;
  if (source === undefined) return [];
  const place = first === undefined
    ? undefined
    : first.kind === "extract"
    ? first.iso
    : first.first;
  if (place === undefined) return [`${repair} --source ${quoted(source)}`];
  const join = preparation.steps.find((step) => step.kind === "join");
  const index = join?.index ?? /:(\d+)$/.exec(source)?.[1];
  if (/\.(?:iso|swm)$/i.test(place)) return [`${repair} --source ${quoted(`${place}:${index}`)}`];
  return [...preparation.steps.map(stepCommand), `${repair} --source ${quoted(source)}`];
}

/** What `--source` does not know by its ending is unpacked by hand. */
function stepCommand(step: PreparationStep): string {
  if (step.kind === "extract") {
    const copy = `pemedic media extract ${quoted(step.iso)} ${quoted(step.folder)}`;
    return `${copy} --only ${quoted(step.only)}`;
  }
  return [
    "dism /Export-Image",
    quoted(`/SourceImageFile:${step.first}`),
    quoted(`/SWMFile:${step.parts}`),
    `/SourceIndex:${step.index}`,
    quoted(`/DestinationImageFile:${step.destination}`),
  ].join(" ");
}

/** Why a source is not ready yet, or that it is. */
export function renderPreparation(preparation: Preparation): string {
  const { steps, room, needBytes, noRoom } = preparation;
  if (noRoom !== undefined) return `It cannot be unpacked: ${noRoom}`;
  if (room === undefined) return "DISM can read it where it lies";
  const what = steps.map(({ kind }) =>
    kind === "extract" ? "taken out of the ISO" : "joined from its parts"
  ).join(" and ");
  return `It must be ${what} first: this needs ${formatBytes(needBytes)}, and ${room.root} has ` +
    `${formatBytes(room.freeBytes)} free; the repair does it, and removes the copy`;
}
