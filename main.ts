/** The program's door: answers `--version` without loading anything, leaves the rest to `cli`. */
import { VERSION } from "./src/cli/version.ts";

if (import.meta.main) {
  const [first, ...rest] = Deno.args;
  if (rest.length === 0 && (first === "--version" || first === "-V")) {
    Deno.stdout.writeSync(new TextEncoder().encode(`pemedic ${VERSION}\n`));
  } else {
    const { main } = await import("./src/cli/mod.ts");
    Deno.exit(await main(Deno.args));
  }
}
