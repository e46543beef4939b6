/**
 * A small Debian with Wine 10 in a folder: Debian 12's own Wine 8 cannot run what Deno
 * compiles. It is made once (about two minutes, 1.4 GB) and never written to afterwards;
 * every test run works on a layer above it.
 */
import { join } from "node:path";
import { cacheFolder, present } from "../build/cache.ts";
import { runTool } from "../build/run_tool.ts";
import { NotPossible } from "./requirements.ts";

/** The Debian release whose Wine is new enough. */
const RELEASE = "trixie";
/** Where the Wine prefix (the C: drive) is inside the system. */
export const PREFIX = "/root/prefix";
/** Made last: a system without it was interrupted. Its content changes with this recipe. */
const READY = ".pemedic-ready-1";

/** Environment of every program inside. */
export const WINE_ENVIRONMENT: Readonly<Record<string, string>> = {
  HOME: "/root",
  LANG: "C.UTF-8",
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  WINEDEBUG: "-all",
  // Neither Mono nor Gecko is there, and nobody could answer the question about them.
  WINEDLLOVERRIDES: "mscoree,mshtml=",
  WINEPREFIX: PREFIX,
  XDG_RUNTIME_DIR: "/tmp",
};

/** The folder of the Wine system: `$PEMEDIC_WINE_CACHE`, or `wine` in the cache folder. */
export function wineFolder(): string {
  return Deno.env.get("PEMEDIC_WINE_CACHE") ?? join(cacheFolder(), "wine");
}

/**
 * Makes the Wine system if it is not there yet.
 *
 * @throws {NotPossible} if Debian's packages cannot be had.
 */
export async function prepareWine(): Promise<string> {
  const folder = wineFolder();
  if (await present(join(folder, READY))) return folder;
  if (!await present(join(folder, "usr/bin/wine"))) await installDebian(folder);
  await makePrefix(folder);
  await Deno.writeTextFile(join(folder, READY), "");
  return folder;
}

async function installDebian(folder: string): Promise<void> {
  const mirror = await debianMirror();
  const partial = `${folder}.partial`;
  if (await present(partial)) await Deno.remove(partial, { recursive: true });
  await Deno.mkdir(partial, { recursive: true });
  try {
    const what = ["--variant=minbase", "--include=wine,wine64", RELEASE, partial, mirror];
    await runTool("debootstrap", what);
  } catch (cause) {
    throw new NotPossible("debootstrap cannot install Wine", { cause });
  }
  await Deno.rename(partial, folder);
}

/** The mirror that this machine's apt uses. */
async function debianMirror(): Promise<string> {
  const format = "$(LABEL) $(REPO_URI)";
  const lines = await runTool("apt-get", [
    "indextargets",
    "--format",
    format,
    "Created-By: Packages",
  ]).catch(() => "");
  const mirror = lines.split("\n").find((line) => line.startsWith("Debian "))?.split(" ")[1];
  if (mirror === undefined) throw new NotPossible("apt knows no Debian mirror: run apt-get update");
  return mirror;
}

/** Lets Wine make its C: drive, in a mount namespace that ends with the command. */
async function makePrefix(folder: string): Promise<void> {
  const environment = Object.entries(WINE_ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
  const script = `
    set -e
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
    rm -rf "$1${PREFIX}"
    chroot "$1" env -i "\${@:2}" wineboot -i
    chroot "$1" env -i "\${@:2}" wineserver -w`;
  await runTool("unshare", [
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "bash",
    "-c",
    script,
    "bash",
    folder,
    ...environment,
  ]);
}
