/**
 * Runs the ladder: rung by rung, each step journalled and verified, the checks asked again
 * after it; stops as soon as nothing blocking is left.
 */
import { type ExitCodeName, MedicError, type ToolProgress } from "../base/mod.ts";
import { CHECKS, type Finding, needsRepair, runCheck } from "../checks/mod.ts";
import type { Host } from "../host/mod.ts";
import {
  type Change,
  describeChange,
  expandSession,
  Transaction,
  type TransactionListener,
} from "../journal/mod.ts";
import type { JournalWriter } from "../journal/mod.ts";
import {
  type ApplyReport,
  createSteps,
  type RepairStep,
  type StepPlan,
  type Verdict,
} from "../repairs/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import type { LadderListener, StepOutcome } from "./events.ts";
import { enforceGuards, runGuards } from "./guards.ts";
import { finalOutcome } from "./outcome.ts";
import { discardsHibernation } from "./options.ts";
import { type LadderPlan, wantsStep } from "./plan.ts";
import { type Rung, RUNGS } from "./rungs.ts";
import { createWorkspace, type ReadyWorkspace } from "./workspace.ts";

/** How one step ended. */
export interface StepResult {
  readonly step: string;
  readonly title: string;
  readonly rung: number;
  readonly outcome: StepOutcome;
  readonly reason: string;
  /** Set where a step failed: decides over the exit code. */
  readonly code?: ExitCodeName;
  readonly next?: string;
  readonly durationMs: number;
}

/** How a run ended. */
export interface LadderResult {
  readonly session: string;
  /** The session's folder on the target, volume-relative. */
  readonly folder: string;
  readonly steps: readonly StepResult[];
  readonly before: readonly Finding[];
  readonly after: readonly Finding[];
  readonly outcome: ExitCodeName;
  readonly summary: string;
  readonly next?: string;
}

/** What a run needs besides the plan. */
export interface RunContext {
  readonly host: Host;
  readonly windows: OfflineWindows;
  readonly writer: JournalWriter;
  /** Changes that the journal holds already, when a session is resumed. */
  readonly changes: number;
  /** Steps that a resumed session has behind it: what was saved first is not saved again. */
  readonly completed?: readonly string[];
  /** Steps that a resumed session had begun: they are verified before they are repeated. */
  readonly begun?: readonly string[];
  readonly listener: LadderListener;
  readonly signal?: AbortSignal;
  readonly quietAfterMs?: number;
}

/**
 * Runs an agreed plan to its end and closes the journal.
 *
 * @throws {MedicError} if a guard refuses.
 */
export async function runLadder(plan: LadderPlan, context: RunContext): Promise<LadderResult> {
  const run = new LadderRun(plan, context);
  const awake = context.host.keepAwake();
  try {
    return await run.toTheEnd();
  } finally {
    awake();
    await run.cleanUp();
  }
}

class LadderRun {
  readonly #plan: LadderPlan;
  readonly #context: RunContext;
  readonly #steps: readonly RepairStep[];
  readonly #transaction: Transaction;
  readonly #results: StepResult[] = [];
  #findings: readonly Finding[];
  #workspace: ReadyWorkspace | undefined;
  #current = "";

  constructor(plan: LadderPlan, context: RunContext) {
    this.#plan = plan;
    this.#context = context;
    this.#findings = plan.findings;
    this.#steps = createSteps(plan.options);
    this.#transaction = new Transaction(context.writer, {
      changes: context.changes,
      listener: this.#transactionListener(),
      ...(context.signal === undefined ? {} : { signal: context.signal }),
      ...(context.quietAfterMs === undefined ? {} : { quietAfterMs: context.quietAfterMs }),
    });
  }

  async toTheEnd(): Promise<LadderResult> {
    const { windows, host, writer } = this.#context;
    const discardHibernation = discardsHibernation(this.#plan.options);
    enforceGuards(await runGuards(windows, { host, discardHibernation }));
    for (const rung of RUNGS) {
      if (this.#finished(rung)) break;
      await this.#climb(rung);
      if (this.#mustStop()) break;
    }
    const result = finalOutcome({
      plan: this.#plan,
      steps: this.#results,
      findings: this.#findings,
      windows,
    });
    await this.#transaction.end(result.outcome);
    const finished = { session: writer.id, folder: writer.folder, before: this.#plan.findings };
    this.#context.listener({ type: "session-finished", session: writer.id, ...result });
    return { ...finished, ...result, steps: this.#results, after: this.#findings };
  }

  async cleanUp(): Promise<void> {
    await this.#workspace?.cleanUp();
  }

  /** Nothing blocking is left, and no chosen step is ahead. */
  #finished(next: Rung): boolean {
    const { only, quick } = this.#plan.options;
    const rest = RUNGS.slice(RUNGS.indexOf(next));
    if (rest.some((rung) => only.includes(rung.step))) return false;
    if (only.length > 0) return true;
    return !this.#findings.some((finding) =>
      needsRepair(finding) || (!quick && finding.outcome === "open")
    );
  }

  #mustStop(): boolean {
    const last = this.#results.at(-1);
    if (last?.outcome === "cancelled") return true;
    return last?.code !== undefined && STOPPING.includes(last.code);
  }

  async #climb(rung: Rung): Promise<void> {
    const step = this.#steps.find((candidate) => candidate.id === rung.step);
    const planned = this.#plan.rungs.find((entry) => entry.rung === rung);
    if (step === undefined || planned === undefined) return;
    if (rung.after !== undefined && !this.#calledAgain(rung, step)) return;
    if (rung.after === undefined) {
      const question = { rung, step, options: this.#plan.options, findings: this.#findings };
      const { status } = wantsStep(question);
      if (status === "skipped" || status === "not-needed") return;
      if (status === "if-needed" && !await this.#answerFirst(step)) return;
      const saved = this.#context.completed?.includes(step.id) ?? false;
      if (rung.always && (planned.plan === undefined || saved)) return;
    }
    await this.#runStep(rung, step, planned.plan);
  }

  /** The step ran before, left something, and the one it waits for has repaired. */
  #calledAgain(rung: Rung, step: RepairStep): boolean {
    const { only, skip } = this.#plan.options;
    if (only.length > 0 || skip.includes(step.id)) return false;
    const before = this.#results.find((result) => result.step === rung.after);
    const left = this.#findings.some((f) => step.answers.includes(f.check) && needsRepair(f));
    return before?.outcome === "fixed" && left;
  }

  /** Asks the deep checks whose answer is open. Says whether the step is needed then. */
  async #answerFirst(step: RepairStep): Promise<boolean> {
    for (const check of CHECKS) {
      const open = this.#findings.some((f) => f.check === check.id && f.outcome === "open");
      if (!step.answers.includes(check.id) || !open) continue;
      const applicability = await step.detect(this.#context.windows);
      if (!applicability.applies) {
        this.#record(step, { outcome: "not-applicable", reason: applicability.reason });
        return false;
      }
      this.#context.listener({ type: "check-started", check: check.id, question: check.question });
      this.#current = check.id;
      this.#replace(await runCheck(this.#context.windows, await this.#checkContext(), check));
    }
    if (this.#futile(step)) return false;
    const needed = this.#findings.some((f) => step.answers.includes(f.check) && needsRepair(f));
    if (!needed) {
      const answer = this.#findings.find((finding) => step.answers.includes(finding.check));
      this.#record(step, {
        outcome: "not-needed",
        reason: answer?.summary ?? "Nothing asks for it",
      });
    }
    return needed;
  }

  /** The futility stop: where only the upgrade helps, no step is tried. */
  #futile(step: RepairStep): boolean {
    const finding = this.#findings.find((f) =>
      f.onlyUpgradeHelps && step.answers.includes(f.check)
    );
    if (finding === undefined) return false;
    this.#record(step, {
      outcome: "failed",
      code: "needsUpgrade",
      reason: `${finding.summary}: only an in-place upgrade helps`,
      next: "Upgrade in place from media of the same or a newer build once Windows starts",
    });
    return true;
  }

  async #runStep(rung: Rung, step: RepairStep, agreed: StepPlan | undefined): Promise<void> {
    const { windows, listener } = this.#context;
    const started = this.#context.host.clock.monotonicMs();
    this.#current = step.id;
    let end: Omit<StepResult, "step" | "title" | "rung" | "durationMs">;
    try {
      const applicability = await step.detect(windows);
      if (!applicability.applies) {
        end = { outcome: "not-applicable", reason: applicability.reason };
      } else {
        listener({ type: "step-started", step: step.id, title: step.title, rung: rung.rung });
        end = await this.#applyAndVerify(step, agreed);
      }
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      end = this.#context.signal?.aborted ? cancelledBy(error) : failure(error);
      await this.#tryEndStep(step, end);
    }
    this.#record(step, end, {
      rung: rung.rung,
      durationMs: this.#context.host.clock.monotonicMs() - started,
    });
  }

  async #applyAndVerify(
    step: RepairStep,
    agreed: StepPlan | undefined,
  ): Promise<Omit<StepResult, "step" | "title" | "rung" | "durationMs">> {
    const { windows } = this.#context;
    await this.#ensureWorkspace();
    const plan = await step.plan(windows, this.#findings);
    refuseUnagreed(plan, agreed);
    await this.#transaction.beginStep(step.id, plan.changes);
    const done = await this.#doneBefore(step, plan);
    if (done !== undefined) return done;
    const report = await step.apply(plan, this.#transaction);
    windows.refresh();
    this.#context.listener({ type: "verifying", step: step.id });
    const verdict = await this.#verify(step, plan, report);
    await this.#transaction.endStep(step.id, { outcome: verdict.outcome, reason: verdict.reason });
    await this.#diagnoseAgain(verdict.findings ?? []);
    const code = verdict.outcome === "not-fixed" ? { code: "notVerified" as const } : {};
    return { outcome: verdict.outcome, reason: verdict.reason, ...code };
  }

  /** A step that was cut off may have reached its aim all the same: nothing is repeated then. */
  async #doneBefore(step: RepairStep, plan: StepPlan) {
    if (!this.#context.begun?.includes(step.id)) return undefined;
    const verdict = await this.#verify(step, plan, undefined);
    if (verdict.outcome !== "fixed") return undefined;
    const end = { outcome: verdict.outcome, reason: verdict.reason };
    await this.#transaction.endStep(step.id, end);
    await this.#diagnoseAgain(verdict.findings ?? []);
    return end;
  }

  async #verify(
    step: RepairStep,
    plan: StepPlan,
    report: ApplyReport | undefined,
  ): Promise<Verdict> {
    return await step.verify(this.#context.windows, plan, {
      workspace: await this.#ensureWorkspace(),
      report,
      sessionPath: (path) => expandSession(path, this.#context.writer.folder),
      onProgress: (progress) => this.#progress(progress),
    });
  }

  /** The quick checks again; deep answers stay unless the step brought new ones. */
  async #diagnoseAgain(answers: readonly Finding[]): Promise<void> {
    const fresh: Finding[] = [];
    for (const check of CHECKS.filter((candidate) => !candidate.deep)) {
      fresh.push(...await runCheck(this.#context.windows, {}, check));
    }
    this.#replace(fresh);
    this.#replace(answers);
  }

  #replace(fresh: readonly Finding[]): void {
    const names = new Set(fresh.map((finding) => finding.check));
    this.#findings = [...this.#findings.filter((finding) => !names.has(finding.check)), ...fresh];
    const changed = fresh.filter((finding) =>
      finding.outcome !== "ok" || this.#current === finding.check
    );
    if (names.size <= 2) {
      for (const finding of changed) this.#context.listener({ type: "finding", finding });
    }
  }

  async #ensureWorkspace(): Promise<ReadyWorkspace> {
    const { host, windows, writer } = this.#context;
    const { scratch } = this.#plan.options;
    this.#workspace ??= await createWorkspace(host, windows, {
      folder: writer.folder,
      ...(scratch === undefined ? {} : { scratch }),
    });
    this.#transaction.scratch = this.#workspace.scratch;
    return this.#workspace;
  }

  async #checkContext() {
    return {
      workspace: await this.#ensureWorkspace(),
      onProgress: (progress: ToolProgress) => this.#progress(progress),
      onQuiet: (silentMs: number) =>
        this.#context.listener({ type: "quiet", step: this.#current, silentMs }),
    };
  }

  #progress(progress: ToolProgress): void {
    this.#context.listener({ type: "progress", step: this.#current, progress });
  }

  async #tryEndStep(step: RepairStep, end: { outcome: string; reason: string }): Promise<void> {
    try {
      await this.#transaction.endStep(step.id, { outcome: end.outcome, reason: end.reason });
    } catch (error) {
      if (!(error instanceof MedicError)) throw error; // the journal's disk is full: resume looks for itself
    }
  }

  #record(
    step: RepairStep,
    end: Omit<StepResult, "step" | "title" | "rung" | "durationMs">,
    where: { rung: number; durationMs: number } = { rung: 0, durationMs: 0 },
  ): void {
    this.#results.push({ step: step.id, title: step.title, ...where, ...end });
    const { outcome, reason, next } = end;
    this.#context.listener({
      type: "step-finished",
      step: step.id,
      outcome,
      reason,
      ...(next === undefined ? {} : { next }),
    });
  }

  #transactionListener(): TransactionListener {
    const { listener } = this.#context;
    return {
      changed: (change) => listener({ type: "change-made", step: this.#current, change }),
      progress: (_change, progress) => this.#progress(progress),
      quiet: (_change, silentMs) => listener({ type: "quiet", step: this.#current, silentMs }),
    };
  }
}

/** After these, going on would only do harm or waste time. */
const STOPPING: readonly ExitCodeName[] = [
  "noSpace",
  "readOnly",
  "diskFailing",
  "needsUpgrade",
  "planMismatch",
  "cancelled",
];

function failure(
  error: MedicError,
): { outcome: StepOutcome; reason: string; code: ExitCodeName; next?: string } {
  return {
    outcome: error.code === "cancelled" ? "cancelled" : "failed",
    reason: error.message,
    code: error.code,
    ...(error.next === undefined ? {} : { next: error.next }),
  };
}

/** Ctrl-C reaches the running tool too: its failure is then the user's wish. */
function cancelledBy(error: MedicError) {
  const next = "Go on with it (pemedic resume) or take it back (pemedic undo)";
  return {
    outcome: "cancelled",
    reason: `Stopped by the user (${error.message})`,
    code: "cancelled",
    next,
  } as const;
}

/** What was shown and agreed may shrink meanwhile, but nothing may be added to it. */
function refuseUnagreed(plan: StepPlan, agreed: StepPlan | undefined): void {
  if (agreed === undefined) return;
  const known = new Set(agreed.changes.map(changeKey));
  const added = plan.changes.find((change) => !known.has(changeKey(change)));
  if (added === undefined) return;
  throw new MedicError(
    "planMismatch",
    `Cannot go on with "${plan.step}": the volume has changed since the plan was shown`,
    {
      next: `New in the plan: ${describeChange(added)}. Run the command again to see the new plan`,
    },
  );
}

/** Sizes may change while tools work; kind, place and arguments may not. */
function changeKey(change: Change): string {
  if (change.kind === "tool-ran") return JSON.stringify([change.tool, ...change.arguments]);
  return JSON.stringify([change.kind, change.path]);
}
