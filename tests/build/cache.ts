/**
 * Where the build and the Windows tests keep what is slow to get: npm archives, runtimes and
 * the Wine system. Never inside the repository; deleting it costs time only.
 */
import { homedir } from "node:os";
import { join } from "node:path";

/** The cache folder: `$PEMEDIC_CACHE`, or else `pemedic` in the user's cache folder. */
export function cacheFolder(): string {
  const base = Deno.env.get("XDG_CACHE_HOME") ?? join(homedir(), ".cache");
  return Deno.env.get("PEMEDIC_CACHE") ?? join(base, "pemedic");
}

/** True if something is at `path`. */
export async function present(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
