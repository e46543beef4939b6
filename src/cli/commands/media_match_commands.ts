/** `media match`: which of the media on this machine can repair this Windows. Reads only. */
import type { Command } from "commander";
import { count, ExitCode, isFileFault, MedicError, UsageError, wrap } from "../../base/mod.ts";
import { commandFor } from "../../checks/mod.ts";
import {
  describeWanted,
  findSources,
  type FoundSources,
  type Preparation,
  prepareSource,
  type RankedImage,
  type RankedSources,
  rankSources,
  type RepairTarget,
  repairTarget,
} from "../../kit/mod.ts";
import type { OfflineWindows } from "../../windows/mod.ts";
import { chooseWindows, type CommandContext, onUserFile } from "../context.ts";
import { common, type LookOptions } from "../options.ts";
import type { Registrar } from "../program.ts";
import { quoted } from "../registry_path.ts";
import {
  findUpdateBeside,
  renderPreparation,
  renderSources,
  renderUpdates,
  sourceCommands,
  type UpdateBeside,
} from "../source_view.ts";

/** Adds them to `media`. */
export function addMediaMatching(media: Command, registrar: Registrar): void {
  common(
    media.command("match [volume] [path...]")
      .description("which source here can repair this Windows, and why not the others"),
  )
    .action((volume: string | undefined, paths: string[], options: LookOptions) =>
      registrar.run(options, (context) => match(context, volume, paths))
    );
}

async function match(
  context: CommandContext,
  volume: string | undefined,
  paths: readonly string[],
): Promise<number> {
  const { host, output } = context;
  const asked = await sortArguments(context, volume, paths);
  const windows = await chooseFor(context, asked.volume, volume);
  const targetVolume = windows.volume.root;
  const target = repairTarget(windows.identity);
  const found = await onUserFile(
    "place to search",
    () => findSources(host, { targetVolume, paths: asked.paths }),
  );
  const where = found.searched.length === 0 ? "" : ` on ${found.searched.join(", ")}`;
  output.talk(wrap(`Looking into ${count(found.files.length, "file")}${where}`));
  const ranked = await rankSources(host, target, found.files);
  const best = ranked.images.find((image) => image.match.verdict !== "unfit");
  const preparation = best && await prepareSource(host, best, { targetVolume });
  const answer = { windows, target, found, ranked, best, preparation };
  const advice = adviceFor(answer);
  output.document(documentOf(answer, advice));
  output.result(screenOf(answer, advice));
  return ExitCode[advice.code];
}

/** Where no Windows is found and only an image was named, that is what was forgotten. */
async function chooseFor(
  context: CommandContext,
  volume: string | undefined,
  first: string | undefined,
): Promise<OfflineWindows> {
  try {
    return await chooseWindows(context, volume);
  } catch (error) {
    const named = first === undefined || volume !== undefined || context.options.windows;
    if (named || !(error instanceof MedicError) || error.code !== "noWindows") throw error;
    throw new MedicError(
      error.code,
      `${error.message}; "${first}" is an image, not a volume`,
      {
        next: `Name the Windows, too: pemedic media match VOLUME ${quoted(first)}`,
        cause: error,
      },
    );
  }
}

/** A file cannot be the volume: then the Windows is the only one, or that of `--windows`. */
async function sortArguments(
  { host, options }: CommandContext,
  volume: string | undefined,
  paths: readonly string[],
): Promise<{ readonly volume: string | undefined; readonly paths: readonly string[] }> {
  if (volume === undefined || volume === options.windows) return { volume, paths };
  if (options.windows !== undefined) return { volume: undefined, paths: [volume, ...paths] };
  try {
    const entry = await host.files.stat(volume);
    if (entry?.kind === "file") return { volume: undefined, paths: [volume, ...paths] };
    if (entry === undefined && /\.(?:iso|wim|esd|swm)$/i.test(volume)) {
      throw new UsageError(`Cannot find a source at "${volume}"`, {
        next: "See the letters of here with: pemedic scan",
      });
    }
  } catch (error) {
    if (!isFileFault(error, "not-found") && !isFileFault(error, "not-a-directory")) throw error;
  }
  return { volume, paths };
}

interface Answer {
  readonly windows: OfflineWindows;
  readonly target: RepairTarget;
  readonly found: FoundSources;
  readonly ranked: RankedSources;
  readonly best: RankedImage | undefined;
  readonly preparation: Preparation | undefined;
}

interface Advice {
  readonly code: "ok" | "needsSource";
  /** Sentences without full stop. */
  readonly sentences: readonly string[];
  readonly commands: readonly string[];
  readonly update: UpdateBeside | undefined;
}

function adviceFor({ windows, target, found, best, preparation }: Answer): Advice {
  const nothing = { commands: [], update: undefined };
  if (best === undefined || preparation === undefined) {
    const wanted = `Nothing here fits. Needed: ${
      describeWanted(target) || "a Windows of the same kind"
    }`;
    const how = "Download such an ISO or ESD to the stick, then run this command again";
    return { ...nothing, code: "needsSource", sentences: [wanted, how] };
  }
  const sentences = [renderPreparation(preparation)];
  if (preparation.source === undefined) return { ...nothing, code: "needsSource", sentences };
  const { verdict, reason } = best.match;
  if (verdict === "doubtful") sentences.unshift(`It is not sure to fit: ${reason}`);
  const update = verdict === "older" ? findUpdateBeside(found.updates, target) : undefined;
  if (verdict === "older") sentences.unshift(levelSentence(target, update));
  return {
    code: verdict === "older" && update === undefined ? "needsSource" : "ok",
    sentences,
    commands: sourceCommands(preparation, commandFor(windows, "repair")),
    update,
  };
}

function levelSentence(target: RepairTarget, update: UpdateBeside | undefined): string {
  const needed = "It is older than this Windows: the cumulative update of level " +
    `${target.build}.${target.ubr} or newer is needed beside it`;
  if (update === undefined) return needed;
  return `${needed}; ${update.update.kb} in ${update.folder} has it (expanded: as another --source)`;
}

function documentOf(answer: Answer, advice: Advice) {
  const { windows, target, found, ranked, best, preparation } = answer;
  return {
    root: windows.root,
    target,
    searched: found.searched,
    images: ranked.images,
    refusals: ranked.refusals,
    updates: found.updates,
    leftOut: found.leftOut,
    best: best === undefined || preparation === undefined ? null : {
      place: best.place,
      inside: best.inside ?? null,
      index: best.index,
      verdict: best.match.verdict,
      reason: best.match.reason,
      ...preparation,
      source: preparation.source ?? null,
      dismSource: preparation.dismSource ?? null,
      room: preparation.room ?? null,
      update: advice.update ?? null,
    },
    advice: advice.sentences,
    commands: advice.commands,
    wanted: best === undefined ? describeWanted(target) : null,
    exitCode: ExitCode[advice.code],
  };
}

function screenOf({ found, ranked, best, preparation }: Answer, advice: Advice): string {
  const { images, refusals } = ranked;
  const sections = [
    images.length + refusals.length === 0
      ? "No image and no ISO was found"
      : `Sources\n${renderSources(ranked)}`,
  ];
  if (found.updates.length > 0) sections.push(`Updates\n${renderUpdates(found.updates)}`);
  if (found.leftOut.length > 0) {
    const lines = found.leftOut.map((text) => wrap(text, { first: "  ", indent: "    " }));
    sections.push(`Left out\n${lines.join("\n")}`);
  }
  sections.push(
    [
      ...heading(best, preparation),
      ...advice.sentences.map((text) => wrap(text)),
      ...advice.commands.map((command) => `  ${command}`),
    ].join("\n"),
  );
  return sections.join("\n\n");
}

function heading(best: RankedImage | undefined, preparation: Preparation | undefined): string[] {
  if (best === undefined) return [];
  const at = best.inside === undefined ? best.place : `${best.place} > ${best.inside}`;
  const dism = preparation?.dismSource;
  const text = dism === undefined ? "" : ` (for DISM: /Source:${dism})`;
  return [wrap(`Best: ${at}:${best.index}${text}`, { first: "", indent: "  " })];
}
