/**
 * Can this image repair this Windows? Judged from what both say of themselves, before DISM runs
 * for minutes and fails with 0x800f081f. Rules: Microsoft Learn, "Configure a Windows repair
 * source" and "Repair a Windows image" (same edition, language and build, updated at least as far
 * as the installation); builds that share a base share their component store.
 */
import {
  baseBuild,
  describeBuild,
  findEdition,
  findLanguageId,
  findLanguageTag,
  shareBase,
} from "../knowledge/mod.ts";

/** What is known of the Windows to repair. A field is undefined where it could not be read. */
export interface RepairTarget {
  readonly architecture: string | undefined;
  /** `Professional` */
  readonly edition: string | undefined;
  /** Language id of the installation, four hexadecimal digits: `0409`. */
  readonly language: string | undefined;
  readonly build: number | undefined;
  /** Update build revision. */
  readonly ubr: number | undefined;
}

/** What an image says of itself. */
export interface SourceImage {
  readonly architecture: string | undefined;
  readonly edition: string | undefined;
  /** Tags: `en-US`. */
  readonly languages: readonly string[];
  readonly build: number | undefined;
  /** Service pack build: the revision of the image. */
  readonly ubr: number | undefined;
  /** Why its content cannot be read, if so: encrypted, unfinished, a part is missing. */
  readonly unusable?: string;
}

/** How well an image fits. */
export interface SourceMatch {
  /**
   * `fits`: everything that decides is known and agrees. `older`: only its revision is lower:
   * with the cumulative update of the target beside it, it fits. `doubtful`: nothing contradicts,
   * but something is not known or not sure. `unfit`: DISM would fail.
   */
  readonly verdict: "fits" | "older" | "doubtful" | "unfit";
  /** One sentence without full stop. */
  readonly reason: string;
  /** Lower is better; only to be compared among sources for one target. */
  readonly rank: number;
}

type Judgement = Omit<SourceMatch, "rank">;

/** Judges an image. */
export function matchSource(target: RepairTarget, image: SourceImage): SourceMatch {
  const judgements = [
    usable(image),
    architecture(target, image),
    edition(target, image),
    language(target, image),
    build(target, image),
  ].filter((judgement) => judgement !== undefined);
  const worst = ORDER.map((verdict) => judgements.find((one) => one.verdict === verdict))
    .find((judgement) => judgement !== undefined);
  const judgement = worst ?? revision(target, image);
  return { ...judgement, rank: rankOf(judgement, target, image) };
}

/** Judgements in the order in which they decide; `fits` is what is left. */
const ORDER = ["unfit", "older", "doubtful"] as const;
const RANKS: Readonly<Record<SourceMatch["verdict"], number>> = {
  fits: 0,
  older: 1,
  doubtful: 2,
  unfit: 3,
};

/** Room for the distance of revisions inside one verdict. */
const STEP = 1_000_000;

function rankOf(judgement: Judgement, target: RepairTarget, image: SourceImage): number {
  const distance = Math.abs((image.ubr ?? 0) - (target.ubr ?? 0));
  const other = image.edition?.toLowerCase() === target.edition?.toLowerCase() ? 0 : STEP / 2;
  return RANKS[judgement.verdict] * STEP + other + Math.min(distance, STEP / 2 - 1);
}

function unfit(reason: string): Judgement {
  return { verdict: "unfit", reason };
}

function doubtful(reason: string): Judgement {
  return { verdict: "doubtful", reason };
}

function usable(image: SourceImage): Judgement | undefined {
  return image.unusable === undefined ? undefined : unfit(image.unusable);
}

function architecture(target: RepairTarget, image: SourceImage): Judgement | undefined {
  if (target.architecture === undefined || image.architecture === undefined) {
    return doubtful("For which processor it is cannot be compared");
  }
  if (target.architecture === image.architecture) return undefined;
  return unfit(`It is for ${image.architecture}; this Windows is ${target.architecture}`);
}

function edition(target: RepairTarget, image: SourceImage): Judgement | undefined {
  if (target.edition === undefined || image.edition === undefined) {
    return doubtful("Its edition cannot be compared");
  }
  if (target.edition.toLowerCase() === image.edition.toLowerCase()) return undefined;
  const [ours, its] = [findEdition(target.edition), findEdition(image.edition)];
  const names = `${editionName(image.edition)}; this Windows is ${editionName(target.edition)}`;
  if (its?.line === "pe") return unfit("It is Windows PE, not an installation of Windows");
  if (ours === undefined || its === undefined) return doubtful(`Its edition is ${names}`);
  if (ours.line !== its.line) return unfit(`Its edition is ${names}`);
  return doubtful(`Its edition is ${names}: some files may be missing`);
}

function editionName(id: string): string {
  const name = findEdition(id)?.name;
  return name === undefined ? id : `${name} (${id})`;
}

function language(target: RepairTarget, image: SourceImage): Judgement | undefined {
  const ours = target.language === undefined ? undefined : findLanguageId(target.language);
  if (ours === undefined || image.languages.length === 0) {
    return doubtful("Its language cannot be compared");
  }
  const tags = image.languages.map((tag) => findLanguageTag(tag)?.tag ?? tag);
  if (tags.includes(ours.tag)) return undefined;
  return unfit(`Its language is ${tags.join(", ")}; this Windows is ${ours.tag}`);
}

function build(target: RepairTarget, image: SourceImage): Judgement | undefined {
  if (target.build === undefined || image.build === undefined) {
    return doubtful("Its build cannot be compared");
  }
  if (!shareBase(target.build, image.build)) {
    return unfit(
      `It is ${describeBuild(image.build)} (${image.build}); this Windows is ${
        describeBuild(target.build)
      } (${target.build})`,
    );
  }
  if (target.ubr === undefined || image.ubr === undefined) {
    return doubtful("Its update level cannot be compared");
  }
  if (image.ubr >= target.ubr) return undefined;
  return {
    verdict: "older",
    reason:
      `Its update level ${image.build}.${image.ubr} is older than ${target.build}.${target.ubr}`,
  };
}

function revision(target: RepairTarget, image: SourceImage): Judgement {
  const level = `${image.build}.${image.ubr}`;
  if (image.ubr === target.ubr) {
    return { verdict: "fits", reason: `Same edition, language and update level (${level})` };
  }
  return { verdict: "fits", reason: `Same edition and language, newer update level (${level})` };
}

/** What to look for where nothing fits: `Windows 11 24H2, build 26100.4061 or newer, …`. */
export function describeWanted(target: RepairTarget): string {
  const parts: string[] = [];
  if (target.build !== undefined) {
    const level = target.ubr === undefined ? "" : `.${target.ubr}`;
    const base = baseBuild(target.build);
    const family = base === target.build ? "" : ` (or another build of the family ${base})`;
    parts.push(`${describeBuild(target.build)}, build ${target.build}${level} or newer${family}`);
  }
  if (target.edition !== undefined) parts.push(`edition ${editionName(target.edition)}`);
  const tag = target.language === undefined ? undefined : findLanguageId(target.language)?.tag;
  if (tag !== undefined) parts.push(`language ${tag}`);
  if (target.architecture !== undefined) parts.push(target.architecture);
  return parts.join(", ");
}
