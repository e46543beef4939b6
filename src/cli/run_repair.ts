/** The path of every command that changes something: plan, show, ask, run, report. */
import { ExitCode, UsageError, wrap } from "../base/mod.ts";
import { commandFor, dismUnusable, needsRepair } from "../checks/mod.ts";
import { type JournalContext, journalFor, listSessions } from "../journal/mod.ts";
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
  refuseScratch,
  REPAIR_DISK,
  requireKnownSteps,
  requireSamePlan,
  runPlan,
  type SavedPlan,
  serializePlan,
  type SourceMaker,
} from "../ladder/mod.ts";
import {
  renderGrounds,
  renderGuards,
  renderPlan,
  renderReport,
  renderResult,
} from "../report/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import { chooseWindows, type CommandContext, onUserFile, openJournal } from "./context.ts";
import { tellOpenSession } from "./open_session.ts";
import { createPrinter, ladderListener, type Printer } from "./printer.ts";
import { quoted } from "./registry_path.ts";
import { PROGRAM } from "./version.ts";

/** How a run is agreed to. */
export interface RunOptions {
  readonly dryRun?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly savePlan?: string | undefined;
  readonly plan?: string | undefined;
  /** Seconds of silence after which a tool is reported. */
  readonly quietAfter?: number | undefined;
  /** Options that can be told only once the Windows is known. */
  readonly resolve?: (windows: OfflineWindows) => Promise<Partial<LadderOptions>>;
  /** The command that takes the changes back, where one does more than `undo`. */
  readonly takeBack?: (windows: OfflineWindows) => string;
}

/** The step that can do nothing without a source. */
const RESTORE_IMAGE = "image.restore";

/** Plans, shows, asks and runs. Returns the exit code. */
export async function runRepair(
  context: CommandContext,
  volume: string | undefined,
  ladder: Partial<LadderOptions>,
  options: RunOptions,
): Promise<number> {
  const saved = options.plan === undefined ? undefined : await loadPlan(context, options.plan);
  const asked: LadderOptions = { ...DEFAULT_OPTIONS, ...ladder, ...saved?.options };
  if (saved !== undefined) refuseOtherOptions(ladder);
  requireKnownSteps([...asked.only, ...asked.skip]);
  if (asked.scratch !== undefined) await refuseScratch(context.host, asked.scratch);
  const windows = await chooseWindows(context, volume);
  const resolved = { ...asked, ...await options.resolve?.(windows) };
  const wanted = await withSources(context, windows, resolved);
  const plan = await planLadder(context.host, windows, wanted);
  if (saved !== undefined) requireSamePlan(saved, plan);
  if (options.dryRun) await tellOpenSession(context, windows);
  showPlan(context, plan, { asResult: options.dryRun ?? false });
  await tellOldDism(context, windows);
  if (options.savePlan !== undefined) await savePlan(context, options.savePlan, plan);
  if (options.dryRun) return endDryRun(context, plan);
  enforceGuards(plan.guards);
  await refuseOpenSession(journalFor(context.host, windows.root, undefined));
  if (!plansAnything(plan)) return nothingToDo(context, plan);
  tellDirty(context, windows, plan);
  const journal = await openJournal(context, windows);
  await tellDamaged(context, journal);
  if (!await agreed(context, options)) return declined(context);
  return await run(context, { plan, windows, journal, options });
}

/** A plan without `--source` loads nothing of the media's rooms; a saved plan has resolved them. */
async function withSources(
  context: CommandContext,
  windows: OfflineWindows,
  asked: LadderOptions,
): Promise<LadderOptions> {
  if (asked.sources.length === 0 || asked.sourceWork !== undefined) return asked;
  const { requireSources, resolveSources } = await import("./repair_sources.ts");
  await requireSources(context, asked.sources);
  const required = asked.only.length === 1 && asked.only[0] === RESTORE_IMAGE;
  return { ...asked, ...await resolveSources(context, windows, { ...asked, required }) };
}

/** A saved plan holds its options: others beside it would be left out without a word. */
function refuseOtherOptions(ladder: Partial<LadderOptions>): void {
  const before: Record<string, unknown> = { ...DEFAULT_OPTIONS };
  const changed = Object.entries(ladder).some(([name, value]) =>
    JSON.stringify(value) !== JSON.stringify(before[name])
  );
  if (!changed) return;
  throw new UsageError("Cannot use other options of the repair with --plan: the plan holds them", {
    next: "Leave them out, or make another plan with --dry-run --save-plan FILE",
  });
}

async function loadPlan(context: CommandContext, path: string): Promise<SavedPlan> {
  const bytes = await onUserFile("saved plan", () => context.host.files.read(path));
  return readSavedPlan(new TextDecoder().decode(bytes));
}

async function savePlan(context: CommandContext, path: string, plan: LadderPlan): Promise<void> {
  const bytes = new TextEncoder().encode(serializePlan(plan));
  await onUserFile("file for the plan", () => context.host.files.createFile(path, bytes));
  const command = `pemedic repair --plan ${quoted(path)}`;
  context.output.talk(wrap(`The plan is saved; run exactly it with: ${command}`));
}

/** The plan is the result of a dry run; before a repair it is talk. */
export function showPlan(
  context: CommandContext,
  plan: LadderPlan,
  options: { readonly asResult: boolean },
): void {
  const { output } = context;
  output.event({ type: "plan", plan });
  const text = `\nFound\n${renderGrounds(plan.findings)}\n\n${renderGuards(plan.guards)}\n\n${
    renderPlan(plan)
  }\n`;
  if (options.asResult) output.result(text);
  else output.talk(text);
}

function endDryRun(context: CommandContext, plan: LadderPlan): number {
  enforceGuards(plan.guards);
  context.output.talk("Dry run: nothing was changed");
  return plansAnything(plan) ? ExitCode.ok : idleCode(plan);
}

function nothingToDo(context: CommandContext, plan: LadderPlan): number {
  const asked = plan.rungs.find((rung) => plan.options.only.includes(rung.rung.step));
  const reason = asked?.reason ?? "Nothing that blocks Windows was found";
  context.output.result(wrap(`${reason}; nothing was changed`));
  context.output.event({ type: "session-finished", outcome: "nothingToDo", summary: reason });
  return idleCode(plan);
}

/** Nothing is planned: because nothing is wrong, or because the tool is missing. */
function idleCode(plan: LadderPlan): number {
  const asked = plan.rungs.find((rung) => plan.options.only.includes(rung.rung.step));
  return ExitCode[asked?.code ?? "nothingToDo"];
}

/** A step chosen alone is the user's decision; that chkdsk comes first otherwise is said. */
function tellDirty(context: CommandContext, windows: OfflineWindows, plan: LadderPlan): void {
  const { only } = plan.options;
  if (only.length === 0 || only.includes(REPAIR_DISK)) return;
  const dirty = plan.findings.some((finding) =>
    finding.check === "volume.dirty" && needsRepair(finding)
  );
  if (!dirty) return;
  const first = commandFor(windows, "disk repair");
  context.output.talk(wrap(`Note: the volume is marked dirty; better repair it first: ${first}`));
}

/** A DISM that is too old leaves the deciding rungs out: what is newer here is worth knowing. */
async function tellOldDism(context: CommandContext, windows: OfflineWindows): Promise<void> {
  if ((await dismUnusable(windows))?.tooOld !== true) return;
  const { tellStartMedia } = await import("./repair_sources.ts");
  await tellStartMedia(context, windows);
}

/** A journal that cannot be read may hold something to take back: worth knowing before more is done. */
async function tellDamaged(context: CommandContext, journal: JournalContext): Promise<void> {
  const { damaged } = await listSessions(journal);
  for (const { id, error } of damaged) {
    context.output.talk(wrap(`note: session ${id} cannot be read: ${error.message}`));
  }
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
  const answer = context.output.json ? undefined : await askInterruptibly(context, question);
  if (answer === undefined) {
    throw new UsageError("Cannot ask for agreement: there is no console", {
      next: "Look at what is shown above, then agree to it with --yes",
    });
  }
  return isYes(answer);
}

/** Ctrl-C at a question is a no: the command ends with its sentence. */
async function askInterruptibly(
  { host, output }: CommandContext,
  question: string,
): Promise<string | undefined> {
  let stop = () => {};
  const interrupted = new Promise<string>((resolve) => {
    stop = host.onInterrupt(() => {
      output.talk("");
      resolve("no");
    });
  });
  try {
    return await Promise.race([host.terminal.ask(question), interrupted]);
  } finally {
    stop();
  }
}

/** Says whether an answer typed at a question agrees; no console is no agreement. */
export function isYes(answer: string | undefined): boolean {
  return answer !== undefined && /^\s*(?:y|yes)\s*$/i.test(answer);
}

/** The end of a command that was not agreed to. */
export function declined(context: CommandContext): number {
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
    const takeBack = work.options.takeBack?.(work.windows);
    return await finish(context, { ...work, takeBack }, result);
  });
}

/** The parts of a session run that come from the command line. */
export function sessionParts(context: CommandContext, printer: Printer, options: RunOptions) {
  return {
    host: context.host,
    program: PROGRAM,
    command: context.commandLine,
    sourceMaker: lazySourceMaker(context),
    listener: ladderListener(context, printer),
    ...(options.quietAfter === undefined ? {} : { quietAfterMs: options.quietAfter * 1000 }),
  };
}

/** Nothing of the media's rooms is loaded before a plan needs it. */
function lazySourceMaker(context: CommandContext): SourceMaker {
  const load = async () => (await import("./repair_sources.ts")).sourceMaker(context);
  return {
    make: async (work, options) => (await load()).make(work, options),
    discard: async (work) => (await load()).discard(work),
  };
}

/** First Ctrl-C: no further change is begun. Second: the process ends at once; the journal knows. */
export async function interruptible<T>(
  context: CommandContext,
  printer: Printer,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return await stoppable(context, printer, { work, saying: "Stopping after the current change" });
}

/** The same for a command that changes nothing. */
export async function interruptibleReading<T>(
  context: CommandContext,
  printer: Printer,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return await stoppable(context, printer, { work, saying: "Stopping; nothing was changed" });
}

async function stoppable<T>(
  context: CommandContext,
  printer: Printer,
  { work, saying }: {
    readonly work: (signal: AbortSignal) => Promise<T>;
    readonly saying: string;
  },
): Promise<T> {
  const controller = new AbortController();
  let stop = () => {};
  stop = context.host.onInterrupt(() => {
    printer.end();
    context.output.talk(`\n${saying}. Press Ctrl-C again to end at once.`);
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
  work: Pick<Agreed, "plan" | "journal"> & { readonly takeBack?: string | undefined },
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
  if (leavesUndo(work.plan, result)) {
    const command = work.takeBack ?? `pemedic undo ${quoted(root)} ${result.session}`;
    context.output.talk(wrap(`To take it back: ${command}`));
  }
  return ExitCode[result.outcome];
}

/** Outcomes of steps that have made their changes, whether these helped or not. */
const CHANGED: readonly string[] = ["fixed", "needs-restart", "not-fixed"];

/** What tools did cannot be taken back, and copies in the session's folder need not be. */
function leavesUndo(plan: LadderPlan, result: LadderResult): boolean {
  const done = new Set(
    result.steps.filter((step) => CHANGED.includes(step.outcome)).map((step) => step.step),
  );
  return plan.rungs.some((rung) =>
    done.has(rung.rung.step) &&
    rung.plan?.changes.some((change) =>
      change.kind !== "tool-ran" && !change.path.startsWith("{session}")
    )
  );
}

async function keepReport(
  journal: JournalContext,
  parts: { result: LadderResult; report: string },
): Promise<string | undefined> {
  const { attachReport } = await import("./report_file.ts");
  return await attachReport(journal, parts);
}
