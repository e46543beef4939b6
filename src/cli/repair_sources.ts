/**
 * What `--source` may say, made into what DISM can read: `auto` for the best of this machine, an
 * ISO, media or an image without index for the image in it that fits, and what DISM reads itself
 * as typed.
 */
import { MedicError, sameWindowsPath, UsageError, wrap } from "../base/mod.ts";
import { commandFor } from "../checks/mod.ts";
import {
  chooseSources,
  type ChosenSources,
  discardSource,
  findSources,
  findStartMedia,
  makeSource,
  type RankedImage,
  rankSources,
  repairTarget,
} from "../kit/mod.ts";
import type { LadderOptions, SourceMaker } from "../ladder/mod.ts";
import { SESSIONS_FOLDER } from "../journal/mod.ts";
import { parseSourceOption } from "../tools/dism/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import type { CommandContext } from "./context.ts";
import { lookAtPlace } from "./folder_source.ts";

/** What stands for the best source here. */
export const AUTO_SOURCE = "auto";

/** How one value of `--source` is meant. */
type SourceRequest =
  | { readonly kind: "auto" }
  /** A file in which the image is looked for, or the one that is named. */
  | NamedFile
  | { readonly kind: "as-typed"; readonly text: string };

interface NamedFile {
  readonly kind: "file";
  readonly path: string;
  readonly index: number | undefined;
  /** Where the image file lies in it, if that is said: media may have several. */
  readonly inside?: string;
}

function readRequest(source: string): SourceRequest {
  const text = source.trim().replace(/^"(.*)"$/, "$1");
  if (text.toLowerCase() === AUTO_SOURCE) return { kind: "auto" };
  // As other commands print it: "E:\Win11.iso > sources\install.wim:2".
  const shown = /^(.+?\.iso)\s*>\s*([^>]+?)(?::(\d{1,4}))?$/i.exec(text);
  if (shown !== null) return { ...request(shown[1]!, shown[3]), inside: shown[2]! };
  const packed = /^(.+\.(?:iso|swm))(?::(\d{1,4}))?$/i.exec(text);
  if (packed !== null) return request(packed[1]!, packed[2]);
  const unindexed = /^(?:(?:wim|esd):)?(.+\.(?:wim|esd))$/i.exec(text);
  if (unindexed !== null) return request(unindexed[1]!, undefined);
  return { kind: "as-typed", text: source };
}

function request(path: string, index: string | undefined): NamedFile {
  return { kind: "file", path, index: index === undefined ? undefined : Number(index) };
}

/** Refuses what is mistyped: DISM would find it out after minutes, and in other words. */
export async function requireSources(
  { host }: CommandContext,
  sources: readonly string[],
): Promise<void> {
  for (const source of sources) {
    const asked = readRequest(source);
    if (asked.kind === "auto") continue;
    const path = asked.kind === "file" ? asked.path : parseSourceOption(source).path;
    if (/^[A-Za-z]:\\?$/.test(path) && await host.volumes.at(`${path[0]}:\\`) !== undefined) {
      continue;
    }
    if (await host.files.stat(path) !== undefined) continue;
    throw new UsageError(`Cannot use the source "${source}": there is no "${path}"`, {
      next: "See the letters of here with: pemedic scan",
    });
  }
}

/** The sources as the ladder gets them. */
export type ResolvedSources = Pick<LadderOptions, "sources" | "sourceWork" | "sourceWanted">;

/**
 * Resolves the values of `--source`, in order.
 *
 * @throws {MedicError} `needsSource` if then no source is left and one is required, or if the file
 * that was named holds no image that fits.
 */
export async function resolveSources(
  context: CommandContext,
  windows: OfflineWindows,
  { sources, required }: { readonly sources: readonly string[]; readonly required: boolean },
): Promise<ResolvedSources> {
  const resolved: string[] = [];
  const work: NonNullable<LadderOptions["sourceWork"]>[number][] = [];
  let wanted: string | undefined;
  for (const asked of sources.map(readRequest)) {
    const chosen = await choose(context, windows, asked);
    if (chosen.sources.length === 0) {
      wanted = chosen.reasons[0];
      // What only lacks room is no mistyped source: the steps without one go on.
      if (asked.kind !== "auto" && !chosen.lacksRoom) throw noSource(windows, wanted!);
    } else if (work.length > 0 && chosen.work.length > 0) {
      continue; // one copy of gigabytes is enough
    } else {
      resolved.push(...chosen.sources);
      work.push(...chosen.work);
      for (const reason of chosen.reasons) tell(context, `Source: ${reason}`);
    }
  }
  if (resolved.length === 0 && wanted !== undefined) {
    if (required) throw noSource(windows, wanted);
    tell(context, `Note: ${wanted}. ${seeAll(windows)}`, wanted);
  }
  return {
    sources: [...new Set(resolved)],
    ...(work.length === 0 ? {} : { sourceWork: work }),
    ...(resolved.length > 0 || wanted === undefined ? {} : { sourceWanted: wanted }),
  };
}

function tell({ output }: CommandContext, text: string, event = text): void {
  output.event({ type: "notice", text: event });
  output.talk(wrap(text));
}

function seeAll(windows: OfflineWindows): string {
  return `See every source and what it needs: ${commandFor(windows, "media match")}`;
}

function noSource(windows: OfflineWindows, reason: string): MedicError {
  return new MedicError("needsSource", reason, { next: seeAll(windows) });
}

/** What one value of `--source` becomes. */
async function choose(
  context: CommandContext,
  windows: OfflineWindows,
  asked: SourceRequest,
): Promise<ChosenSources> {
  if (asked.kind === "auto") return await bestHere(context, windows);
  if (asked.kind === "file") return await bestOf(context, windows, asked);
  const typed = parseSourceOption(asked.text);
  const asTyped = { sources: [asked.text], work: [], reasons: [] };
  if (typed.kind === "wim" || typed.kind === "esd") return asTyped;
  const { host } = context;
  const place = await lookAtPlace(host, typed.path, windows.volume.root);
  if (place.kind === "readable") {
    const same = place.path.toLowerCase() === typed.path.toLowerCase();
    return same ? asTyped : { ...asTyped, sources: [place.path] };
  }
  const target = repairTarget(windows.identity);
  const ranked = await rankSources(host, target, place.files);
  const choice = { target, ...ranked, updates: place.updates };
  const sure = await chooseSources(host, choice, placesFor(windows));
  if (sure.sources.length > 0) return sure;
  const images = ranked.images.map(decided).slice(0, 1);
  return await chooseSources(host, { ...choice, images }, placesFor(windows));
}

async function bestHere(
  { host }: CommandContext,
  windows: OfflineWindows,
): Promise<ChosenSources> {
  const target = repairTarget(windows.identity);
  const { files, updates } = await findSources(host, { targetVolume: windows.volume.root });
  const { images, refusals } = await rankSources(host, target, files);
  return await chooseSources(host, { target, images, refusals, updates }, placesFor(windows));
}

/** The file was named: an older or doubtful image in it is the user's decision, and told. */
async function bestOf(
  { host }: CommandContext,
  windows: OfflineWindows,
  { path, index, inside }: NamedFile,
): Promise<ChosenSources> {
  const target = repairTarget(windows.identity);
  const ranked = await rankSources(host, target, [path]);
  const asked = ranked.images.filter((image) =>
    (index === undefined || image.index === index) &&
    (inside === undefined || sameWindowsPath(image.inside ?? "", inside))
  );
  const images = asked.map(decided);
  if (images.length === 0 && index !== undefined && ranked.images.length > 0) {
    throw new UsageError(`Cannot use the source "${path}:${index}": it has no image ${index}`, {
      next: `See its images: pemedic media inspect "${path}"`,
    });
  }
  const choice = { target, images: images.slice(0, 1), refusals: ranked.refusals, updates: [] };
  return await chooseSources(host, choice, placesFor(windows));
}

/** An image whose place was named is the user's decision, unless it cannot serve at all. */
function decided(image: RankedImage): RankedImage {
  return image.match.verdict === "unfit" || image.unusable !== undefined
    ? image
    : { ...image, match: { ...image.match, verdict: "fits" } };
}

function placesFor(windows: OfflineWindows) {
  return { targetVolume: windows.volume.root, targetFolder: `${SESSIONS_FOLDER}\\work-source` };
}

/** Where this WinPE is too old for the Windows: tells which media here start a newer one. */
export async function tellStartMedia(
  context: CommandContext,
  windows: OfflineWindows,
): Promise<void> {
  const { build } = windows.identity;
  if (build === undefined) return;
  const { files } = await findSources(context.host, { targetVolume: windows.volume.root });
  const [newest] = await findStartMedia(context.host, files, build);
  tell(
    context,
    newest === undefined
      ? `Note: no media here start a Windows PE of build ${build} or newer; its DISM is needed`
      : `Note: ${newest.place} starts a Windows PE of build ${newest.build}: boot from it, and run this there`,
  );
}

/** The kit's hand for the ladder. */
export function sourceMaker({ host }: Pick<CommandContext, "host">): SourceMaker {
  return {
    make: (work, options) => makeSource(host, work, options),
    discard: (work) => discardSource(host, work),
  };
}
