/** The answer of `upgrade check` as people read it, and as JSON. */
import { count, wrap } from "../base/mod.ts";
import { describeEvidence, type OfflineWindows } from "../windows/mod.ts";
import type { ReasonWeight, UpgradeCheck, UpgradeMedia, UpgradeReason } from "../upgrade/mod.ts";
import { oneLine } from "./registry_view.ts";

/** What is shown. */
export interface UpgradeAnswer {
  readonly windows: Pick<OfflineWindows, "identity" | "volume" | "root">;
  readonly media: UpgradeMedia;
  readonly check: UpgradeCheck;
  /** The command that comes next, if there is one. */
  readonly command: string | undefined;
}

/** One JSON document. */
export function upgradeDocument({ windows, media, check, command }: UpgradeAnswer) {
  return {
    volume: windows.volume.letter ?? windows.root,
    windows: windows.identity,
    media,
    ...check,
    image: check.image ?? null,
    next: command ?? null,
  };
}

/** Some screens of 80 columns: what comes first weighs most. */
export function renderUpgradeCheck({ media, check, command }: UpgradeAnswer): string {
  const lines = [...mediaLines(media, check), "", wrap(verdictSentence(check), ENTRY)];
  for (const [weight, title] of SECTIONS) {
    const reasons = check.reasons.filter((reason) => reason.weight === weight);
    if (reasons.length > 0) lines.push("", title, ...reasons.map(renderReason));
  }
  if (check.remains.length > 0) {
    lines.push("", "If this Windows cannot be brought up, this is what remains:");
    lines.push(...check.remains.map((text) => wrap(text, { first: "  - ", indent: "    " })));
  }
  if (command !== undefined) lines.push("", wrap(command, { first: "Next: ", indent: "      " }));
  return lines.join("\n");
}

const ENTRY = { first: "", indent: "  " };

const SECTIONS: readonly (readonly [ReasonWeight, string])[] = [
  ["blocks", "What stands against it"],
  ["step-first", "To be done first"],
  ["files-only", "What would be lost, and why"],
  ["note", "Worth knowing"],
];

function mediaLines(media: UpgradeMedia, { image, imageReason }: UpgradeCheck): string[] {
  const lines = [wrap(oneLine(`Media: ${media.place}`), ENTRY)];
  if (image === undefined) return lines;
  const level = image.build === undefined ? undefined : `${image.build}.${image.ubr ?? "?"}`;
  const facts = [image.edition, level, image.architecture, image.defaultLanguage]
    .filter((fact) => fact !== undefined).join(", ");
  const name = image.name === undefined ? "" : ` "${image.name}"`;
  const text = `Image ${image.index}${name} (${facts}): ${imageReason}`;
  return [...lines, wrap(oneLine(text), ENTRY)];
}

/** The verdict in words, no full stop. */
export function verdictSentence({ verdict, survives, reasons }: UpgradeCheck): string {
  switch (verdict) {
    case "keeps-everything":
      return "This Windows can be upgraded with these media: programs, settings and files are kept";
    case "keeps-files-only":
      return "This Windows can be upgraded with these media, but only files are kept: programs " +
        "and settings would be lost";
    case "after-steps": {
      const kept = survives === "everything"
        ? "programs, settings and files are"
        : "only files are";
      return `This Windows can be upgraded with these media after the steps below; ${kept} kept`;
    }
    case "cannot":
      if (reasons.some(({ id }) => id === "start.never")) {
        return "This Windows cannot be upgraded: it does not start, and nothing here can change that";
      }
      return dependsOnMedia(reasons)
        ? "This Windows cannot be upgraded with these media"
        : "This Windows cannot be upgraded as it is";
  }
}

/** Says whether only the media stand against it, so that others may do. */
export function dependsOnMedia(reasons: readonly UpgradeReason[]): boolean {
  return reasons.filter(({ weight }) => weight === "blocks")
    .every(({ id }) => /^(?:media|image)\./.test(id));
}

/** Evidence that is shown of one reason; the document of `--json` has all of it. */
const SHOWN = 2;

function renderReason({ weight, summary, evidence, next }: UpgradeReason): string {
  const lines = [wrap(oneLine(summary), { first: "  - ", indent: "    " })];
  if (weight !== "note") {
    for (const piece of evidence.slice(0, SHOWN)) {
      lines.push(wrap(oneLine(describeEvidence(piece)), { first: "      ", indent: "        " }));
    }
    if (evidence.length > SHOWN) {
      lines.push(`      and ${count(evidence.length - SHOWN, "more proof")} (--json shows all)`);
    }
  }
  if (next !== undefined) lines.push(advice(next));
  return lines.join("\n");
}

/** A command line of another program is no use in two lines. */
function advice(next: string): string {
  return /^bcd(?:edit|boot) /.test(next)
    ? `    > ${oneLine(next)}`
    : wrap(next, { first: "    > ", indent: "      " });
}
