/** What the chosen image itself brings against the Windows that is installed. */
import { describeBuild, describeServerBuild, editionPath } from "../knowledge/mod.ts";
import type { Evidence } from "../windows/mod.ts";
import { baseLanguage, editionName, languageOf, sameKind, sameLanguage } from "./choose_image.ts";
import type { UpgradeImage, UpgradeMedia } from "./media_facts.ts";
import { commandOn, type UpgradeReason } from "./reason.ts";
import type { UpgradeSituation } from "./situation.ts";

/** What is compared. */
export interface Comparison {
  readonly situation: UpgradeSituation;
  readonly media: UpgradeMedia;
  readonly image: UpgradeImage;
  /** What the user gives to Setup. */
  readonly given: { readonly productKey: boolean };
}

/** All reasons that the image gives. */
export function imageReasons(comparison: Comparison): UpgradeReason[] {
  return [
    architecture(comparison),
    installationType(comparison),
    edition(comparison),
    language(comparison),
    build(comparison),
    oldestBuild(comparison),
    recovery(comparison),
  ].filter((reason) => reason !== undefined);
}

/** Where an image says something. */
export function imageEvidence({ media }: Pick<Comparison, "media">, detail: string): Evidence {
  const inside = media.imageFile === undefined ? "" : ` > ${media.imageFile}`;
  return { kind: "file", path: `${media.place}${inside}`, detail };
}

type Given = Pick<UpgradeReason, "weight" | "summary"> & { readonly next?: string };

function because(
  { situation, media, image }: Comparison,
  id: string,
  given: Given & { readonly detail: string },
): UpgradeReason {
  const { detail, ...rest } = given;
  const evidence = [
    ...situation.identityEvidence,
    imageEvidence({ media }, `image ${image.index}: ${detail}`),
  ];
  return { id: `image.${id}`, ...rest, evidence };
}

/** What is not known of the target decides over everything: Setup reads it there, too. */
function unread({ situation }: Comparison, what: string): Given {
  return {
    weight: "step-first",
    summary: `${what} of this Windows cannot be read, and Setup compares it with the media`,
    next: `${commandOn(situation, "registry check")} SOFTWARE`,
  };
}

const OTHER_MEDIA = "Use media of";

function architecture(comparison: Comparison): UpgradeReason | undefined {
  const { identity } = comparison.situation;
  const [ours, its] = [identity.architecture, comparison.image.architecture];
  const detail = its ?? "it names no processor";
  if (ours === undefined) {
    return because(comparison, "architecture", {
      ...unread(comparison, "The processor type"),
      next: commandOn(comparison.situation, "files repair"),
      detail,
    });
  }
  if (its === undefined) {
    const summary = "For which processor the media are cannot be told";
    return because(comparison, "architecture", { weight: "note", summary, detail });
  }
  if (ours === its) return undefined;
  return because(comparison, "architecture", {
    weight: "blocks",
    summary: `The media are for ${its}, and this Windows is ${ours}: Setup cannot run in it`,
    detail,
    next: `${OTHER_MEDIA} ${ours}`,
  });
}

function installationType(comparison: Comparison): UpgradeReason | undefined {
  const { situation: { identity }, image } = comparison;
  if (sameKind(identity, image)) return undefined;
  const [ours, its] = [identity.installationType ?? "", image.installationType ?? ""];
  return because(comparison, "installation-type", {
    weight: "blocks",
    summary: `The image is of type "${its}", and this Windows is of type "${ours}": an upgrade ` +
      "cannot change that",
    detail: its,
    next: `Choose an image of type "${ours}" with --image-index`,
  });
}

function edition(comparison: Comparison): UpgradeReason | undefined {
  const { situation: { identity }, image, given } = comparison;
  const detail = image.edition ?? "it names no edition";
  if (identity.edition === undefined) {
    return because(comparison, "edition", { ...unread(comparison, "The edition"), detail });
  }
  if (image.edition === undefined) {
    const summary = "The image names no edition: do not count on more than your files";
    return because(comparison, "edition", { weight: "files-only", summary, detail });
  }
  const path = editionPath(identity.edition, image.edition);
  const names = `${editionName(identity.edition)} to ${editionName(image.edition)}`;
  const summary = (what: string) => `From ${names} ${what}: ${path.reason}`;
  const same = `${OTHER_MEDIA} ${editionName(identity.edition)}`;
  const told = (given: Given) => because(comparison, "edition", { ...given, detail });
  switch (path.outcome) {
    case "everything":
      if (given.productKey || editionName(identity.edition) === editionName(image.edition)) {
        return undefined;
      }
      return told({
        weight: "note",
        summary: `The upgrade makes ${editionName(identity.edition)} into ` +
          `${editionName(image.edition)}: this machine needs a licence for that edition`,
        next: "Give its key to upgrade stage: --product-key FILE",
      });
    case "with-key":
      if (given.productKey) return undefined;
      return told({
        weight: "step-first",
        summary: summary("Setup wants a product key"),
        next: "Give the key of the new edition: --product-key FILE",
      });
    case "files":
      return told({
        weight: "files-only",
        summary: summary("only files are kept"),
        next: same,
      });
    case "nothing":
      return told({ weight: "blocks", summary: summary("nothing is kept"), next: same });
    case "unknown":
      return told({
        weight: "files-only",
        summary: summary("do not count on more than your files"),
        next: same,
      });
  }
}

function language(comparison: Comparison): UpgradeReason | undefined {
  const { situation: { identity }, image } = comparison;
  const same = sameLanguage(identity, image);
  if (same === true) return undefined;
  const [ours, its] = [languageOf(identity), baseLanguage(image)];
  const detail = its ?? "it names no base language";
  if (same === undefined) {
    const summary = "The base language of the media cannot be compared with the one installed";
    return because(comparison, "language", { weight: "note", summary, detail });
  }
  return because(comparison, "language", {
    weight: "files-only",
    summary: `The media are ${its}, and this Windows was installed in ${ours}: Setup keeps ` +
      "programs and settings in the same base language only",
    detail,
    next: `${OTHER_MEDIA} language ${ours}`,
  });
}

function build(comparison: Comparison): UpgradeReason | undefined {
  const { situation: { identity }, image } = comparison;
  const detail = `${image.build ?? "?"}.${image.ubr ?? "?"}`;
  if (identity.build === undefined) {
    return because(comparison, "build", { ...unread(comparison, "The build"), detail });
  }
  if (image.build === undefined) {
    const summary = "The image names no build: whether it is older cannot be told";
    return because(comparison, "build", { weight: "note", summary, detail });
  }
  const ours = `${identity.build}.${identity.ubr ?? "?"}`;
  if (image.build < identity.build) {
    const server = /^Server/i.test(identity.installationType ?? "");
    const name = server ? describeServerBuild : describeBuild;
    return because(comparison, "build", {
      weight: "blocks",
      summary: `The media are ${name(image.build)} (${detail}), older than this Windows ` +
        `(${ours}): Setup does not go back`,
      detail,
      next: `${OTHER_MEDIA} ${name(identity.build)} or newer`,
    });
  }
  if (image.build > identity.build || identity.ubr === undefined || image.ubr === undefined) {
    return undefined;
  }
  return image.ubr < identity.ubr ? olderLevel(comparison, ours, detail) : undefined;
}

/**
 * Media are mostly older than the updates of the machine that they repair. Many accounts tell of
 * upgrades that went well all the same, and some of Setup refusing to keep programs.
 */
function olderLevel(comparison: Comparison, ours: string, its: string): UpgradeReason {
  return because(comparison, "update-level", {
    weight: "note",
    summary: `The media are of an older update level (${its}) than this Windows (${ours}): Setup ` +
      "may refuse, and what was updated since is to be installed again",
    detail: its,
    next: "Use newer media, or let Setup fetch the updates: --dynamic-update enable",
  });
}

/** `cversion.ini` */
function oldestBuild(comparison: Comparison): UpgradeReason | undefined {
  const { situation: { identity }, media } = comparison;
  const oldest = media.oldestBuild;
  if (oldest === undefined || identity.build === undefined || identity.build >= oldest) {
    return undefined;
  }
  return {
    id: "media.oldest-build",
    weight: "blocks",
    summary: `The media upgrade Windows from build ${oldest} on, and this is build ` +
      `${identity.build}`,
    evidence: [
      { kind: "file", path: `${media.place} > cversion.ini`, detail: `from build ${oldest} on` },
      ...situationEvidence(comparison),
    ],
    next: `${OTHER_MEDIA} an earlier release, which still upgrades build ${identity.build}`,
  };
}

function situationEvidence({ situation }: Comparison): readonly Evidence[] {
  return situation.identityEvidence;
}

/**
 * Setup takes its own small Windows out of the image. Sources: setupact.log, "Extract files …
 * SafeOS"; the codes: community.
 */
function recovery(comparison: Comparison): UpgradeReason | undefined {
  const { winre } = comparison.image;
  if (winre === "present") return undefined;
  const file = "Windows\\System32\\Recovery\\winre.wim";
  const told = (given: Given) =>
    because(comparison, "winre", { ...given, detail: `${file}: ${winre}` });
  if (winre === "unknown") {
    const summary = "Whether the image holds winre.wim cannot be told; Setup fails without it";
    return told({ weight: "note", summary });
  }
  const code = winre === "missing" ? "0x80070003" : "0x8007000B";
  return told({
    weight: "blocks",
    summary: `winre.wim is ${winre} in the image: Setup would fail half way with ${code}`,
    next: `${OTHER_MEDIA} Microsoft, whose images are whole`,
  });
}
