/**
 * Runs the ladder: rung by rung, each step journalled and verified, the checks asked again
 * after it; stops as soon as nothing blocking is left.
 */
import { CancelledError, type ExitCodeName, MedicError, type ToolProgress } from "../base/mod.ts";
import { CHECKS, commandFor, type Finding, needsRepair } from "../checks/mod.ts";
import type { Host } from "../host/mod.ts";
import { expandSession, Transaction, type TransactionListener } from "../journal/mod.ts";
import type { JournalWriter } from "../journal/mod.ts";
import { type ApplyReport, type RepairStep, type StepPlan, type Verdict } from "../repairs/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import { refuseUnagreed } from "./agreement.ts";
import { Diagnosis } from "./diagnosis.ts";
import type { LadderListener } from "./events.ts";
import { enforceGuards, runGuards } from "./guards.ts";
import { finalOutcome } from "./outcome.ts";
import { discardsHibernation, rebuiltHives, REPAIR_DISK, repairsDisk } from "./options.ts";
import { withPatience } from "./patient_tools.ts";
import { type LadderPlan, type PlannedRung, wantsStep } from "./plan.ts";
import { type Rung, RUNGS } from "./rungs.ts";
import {
  cancelledEnd,
  failedEnd,
  RESUMABLE,
  type StepEnd,
  type StepResult,
  STOPPING,
} from "./step_result.ts";
import { SourceCopies, type SourceMaker } from "./source_maker.ts";
import { createLadderSteps } from "./steps.ts";
import { createWorkspace, NO_WORKSPACE, type ReadyWorkspace } from "./workspace.ts";

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
  /** Needed by plans with work on their sources. */
  readonly sourceMaker?: SourceMaker;
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

/** A step with its rung and what was agreed about it. */
interface Ahead {
  readonly rung: Rung;
  readonly step: RepairStep;
  readonly agreed: StepPlan;
}

class LadderRun {
  readonly #plan: LadderPlan;
  readonly #context: RunContext;
  readonly #windows: OfflineWindows;
  readonly #steps: readonly RepairStep[];
  readonly #transaction: Transaction;
  readonly #results: StepResult[] = [];
  /** What must be done before the first change, once it is known that there will be one. */
  readonly #before: Ahead[] = [];
  readonly #diagnosis: Diagnosis;
  readonly #copies: SourceCopies;
  #workspace: ReadyWorkspace | undefined;
  #current = "";
  #unsaved = false;

  constructor(plan: LadderPlan, context: RunContext) {
    this.#plan = plan;
    this.#context = context;
    this.#windows = withPatience(context.host, context.windows, context.quietAfterMs);
    this.#diagnosis = new Diagnosis({
      windows: this.#windows,
      findings: plan.findings,
      listener: context.listener,
      signal: context.signal,
    });
    this.#steps = createLadderSteps(plan.options);
    this.#copies = new SourceCopies(context.sourceMaker, context.listener);
    this.#transaction = new Transaction(context.writer, {
      changes: context.changes,
      listener: this.#transactionListener(),
      ...(context.signal === undefined ? {} : { signal: context.signal }),
      ...(context.quietAfterMs === undefined ? {} : { quietAfterMs: context.quietAfterMs }),
    });
  }

  async toTheEnd(): Promise<LadderResult> {
    const { host, writer, listener } = this.#context;
    const { options } = this.#plan;
    enforceGuards(
      await runGuards(this.#windows, {
        host,
        discardHibernation: discardsHibernation(options),
        repairsDisk: repairsDisk(options),
        rebuilds: rebuiltHives(options),
      }),
    );
    for (const rung of RUNGS) {
      if (this.#finished(rung)) break;
      await this.#climb(rung);
      if (this.#mustStop()) break;
    }
    const result = finalOutcome({
      plan: this.#plan,
      steps: this.#results,
      findings: this.#diagnosis.findings,
      windows: this.#windows,
    });
    await this.#removeCopies();
    await this.#endSession(result.outcome);
    this.#tellMirror();
    this.#tellExposed();
    const finished = { session: writer.id, folder: writer.folder, before: this.#plan.findings };
    listener({ type: "session-finished", session: writer.id, ...result });
    return { ...finished, ...result, steps: this.#results, after: this.#diagnosis.findings };
  }

  async cleanUp(): Promise<void> {
    await this.#removeCopies();
    await this.#workspace?.cleanUp();
  }

  /** A session that was stopped goes on with them. */
  async #removeCopies(): Promise<void> {
    if (this.#results.at(-1)?.outcome !== "cancelled") await this.#copies.remove();
  }

  /** A session that can be resumed gets no end, so that `resume` finds it. */
  async #endSession(outcome: ExitCodeName): Promise<void> {
    if (RESUMABLE.includes(outcome)) return await this.#context.writer.close();
    try {
      await this.#transaction.end(outcome);
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      const text = `The end of the session could not be recorded: ${error.message}`;
      this.#context.listener({ type: "notice", text });
    }
  }

  /** A stick that was pulled or is full is no reason to stop, but worth knowing. */
  #tellMirror(): void {
    const problem = this.#context.writer.mirrorProblem;
    if (problem === undefined) return;
    const text = `The journal's copy on the stick is not whole: ${problem}`;
    this.#context.listener({ type: "notice", text });
  }

  #tellExposed(): void {
    const { exposed, folder } = this.#context.writer;
    if (exposed === undefined) return;
    const text = `Ordinary users of this Windows may be able to read "${folder}": ${exposed}`;
    this.#context.listener({ type: "notice", text });
  }

  /** Nothing blocking is left, and no chosen step is ahead. */
  #finished(next: Rung): boolean {
    const { only, quick, include } = this.#plan.options;
    const rest = RUNGS.slice(RUNGS.indexOf(next));
    if (rest.some((rung) => only.includes(rung.step))) return false;
    if (rest.some((rung) => rung.include !== undefined && include.includes(rung.include))) {
      return false;
    }
    if (only.length > 0) return true;
    return !this.#diagnosis.findings.some((finding) =>
      needsRepair(finding) || (!quick && finding.outcome === "open")
    );
  }

  #mustStop(): boolean {
    const last = this.#results.at(-1);
    if (last?.outcome === "cancelled" || this.#unsaved || this.#stillDirty(last)) return true;
    return last?.code !== undefined && STOPPING.includes(last.code);
  }

  /** chkdsk did not reach its aim: more writes on this file system could make it worse. */
  #stillDirty(last: StepResult | undefined): boolean {
    if (last?.step !== REPAIR_DISK || !repairsDisk(this.#plan.options)) return false;
    return last.outcome !== "fixed" && last.outcome !== "not-needed";
  }

  get #aborted(): boolean {
    return this.#context.signal?.aborted ?? false;
  }

  async #climb(rung: Rung): Promise<void> {
    const step = this.#steps.find((candidate) => candidate.id === rung.step);
    const planned = this.#plan.rungs.find((entry) => entry.rung === rung);
    if (step === undefined || planned === undefined) return;
    if (rung.after !== undefined && !this.#calledAgain(rung, step)) return;
    const question = {
      rung,
      step,
      options: this.#plan.options,
      findings: this.#diagnosis.findings,
    };
    const { status } = wantsStep(question);
    if (status === "skipped" || status === "not-needed") return;
    const agreed = planned.plan;
    if (agreed === undefined) return this.#leaveOut(step, planned);
    const ahead = { rung, step, agreed };
    if (rung.always && !this.#plan.options.only.includes(step.id)) {
      const saved = this.#context.completed?.includes(step.id) ?? false;
      if (!saved) this.#before.push(ahead);
      return;
    }
    if (this.#aborted) return this.#record(step, cancelledEnd(this.#windows));
    const asked = rung.after === undefined && status === "if-needed";
    const idle = asked
      ? await this.#diagnosis.answer(step, (check) => this.#checkContext(check.id))
      : undefined;
    if (idle !== undefined) return this.#record(step, idle);
    await this.#runStep(ahead);
  }

  /** What was not in the plan that was shown is not done, even if it would be possible now. */
  #leaveOut(step: RepairStep, planned: PlannedRung): void {
    if (planned.status === "not-applicable") {
      return this.#record(step, { outcome: "not-applicable", reason: planned.reason });
    }
    if (planned.rung.always) return;
    this.#record(step, {
      outcome: "not-applicable",
      reason: "It was not in the plan that was shown; run the command again to see a new plan",
    });
  }

  /** The step ran before, left something, and the one it waits for has repaired. */
  #calledAgain(rung: Rung, step: RepairStep): boolean {
    const { only, skip } = this.#plan.options;
    if (only.length > 0 || skip.includes(step.id)) return false;
    const before = this.#results.find((result) => result.step === rung.after);
    const left = this.#diagnosis.wants(step);
    return before?.outcome === "fixed" && left;
  }

  async #runStep(ahead: Ahead): Promise<void> {
    const { rung, step } = ahead;
    const { listener, host } = this.#context;
    const started = host.clock.monotonicMs();
    let end: StepEnd;
    try {
      const applicability = await step.detect(this.#windows);
      if (!applicability.applies) {
        end = { outcome: "not-applicable", reason: applicability.reason };
      } else {
        if (!await this.#saveFirst()) return;
        this.#current = step.id;
        listener({ type: "step-started", step: step.id, title: step.title, rung: rung.rung });
        end = await this.#applyAndVerify(ahead);
      }
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      end = this.#aborted
        ? cancelledEnd(this.#windows, error.code === "cancelled" ? {} : { detail: error.message })
        : failedEnd(this.#windows, error);
      await this.#tryEndStep(step, end);
    }
    this.#record(step, end, { rung: rung.rung, durationMs: host.clock.monotonicMs() - started });
  }

  /** Runs what must come before the first change. Without it there is none. */
  async #saveFirst(): Promise<boolean> {
    for (const first of this.#before.splice(0)) {
      await this.#runStep(first);
      const last = this.#results.at(-1)!;
      if (last.outcome === "fixed" || last.outcome === "not-applicable") continue;
      this.#stopUnsaved(last);
      return false;
    }
    return true;
  }

  /** The ladder ends with the failed copy: its result says how to go on without one. */
  #stopUnsaved(last: StepResult): void {
    if (last.code !== undefined && STOPPING.includes(last.code)) return;
    const next = `Go on without the copies: ${
      commandFor(this.#windows, "repair")
    } --skip ${last.step}`;
    this.#results.splice(-1, 1, { ...last, next: last.next ?? next });
    this.#unsaved = true;
  }

  async #applyAndVerify(ahead: Ahead): Promise<StepEnd> {
    const { step, agreed } = ahead;
    const plan = await step.plan(this.#windows, this.#diagnosis.findings);
    refuseUnagreed(plan, agreed);
    await this.#workspaceFor(step, plan);
    await this.#transaction.beginStep(step.id, plan.changes);
    const done = await this.#doneBefore(step, plan);
    if (done !== undefined) {
      await this.#copies.discard(plan);
      return done;
    }
    await this.#copies.ensure(plan, {
      title: step.title,
      signal: this.#context.signal,
      onProgress: (progress) => this.#progress(progress),
    });
    const report = await step.apply(plan, this.#transaction);
    for (const text of report.notices ?? []) this.#context.listener({ type: "notice", text });
    this.#windows.refresh();
    this.#context.listener({ type: "verifying", step: step.id });
    const verdict = await this.#verify(step, plan, report);
    if (this.#aborted && verdict.outcome === "not-fixed") throw new CancelledError();
    await this.#transaction.endStep(step.id, { outcome: verdict.outcome, reason: verdict.reason });
    await this.#diagnosis.again(verdict.findings ?? []);
    const { outcome, reason } = verdict;
    return outcome === "not-fixed"
      ? { outcome, reason, code: verdict.code ?? "notVerified" }
      : { outcome, reason };
  }

  /** A step that was cut off may have reached its aim all the same: nothing is repeated then. */
  async #doneBefore(step: RepairStep, plan: StepPlan): Promise<StepEnd | undefined> {
    if (!this.#context.begun?.includes(step.id)) return undefined;
    const verdict = await this.#verify(step, plan, undefined);
    if (verdict.outcome !== "fixed") return undefined;
    const end = { outcome: verdict.outcome, reason: verdict.reason };
    await this.#transaction.endStep(step.id, end);
    await this.#diagnosis.again(verdict.findings ?? []);
    return end;
  }

  async #verify(
    step: RepairStep,
    plan: StepPlan,
    report: ApplyReport | undefined,
  ): Promise<Verdict> {
    return await step.verify(this.#windows, plan, {
      workspace: await this.#workspaceFor(step, plan),
      report,
      sessionPath: (path) => expandSession(path, this.#context.writer.folder),
      onProgress: (progress) => this.#progress(progress),
      onQuiet: (silentMs) => this.#quiet(silentMs),
    });
  }

  /** Only foreign tools need room for scratch files: a rename goes without. */
  async #workspaceFor(step: RepairStep, plan: StepPlan) {
    const tools = plan.changes.some((change) => change.kind === "tool-ran");
    const asks = CHECKS.some((check) => check.deep && step.answers.includes(check.id));
    return tools || asks ? await this.#ensureWorkspace() : NO_WORKSPACE;
  }

  async #ensureWorkspace(): Promise<ReadyWorkspace> {
    const { host, writer } = this.#context;
    const { scratch } = this.#plan.options;
    this.#workspace ??= await createWorkspace(host, this.#windows, {
      folder: writer.folder,
      ...(scratch === undefined ? {} : { scratch }),
    });
    this.#transaction.scratch = this.#workspace.scratch;
    return this.#workspace;
  }

  async #checkContext(check: string) {
    this.#current = check;
    return {
      workspace: await this.#ensureWorkspace(),
      onProgress: (progress: ToolProgress) => this.#progress(progress),
      onQuiet: (silentMs: number) => this.#quiet(silentMs),
    };
  }

  #progress(progress: ToolProgress): void {
    this.#context.listener({ type: "progress", step: this.#current, progress });
  }

  #quiet(silentMs: number): void {
    this.#context.listener({ type: "quiet", step: this.#current, silentMs });
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
    end: StepEnd,
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
      quiet: (_change, silentMs) => this.#quiet(silentMs),
    };
  }
}
