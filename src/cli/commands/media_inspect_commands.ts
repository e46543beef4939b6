/** `media inspect`, `media list`: what media hold, without mounting anything. */
import { type Command, InvalidArgumentError } from "commander";
import { splitWindowsPath, UsageError } from "../../base/mod.ts";
import type { GlobalOptions } from "../context.ts";
import { inspectMedia } from "../media_inspect.ts";
import { type ImageChoice, listMedia } from "../media_list.ts";
import { common } from "../options.ts";
import type { Registrar } from "../program.ts";

/** Adds them to `media`. */
export function addMediaInspection(media: Command, registrar: Registrar): void {
  common(
    media.command("inspect <path>").description(
      "what is on an ISO, WIM, ESD, SWM, folder or drive",
    ),
  ).action((path: string, options: GlobalOptions) =>
    registrar.run(options, (context) => inspectMedia(context, path))
  );
  common(media.command("list <path>").description("path, size and time of every file"))
    .option("--image <[file:]number>", "the files of this image: 2, boot.wim:1", imageChoice)
    .action((path: string, options: GlobalOptions & { readonly image?: ImageChoice }) =>
      registrar.run(options, (context) => listMedia(context, path, options.image))
    );
}

/** `2`, or `x86\sources\install.wim:2`. */
function imageChoice(value: string): ImageChoice {
  const [, file, number] = /^(?:([^:]+):)?([1-9][0-9]{0,8})$/.exec(value) ?? [];
  if (number === undefined || (file !== undefined && !isPath(file))) {
    throw new InvalidArgumentError(
      "It must be the number of an image, from 1 on (or FILE:NUMBER).",
    );
  }
  return { file, index: Number(number) };
}

function isPath(text: string): boolean {
  try {
    return splitWindowsPath(text).length > 0;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}
