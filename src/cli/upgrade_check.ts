/** `upgrade check`: whether media can upgrade a Windows in place, before a byte is copied. */
import { ExitCode, type ExitCodeName } from "../base/mod.ts";
import { type MediaVerification, verifyMedia } from "../kit/mod.ts";
import { checkUpgrade, readSituation, type UpgradeCheck } from "../upgrade/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import { chooseWindows, type CommandContext, onUserFile } from "./context.ts";
import { tellOpenSession } from "./open_session.ts";
import { createPrinter } from "./printer.ts";
import { quoted } from "./registry_path.ts";
import { interruptibleReading } from "./run_repair.ts";
import { transferProgress, type Transferred } from "./transfer_progress.ts";
import { folderThatStays } from "./upgrade_files.ts";
import { readUpgradeMedia } from "./upgrade_media.ts";
import { dependsOnMedia, renderUpgradeCheck, upgradeDocument } from "./upgrade_view.ts";

/** What the command is given. */
export interface UpgradeCheckOptions {
  readonly media: string;
  /** Number of the image. */
  readonly imageIndex?: number;
  /** Compare every content of the media with its hash. */
  readonly verify?: boolean;
  /** The media are not copied to the target. */
  readonly mediaInPlace?: boolean;
}

/** Judges and tells. */
export async function checkUpgradeCommand(
  context: CommandContext,
  volume: string | undefined,
  options: UpgradeCheckOptions,
): Promise<number> {
  const { host, output } = context;
  const windows = await chooseWindows(context, volume);
  await tellOpenSession(context, windows);
  const index = options.imageIndex;
  const verification = options.verify === true ? await verify(context, options.media) : undefined;
  const media = await onUserFile(
    "media",
    () => readUpgradeMedia(host, windows, { path: options.media, index, verification }),
  );
  if (options.mediaInPlace === true) {
    await folderThatStays(host, windows, { ...media, place: options.media });
  }
  const check = checkUpgrade(await readSituation(windows), media, {
    ...(index === undefined ? {} : { index }),
    mediaStay: options.mediaInPlace === true,
  });
  const answer = { windows, media, check, command: nextCommand(windows, check, options) };
  output.document(upgradeDocument(answer));
  output.result(renderUpgradeCheck(answer));
  return ExitCode[exitCodeOf(check)];
}

/**
 * `ok` only for what can be staged as it is and keeps everything. Steps, and the loss of programs,
 * are problems for a person to decide about; a refusal is told apart by what could change it: other
 * media, or nothing that is here.
 */
function exitCodeOf({ verdict, reasons }: UpgradeCheck): ExitCodeName {
  switch (verdict) {
    case "keeps-everything":
      return "ok";
    case "keeps-files-only":
    case "after-steps":
      return "problemsFound";
    case "cannot":
      return dependsOnMedia(reasons) ? "needsSource" : "refused";
  }
}

/** The first step that has a command, else the staging itself. */
function nextCommand(
  windows: OfflineWindows,
  { verdict, reasons }: UpgradeCheck,
  options: UpgradeCheckOptions,
): string | undefined {
  const commands = reasons.filter(({ weight }) => weight === "step-first")
    .flatMap(({ next }) => next?.startsWith("pemedic ") ? [next] : []);
  if (verdict === "cannot") return undefined;
  if (verdict === "after-steps") return commands[0];
  const place = windows.volume.letter ?? windows.root;
  const index = options.imageIndex === undefined ? "" : ` --image-index ${options.imageIndex}`;
  const stay = options.mediaInPlace === true ? " --media-in-place" : "";
  const accept = verdict === "keeps-files-only" ? " --accept files-only" : "";
  const media = quoted(options.media);
  return `pemedic upgrade stage ${quoted(place)} --media ${media}${stay}${index}${accept}`;
}

async function verify(context: CommandContext, path: string): Promise<MediaVerification> {
  const { host } = context;
  const printer = await createPrinter(context);
  const relax = host.keepAwake();
  try {
    return await onUserFile("media", () =>
      interruptibleReading(context, printer, (signal) => {
        let progress = (_: Transferred) => {};
        return verifyMedia(host, path, {
          signal,
          stage: (title) => {
            printer.end();
            printer.begin(title);
            progress = transferProgress(host.clock, printer);
          },
          progress: (transferred) => progress(transferred),
        });
      }));
  } finally {
    relax();
  }
}
