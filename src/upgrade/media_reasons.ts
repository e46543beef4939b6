/** Whether the media are fit for Setup at all, whatever Windows they are for. */
import type { Evidence } from "../windows/mod.ts";
import type { UpgradeMedia } from "./media_facts.ts";
import { commandOn, quotedPlace, type UpgradeReason } from "./reason.ts";
import type { UpgradeSituation } from "./situation.ts";

/** Programs without which no upgrade begins. Source: layout of the media of Windows 10 and 11. */
export const SETUP_PROGRAMS: readonly string[] = ["setup.exe", "sources\\setupprep.exe"];

/** Problems that are cited; media that are broken all over have thousands. */
const CITED = 5;

/** The volume that the media are for: commands name it. */
type Target = Pick<UpgradeSituation, "volume">;

/** All reasons that the media give. */
export function mediaReasons(media: UpgradeMedia, target: Target): UpgradeReason[] {
  return [
    programs(media),
    problems(media),
    verified(media, target),
    volumeLicense(media),
  ].filter((reason) => reason !== undefined);
}

function cite(media: UpgradeMedia, detail: string): Evidence {
  return { kind: "file", path: media.place, detail };
}

function programs(media: UpgradeMedia): UpgradeReason | undefined {
  const missing = SETUP_PROGRAMS.filter((program) =>
    !media.programs.some((there) => there.toLowerCase() === program)
  );
  if (missing.length === 0) return undefined;
  const is = missing.length === 1 ? "is" : "are";
  return {
    id: "media.programs",
    weight: "blocks",
    summary: `${missing.join(" and ")} ${is} missing on the media: nothing can start an upgrade`,
    evidence: missing.map((program) => cite(media, `${program} is not there`)),
    next: "Name a whole ISO, or the folder or drive that holds setup.exe",
  };
}

function problems(media: UpgradeMedia): UpgradeReason | undefined {
  const [first, ...others] = media.problems;
  if (first === undefined || media.verified === "damaged") return undefined;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  return {
    id: "media.damaged",
    weight: "blocks",
    summary: `Something is wrong with the media: ${first}${more}`,
    evidence: media.problems.slice(0, CITED).map((problem) => cite(media, problem)),
    next: "Download or copy them anew",
  };
}

function verified(media: UpgradeMedia, target: Target): UpgradeReason | undefined {
  switch (media.verified) {
    case "whole":
      return undefined;
    case "damaged":
      return {
        id: "media.damaged",
        weight: "blocks",
        summary: `The media are damaged: ${media.problems[0] ?? "contents differ from their hash"}`,
        evidence: media.problems.length === 0
          ? [cite(media, "contents differ from their hash")]
          : media.problems.slice(0, CITED).map((problem) => cite(media, problem)),
        next: "Download or copy them anew",
      };
    case "not-verified":
      return {
        id: "media.not-verified",
        weight: "note",
        summary: "The contents of the media were not compared with their hashes",
        evidence: [cite(media, "not verified in this session")],
        next: `${commandOn(target, "upgrade check")} --media ${quotedPlace(media.place)} --verify`,
      };
  }
}

function volumeLicense(media: UpgradeMedia): UpgradeReason | undefined {
  if (media.volumeLicense !== true) return undefined;
  return {
    id: "media.volume-license",
    weight: "note",
    summary: "The media are for volume licences: another licence may make Setup ask for a key",
    evidence: [{ kind: "file", path: `${media.place} > ei.cfg`, detail: "VL 1" }],
    next: "If it does, give the key: --product-key FILE",
  };
}
