/**
 * What is known while the ladder is climbed: quick answers are asked anew after each step,
 * deep ones (a tool runs for minutes) once, right before the step that wants them.
 */
import {
  type Check,
  type CheckContext,
  CHECKS,
  type Finding,
  needsRepair,
  runCheck,
  upgradeCommand,
} from "../checks/mod.ts";
import type { RepairStep } from "../repairs/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import type { LadderListener } from "./events.ts";
import { cancelledEnd, type StepEnd } from "./step_result.ts";

/** What a {@linkcode Diagnosis} works with. */
export interface DiagnosisOptions {
  readonly windows: OfflineWindows;
  readonly findings: readonly Finding[];
  readonly listener: LadderListener;
  readonly signal?: AbortSignal | undefined;
}

/** The findings of a run, as they change. */
export class Diagnosis {
  readonly #options: DiagnosisOptions;
  #findings: readonly Finding[];

  constructor(options: DiagnosisOptions) {
    this.#options = options;
    this.#findings = options.findings;
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /** A finding that a step answers still wants a repair. */
  wants(step: RepairStep): boolean {
    return this.#of(step).some(needsRepair);
  }

  /**
   * Asks the deep checks of a step whose answers are open.
   *
   * @returns how the step ends without being run, or undefined if it is needed.
   */
  async answer(
    step: RepairStep,
    context: (check: Check) => Promise<CheckContext>,
  ): Promise<StepEnd | undefined> {
    const { windows, listener, signal } = this.#options;
    for (const check of CHECKS.filter((candidate) => step.answers.includes(candidate.id))) {
      if (!this.#findings.some((f) => f.check === check.id && f.outcome === "open")) continue;
      const { applies, reason } = await step.detect(windows);
      if (!applies) return { outcome: "not-applicable", reason };
      listener({ type: "check-started", check: check.id, question: check.question });
      const answer = await runCheck(windows, await context(check), check);
      if (signal?.aborted) return cancelledEnd(windows, { detail: `asking: ${check.question}` });
      this.#replace(answer);
      for (const finding of answer) listener({ type: "finding", finding });
    }
    return this.#futile(step) ?? this.#unneeded(step);
  }

  /** Asks the quick checks again; deep answers stay unless the step brought new ones. */
  async again(answers: readonly Finding[]): Promise<void> {
    for (const check of CHECKS.filter((candidate) => !candidate.deep)) {
      this.#replace(await runCheck(this.#options.windows, {}, check), check.id);
    }
    this.#replace(answers);
  }

  #of(step: RepairStep): Finding[] {
    return this.#findings.filter((finding) => step.answers.includes(finding.check));
  }

  #replace(fresh: readonly Finding[], ...checks: readonly string[]): void {
    const names = new Set([...checks, ...fresh.map((finding) => finding.check)]);
    this.#findings = [...this.#findings.filter((finding) => !names.has(finding.check)), ...fresh];
  }

  /** The futility stop: where only the upgrade helps, no step is tried. */
  #futile(step: RepairStep): StepEnd | undefined {
    const finding = this.#of(step).find((each) => each.onlyUpgradeHelps);
    if (finding === undefined) return undefined;
    return {
      outcome: "failed",
      code: "needsUpgrade",
      reason: `${finding.summary}: only an in-place upgrade helps`,
      next: upgradeCommand(this.#options.windows),
    };
  }

  /** A question without an answer is not a good answer. */
  #unneeded(step: RepairStep): StepEnd | undefined {
    const answers = this.#of(step);
    if (answers.some(needsRepair)) return undefined;
    const unknown = answers.find((finding) => finding.outcome === "unknown");
    if (unknown === undefined) {
      return { outcome: "not-needed", reason: answers[0]?.summary ?? "Nothing asks for it" };
    }
    const { code = "partial", summary, next } = unknown;
    return { outcome: "failed", code, reason: summary, ...(next === undefined ? {} : { next }) };
  }
}
