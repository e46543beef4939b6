/** The path of every command that changes something: plan, show, ask, run, report. */
import { ExitCode, UsageError } from "../base/mod.ts";
import type { JournalContext } from "../journal/mod.ts";
import {
  DEFAULT_OPTIONS,
  enforceGuards,
  type LadderOptions,
  type LadderPlan,
  type LadderResult,
  planLadder,
  plansAnything,
  readSavedPlan,
  refuseOpenSession,
  requireKnownSteps,
  requireSamePlan,
  runPlan,
  type SavedPlan,
  serializePlan,
} from "../ladder/mod.ts";
import {
  renderFindings,
  renderGuards,
  renderPlan,
  renderReport,
  renderResult,
} from "../report/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import { chooseWindows, type CommandContext, openJournal } from "./context.ts";
import { createPrinter, ladderListener, type Printer } from "./printer.ts";
import { PROGRAM } from "./version.ts";

/** How a run is agreed to. */
export interface RunOptions {
  readonly dryRun?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly savePlan?: string | undefined;
  readonly plan?: string | undefined;
  /** Seconds of silence after which a tool is reported. */
  readonly quietAfter?: number | undefined;
}

/** Plans, shows, asks and runs. Returns the exit code. */
export async function runRepair(
  context: CommandContext,
  volume: string | undefined,
  ladder: Partial<LadderOptions>,
  options: RunOptions,
): Promise<number> {
  const saved = options.plan === undefined ? undefined : await loadPlan(context, options.plan);
  const wanted: LadderOptions = saved?.options ?? { ...DEFAULT_OPTIONS, ...ladder };
  requireKnownSteps([...wanted.only, ...wanted.skip]);
  const windows = await chooseWindows(context, volume);
  const plan = await planLadder(context.host, windows, wanted);
  if (saved !== undefined) requireSamePlan(saved, plan);
  showPlan(context, plan);
  if (options.savePlan !== undefined) await savePlan(context, options.savePlan, plan);
  if (options.dryRun) return endDryRun(context, plan);
  enforceGuards(plan.guards);
  if (!plansAnything(plan)) return nothingToDo(context, plan);
  const journal = await openJournal(context, windows);
  await refuseOpenSession(journal);
  if (!await agreed(context, options)) return declined(context);
  return await run(context, { plan, windows, journal, options });
}

async function loadPlan(context: CommandContext, path: string): Promise<SavedPlan> {
  return readSavedPlan(new TextDecoder().decode(await context.host.files.read(path)));
}

async function savePlan(context: CommandContext, path: string, plan: LadderPlan): Promise<void> {
  await context.host.files.createFile(path, new TextEncoder().encode(serializePlan(plan)));
  context.output.talk(`The plan is saved; run exactly it with: pemedic repair --plan ${path}`);
}

function showPlan(context: CommandContext, plan: LadderPlan): void {
  context.output.event({ type: "plan", plan });
  context.output.talk(`\nFound\n${renderFindings(plan.findings)}\n`);
  context.output.talk(renderGuards(plan.guards));
  context.output.talk(`\n${renderPlan(plan)}\n`);
}

function endDryRun(context: CommandContext, plan: LadderPlan): number {
  enforceGuards(plan.guards);
  context.output.talk("Dry run: nothing was changed");
  return plansAnything(plan) ? ExitCode.ok : ExitCode.nothingToDo;
}

function nothingToDo(context: CommandContext, plan: LadderPlan): number {
  const asked = plan.rungs.find((rung) => plan.options.only.includes(rung.rung.step));
  const reason = asked?.reason ?? "Nothing that blocks Windows was found";
  context.output.result(`${reason}; nothing was changed`);
  context.output.event({ type: "session-finished", outcome: "nothingToDo", summary: reason });
  const missing = asked?.status === "not-applicable" &&
    /is neither in this WinPE|is a Windows tool/.test(reason);
  return missing ? ExitCode.toolMissing : ExitCode.nothingToDo;
}

/**
 * Asks for agreement.
 *
 * @throws {UsageError} if there is nobody to ask and --yes was not given.
 */
export async function agreed(
  context: CommandContext,
  options: Pick<RunOptions, "yes">,
  question = "Carry out this plan? Type yes to go on: ",
): Promise<boolean> {
  if (options.yes) return true;
  const answer = context.output.json ? undefined : await context.host.terminal.ask(question);
  if (answer === undefined) {
    throw new UsageError("Cannot ask for agreement: there is no console", {
      next: "Look at the plan with --dry-run, then agree to it with --yes",
    });
  }
  return /^\s*(?:y|yes)\s*$/i.test(answer);
}

function declined(context: CommandContext): number {
  context.output.talk("Nothing was changed");
  return ExitCode.cancelled;
}

interface Agreed {
  readonly plan: LadderPlan;
  readonly windows: OfflineWindows;
  readonly journal: JournalContext;
  readonly options: RunOptions;
}

async function run(context: CommandContext, work: Agreed): Promise<number> {
  const printer = await createPrinter(context);
  return await interruptible(context, printer, async (signal) => {
    const result = await runPlan(work.plan, {
      ...sessionParts(context, printer, work.options),
      windows: work.windows,
      journal: work.journal,
      signal,
    });
    return await finish(context, work, result);
  });
}

/** The parts of a session run that come from the command line. */
export function sessionParts(context: CommandContext, printer: Printer, options: RunOptions) {
  return {
    host: context.host,
    program: PROGRAM,
    command: context.commandLine,
    listener: ladderListener(context, printer),
    ...(options.quietAfter === undefined ? {} : { quietAfterMs: options.quietAfter * 1000 }),
  };
}

/** First Ctrl-C: no further change is begun. Second: the process ends at once; the journal knows. */
export async function interruptible<T>(
  context: CommandContext,
  printer: Printer,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let stop = () => {};
  stop = context.host.onInterrupt(() => {
    printer.end();
    context.output.talk("\nStopping after the current change. Press Ctrl-C again to end at once.");
    controller.abort();
    stop();
    stop = () => {};
  });
  try {
    return await work(controller.signal);
  } finally {
    printer.end();
    stop();
  }
}

/** Writes the report beside the journal and shows the result. */
export async function finish(
  context: CommandContext,
  work: Pick<Agreed, "plan" | "journal">,
  result: LadderResult,
): Promise<number> {
  const report = renderReport(work.plan, result, {
    program: PROGRAM,
    date: context.host.clock.now().toISOString(),
  });
  const place = await keepReport(work.journal, { result, report });
  context.output.result(renderResult(result));
  if (place !== undefined) context.output.talk(`Report: ${place}`);
  const { root } = work.journal;
  if (result.steps.some((step) => step.outcome === "fixed")) {
    context.output.talk(`To take it back: pemedic undo ${root} ${result.session}`);
  }
  return ExitCode[result.outcome];
}

async function keepReport(
  journal: JournalContext,
  parts: { result: LadderResult; report: string },
): Promise<string | undefined> {
  const { attachReport } = await import("./report_file.ts");
  return await attachReport(journal, parts);
}
