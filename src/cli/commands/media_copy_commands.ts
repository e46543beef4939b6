/** `media verify`, `media extract`: whether media are whole, and their files in a folder. */
import { type Command, InvalidArgumentError } from "commander";
import type { GlobalOptions } from "../context.ts";
import { extractMediaCommand, type ExtractOptions } from "../media_extract.ts";
import { verifyMediaCommand } from "../media_verify.ts";
import { collect, common } from "../options.ts";
import type { Registrar } from "../program.ts";

/** Adds them to `media`. */
export function addMediaCopying(media: Command, registrar: Registrar): void {
  common(
    media.command("verify <path>").description(
      "check structure, contents of Windows images, and SHA256SUMS",
    ),
  )
    .option("--sha256 <hex>", "compare the SHA-256 of the whole file: every byte of it", sha256)
    .action((path: string, options: GlobalOptions & { readonly sha256?: string }) =>
      registrar.run(options, (context) => verifyMediaCommand(context, path, options.sha256))
    );
  common(
    media.command("extract <path> <dest>").description(
      "copy the files of an ISO or folder, each one read back",
    ),
  )
    .option("--only <pattern>", String.raw`copy what matches: sources\*, **\*.inf, !boot`, patterns)
    .option("--resume", "go on with a copy that was cut off")
    .option("--quick", "with --resume: do not compare files of the same size and time")
    .option("--dry-run", "list what would be copied and write nothing")
    .addHelpText("after", COPYING)
    .action((path: string, dest: string, options: ExtractOptions) =>
      registrar.run(options, (context) => extractMediaCommand(context, { path, dest }, options))
    );
}

const COPYING = String.raw`
The destination must be a new or an empty folder (with --resume: the one of
the copy that was cut off). Nothing that is there is ever overwritten.

Several --only add up: what any of them means is copied, without what a
pattern behind ! means. * is any part of one name, ** any number of folders:
*.inf means those in the root only, **\*.inf all of them. A plain name means
that file, or that folder with all that is in it.

Example:
  pemedic media extract E:\Win11.iso D:\media --only sources --only "!**\*.wim"`;

function patterns(value: string, before: readonly string[] = []): string[] {
  if (value.replace(/^!/, "").trim() !== "") return collect(value, before);
  throw new InvalidArgumentError("It must be a pattern of paths; without --only all is copied.");
}

function sha256(value: string): string {
  if (/^[0-9a-f]{64}$/i.test(value)) return value.toLowerCase();
  throw new InvalidArgumentError("It must be the 64 hexadecimal digits of a SHA-256.");
}
