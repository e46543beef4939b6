/** The version, as in `deno.json`; a test keeps them equal. */
export const VERSION = "0.1.0";

/** Name and version for journals and reports. */
export const PROGRAM = `pemedic ${VERSION}`;
