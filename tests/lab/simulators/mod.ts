/**
 * Simulated Windows tools. They change the lab's volume the way the real ones change a real
 * one and print recorded text; `../recorded/README.md` tells the story of each text.
 *
 * ```ts
 * await runSimulator("chkdsk", ["D:", "/f", "/x"], context); // 1: errors were fixed
 * ```
 *
 * @module
 */
import { runBcdedit } from "./bcdedit_simulator.ts";
import { runChkdsk } from "./chkdsk_simulator.ts";
import { runDism } from "./dism_simulator.ts";
import { runFsutil } from "./fsutil_simulator.ts";
import { LabRun } from "./lab_run.ts";
import { runManageBde } from "./manage_bde_simulator.ts";
import { runSetup } from "./setup_simulator.ts";
import { runSfc } from "./sfc_simulator.ts";
import type { SimulatorContext } from "./simulator.ts";

export { codePageOf } from "./console_writer.ts";
export * from "./simulator.ts";

const PROGRAMS: Readonly<Record<string, (run: LabRun) => Promise<number>>> = {
  bcdedit: runBcdedit,
  chkdsk: runChkdsk,
  dism: runDism,
  fsutil: runFsutil,
  "manage-bde": runManageBde,
  setup: runSetup,
  sfc: runSfc,
};

/** Names of the tools that can be simulated. */
export const SIMULATED_TOOLS: readonly string[] = Object.keys(PROGRAMS);

/**
 * Runs the simulator of a tool and writes the call into the ledger.
 *
 * @returns the exit code, unsigned 32-bit.
 * @throws {RangeError} for a tool that the lab does not have.
 */
export async function runSimulator(
  tool: string,
  args: readonly string[],
  context: SimulatorContext,
): Promise<number> {
  const program = PROGRAMS[tool.toLowerCase()];
  if (program === undefined) {
    throw new RangeError(`Cannot simulate "${tool}": the lab has no such program`);
  }
  return await new LabRun({ tool: tool.toLowerCase(), arguments: args }, context).finish(program);
}
