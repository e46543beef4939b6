/**
 * What `--source` may say, made into what DISM can read: `auto` for the best of this machine, an
 * ISO or an image without index for the image in it that fits, and everything else as typed.
 */
import { MedicError, UsageError } from "../base/mod.ts";
import { commandFor } from "../checks/mod.ts";
import {
  chooseSources,
  type ChosenSources,
  discardSource,
  findSources,
  findStartMedia,
  makeSource,
  rankSources,
  repairTarget,
} from "../kit/mod.ts";
import type { LadderOptions, SourceMaker } from "../ladder/mod.ts";
import { SESSIONS_FOLDER } from "../journal/mod.ts";
import { wrap } from "../report/mod.ts";
import { parseSourceOption } from "../tools/dism/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import type { CommandContext } from "./context.ts";

/** What stands for the best source here. */
export const AUTO_SOURCE = "auto";

/** How one value of `--source` is meant. */
type SourceRequest =
  | { readonly kind: "auto" }
  /** A file in which the image is looked for, or the one that is named. */
  | { readonly kind: "file"; readonly path: string; readonly index: number | undefined }
  | { readonly kind: "as-typed"; readonly text: string };

function readRequest(source: string): SourceRequest {
  const text = source.trim().replace(/^"(.*)"$/, "$1");
  if (text.toLowerCase() === AUTO_SOURCE) return { kind: "auto" };
  const packed = /^(.+\.(?:iso|swm))(?::(\d{1,4}))?$/i.exec(text);
  if (packed !== null) return request(packed[1]!, packed[2]);
  const unindexed = /^(?:(?:wim|esd):)?(.+\.(?:wim|esd))$/i.exec(text);
  if (unindexed !== null) return request(unindexed[1]!, undefined);
  return { kind: "as-typed", text: source };
}

function request(path: string, index: string | undefined): SourceRequest {
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
    if (await host.files.stat(path) !== undefined) continue;
    throw new UsageError(`Cannot use the source "${source}": there is no "${path}"`, {
      next: "See the letters of here with: pemedic scan",
    });
  }
}

/** The sources as the ladder gets them. */
export type ResolvedSources = Pick<LadderOptions, "sources" | "sourceWork" | "sourceWanted">;

/** DISM's own scratch files may lie on the same volume. */
const LEAVE_FREE = 2 ** 30;

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
    if (asked.kind === "as-typed") {
      resolved.push(asked.text);
      continue;
    }
    const chosen = asked.kind === "auto"
      ? await bestHere(context, windows)
      : await bestOf(context, windows, asked);
    if (chosen.sources.length === 0) {
      wanted = chosen.reasons[0];
      if (asked.kind === "file") throw noSource(windows, wanted!);
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
  { path, index }: { readonly path: string; readonly index: number | undefined },
): Promise<ChosenSources> {
  const target = repairTarget(windows.identity);
  const ranked = await rankSources(host, target, [path]);
  const asked = ranked.images.filter((image) => index === undefined || image.index === index);
  const images = asked.map((image) =>
    image.match.verdict === "unfit" || image.unusable !== undefined
      ? image
      : { ...image, match: { ...image.match, verdict: "fits" as const } }
  );
  if (images.length === 0 && index !== undefined && ranked.images.length > 0) {
    throw new UsageError(`Cannot use the source "${path}:${index}": it has no image ${index}`, {
      next: `See its images: pemedic media inspect "${path}"`,
    });
  }
  const choice = { target, images: images.slice(0, 1), refusals: ranked.refusals, updates: [] };
  return await chooseSources(host, choice, placesFor(windows));
}

function placesFor(windows: OfflineWindows) {
  return {
    targetVolume: windows.volume.root,
    targetFolder: `${SESSIONS_FOLDER}\\work-source`,
    leaveFree: LEAVE_FREE,
  };
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
