/** What tests of the ladder share: a run in the lab, and what became of it. */
import { journalFor } from "../../src/journal/mod.ts";
import type { ExitCodeName } from "../../src/base/mod.ts";
import {
  DEFAULT_OPTIONS,
  type LadderEvent,
  type LadderOptions,
  type LadderPlan,
  type LadderResult,
  planLadder,
  runPlan,
} from "../../src/ladder/mod.ts";
import { openWindows } from "../../src/windows/mod.ts";
import type { MemoryLab } from "../lab/mod.ts";

/** A finished run. */
export interface LadderRun {
  readonly plan: LadderPlan;
  readonly result: LadderResult;
  readonly events: readonly LadderEvent[];
}

/** Makes a plan. */
export async function planOf(
  lab: MemoryLab,
  options: Partial<LadderOptions> = {},
): Promise<LadderPlan> {
  const windows = await openWindows(lab.host, "D:");
  return await planLadder(lab.host, windows, { ...DEFAULT_OPTIONS, ...options });
}

/** Makes a plan, lets `between` happen, and runs it. */
export async function climb(
  lab: MemoryLab,
  options: Partial<LadderOptions> = {},
  between: () => void | Promise<void> = () => {},
): Promise<LadderRun> {
  const plan = await planOf(lab, options);
  await between();
  const events: LadderEvent[] = [];
  const windows = await openWindows(lab.host, "D:");
  const result = await runPlan(plan, {
    host: lab.host,
    windows,
    journal: journalFor(lab.host, "D:\\", undefined),
    program: "pemedic test",
    command: "pemedic repair",
    listener: (event) => void events.push(event),
  });
  return { plan, result, events };
}

/** The steps that ended, with how: `files.repair fixed`. */
export function ends(result: LadderResult): string[] {
  return result.steps.map((step) => `${step.step} ${step.outcome}`);
}

/** What was asked of the tools, in order: `dism /ScanHealth`, `sfc /scannow`. */
export function toolCalls(lab: MemoryLab): string[] {
  const words =
    /^\/(?:scannow|verifyonly|f|Get-|Add-|Remove-|ScanHealth|RestoreHealth|Revert|Start)/;
  return lab.host.processes.calls.map((call) =>
    [call.tool, call.arguments.find((argument) => words.test(argument)) ?? ""].join(" ").trim()
  );
}

/** The status of each planned rung by step; a step that stands twice gets its first. */
export function statuses(plan: LadderPlan): Record<string, string> {
  return Object.fromEntries(
    [...plan.rungs].reverse().map((rung) => [rung.rung.step, rung.status]),
  );
}

/** An outcome for comparisons. */
export function outcomeOf({ result }: LadderRun): ExitCodeName {
  return result.outcome;
}
