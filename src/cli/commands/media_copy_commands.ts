import type { Command } from "commander";
import type { Registrar } from "../program.ts";

/** Adds them to `media`. */
export function addMediaCopying(_media: Command, _registrar: Registrar): void {
}
