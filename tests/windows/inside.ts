/**
 * The part of the Windows tests that runs in a namespace of its own (see `run.ts`): opens the
 * session, then runs the stories and the unit suite as a Windows process.
 */
import { basename, join } from "node:path";
import { SIMULATED_TOOLS } from "../lab/simulators/mod.ts";
import {
  Inside,
  openSession,
  restartWine,
  SESSION_VARIABLE,
  type SessionParts,
  startWine,
} from "./session.ts";

/** What `run.ts` hands over, as JSON in the first argument. */
export interface Work {
  readonly parts: SessionParts;
  /** Story files, relative to the repository. */
  readonly stories: readonly string[];
  /** Files or folders of unit tests, relative to the repository. */
  readonly units: readonly string[];
}

/** The executables that `run.ts` compiled, relative to the repository. */
export const PROGRAM = "dist/pemedic.exe";
export const HOST_USER = "dist/lab/use_host.exe";
export const SERVICE_USER = "dist/lab/service_user.exe";
export const SIMULATOR = "dist/lab/simulator.exe";

async function main(work: Work): Promise<number> {
  // Everything before this is of the machine; from here on mounts are our own.
  const root = await openSession(work.parts);
  await installPrograms(root);
  let failures = 0;
  if (work.stories.length > 0) failures += await timed("stories", () => runStories(root, work));
  if (work.units.length > 0) failures += await timed("unit suite", () => runUnits(root, work));
  return failures === 0 ? 0 : 1;
}

/** Windows sees links as the files they lead to, under the link's own name. */
async function installPrograms(root: string): Promise<void> {
  const compiled = (path: string) => join(Inside.repository, path);
  for (const program of [PROGRAM, HOST_USER, SERVICE_USER]) {
    await Deno.symlink(compiled(program), join(root, Inside.stick, basename(program)));
  }
  for (const tool of SIMULATED_TOOLS) {
    // Wine brings some of them, which only say that they are not implemented.
    for (const folder of [Inside.builtins, Inside.system32]) {
      await Deno.remove(join(root, folder, `${tool}.exe`)).catch(() => undefined);
    }
    await Deno.symlink(compiled(SIMULATOR), join(root, Inside.system32, `${tool}.exe`));
  }
  await restartWine(root);
}

async function runStories(root: string, work: Work): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", "--no-check", ...work.stories],
    env: { [SESSION_VARIABLE]: root },
    stdin: "null",
  }).spawn().status;
  return success;
}

async function runUnits(root: string, work: Work): Promise<boolean> {
  const flags = ["--quiet", "--allow-all", "--no-check", "--cached-only", "--frozen"];
  const { success } = await startWine(root, {
    command: [`Z:${Inside.deno}/deno.exe`, "test", ...flags, ...work.units],
    env: { DENO_DIR: `Z:${Inside.denoDir}`, NO_COLOR: "1" },
    cwd: Inside.repository,
    show: true,
  }).status;
  return success;
}

/** 1 if `part` fails. Says how long it took. */
async function timed(name: string, part: () => Promise<boolean>): Promise<number> {
  const started = performance.now();
  const success = await part();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const verdict = success ? "passed" : "FAILED";
  await Deno.stdout.write(
    new TextEncoder().encode(`test:windows ${name} ${verdict} after ${seconds} s\n`),
  );
  return success ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(JSON.parse(Deno.args[0] ?? "")));
