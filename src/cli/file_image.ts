/** Which image a file is taken from: the one that was named, or the best that fits. */
import { MedicError, RefusalError, sameWindowsPath, UsageError } from "../base/mod.ts";
import { commandFor } from "../checks/mod.ts";
import {
  describeWanted,
  findSources,
  type RankedImage,
  type RankedSources,
  rankSources,
  repairTarget,
} from "../kit/mod.ts";
import type { FileRestoreRequest } from "../repairs/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import type { CommandContext } from "./context.ts";

/** An image that is not unfit. */
export interface ChosenImage extends Pick<RankedImage, "place" | "inside" | "index"> {
  readonly match: FileRestoreRequest["match"];
}

/** What stands for the best image here. */
const AUTO = "auto";

/**
 * Chooses the image.
 *
 * @throws {UsageError} if there is none of that name or number, {RefusalError} if it cannot fit
 * this Windows, {MedicError} `needsSource` if `auto` finds none.
 */
export async function chooseImage(
  context: CommandContext,
  windows: OfflineWindows,
  { from, override }: { readonly from: string; readonly override: boolean },
): Promise<ChosenImage> {
  const target = repairTarget(windows.identity);
  if (from.trim().toLowerCase() === AUTO) {
    const { files } = await findSources(context.host, { targetVolume: windows.volume.root });
    const { images } = await rankSources(context.host, target, files);
    return bestOf(windows, images, override);
  }
  const { place, index, inside } = parseImage(from);
  await requireThere(context, place);
  const { images, refusals } = await rankSources(context.host, target, [place]);
  const meant = images.filter((image) =>
    inside === undefined || sameWindowsPath(image.inside ?? "", inside)
  );
  return named(windows, { sources: { images: meant, refusals }, place, index });
}

interface NamedImage {
  readonly place: string;
  readonly index?: number;
  /** Where the image file lies in it, if that was said. */
  readonly inside?: string;
}

/**
 * `E:\install.wim:6`; a letter alone before the colon is a drive. DISM's prefixes are allowed, and
 * what other commands print: `E:\Win11.iso > sources\install.wim:6`.
 */
function parseImage(from: string): NamedImage {
  const text = from.trim().replace(/^(?:wim|esd):(?=.{2})/i, "");
  const [, outer, inner] = /^([^>]+?)\s*>\s*([^>]+)$/s.exec(text) ?? [];
  if (outer !== undefined && inner !== undefined) {
    const { place: inside, ...rest } = parseImage(inner);
    return { ...rest, place: outer, inside };
  }
  const [, place, index] = /^(.{2,}):(\d{1,5})$/s.exec(text) ?? [];
  return place === undefined ? { place: text } : { place, index: Number(index) };
}

async function requireThere({ host }: CommandContext, place: string): Promise<void> {
  if (/^[A-Za-z]:\\?$/.test(place) && await host.volumes.at(place) !== undefined) return;
  if (await host.files.stat(place) !== undefined) return;
  throw new UsageError(`Cannot use the image "${place}": there is no such file or folder`, {
    next: "See the letters of here with: pemedic scan",
  });
}

function named(
  windows: OfflineWindows,
  { sources, place, index }: {
    readonly sources: RankedSources;
    readonly place: string;
    readonly index: number | undefined;
  },
): ChosenImage {
  const { images, refusals: [refusal] } = sources;
  if (refusal !== undefined) {
    throw new MedicError("needsSource", `Cannot use "${place}": ${refusal.reason}`, {
      next: commandFor(windows, "media match"),
    });
  }
  const image = index === undefined ? images[0] : images.find((one) => one.index === index);
  if (image === undefined) {
    throw new UsageError(`Cannot use image ${index ?? 1} of "${place}": it has ${images.length}`, {
      next: `See its images: pemedic media inspect "${place}"`,
    });
  }
  const chosen = usable(image);
  if (chosen !== undefined) return chosen;
  throw new RefusalError(
    `Cannot use image ${image.index} of "${place}": ${image.match.reason}`,
    { next: `See what fits: ${commandFor(windows, "media match")}` },
  );
}

function usable({ place, inside, index, match }: RankedImage): ChosenImage | undefined {
  const { verdict, reason } = match;
  return verdict === "unfit" ? undefined : { place, inside, index, match: { verdict, reason } };
}

/** Only one that is sure to fit is taken unasked; with `--force` the nearest. */
function bestOf(
  windows: OfflineWindows,
  images: readonly RankedImage[],
  override: boolean,
): ChosenImage {
  const best = images[0];
  const chosen = best === undefined ? undefined : usable(best);
  if (chosen !== undefined && (override || chosen.match.verdict === "fits")) return chosen;
  const next = `See every source and what it needs: ${commandFor(windows, "media match")}`;
  if (chosen !== undefined) {
    const problem = `${chosen.place}:${chosen.index} is not sure to fit: ${chosen.match.reason}`;
    throw new MedicError("needsSource", `Cannot choose an image: ${problem}`, { next });
  }
  const wanted = describeWanted(repairTarget(windows.identity)) || "media of the same Windows";
  throw new MedicError("needsSource", `Cannot find an image for this Windows; needed: ${wanted}`, {
    next,
  });
}
