/**
 * The simulators as a program. Compiled and named `dism.exe`, `chkdsk.exe` and so on it takes
 * the place of the real tool; `--as dism` in front of the arguments names the tool otherwise.
 *
 * Environment: PEMEDIC_LAB_STATE is the path of the lab's state (JSON), PEMEDIC_LAB_SPEED how
 * many of our milliseconds a millisecond of the lab takes (default 0.002), PEMEDIC_LAB_SETUP how
 * setup.exe ends (JSON, see `setup_scenario.ts`), PEMEDIC_LAB_PROGRAM where the program lies if
 * it is not this one.
 */
import { DenoFiles } from "../deno_files.ts";
import {
  healthyLabState,
  type LabState,
  runSimulator,
  SIMULATED_TOOLS,
  type SimulatorContext,
} from "./mod.ts";
import { parseSetupScenarios } from "./setup_scenario.ts";

const DEFAULT_SPEED = 0.002;
const HEARTBEAT_MS = 1_000;

if (import.meta.main) await main();

async function main(): Promise<void> {
  const [tool, args] = toolAndArguments(Deno.execPath(), Deno.args);
  const statePath = Deno.env.get("PEMEDIC_LAB_STATE");
  const state = await readState(statePath);
  const setup = Deno.env.get("PEMEDIC_LAB_SETUP");
  if (setup !== undefined) state.setup = parseSetupScenarios(setup);
  const exitCode = await runSimulator(tool, args, contextFor(state, statePath));
  Deno.exit(exitCode | 0);
}

/** Which tool to be: `--as NAME` in front, else the name of the program. */
export function toolAndArguments(
  program: string,
  args: readonly string[],
): [tool: string, args: readonly string[]] {
  if (args[0] === "--as" && args[1] !== undefined) return [args[1], args.slice(2)];
  const name = (program.split(/[\\/]/).at(-1) ?? "").toLowerCase().replace(/\.exe$/, "");
  if (SIMULATED_TOOLS.includes(name)) return [name, args];
  throw new RangeError(`Cannot tell what to simulate: name one of ${SIMULATED_TOOLS} after --as`);
}

async function readState(path: string | undefined): Promise<LabState> {
  if (path === undefined) return healthyLabState();
  return { ...healthyLabState(), ...JSON.parse(await Deno.readTextFile(path)) };
}

function contextFor(state: LabState, statePath: string | undefined): SimulatorContext {
  const speed = Number(Deno.env.get("PEMEDIC_LAB_SPEED") ?? DEFAULT_SPEED);
  return {
    files: new DenoFiles(),
    program: Deno.env.get("PEMEDIC_LAB_PROGRAM") ?? Deno.execPath(),
    state,
    saveState: async () => {
      if (statePath === undefined) return;
      await Deno.writeTextFile(statePath, `${JSON.stringify(state, null, 2)}\n`);
    },
    write: async (bytes) => {
      for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
    },
    now: () => new Date(),
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds * speed)),
    hang: () => new Promise(() => setInterval(() => {}, HEARTBEAT_MS)),
    ask: readLine,
  };
}

/** One line of standard input, or undefined at its end. */
async function readLine(): Promise<string | undefined> {
  const byte = new Uint8Array(1);
  let line = "";
  while (await Deno.stdin.read(byte) !== null) {
    const character = String.fromCharCode(byte[0]!);
    if (character === "\n") return line.replace(/\r$/, "");
    line += character;
  }
  return line === "" ? undefined : line;
}
