/** How a volume tells what it tolerated or left out, without stopping. */

/**
 * Takes one sentence and the byte offset in the image that it is about. `damaged`: bytes are not
 * what was recorded; without it the volume is only unusual, and nothing of it is lost.
 */
export type UdfWarn = (message: string, offset: number, effect?: "damaged") => void;

/**
 * Told about work that leads to no entry (units of a deleted name, and where). Throws when there
 * has been too much of it.
 */
export type UdfSpend = (units: number, offset: number) => void;
