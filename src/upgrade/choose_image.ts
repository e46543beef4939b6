/** Which image of the media Setup would install, and why that one. */
import {
  type EditionOutcome,
  editionPath,
  findEdition,
  findLanguageId,
  findLanguageTag,
} from "../knowledge/mod.ts";
import type { WindowsIdentity } from "../windows/mod.ts";
import type { UpgradeImage, UpgradeMedia } from "./media_facts.ts";

/** The image, or none. */
export interface ChosenImage {
  /** Undefined if there is none, or not the one that was asked for. */
  readonly image: UpgradeImage | undefined;
  /** Why: one sentence without full stop. */
  readonly reason: string;
}

/** What an upgrade keeps, the most first. */
const BEST: readonly EditionOutcome[] = ["everything", "with-key", "files", "unknown", "nothing"];

/** Chooses: what was asked for, else what `ei.cfg` asks for, else what keeps the most. */
export function chooseImage(
  identity: WindowsIdentity,
  media: UpgradeMedia,
  index?: number,
): ChosenImage {
  if (media.images.length === 0) {
    return { image: undefined, reason: "The media hold no image of Windows that can be read" };
  }
  if (index !== undefined) {
    const image = media.images.find((one) => one.index === index);
    const count = media.images.length;
    return image === undefined
      ? { image, reason: `There is no image ${index}: the media hold ${count}` }
      : { image, reason: "It was asked for" };
  }
  const fixed = imagesOf(media, media.edition);
  if (media.edition !== undefined && fixed.length === 0) {
    return {
      image: undefined,
      reason: `ei.cfg asks for ${editionName(media.edition)}, and no image is of that edition`,
    };
  }
  const candidates = fixed.length === 0 ? media.images : fixed;
  const image = candidates.toSorted((a, b) => rank(identity, a) - rank(identity, b))[0];
  return { image, reason: reasonFor(identity, media, image) };
}

function imagesOf(media: UpgradeMedia, edition: string | undefined): readonly UpgradeImage[] {
  if (edition === undefined) return [];
  return media.images.filter((image) => same(image.edition, edition));
}

/** Lower is better; images that rank the same keep the order of the media. */
function rank(identity: WindowsIdentity, image: UpgradeImage): number {
  const { edition, architecture, build } = identity;
  const outcome = edition === undefined || image.edition === undefined
    ? "unknown"
    : editionPath(edition, image.edition).outcome;
  return (differs(architecture, image.architecture) ? 10_000 : 0) +
    (build !== undefined && image.build !== undefined && image.build < build ? 2_000 : 0) +
    (sameKind(identity, image) ? 0 : 1_000) +
    100 * BEST.indexOf(outcome) +
    (same(edition, image.edition) ? 0 : 10) +
    (sameLanguage(identity, image) === false ? 1 : 0);
}

function reasonFor(
  identity: WindowsIdentity,
  media: UpgradeMedia,
  image: UpgradeImage | undefined,
): string {
  if (media.edition !== undefined) return `ei.cfg asks for ${editionName(media.edition)}`;
  if (media.images.length === 1) return "It is the only one";
  return image !== undefined && same(identity.edition, image.edition)
    ? "It is of the edition that is installed"
    : "None is of the edition that is installed; this one keeps the most";
}

/** `Pro (Professional)`, or the id alone. */
export function editionName(id: string): string {
  const name = findEdition(id)?.name;
  return name === undefined || name === id ? id : `${name} (${id})`;
}

/** The tag of the base language of a Windows; undefined if it is not known. */
export function languageOf(identity: Pick<WindowsIdentity, "language">): string | undefined {
  return identity.language === undefined ? undefined : findLanguageId(identity.language)?.tag;
}

/** The base language of an image: what it names as default, else its only one. */
export function baseLanguage(image: UpgradeImage): string | undefined {
  const tag = image.defaultLanguage ??
    (image.languages.length === 1 ? image.languages[0] : undefined);
  return tag === undefined ? undefined : findLanguageTag(tag)?.tag ?? tag;
}

/** Undefined where that cannot be told. */
export function sameLanguage(
  identity: Pick<WindowsIdentity, "language">,
  image: UpgradeImage,
): boolean | undefined {
  const [ours, its] = [languageOf(identity), baseLanguage(image)];
  return ours === undefined || its === undefined ? undefined : same(ours, its);
}

/** With and without desktop a server has the same edition id. */
export function sameKind(
  identity: Pick<WindowsIdentity, "installationType">,
  image: UpgradeImage,
): boolean {
  return !differs(identity.installationType, image.installationType);
}

/** Both are known and not the same. */
function differs(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && !same(a, b);
}

function same(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a.toLowerCase() === b.toLowerCase();
}
