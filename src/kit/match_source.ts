/**
 * Can this image repair this Windows? Judged from what both say of themselves, before DISM runs
 * for minutes and fails with 0x800f081f. Rules: Microsoft Learn, "Configure a Windows repair
 * source" and "Repair a Windows image" (same edition, language and build, updated at least as far
 * as the installation); builds that share a base share their component store.
 */
import {
  baseBuild,
  describeBuild,
  describeServerBuild,
  type EditionRow,
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
  /** `Client`, `Server` or `Server Core`: two of these share one edition id. */
  readonly installationType?: string | undefined;
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
  /** As of the target. */
  readonly installationType?: string | undefined;
  /** Tags: `en-US`. */
  readonly languages: readonly string[];
  readonly build: number | undefined;
  /** Service pack build: the revision of the image. */
  readonly ubr: number | undefined;
  /** Why its content cannot be read, if so: encrypted, unfinished, a part is missing. */
  readonly unusable?: string;
  /** Why its number may not be the one that DISM counts. */
  readonly unsure?: string;
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
    installationType(target, image),
    language(target, image),
    build(target, image),
  ].filter((judgement) => judgement !== undefined);
  const judgement = decisive(judgements) ?? revision(target, image);
  return { ...judgement, rank: rankOf(judgement, target, image) };
}

/** An update makes up for an older image only where nothing else is in doubt: both are told. */
function decisive(judgements: readonly Judgement[]): Judgement | undefined {
  const first = (verdict: Judgement["verdict"]) =>
    judgements.find((judgement) => judgement.verdict === verdict);
  const [bad, doubt, old] = [first("unfit"), first("doubtful"), first("older")];
  if (bad !== undefined || doubt === undefined || old === undefined) return bad ?? doubt ?? old;
  return doubtful(`${doubt.reason}; ${old.reason.charAt(0).toLowerCase()}${old.reason.slice(1)}`);
}

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

function usable({ unusable, unsure }: SourceImage): Judgement | undefined {
  if (unusable !== undefined) return unfit(unusable);
  return unsure === undefined ? undefined : doubtful(unsure);
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
  const [ours, its] = [editionLine(target.edition), editionLine(image.edition)];
  const names = `${editionName(image.edition)}; this Windows is ${editionName(target.edition)}`;
  if (its === "pe") return unfit("It is Windows PE, not an installation of Windows");
  if (ours === undefined || its === undefined) return doubtful(`Its edition is ${names}`);
  if (ours !== its) return unfit(`Its edition is ${names}`);
  return doubtful(`Its edition is ${names}: some files may be missing`);
}

/**
 * The line of an edition, also of evaluations and of servers that are not in the table. Source:
 * Microsoft Learn, GetProductInfo: evaluations and servers are named after what they are.
 */
function editionLine(id: string): EditionRow["line"] | undefined {
  const known = findEdition(id) ?? findEdition(id.replace(/Eval$/i, ""));
  return known?.line ?? (/^Server/i.test(id) ? "server" : undefined);
}

/**
 * With and without desktop a server has the same edition id. Source: Microsoft Learn, "DismImageInfo
 * structure" (InstallationType) and "Server Core vs Server with Desktop Experience install options".
 */
function installationType(target: RepairTarget, image: SourceImage): Judgement | undefined {
  const [ours, its] = [target.installationType, image.installationType];
  if (ours === undefined || its === undefined) return undefined;
  if (ours.toLowerCase() === its.toLowerCase()) return undefined;
  const names = `Its type is "${its}"; this Windows is "${ours}"`;
  if (its.toLowerCase() === SERVER_CORE) return unfit(`${names}: the desktop is missing in it`);
  return doubtful(names);
}

const SERVER_CORE = "server core";

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
      `It is ${buildName(image.build, image.edition)} (${image.build}); this Windows is ${
        buildName(target.build, target.edition)
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

function buildName(build: number, edition: string | undefined): string {
  const isServer = edition !== undefined && editionLine(edition) === "server";
  return isServer ? describeServerBuild(build) : describeBuild(build);
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
    const name = buildName(target.build, target.edition);
    parts.push(`${name}, build ${target.build}${level} or newer${family}`);
  }
  if (target.edition !== undefined) parts.push(`edition ${editionName(target.edition)}`);
  const tag = target.language === undefined ? undefined : findLanguageId(target.language)?.tag;
  if (tag !== undefined) parts.push(`language ${tag}`);
  if (target.architecture !== undefined) parts.push(target.architecture);
  return parts.join(", ");
}
