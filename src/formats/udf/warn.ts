/** How a volume tells what it tolerated or left out, without stopping. */

/** Takes one sentence and the byte offset in the image that it is about. */
export type UdfWarn = (message: string, offset: number) => void;

/**
 * Told about work that leads to no entry (units of a deleted name, and where). Throws when there
 * has been too much of it.
 */
export type UdfSpend = (units: number, offset: number) => void;
