/** `media …`: installation media, read without mounting. One file per kind of question. */
import type { Command } from "commander";
import type { Registrar } from "../program.ts";
import { addMediaCopying } from "./media_copy_commands.ts";
import { addMediaInspection } from "./media_inspect_commands.ts";
import { addMediaMatching } from "./media_match_commands.ts";

/** Adds them to the program. */
export function addMediaCommands(program: Command, registrar: Registrar): void {
  const media = program.command("media").description("installation media: ISO, WIM, ESD, SWM");
  addMediaInspection(media, registrar);
  addMediaMatching(media, registrar);
  addMediaCopying(media, registrar);
}
