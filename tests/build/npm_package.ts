/** Programs that npm packages ship, fetched with npm itself and unpacked into the cache. */
import { join } from "node:path";
import { cacheFolder, present } from "./cache.ts";
import { runTool } from "./run_tool.ts";

/** One package, by exact version. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
}

/**
 * The folder of an unpacked package. It is downloaded once.
 *
 * @throws {Error} if npm cannot fetch it.
 */
export async function unpackedPackage(wanted: NpmPackage): Promise<string> {
  const slug = `${wanted.name.replace("@", "").replace("/", "-")}-${wanted.version}`;
  const folder = join(cacheFolder(), "npm", slug);
  if (await present(folder)) return join(folder, "package");
  const partial = `${folder}.${crypto.randomUUID()}.partial`;
  await Deno.mkdir(partial, { recursive: true });
  try {
    const specifier = `${wanted.name}@${wanted.version}`;
    await runTool("npm", ["pack", "--silent", "--pack-destination", partial, specifier]);
    const archive = join(partial, `${slug}.tgz`);
    await runTool("tar", ["-xzf", archive, "-C", partial, "--no-same-owner"]);
    await Deno.remove(archive);
    await Deno.rename(partial, folder);
  } catch (error) {
    await Deno.remove(partial, { recursive: true });
    throw error;
  }
  return join(folder, "package");
}
