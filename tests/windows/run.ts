/**
 * `deno task test:windows`: compiles the program and the simulators for Windows and tests them
 * there, which is Wine, on real NTFS. Prints one line and succeeds where that is impossible;
 * with CI=true it fails instead.
 *
 *     deno task test:windows             everything
 *     deno task test:windows stories [FILE…]   the compiled program only
 *     deno task test:windows unit [FILE…]   the unit tests as a Windows process only
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "../build/cache.ts";
import { compile } from "../build/compile.ts";
import { unpackedPackage } from "../build/npm_package.ts";
import { runTool } from "../build/run_tool.ts";
import { HOST_USER, PROGRAM, SERVICE_USER, SIMULATOR, type Work } from "./inside.ts";
import { NotPossible, requireMachine } from "./requirements.ts";
import type { SessionParts } from "./session.ts";
import { prepareWine } from "./wine_system.ts";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const HERE = fileURLToPath(new URL(".", import.meta.url));

/** The newest `deno.exe` that npm has; the unit suite needs no newer one. */
const WINDOWS_DENO = { name: "@deno/win32-x64", version: "2.9.5" };

async function main(args: readonly string[]): Promise<number> {
  const [what, ...files] = args;
  await requireMachine();
  const wine = await timed("Wine", prepareWine);
  const deno = await unpackedPackage(WINDOWS_DENO).catch((cause) => {
    throw new NotPossible(`npm cannot fetch ${WINDOWS_DENO.name}`, { cause });
  });
  await installPackages();
  await timed("compiling", compileAll);
  const work: Work = {
    parts: await sessionParts(wine, deno),
    stories: what === "unit" ? [] : files.length > 0 ? files : await stories(),
    units: what === "stories" ? [] : files.length > 0 ? files : ["tests"],
  };
  return await enter(work);
}

/** Fills npm's cache: neither the older compiler nor Wine may download or change versions. */
async function installPackages(): Promise<void> {
  const frozen = Deno.env.get("CI") === "true" ? ["--frozen"] : [];
  await runTool(Deno.execPath(), ["install", "--quiet", ...frozen], { cwd: REPOSITORY });
}

async function compileAll(): Promise<void> {
  await Deno.mkdir(join(REPOSITORY, "dist/lab"), { recursive: true });
  const { runtime } = await compile({ target: "windows", entry: "main.ts", output: PROGRAM });
  await print(`pemedic.exe: ${runtime}`);
  await compile({ target: "windows", entry: "tests/host/use_host.ts", output: HOST_USER });
  const serviceUser = "tests/windows/programs/service_user.ts";
  await compile({ target: "windows", entry: serviceUser, output: SERVICE_USER });
  await compile({
    target: "windows",
    entry: "tests/lab/simulators/main.ts",
    output: SIMULATOR,
    permissions: ["--allow-all"],
  });
}

async function sessionParts(wine: string, deno: string): Promise<SessionParts> {
  const { npmCache } = JSON.parse(await runTool(Deno.execPath(), ["info", "--json"]));
  const denoDir = join(cacheFolder(), "windows-deno-dir");
  return { wine, deno, denoDir, npmCache, repository: REPOSITORY };
}

async function stories(): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(HERE)) {
    if (name.endsWith("_story.ts")) found.push(`tests/windows/${name}`);
  }
  return found.sort();
}

/** Runs `inside.ts` where its mounts and processes end with it. */
async function enter(work: Work): Promise<number> {
  const namespace = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const program = [Deno.execPath(), "run", "--quiet", "--allow-all", join(HERE, "inside.ts")];
  const { code } = await new Deno.Command("unshare", {
    args: [...namespace, ...program, JSON.stringify(work)],
    cwd: REPOSITORY,
    stdin: "null",
  }).spawn().status;
  return code;
}

async function timed<T>(name: string, part: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await part();
  await print(`test:windows ${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result;
}

async function print(line: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
}

/** Why the tests cannot run, with the last word of whoever said so. */
function explain(error: NotPossible): string {
  const cause = error.cause instanceof Error ? error.cause.message.split("\n").at(-1) : undefined;
  return cause === undefined ? error.message : `${error.message} (${cause})`;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    if (!(error instanceof NotPossible) || Deno.env.get("CI") === "true") throw error;
    await print(`skipped: ${explain(error)}`);
  }
}
