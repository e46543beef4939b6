import type { Command } from "commander";
import type { Registrar } from "../program.ts";

/** Adds them to `media`. */
export function addMediaInspection(_media: Command, _registrar: Registrar): void {
}
