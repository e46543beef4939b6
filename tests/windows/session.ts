/**
 * One run of the Windows tests: a writable layer over the Wine system in memory, with the
 * repository, Deno's caches and a stick inside. It lives in a mount and process namespace of
 * its own, so that nothing is left over however the run ends.
 */
import { join } from "node:path";
import { cacheFolder, present } from "../build/cache.ts";
import { runTool } from "../build/run_tool.ts";
import { PREFIX, WINE_ENVIRONMENT } from "./wine_system.ts";

/** Names the root folder of the running session to the processes in it. */
export const SESSION_VARIABLE = "PEMEDIC_WINE_SESSION";

/** Folders and files that every session shows to Windows, below its root. */
export const Inside = {
  repository: "/repository",
  denoDir: "/deno-dir",
  deno: "/deno",
  /** The stick with `pemedic.exe`, drive E:. */
  stick: "/stick",
  /** Where volumes are mounted. */
  volumes: "/volumes",
  system32: `${PREFIX}/drive_c/windows/system32`,
  /** Wine's own programs, which it prefers to files of the same name in System32. */
  builtins: "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows",
  devices: `${PREFIX}/dosdevices`,
} as const;

/** What {@linkcode openSession} puts into a session. */
export interface SessionParts {
  readonly wine: string;
  readonly repository: string;
  /** Folder of the package with `deno.exe`. */
  readonly deno: string;
  /** Deno's cache of npm packages on this machine. */
  readonly npmCache: string;
  /** Where `deno.exe` may keep its own caches between runs. */
  readonly denoDir: string;
}

/**
 * Mounts a session and returns its root folder. Only for a process in a mount namespace of
 * its own: nothing is unmounted here.
 */
export async function openSession(parts: SessionParts): Promise<string> {
  const work = join(cacheFolder(), "session");
  await Deno.mkdir(work, { recursive: true });
  await mount(["-t", "tmpfs", "-o", "mode=755", "tmpfs", work]);
  const root = join(work, "root");
  const [upper, overlay] = [join(work, "upper"), join(work, "overlay")];
  for (const folder of [root, upper, overlay]) await Deno.mkdir(folder);
  const layers = `lowerdir=${parts.wine},upperdir=${upper},workdir=${overlay}`;
  await mount(["-t", "overlay", "overlay", "-o", layers, root]);
  await mount(["-t", "proc", "proc", join(root, "proc")]);
  await mount(["--rbind", "/dev", join(root, "dev")]);
  await Deno.mkdir(parts.denoDir, { recursive: true });
  await bind(parts.repository, join(root, Inside.repository));
  await bind(parts.deno, join(root, Inside.deno));
  await bind(parts.denoDir, join(root, Inside.denoDir));
  await bind(parts.npmCache, join(root, Inside.denoDir, "npm"));
  await Deno.mkdir(join(root, Inside.stick));
  await Deno.mkdir(join(root, Inside.volumes));
  await Deno.symlink(Inside.stick, join(root, Inside.devices, "e:"));
  return root;
}

async function mount(args: string[]): Promise<void> {
  await runTool("mount", args);
}

async function bind(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  await mount(["--bind", from, to]);
}

/** How often and how long the start of Wine is awaited. */
const START_POLL_MS = 50;
const START_LIMIT = 1200;

/** How to start a program in a session. */
export interface WineRequest {
  /** Program and arguments as Windows knows them: `E:\\pemedic.exe`. */
  readonly command: readonly [program: string, ...args: string[]];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Current folder, as a path below the root of the session; the stick by default. */
  readonly cwd?: string;
  /** Shows the output as it comes instead of keeping it. */
  readonly show?: boolean;
}

/** Starts a Windows program; the returned process is that program. */
export function startWine(root: string, request: WineRequest): Deno.ChildProcess {
  const environment = { ...WINE_ENVIRONMENT, ...request.env };
  const stream = request.show === true ? "inherit" : "piped";
  return new Deno.Command("chroot", {
    args: [
      root,
      "env",
      "-i",
      "-C",
      request.cwd ?? Inside.stick,
      ...assignments(environment),
      "wine",
      ...request.command,
    ],
    stdin: "null",
    stdout: stream,
    stderr: stream,
  }).spawn();
}

/**
 * Ends all Windows programs of a session, so that Wine looks at its drives anew, and keeps it
 * running from then on: a program then starts in half a second instead of four.
 */
export async function restartWine(root: string): Promise<void> {
  const environment = assignments(WINE_ENVIRONMENT);
  // Fails if nothing runs.
  await runTool("chroot", [root, "env", "-i", ...environment, "wineserver", "-k"]).catch(() => "");
  await runTool("chroot", [root, "env", "-i", ...environment, "wineserver", "-w"]);
  const mark = `${PREFIX}/drive_c/running`;
  await Deno.remove(join(root, mark)).catch(() => undefined);
  const code = 'Deno.writeTextFileSync("C:/running", ""); setInterval(() => {}, 1e9)';
  const keeper = ["wine", `Z:${Inside.deno}/deno.exe`, "eval", code];
  // The shell ends at once and leaves the keeper behind, until Wine ends.
  await runTool("sh", [
    "-c",
    '"$@" </dev/null >/dev/null 2>&1 &',
    "sh",
    ...["chroot", root, "env", "-i", ...environment, ...keeper],
  ]);
  for (let wait = 0; !await present(join(root, mark)); wait++) {
    if (wait === START_LIMIT) throw new Error("Wine does not start");
    await new Promise((resolve) => setTimeout(resolve, START_POLL_MS));
  }
}

function assignments(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}
