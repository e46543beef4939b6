/**
 * Whether media can upgrade a Windows in place, what would be kept, and everything that speaks
 * against it: asked before a byte is copied. Pure: it looks at nothing but what it is given.
 */
import { chooseImage, type ChosenImage } from "./choose_image.ts";
import { hardwareReasons } from "./hardware_reasons.ts";
import { imageReasons } from "./image_reasons.ts";
import type { UpgradeImage, UpgradeMedia } from "./media_facts.ts";
import { mediaReasons } from "./media_reasons.ts";
import { quotedPlace, type ReasonWeight, type UpgradeReason } from "./reason.ts";
import type { UpgradeSituation } from "./situation.ts";
import { surroundingReasons } from "./surroundings_reasons.ts";
import { targetReasons } from "./target_reasons.ts";

/**
 * The answer.
 *
 * - `keeps-everything`: programs, settings and files stay; nothing is to be done before.
 * - `keeps-files-only`: programs and settings are lost.
 * - `after-steps`: not as it is, but after what the reasons say; `survives` tells what is kept then.
 * - `cannot`: not with these media, or not this Windows.
 */
export type UpgradeVerdict = "keeps-everything" | "keeps-files-only" | "after-steps" | "cannot";

/** What the user asks for, or will give to Setup: it takes some reasons away. */
export interface UpgradeWish {
  /** Number of the image. */
  readonly index?: number;
  /** The media are not copied to the target. */
  readonly mediaStay?: boolean;
  /** A product key is given. */
  readonly productKey?: boolean;
  /** Drivers of disk encryption are given. */
  readonly reflectDrivers?: boolean;
}

/** The answer with all its reasons. */
export interface UpgradeCheck {
  readonly verdict: UpgradeVerdict;
  /** What is kept once every step is done; `nothing` if there is no way. */
  readonly survives: "everything" | "files" | "nothing";
  /** The image that Setup would install. */
  readonly image: UpgradeImage | undefined;
  /** Why that one, or why none: one sentence without full stop. */
  readonly imageReason: string;
  /** What weighs most comes first. */
  readonly reasons: readonly UpgradeReason[];
  /** What is left to do for a Windows that does not start: sentences without full stop. */
  readonly remains: readonly string[];
}

const WEIGHTS: readonly ReasonWeight[] = ["blocks", "step-first", "files-only", "note"];

/** Judges. */
export function checkUpgrade(
  situation: UpgradeSituation,
  media: UpgradeMedia,
  wish: UpgradeWish = {},
): UpgradeCheck {
  const chosen = chooseImage(situation.identity, media, wish.index);
  const reasons = allReasons({ situation, media, chosen, wish })
    .toSorted((a, b) => WEIGHTS.indexOf(a.weight) - WEIGHTS.indexOf(b.weight));
  const has = (weight: ReasonWeight) => reasons.some((reason) => reason.weight === weight);
  const survives = has("blocks") ? "nothing" : has("files-only") ? "files" : "everything";
  return {
    verdict: verdictOf(survives, has("step-first")),
    survives,
    image: chosen.image,
    imageReason: chosen.reason,
    reasons,
    remains: remains(situation),
  };
}

function verdictOf(survives: UpgradeCheck["survives"], steps: boolean): UpgradeVerdict {
  if (survives === "nothing") return "cannot";
  if (steps) return "after-steps";
  return survives === "files" ? "keeps-files-only" : "keeps-everything";
}

interface Judged {
  readonly situation: UpgradeSituation;
  readonly media: UpgradeMedia;
  readonly chosen: ChosenImage;
  readonly wish: UpgradeWish;
}

function allReasons({ situation, media, chosen, wish }: Judged): UpgradeReason[] {
  const { image } = chosen;
  const { mediaStay = false, productKey = false, reflectDrivers = false } = wish;
  const comparison = image && { situation, media, image, given: { productKey } };
  return [
    ...targetReasons(situation),
    ...noImage(media, chosen),
    ...comparison === undefined ? [] : imageReasons(comparison),
    ...mediaReasons(media, situation),
    ...surroundingReasons({ situation, media, image, given: { mediaStay, reflectDrivers } }),
    ...comparison === undefined ? [] : hardwareReasons(comparison),
  ];
}

function noImage(media: UpgradeMedia, { image, reason }: ChosenImage): UpgradeReason[] {
  if (image !== undefined) return [];
  const count = media.images.length;
  const detail = `${count} ${count === 1 ? "image" : "images"} of Windows`;
  return [{
    id: "media.image",
    weight: "blocks",
    summary: reason,
    evidence: [{ kind: "file", path: media.place, detail }],
    next: `pemedic media inspect ${quotedPlace(media.place)}`,
  }];
}

/** Said where Windows does not start, so that nobody hopes for what cannot be. */
function remains({ start, volume }: UpgradeSituation): string[] {
  if (start.lost.length === 0 && start.stopping.length === 0) return [];
  return [
    "Put back a backup of the disk or of the registry, then run this command again",
    "Reset this PC in the recovery environment (WinRE): it can keep the files of the users, and " +
    "removes programs",
    `Install Windows anew from the media, after copying the data of ${volume} to another disk`,
  ];
}
