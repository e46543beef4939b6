/**
 * Finds media whose own Windows PE is new enough to service a Windows: an older DISM refuses a
 * newer image, and what starts from newer media brings the DISM that does not.
 */
import { MedicError } from "../base/mod.ts";
import type { Host } from "../host/mod.ts";
import { baseBuild, findEdition } from "../knowledge/mod.ts";
import { openMedia } from "./media.ts";

/** Media to start from. */
export interface StartMedia {
  readonly place: string;
  /** Build of the Windows PE that it starts. */
  readonly build: number;
}

/**
 * The newest first. Beside an image the `boot.wim` of the same media is looked for; files that
 * cannot be opened are no media to start from.
 */
export async function findStartMedia(
  host: Host,
  files: readonly string[],
  oldestBuild: number,
): Promise<StartMedia[]> {
  const found: StartMedia[] = [];
  for (const place of new Set(files.flatMap(withBootImage))) {
    const build = await startBuild(host, place);
    if (build !== undefined && baseBuild(build) >= baseBuild(oldestBuild)) {
      found.push({ place, build });
    }
  }
  return found.sort((a, b) => b.build - a.build);
}

function withBootImage(file: string): string[] {
  const sibling = file.replace(/(?<=[\\/])install\.(?:wim|esd|swm)$/i, "boot.wim");
  return sibling === file ? [file] : [file, sibling];
}

/** Build of the Windows PE in an ISO, or of a `boot.wim` that lies on a disk. */
async function startBuild(host: Host, place: string): Promise<number | undefined> {
  try {
    const media = await openMedia(host, place);
    try {
      const install = media.kind === "wim" ? media.install : (await media.bootImage()).image;
      const builds = (install?.wim.images ?? [])
        .filter(({ editionId, flags }) => findEdition(editionId ?? flags ?? "")?.line === "pe")
        .flatMap(({ version }) => version?.build ?? []);
      return builds.length === 0 ? undefined : Math.max(...builds);
    } finally {
      await media.close();
    }
  } catch (error) {
    if (error instanceof MedicError) return undefined;
    throw error;
  }
}
