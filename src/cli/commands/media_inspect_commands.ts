/** `media inspect`, `media list`: what media hold, without mounting anything. */
import { type Command, InvalidArgumentError } from "commander";
import type { GlobalOptions } from "../context.ts";
import { inspectMedia } from "../media_inspect.ts";
import { listMedia } from "../media_list.ts";
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
    .option("--image <number>", "the files of this image of install.wim", imageNumber)
    .action((path: string, options: GlobalOptions & { readonly image?: number }) =>
      registrar.run(options, (context) => listMedia(context, path, options.image))
    );
}

function imageNumber(value: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(value)) {
    throw new InvalidArgumentError("It must be the number of an image, from 1 on.");
  }
  return Number(value);
}
