/**
 * `--source auto`: the best image on this machine that DISM can read where it lies. Only one that
 * is sure to fit is taken, so that no scan runs for minutes to end with 0x800f081f.
 */
import { MedicError } from "../base/mod.ts";
import { commandFor } from "../checks/mod.ts";
import {
  describeWanted,
  findSources,
  type RankedImage,
  rankSources,
  type RepairTarget,
  repairTarget,
} from "../kit/mod.ts";
import { wrap } from "../report/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import type { CommandContext } from "./context.ts";

/** What stands for the best source here. */
export const AUTO_SOURCE = "auto";

/** Says whether a value of `--source` asks for a search. */
export function isAutoSource(source: string): boolean {
  return source.trim().toLowerCase() === AUTO_SOURCE;
}

/** How `auto` is resolved. */
export interface AutoSource {
  /** As given with `--source`, in order. */
  readonly sources: readonly string[];
  /** The command can do nothing without a source. */
  readonly required: boolean;
}

/**
 * Puts the best source in the place of `auto`. Where none is sure to fit, `auto` is left out and
 * this is told.
 *
 * @throws {MedicError} `needsSource` if then no source is left and one is required.
 */
export async function resolveAutoSource(
  context: CommandContext,
  windows: OfflineWindows,
  { sources, required }: AutoSource,
): Promise<string[]> {
  if (!sources.some(isAutoSource)) return [...sources];
  const { host, output } = context;
  const target = repairTarget(windows.identity);
  const { files } = await findSources(host, { targetVolume: windows.volume.root });
  const { images } = await rankSources(host, target, files);
  const best = images.find((image) => image.match.verdict === "fits" && isInPlace(image));
  const found = best === undefined ? [] : [`${best.place}:${best.index}`];
  const resolved = sources.flatMap((source) => isAutoSource(source) ? found : [source]);
  const text = best === undefined
    ? noneText(images, target)
    : `Source: ${found[0]} (${best.match.reason})`;
  const next = `See every source and what it needs: ${commandFor(windows, "media match")}`;
  if (resolved.length === 0 && required) throw new MedicError("needsSource", text, { next });
  output.event({ type: "notice", text });
  output.talk(wrap(best === undefined ? `Note: ${text}. ${next}` : text));
  return resolved;
}

function isInPlace(image: RankedImage): boolean {
  return image.inside === undefined && image.format !== "swm";
}

/** Why nothing is taken: the nearest candidate, or what is needed. */
function noneText(images: readonly RankedImage[], target: RepairTarget): string {
  const nearest = images.find((image) => image.match.verdict !== "unfit");
  if (nearest === undefined) {
    return `Cannot find a source for this Windows here; needed: ${
      describeWanted(target) || "media of the same Windows"
    }`;
  }
  const { place, inside, index, match } = nearest;
  const name = `${inside === undefined ? place : `${place} > ${inside}`}:${index}`;
  if (match.verdict !== "fits") {
    return `Cannot choose a source: ${name} is not sure to fit: ${match.reason}`;
  }
  const work = inside === undefined
    ? "its parts must be joined"
    : "it must be taken out of the ISO";
  return `Cannot use the source ${name} yet: it fits, but ${work} first`;
}
